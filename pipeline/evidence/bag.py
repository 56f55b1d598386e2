"""The evidence folder as a BagIt bag (RFC 8493, version 1.0).

What is evidence lies in `data/`; the manifests beside it list every file with SHA-256 and SHA-512,
so that standard tools can check the folder. `run.json`, the one file that differs between two runs,
is a tag file that no manifest lists; it carries its own checksum instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..call import Call
from .text import json_safe, visible

PAYLOAD = "data"
RUN = "run.json"
SEALS = "seal"
"""Folder of signatures and time stamps; made after the bag, so no manifest lists it."""

ALGORITHMS = ("sha256", "sha512")
DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
BLOCK = 1 << 20


@dataclass(frozen=True)
class BagInfo:
    """What the person who hands the evidence over says about it; all optional."""

    case: str = ""
    organisation: str = ""
    contact: str = ""
    contact_email: str = ""
    call_date: str = ""
    bagging_date: str = ""


def payload(folder: Path) -> Path:
    """The folder that holds `call.json` and the documents: `data/` in a bag."""
    inner = folder / PAYLOAD
    return inner if (folder / "bagit.txt").exists() or inner.is_dir() else folder


def files_in(folder: Path) -> Iterator[Path]:
    """Every file below `folder` in a fixed order; links count as files and are not followed."""
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.is_dir() and not path.is_symlink():
            yield from files_in(path)
        else:
            yield path


def digests(path: Path) -> dict[str, str]:
    """The hexadecimal digest of a file for each of `ALGORITHMS`."""
    hashers = {name: hashlib.new(name) for name in ALGORITHMS}
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            for hasher in hashers.values():
                hasher.update(block)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def manifest_path(path: str) -> str:
    """A path as a manifest writes it: forward slashes; `%`, CR and LF percent-encoded."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def manifest(entries: Mapping[str, str]) -> str:
    """A manifest's text from digests by path."""
    return "".join(f"{entries[path]}  {manifest_path(path)}\n" for path in sorted(entries))


def _info(call: Call, info: BagInfo, *, octets: int, count: int) -> str:
    recording = call.recording
    rows = [
        ("Source-Organization", info.organisation),
        ("Contact-Name", info.contact),
        ("Contact-Email", info.contact_email),
        ("External-Description", f"Evidence from a recorded telephone call: {recording.name}"),
        ("External-Identifier", info.case),
        ("Bagging-Date", info.bagging_date),
        ("Call-Date", info.call_date),
        ("Recording-SHA256", recording.sha256),
        ("Payload-Oxum", f"{octets}.{count}"),
        ("Bag-Software-Agent", f"earwitness {call.provenance.earwitness}"),
    ]
    return "".join(f"{name}: {visible(value)}\n" for name, value in rows if value)


def run_text(run: Mapping[str, Any]) -> str:
    """`run.json` with a checksum of its own, so that a changed byte in it is found."""
    data = {key: value for key, value in run.items() if key != "sha256"}
    body = json_safe(json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True, default=str))
    data = json.loads(body)
    digest = hashlib.sha256(body.encode("utf-8")).hexdigest()
    whole = json.dumps({**data, "sha256": digest}, indent=1, ensure_ascii=False, sort_keys=True)
    return json_safe(whole) + "\n"


def run_holds(text: str) -> bool:
    """Whether `run.json` is exactly as `run_text` wrote it."""
    try:
        data = json.loads(text)
    except ValueError:
        return False
    return isinstance(data, dict) and run_text(data) == text


def close(folder: Path, call: Call, *, info: BagInfo, run: Mapping[str, Any]) -> None:
    """Make a bag of `folder`, whose payload already lies in `folder / PAYLOAD`."""
    entries: dict[str, dict[str, str]] = {name: {} for name in ALGORITHMS}
    octets = count = 0
    for path in files_in(folder / PAYLOAD):
        octets += path.stat().st_size
        count += 1
        for name, digest in digests(path).items():
            entries[name][path.relative_to(folder).as_posix()] = digest
    tags = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": _info(call, info, octets=octets, count=count),
        **{f"manifest-{name}.txt": manifest(entries[name]) for name in ALGORITHMS},
    }
    for name, text in tags.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    for name in ALGORITHMS:
        listed = {tag: hashlib.new(name, text.encode("utf-8")).hexdigest()
                  for tag, text in tags.items()}  # fmt: skip
        (folder / f"tagmanifest-{name}.txt").write_bytes(manifest(listed).encode("utf-8"))
    (folder / RUN).write_bytes(run_text(run).encode("utf-8"))
