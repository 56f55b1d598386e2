"""Files behind URLs, by fsspec: listed, hashed, fetched and put; `file://` and paths as well."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DependencyMissing, EarwitnessError, InputError

PACKAGES = {"s3": ("s3fs", "s3"), "s3a": ("s3fs", "s3")}
"""The package behind a kind of URL, and the extra of ours that installs it."""

BLOCK = 1 << 20


@dataclass(frozen=True)
class Listed:
    """A file as a listing shows it."""

    url: str
    size: int
    stamp: str
    """Differs when the content does: its tag, or time of change."""


def is_url(text: str) -> bool:
    """Whether `text` names something behind a protocol (`s3://…`) and not a path."""
    return "://" in text


def redacted(url: str) -> str:
    """The URL without a user's password in it, for messages."""
    head, mark, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{head}{mark}…@{place}" if at and ":" in user and "/" not in user else url


def file_system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path inside it.

    Raises:
        DependencyMissing: the package for this kind of URL is not installed.
        InputError: the kind is not known.
    """
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        scheme = url.split("://", 1)[0]
        if scheme in PACKAGES:
            package, extra = PACKAGES[scheme]
            raise DependencyMissing(
                package=package, extra=extra, purpose=f"A {scheme}:// URL"
            ) from error
        raise InputError(
            f"{redacted(url)} needs a package that is not installed: {error}."
        ) from error
    except ValueError as error:
        raise InputError(f"{redacted(url)} cannot be opened: {error}.") from error
    return system, str(path)


@contextmanager
def told(url: str) -> Iterator[None]:
    """Errors of any file system (each has its own kinds) as one sentence that names the URL."""
    try:
        yield
    except EarwitnessError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"There is no file {redacted(url)}: check the name.") from error
    except Exception as error:
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise InputError(f"{redacted(url)} cannot be read or written: {reason}.") from error


def listing(url: str) -> list[Listed]:
    """All files below a URL, or those that match its wildcards, in order; one file is itself."""
    with told(url):
        system, path = file_system(url)
        if any(mark in path for mark in "*?["):
            found = system.glob(path, detail=True)
        elif system.isfile(path):
            found = {path: system.info(path)}
        else:
            found = system.find(path, detail=True)
        return [
            Listed(system.unstrip_protocol(name), int(about.get("size") or 0), _stamp(about))
            for name, about in sorted(found.items())
            if about.get("type") != "directory"
        ]


def look(url: str) -> Listed:
    """One file's size and stamp."""
    with told(url):
        system, path = file_system(url)
        about = system.info(path)
        return Listed(url, int(about.get("size") or 0), _stamp(about))


def _stamp(about: dict[str, Any]) -> str:
    for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "last_modified"):
        if about.get(key):
            return str(about[key])
    return ""


def read(url: str) -> bytes:
    """A small file's content."""
    with told(url):
        system, path = file_system(url)
        return bytes(system.cat_file(path))


def sha256(url: str) -> str:
    """Hash of a file, streamed."""
    digest = hashlib.sha256()
    with told(url):
        system, path = file_system(url)
        with system.open(path, "rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def fetch(url: str, target: Path) -> None:
    """Copy a file here."""
    with told(url):
        system, path = file_system(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        system.get_file(path, str(target))


def put_folder(folder: Path, url: str, *, last: Path) -> None:
    """Put every file of `folder` below `url`, in place of what is there, and `last` at the end.

    Storage of objects knows no renaming: whoever finds `last` finds everything.
    """
    with told(url):
        system, root = file_system(url)
        remove(url)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        for path in [*(f for f in files if f != last), last]:
            target = f"{root}/{path.relative_to(folder).as_posix()}"
            system.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            system.put_file(str(path), target)


def put(path: Path, url: str) -> None:
    """Put one file."""
    with told(url):
        system, target = file_system(url)
        system.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        system.put_file(str(path), target)


def remove(url: str) -> None:
    """Delete a file or everything below a URL; nothing there is well too."""
    with told(url):
        system, path = file_system(url)
        if system.exists(path):
            system.rm(path, recursive=True)
