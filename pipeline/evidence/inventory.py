"""Is every file of an evidence folder there, unchanged, and nothing else?"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ...errors import InputError
from .bag import (
    ALGORITHMS,
    DECLARATION,
    PAYLOAD,
    RUN,
    SEALS,
    digests,
    files_in,
    manifest,
    run_holds,
)
from .checks import Ledger
from .seal import SIGNATURE, STAMP

TAGS = ("bagit.txt", "bag-info.txt", *(f"manifest-{name}.txt" for name in ALGORITHMS))
UNLISTED = (RUN, *(f"tagmanifest-{name}.txt" for name in ALGORITHMS))


def require_whole(folder: Path) -> None:
    """Refuse to build on evidence whose files are not as they were written.

    Raises:
        InputError: names the first file that does not hold.
    """
    if not (folder / "bagit.txt").is_file():
        raise InputError(f"{folder} is not an evidence folder.")
    out = Ledger()
    check_files(folder, out)
    broken = [check for check in out.checks if not check.ok]
    if broken:
        first = broken[0]
        raise InputError(
            f"{folder} is not as it was written, so nothing is built on it: {first.file}: "
            f"{first.detail} (earwitness verify lists everything)."
        )


def read_text(path: Path) -> str | None:
    """A file as UTF-8; None where it is missing or something else."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _listed(folder: Path, kind: str, algorithm: str, out: Ledger) -> dict[str, str] | None:
    """Digests by path from a manifest that must be exactly as it would be written."""
    name = f"{kind}-{algorithm}.txt"
    text = read_text(folder / name)
    if text is None:
        out.fail("manifests", "missing or not UTF-8", name)
        return None
    width = hashlib.new(algorithm).digest_size * 2
    entries: dict[str, str] = {}
    for line in text.splitlines():
        match = re.fullmatch(rf"([0-9a-f]{{{width}}})  (\S.*)", line)
        if match is None:
            out.fail("manifests", f"a line cannot be read: {line[:80]!r}", name)
            return None
        entries[re.sub("%(25|0A|0D)", lambda m: chr(int(m[1], 16)), match[2])] = match[1]
    if manifest(entries) != text:
        out.fail("manifests", "not as it was written (order, spaces or repeated lines)", name)
    return entries


def check_files(folder: Path, out: Ledger) -> None:
    """Hold every file of the bag against its manifests, and the manifests against each other."""
    present: dict[str, Path] = {}
    for path in files_in(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            out.fail("files", "is a link, not a file", name)
        present[name] = path
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            out.fail("files", "is an empty folder", path.relative_to(folder).as_posix())
    if read_text(folder / "bagit.txt") != DECLARATION:
        out.fail("manifests", "is not the declaration of a BagIt 1.0 bag", "bagit.txt")
    sums = {name: digests(path) for name, path in present.items() if path.is_file()}
    _compare(folder, present, sums, out)
    seals = {f"{SEALS}/{SIGNATURE}", f"{SEALS}/{STAMP}"}
    for name in sorted(present):
        if "/" in name and not name.startswith(f"{PAYLOAD}/") and name not in seals:
            out.fail("files", "not part of this evidence", name)
    for name in TAGS + UNLISTED:
        if name not in present:
            out.fail("files", "missing", name)
    text = read_text(folder / RUN)
    if text is None or not run_holds(text):
        out.fail("files", "changed (its own checksum differs)", RUN)
    out.hold("files", f"{len(present)} files, SHA-256 and SHA-512")
    out.hold("manifests", "as they were written")


def _compare(
    folder: Path, present: dict[str, Path], sums: dict[str, dict[str, str]], out: Ledger
) -> None:
    """Hold what is there against what the manifests list."""
    for kind, expected in (
        ("manifest", {n for n in present if n.startswith(f"{PAYLOAD}/")}),
        ("tagmanifest", {n for n in present if "/" not in n} - set(UNLISTED)),
    ):
        for algorithm in ALGORITHMS:
            entries = _listed(folder, kind, algorithm, out)
            if entries is None:
                continue
            lost = sorted(entries.keys() - present.keys())
            extra = sorted(expected - entries.keys())
            for name in lost:
                same = [n for n in extra if sums.get(n, {}).get(algorithm) == entries[name]]
                told = f"missing; {same[0]} has its content (renamed)" if same else "missing"
                out.fail("files", told, name)
            for name in extra:
                out.fail("files", "not part of this evidence", name)
            for name in sorted(entries.keys() & present.keys()):
                if sums.get(name, {}).get(algorithm) != entries[name]:
                    out.fail("files", "changed", name)
