"""Is a folder a valid bag by RFC 8493? For bags of any maker, not only ours.

`verify` asks for more (our own files, exactly as written); this asks for what the RFC asks for.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from .bag import files_in

VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")
KNOWN = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
"""Algorithms that can be checked here."""

ENTRY = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")


@dataclass(frozen=True)
class Problem:
    """Why a folder is not a valid bag."""

    file: str
    detail: str


class _Bag:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.encoding = "utf-8"
        self.version = "1.0"

    def fail(self, file: str, detail: str) -> None:
        self.problems.append(Problem(file, detail))

    def declaration(self) -> bool:
        """`bagit.txt`: two lines, no byte order mark (section 2.1.1)."""
        try:
            raw = (self.folder / "bagit.txt").read_bytes()
        except OSError:
            self.fail("bagit.txt", "missing")
            return False
        if raw.startswith(b"\xef\xbb\xbf"):
            self.fail("bagit.txt", "begins with a byte order mark")
        pattern = r"BagIt-Version: (\d+\.\d+)\r?\n?Tag-File-Character-Encoding: (\S+)[\r\n]*"
        match = re.fullmatch(pattern, raw.decode("utf-8", "replace").replace("\r\n", "\n"))
        if match is None:
            self.fail("bagit.txt", "is not the two lines that the RFC prescribes")
            return False
        if match[1] not in VERSIONS:
            self.fail("bagit.txt", f"version {match[1]} is not known")
        self.version = match[1]
        try:
            "".encode(match[2])
        except LookupError:
            self.fail("bagit.txt", f"encoding {match[2]} is not known")
            return False
        self.encoding = match[2]
        return True

    def _safe(self, path: str) -> bool:
        parts = path.split("/")
        return not (
            path.startswith(("/", "~")) or ".." in parts or "\\" in path
            or re.match(r"[A-Za-z]:", path)
        )  # fmt: skip

    def entries(self, manifest: Path) -> dict[str, str] | None:
        """Digests by path (section 2.1.3); None where it cannot be read."""
        name = manifest.name
        try:
            text = manifest.read_bytes().decode(self.encoding)
        except (OSError, UnicodeDecodeError):
            self.fail(name, f"is not {self.encoding}")
            return None
        entries: dict[str, str] = {}
        for line in re.split(r"\r\n|\r|\n", text):
            if not line.strip():
                continue
            match = ENTRY.fullmatch(line)
            if match is None:
                self.fail(name, f"a line cannot be read: {line[:60]!r}")
                continue
            path = match[2].strip().removeprefix("./")
            if self.version == "1.0":
                path = re.sub("%(0[AaDd]|25)", lambda m: bytes.fromhex(m[1]).decode("ascii"), path)
            if not self._safe(path):
                self.fail(name, f"names a place outside the bag: {path[:80]!r}")
                continue
            if entries.get(path, match[1].lower()) != match[1].lower():
                self.fail(name, f"gives two digests for {path}")
            elif path in entries and self.version == "1.0":
                self.fail(name, f"lists {path} twice")
            entries[path] = match[1].lower()
        return entries

    def check(self, kind: str, present: dict[str, Path]) -> list[set[str]]:
        """Every manifest of a kind against the files; the paths that each lists."""
        listed = []
        for manifest in sorted(self.folder.glob(f"{kind}-*.txt")):
            algorithm = manifest.stem.removeprefix(f"{kind}-").lower()
            entries = self.entries(manifest)
            if entries is None:
                continue
            listed.append(set(entries))
            if algorithm not in KNOWN:
                self.fail(manifest.name, f"algorithm {algorithm} is not known")
                continue
            for path, digest in entries.items():
                inside = path.startswith("data/")
                if kind == "manifest" and not inside:
                    self.fail(manifest.name, f"lists {path}, which is no payload")
                elif kind == "tagmanifest" and (inside or path.startswith("tagmanifest-")):
                    self.fail(manifest.name, f"lists {path}, which is no tag file")
                found = present.get(unicodedata.normalize("NFC", path))
                if found is None:
                    self.fail(path, f"is listed in {manifest.name} and missing")
                elif hashlib.new(algorithm, found.read_bytes()).hexdigest() != digest:
                    self.fail(path, f"does not have the {algorithm} that its manifest gives")
        return listed

    def oxum(self, payload: dict[str, Path]) -> None:
        """`Payload-Oxum` of `bag-info.txt`, where it is given (section 2.2.2)."""
        path = self.folder / "bag-info.txt"
        if not path.is_file():
            return
        try:
            text = path.read_bytes().decode(self.encoding)
        except UnicodeDecodeError:
            self.fail("bag-info.txt", f"is not {self.encoding}")
            return
        last = False
        for line in re.split(r"\r\n|\r|\n", text):
            folded = last and line[:1] in (" ", "\t")
            if line.strip() and not folded and not re.match(r"[^:\s][^:]*:", line):
                self.fail("bag-info.txt", f"a line has no label: {line[:60]!r}")
            last = bool(line.strip())
        given = re.findall(r"^Payload-Oxum: *(\S+) *$", text, re.MULTILINE | re.IGNORECASE)
        if len(given) > 1:
            self.fail("bag-info.txt", "gives Payload-Oxum more than once")
        octets = sum(file.stat().st_size for file in payload.values())
        if given and given[0] != f"{octets}.{len(payload)}":
            self.fail("bag-info.txt", f"Payload-Oxum is {given[0]}, found {octets}.{len(payload)}")


def problems(folder: Path) -> tuple[Problem, ...]:
    """Why `folder` is not a valid bag; empty where it is one.

    Follows RFC 8493, section 3: the declaration, a payload folder, at least one payload manifest,
    every payload file in every payload manifest (in some manifest before version 1.0), every
    listed file there with its digest, and nothing that points outside the bag.
    """
    bag = _Bag(folder)
    if not bag.declaration():
        return tuple(bag.problems)
    if not (folder / "data").is_dir():
        bag.fail("data", "the payload folder is missing")
        return tuple(bag.problems)
    present = {
        unicodedata.normalize("NFC", path.relative_to(folder).as_posix()): path
        for path in files_in(folder)
        if path.is_file() and path.resolve().is_relative_to(folder.resolve())
    }
    payload = {name: path for name, path in present.items() if name.startswith("data/")}
    listed = bag.check("manifest", present)
    bag.check("tagmanifest", present)
    if not listed:
        bag.fail("manifest-*.txt", "there is no payload manifest")
    else:
        folded = [{unicodedata.normalize("NFC", path) for path in paths} for paths in listed]
        whole = set.intersection(*folded) if bag.version == "1.0" else set.union(*folded)
        for name in sorted(payload.keys() - whole):
            bag.fail(name, "is not listed in every payload manifest")
    bag.oxum(payload)
    return tuple(bag.problems)
