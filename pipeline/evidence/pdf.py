"""`evidence.pdf`: an appendix to print and attach, set by typst.

PDF/A-3a with tags for screen readers (PDF/UA-1), bookmarks, and `call.json` attached. Only the
fonts inside typst are used, so that the same record gives the same file on every machine; they
hold Latin, Greek and Cyrillic with all their diacritics. A character of another script that they
lack is shown by its number, as `⟨U+65E5⟩`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any, Literal

from ...errors import EarwitnessError
from .chronology import shorten
from .document import Document
from .items import Item
from .lines import Piece
from .pace import HEAD, NOTE
from .text import clock

TEMPLATES = Path(__file__).parent / "templates"

Standard = Literal["a-3a", "a-2a", "ua-1"]

STANDARDS: list[Standard] = ["a-3a", "ua-1"]
"""Archival with attachments and tags, and accessible."""

FONT = "Libertinus Serif"

FIRST_PAGE = 7
"""Findings on the first page; the summary must read in a minute."""

BREAK_EVERY = 14
"""Characters after which a very long word may be broken in print."""

LONG_ITEM = 1500
"""Characters of a finding from which it may be broken over pages; shorter ones stay whole."""

LONG_WORD = 30
"""Characters from which a word counts as very long."""

SCRIPT_LIMIT = 60
"""Scripts without glyphs that are replaced before giving up."""


def _breakable(text: str) -> str:
    if len(text) <= LONG_WORD:
        return text
    return "\u200b".join(text[i : i + BREAK_EVERY] for i in range(0, len(text), BREAK_EVERY))


def breakable_prose(text: str) -> str:
    """Text whose very long words may be broken."""
    return " ".join(_breakable(word) for word in text.split(" "))


def _pieces(pieces: tuple[Piece, ...]) -> list[dict[str, Any]]:
    return [
        {
            "text": _breakable(p.text),
            "low": p.low,
            "corrected": p.corrected,
            "marked": bool(p.marks),
        }
        for p in pieces
    ]


def _item(item: Item) -> dict[str, Any]:
    why = [*item.why]
    why += [item.scored] if item.scored else []
    if item.related:
        why.append(f"Belongs with {', '.join(item.related)}.")
    return {
        "number": item.number,
        "level": item.level,
        "grave": item.grave,
        "dismissed": item.dismissed,
        "title": item.title,
        "detail": item.detail,
        "time": item.time,
        "role": item.role,
        "who": item.party.full,
        "lines": item.lines,
        "short": breakable_prose(shorten(item.text, 96)),
        "quote": _pieces(item.quote),
        "sentence": item.sentence,
        "before": [item.before[0], breakable_prose(shorten(item.before[1], 400))]
        if item.before
        else [],
        "why": [breakable_prose(reason) for reason in why],
        "clip": item.clip or "",
        "span": f"{clock(item.clip_from)}–{clock(item.clip_to)}",
        "told": [breakable_prose(text) for text in item.told],
        "long": len(item.text) + sum(map(len, (*why, *item.told))) > LONG_ITEM,
    }


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[breakable_prose(a), breakable_prose(b)] for a, b in pairs]


def _pace(document: Document) -> dict[str, Any]:
    """The table as the template sets it; no voices where nothing was measured."""
    if document.pace is None:
        return {"head": list(HEAD), "sides": [], "whole": [], "note": NOTE}
    return {
        "head": list(HEAD),
        "sides": [
            {"label": side.label, "role": side.role, "cells": list(side.cells)}
            for side in document.pace.sides
        ],
        "whole": [list(row) for row in document.pace.whole],
        "note": NOTE,
    }


def data_of(document: Document) -> dict[str, Any]:
    """What the template sets, as plain data."""
    ledger = document.ledger
    groups = (
        ("Went well", ledger.good),
        ("Went badly", ledger.poor),
        ("Called for", ledger.called_for),
        ("Figures", ledger.figures),
    )
    hashes = [
        [breakable_prose(f"{h.what} ({h.detail})" if h.detail else h.what), h.sha256]
        for h in document.hashes
    ]
    hashes += [[f"{n} (weights; {origin}; {lic})", sha] for n, sha, origin, lic in document.models]
    voices = []
    for party in document.parties:
        says = f"gave the name {party.name}; " if party.name else ""
        says += party.figures + (f", {party.channel} channel" if party.channel else "")
        if party.role == "unknown":
            says += "; role not decided"
        elif not party.sure:
            says += f"; role uncertain, confidence {party.confidence}"
        voices.append({"label": party.label, "role": party.role, "says": breakable_prose(says)})
    return {
        "title": breakable_prose(document.title),
        "running": shorten(document.reference or document.title, 70),
        "headline": document.headline,
        "status": document.status[:1].upper() + document.status[1:],
        "status_short": document.status.split(":")[0],
        "version": document.versions[0][1],
        "amendments": list(document.amendments),
        "picture": f"Timeline of the call: who spoke when, and {len(document.items)} marks",
        "weighty": [_item(item) for item in document.by_weight[:FIRST_PAGE]],
        "more": max(len(document.findings) - FIRST_PAGE, 0),
        "listen": len(document.review),
        "findings": [_item(item) for item in document.findings],
        "review": [_item(item) for item in document.review],
        "facts": [
            *_pairs(document.facts),
            ["Recording", breakable_prose(shorten(document.notices[0][1], 220))],
        ],
        "parties": voices,
        "brief_ledger": [[r.name, r.agent, r.customer] for r in ledger.brief],
        "ledger": [
            {"name": name, "rows": [[r.name, r.agent, r.customer] for r in rows]}
            for name, rows in groups
            if rows
        ],
        "unassigned": ", ".join(ledger.unassigned),
        "pace": _pace(document),
        "corrected": document.corrected,
        "chronology": [
            {
                "time": e.time,
                "who": breakable_prose(e.who),
                "what": e.what,
                "number": e.number,
                "quote": breakable_prose(e.quote),
            }
            for e in document.chronology
        ],
        "lines": [
            {
                "number": line.number,
                "time": line.time,
                "role": line.party.role,
                "who": line.party.label if line.first else "",
                "pieces": _pieces(line.pieces),
                "note": "; ".join(line.notes),
            }
            for line in document.lines
        ],
        "method": list(document.method),
        "coverage": _pairs(document.coverage),
        "holes": [[breakable_prose(cell) for cell in row] for row in document.holes],
        "limits": [breakable_prose(limit) for limit in document.limits],
        "notices": _pairs(document.notices),
        "hashes": hashes,
        "versions": _pairs(document.versions + document.parameters),
    }


def _script(char: str) -> str:
    """A rough name of a character's script: the first word of its Unicode name."""
    return unicodedata.name(char, "UNNAMED").split(" ")[0].split("-")[0]


def without_scripts(text: str, scripts: set[str]) -> str:
    """`text` with every character of these scripts shown by its number."""
    return "".join(
        f"⟨U+{ord(c):04X}⟩" if ord(c) > 0x24F and _script(c) in scripts else c for c in text
    )


def typeset(template: str, inputs: dict[str, str], *, attached: dict[str, str] | None = None,
            standards: list[Standard] | None = None) -> bytes:  # fmt: skip
    """Set a template of ours with texts that nobody vouches for; the same bytes every time.

    Args:
        template: file name in `templates/`.
        inputs: texts shown; characters that the fonts lack are replaced in them.
        attached: texts that go in as they are.
        standards: PDF standards; archival and accessible unless told.

    Raises:
        EarwitnessError: typst does not set it.
    """
    import typst

    missing: set[str] = set()
    for _ in range(SCRIPT_LIMIT):
        shown = {key: without_scripts(text, missing) for key, text in inputs.items()}
        try:
            return bytes(
                typst.compile(
                    str(TEMPLATES / template),
                    root=str(TEMPLATES),
                    ignore_system_fonts=True,
                    sys_inputs={**shown, **(attached or {})},
                    pdf_standards=[*(STANDARDS if standards is None else standards)],
                    timestamp=0,
                )
            )
        except typst.TypstError as error:
            found = re.findall(r'the text `"(.+?)"` could not be displayed', str(error))
            scripts = {_script(c) for text in found for c in text if ord(c) > 0x24F}
            if not scripts or scripts <= missing:
                raise EarwitnessError(f"The PDF could not be set: {error}.") from error
            missing |= scripts
    raise EarwitnessError("The PDF could not be set: too many scripts without glyphs.")


def render(document: Document, *, timeline: str, call_json: str) -> bytes:
    """The PDF's bytes.

    Args:
        document: what it shows.
        timeline: SVG drawn for print (`timeline.draw(..., font=pdf.FONT, links=False)`).
        call_json: the record as written to `call.json`; it is attached byte for byte.
    """
    return typeset(
        "evidence.typ",
        {
            "document": json.dumps(data_of(document), ensure_ascii=False),
            "timeline": timeline,
        },
        attached={"call": call_json},
    )
