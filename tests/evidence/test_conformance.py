"""Verdicts on bags, good and bad, as RFC 8493 gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence.conformance import problems

HELLO = hashlib.sha256(b"hello").hexdigest()


def bag(folder: Path) -> Path:
    """A small valid bag, made by hand."""
    (folder / "data" / "sub").mkdir(parents=True)
    (folder / "bagit.txt").write_bytes(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    for name in ("hello.txt", "sub/my file.txt"):
        (folder / "data" / name).write_bytes(b"hello")
    listing = f"{HELLO}  data/hello.txt\n{HELLO}  data/sub/my file.txt\n"
    (folder / "manifest-sha256.txt").write_bytes(listing.encode())
    return folder


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)


def manifest(folder: Path, *lines: str, algorithm: str = "sha256") -> None:
    put(folder, f"manifest-{algorithm}.txt", "".join(f"{line}\n" for line in lines).encode())


BOTH = (f"{HELLO}  data/hello.txt", f"{HELLO}  data/sub/my file.txt")
DECLARED = b"Tag-File-Character-Encoding: UTF-8\n"


def percent(folder: Path) -> None:
    (folder / "data" / "sub" / "my file.txt").rename(folder / "data" / "100%\n.txt")
    manifest(folder, BOTH[0], f"{HELLO}  data/100%25%0A.txt")


def latin(folder: Path) -> None:
    put(folder, "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n")
    put(folder, "bag-info.txt", "Contact-Name: Åsa\n".encode("latin-1"))


def decomposed(folder: Path) -> None:
    (folder / "data" / "hello.txt").rename(folder / "data" / "Å.txt")
    manifest(folder, f"{HELLO}  data/Å.txt", BOTH[1])


def older(folder: Path) -> None:
    put(folder, "bagit.txt", b"BagIt-Version: 0.97\n" + DECLARED)
    manifest(folder, BOTH[0])
    manifest(folder, f"{hashlib.md5(b'hello').hexdigest()}  data/sub/my file.txt", algorithm="md5")


def tags(folder: Path, digest: str | None = None) -> None:
    found = digest or hashlib.sha256((folder / "bagit.txt").read_bytes()).hexdigest()
    put(folder, "tagmanifest-sha256.txt", f"{found}  bagit.txt\n".encode())


def empty(folder: Path) -> None:
    for path in ("hello.txt", "sub/my file.txt"):
        (folder / "data" / path).unlink()
    manifest(folder)


VALID: dict[str, Callable[[Path], object]] = {
    "as made": lambda f: None,
    "digests in capitals": lambda f: manifest(f, *(x[:64].upper() + x[64:] for x in BOTH)),
    "an asterisk before the path": lambda f: manifest(f, *(x.replace("  ", " *") for x in BOTH)),
    "a tab between": lambda f: manifest(f, *(x.replace("  data", "\tdata") for x in BOTH)),
    "carriage returns": lambda f: put(f, "manifest-sha256.txt", "\r\n".join(BOTH).encode()),
    "no line end at the end": lambda f: put(f, "manifest-sha256.txt", "\n".join(BOTH).encode()),
    "percent-encoded names": percent,
    "another encoding": latin,
    "decomposed letters": decomposed,
    "version 0.97, files in some manifest": older,
    "a tag manifest": tags,
    "a tag file that no manifest lists": lambda f: put(f, "notes.txt", b"x"),
    "a tag folder": lambda f: ((f / "more").mkdir(), put(f, "more/x", b"x")),
    "right Payload-Oxum": lambda f: put(f, "bag-info.txt", b"Payload-Oxum: 10.2\n"),
    "folded lines": lambda f: put(f, "bag-info.txt", b"External-Description: a\n  b\n\tc\n"),
    "repeated labels": lambda f: put(f, "bag-info.txt", b"Contact-Name: a\nContact-Name: b\n"),
    "an empty payload": empty,
    "two manifests": lambda f: manifest(
        f, *(x.replace(HELLO, hashlib.sha512(b"hello").hexdigest()) for x in BOTH),
        algorithm="sha512",
    ),
}  # fmt: skip

INVALID: dict[str, Callable[[Path], object]] = {
    "no declaration": lambda f: (f / "bagit.txt").unlink(),
    "a byte order mark": lambda f: put(
        f, "bagit.txt", b"\xef\xbb\xbf" + (f / "bagit.txt").read_bytes()
    ),
    "an unknown version": lambda f: put(f, "bagit.txt", b"BagIt-Version: 9.9\n" + DECLARED),
    "no version": lambda f: put(f, "bagit.txt", DECLARED),
    "no encoding": lambda f: put(f, "bagit.txt", b"BagIt-Version: 1.0\n"),
    "an unknown encoding": lambda f: put(
        f, "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: WTF-9\n"
    ),
    "more in the declaration": lambda f: put(
        f, "bagit.txt", (f / "bagit.txt").read_bytes() + b"More: x\n"
    ),
    "no payload folder": lambda f: (f / "data").rename(f / "payload"),
    "no manifest": lambda f: (f / "manifest-sha256.txt").unlink(),
    "a changed file": lambda f: put(f, "data/hello.txt", b"hallo"),
    "a missing file": lambda f: (f / "data" / "hello.txt").unlink(),
    "an extra file": lambda f: put(f, "data/more.txt", b"x"),
    "a file in one of two manifests": lambda f: manifest(
        f, f"{hashlib.sha512(b'hello').hexdigest()}  data/hello.txt", algorithm="sha512"
    ),
    "a path up and out": lambda f: manifest(f, *BOTH, f"{HELLO}  data/../../etc/passwd"),
    "an absolute path": lambda f: manifest(f, *BOTH, f"{HELLO}  /etc/passwd"),
    "a home path": lambda f: manifest(f, *BOTH, f"{HELLO}  ~/x"),
    "a drive path": lambda f: manifest(f, *BOTH, f"{HELLO}  C:\\x"),
    "a tag file in a payload manifest": lambda f: manifest(
        f, *BOTH, f"{hashlib.sha256((f / 'bagit.txt').read_bytes()).hexdigest()}  bagit.txt"
    ),
    "a file listed twice": lambda f: manifest(f, *BOTH, BOTH[0]),
    "two digests for a file": lambda f: manifest(f, *BOTH, BOTH[0].replace(HELLO, "0" * 64)),
    "a line without a path": lambda f: manifest(f, *BOTH, HELLO),
    "no digest": lambda f: manifest(f, *BOTH, "data/hello.txt"),
    "an unknown algorithm": lambda f: manifest(f, *BOTH, algorithm="sha3000"),
    "a false tag manifest": lambda f: tags(f, "0" * 64),
    "a tag manifest that lists payload": lambda f: put(
        f, "tagmanifest-sha256.txt", f"{HELLO}  data/hello.txt\n".encode()
    ),
    "false Payload-Oxum": lambda f: put(f, "bag-info.txt", b"Payload-Oxum: 11.2\n"),
    "Payload-Oxum twice": lambda f: put(
        f, "bag-info.txt", b"Payload-Oxum: 10.2\nPayload-Oxum: 10.2\n"
    ),
    "a line without a label": lambda f: put(f, "bag-info.txt", b"hello\n"),
    "a link out of the bag": lambda f: (
        (f / "data" / "hello.txt").rename(f.parent / "out.txt"),
        (f / "data" / "hello.txt").symlink_to(f.parent / "out.txt"),
    ),
    "a manifest in another encoding": lambda f: put(
        f, "manifest-sha256.txt", ("\n".join(BOTH) + "\n").encode("utf-16")
    ),
}


@pytest.mark.parametrize("name", VALID)
def test_valid(tmp_path: Path, name: str) -> None:
    folder = bag(tmp_path / "b")
    VALID[name](folder)
    assert problems(folder) == ()


@pytest.mark.parametrize("name", INVALID)
def test_invalid(tmp_path: Path, name: str) -> None:
    folder = bag(tmp_path / "b")
    INVALID[name](folder)
    assert problems(folder)


def test_our_own(alphabets: Call, put: Callable[..., Call], tmp_path: Path) -> None:
    put(alphabets, tmp_path / "e")
    assert problems(tmp_path / "e") == ()
