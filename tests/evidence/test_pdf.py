"""The PDF keeps what PDF/A-3a and PDF/UA-1 ask for and a program can check.

No veraPDF is to be had from the registries this project builds from, so these are the clauses of
ISO 19005-3 and ISO 14289-1 that can be read off the file's objects.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from earwitness.pipeline.call import Call
from pikepdf import Dictionary, Name

FORBIDDEN = {
    "/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide",
    "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView", "/SubmitForm", "/URI",
}  # fmt: skip
"""Actions (6.5.1), and links to outside, which this document has no use for."""


def objects(pdf: pikepdf.Pdf) -> Iterator[Any]:
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            yield item


def tagged(node: Any) -> Iterator[Any]:
    """Every structure element below a node."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield kid
            yield from tagged(kid)


@pytest.mark.parametrize("name", ["rude", "hostile", "alphabets", "empty"])
def test_the_appendix_is_archival_and_accessible(
    request: pytest.FixtureRequest, put: Callable[..., Call], tmp_path: Path, name: str
) -> None:
    put(request.getfixturevalue(name), tmp_path / "x")
    data = (tmp_path / "x" / "data" / "evidence.pdf").read_bytes()
    assert data.startswith(b"%PDF-1.7") and data[9] == 37 and min(data[10:14]) > 127  # 6.1.2
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pdf.check_pdf_syntax()
        root = pdf.Root
        assert "/ID" in pdf.trailer and "/Encrypt" not in pdf.trailer  # 6.1.3
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")  # 6.6.4
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"]
        assert root.MarkInfo.Marked and root.ViewerPreferences.DisplayDocTitle  # UA 7.1
        assert str(root.Lang)
        (intent,) = root.OutputIntents  # 6.2.3: one colour profile, inside
        assert intent.S == Name.GTS_PDFA1
        assert len(intent.DestOutputProfile.read_bytes()) > 128
        _fonts_and_actions(pdf)
        _structure(root)
        (spec,) = [o for o in objects(pdf) if o.get("/Type") == Name.Filespec]
        assert spec.AFRelationship in (Name.Data, Name.Source)  # 6.8
        assert any(kept == spec for kept in root.AF)
        record = spec.EF.F.read_bytes()
    assert (
        hashlib.sha256(record).digest()
        == hashlib.sha256((tmp_path / "x" / "data" / "call.json").read_bytes()).digest()
    )


def _fonts_and_actions(pdf: pikepdf.Pdf) -> None:
    for item in objects(pdf):
        assert str(item.get("/S", "")) not in FORBIDDEN
        assert not {"/OPI", "/PS", "/TR", "/AA"} & set(item.keys())
        if item.get("/Type") == Name.FontDescriptor:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys())  # 6.2.11.4
        if item.get("/Subtype") in (Name.Type0, Name.TrueType, Name.Type1):
            assert "/ToUnicode" in item  # 6.2.11.7: every letter can be copied and read out


def _structure(root: Any) -> None:
    kinds = [str(node.S) for node in tagged(root.StructTreeRoot)]
    assert "/H1" in kinds
    levels = [int(kind[2:]) for kind in kinds if kind[:2] == "/H" and kind[2:].isdigit()]
    jumps = [b - a for a, b in pairwise(levels)]
    assert max(jumps, default=0) <= 1  # UA 7.4.2: no level of headings is left out
    for node in tagged(root.StructTreeRoot):
        if str(node.S) == "/Figure":
            assert str(node.get("/Alt", ""))  # UA 7.3
