"""Files behind URLs, by fsspec: listed, hashed, fetched and put; `file://` and paths as well."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import DependencyMissing, EarwitnessError, InputError

PACKAGES = {"s3": ("s3fs", "s3"), "s3a": ("s3fs", "s3")}
"""The package behind a kind of URL, and the extra of ours that installs it."""

BLOCK = 1 << 20

_USER = re.compile(r"://[^/@\s]*@")
_QUERY = re.compile(r"(https?://[^\s?#]*)[?#]\S*", re.IGNORECASE)


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


def redacted(text: str) -> str:
    """A URL, or a text with URLs in it, without users, passwords and queries.

    A query of the web carries signatures; it names neither the file nor the call.
    """
    return _QUERY.sub(r"\1", _USER.sub("://", text))


def name_of(url: str) -> str:
    """The file's own name."""
    return redacted(url).rstrip("/").rsplit("/", 1)[1]


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
            f"{redacted(url)} needs a package that is not installed: {redacted(str(error))}."
        ) from error
    except ValueError as error:
        raise InputError(
            f"{redacted(url)} cannot be opened ({redacted(str(error))}): use a path, or a URL such "
            "as s3://bucket/calls."
        ) from error
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
        reason = redacted(str(error).split("\n")[0])[:200] or type(error).__name__
        raise InputError(f"{redacted(url)} cannot be read or written: {reason}.") from error


def listing(url: str) -> list[Listed]:
    """All files below a URL, or those that match its wildcards, in order; one file is itself."""
    with told(url):
        system, path = file_system(url)
        if any(mark in redacted(url) for mark in "*?["):
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


def web_address(url: str) -> str:
    """Where a browser finds what lies at a URL, if it may read there; empty where it cannot.

    Object storage answers over HTTPS as well, at the address of the service that is in use.
    """
    with told(url):
        system, path = file_system(url)
        names = [system.protocol] if isinstance(system.protocol, str) else system.protocol
        inside = quote(path.strip("/"), safe="/-_.~")
        if "file" in names:
            return Path(path).as_uri()
        if {"gs", "gcs"} & set(names):
            return f"https://storage.cloud.google.com/{inside}"
        if not {"s3", "s3a"} & set(names):
            return ""
        kind, host = redacted(str(system.s3.meta.endpoint_url)).rstrip("/").split("://", 1)
        bucket, _, key = inside.partition("/")
        # Amazon leads on to a bucket's own region by its name; a dot in it fits no certificate.
        if host.endswith(".amazonaws.com") and "." not in bucket:
            return f"{kind}://{bucket}.{host}/{key}".rstrip("/")
        return f"{kind}://{host}/{inside}"


def exists(url: str) -> bool:
    """Whether a file is there; one that cannot be asked for counts as there."""
    try:
        with told(url):
            system, path = file_system(url)
            return bool(system.exists(path))
    except InputError:
        return True


def _stamp(about: dict[str, Any]) -> str:
    for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "last_modified"):
        if about.get(key):
            return str(about[key])
    return ""


def read(url: str, start: int | None = None, end: int | None = None) -> bytes:
    """A small file's content, or the bytes from `start` to `end` of any."""
    with told(url):
        system, path = file_system(url)
        return bytes(system.cat_file(path, start=start, end=end))


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


def write(url: str, data: bytes) -> None:
    """Write a small file."""
    with told(url):
        system, path = file_system(url)
        system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        system.pipe_file(path, data)


def put(path: Path, url: str) -> None:
    """Put one file, or every file of a folder below the URL."""
    files = [p for p in sorted(path.rglob("*")) if p.is_file()] if path.is_dir() else [path]
    with told(url):
        system, root = file_system(url)
        for file in files:
            target = root if file == path else f"{root}/{file.relative_to(path).as_posix()}"
            system.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            system.put_file(str(file), target)


def remove(url: str) -> None:
    """Delete a file or everything below a URL; nothing there is well too."""
    with told(url):
        system, path = file_system(url)
        # Others write there too, and a listing may be an old one.
        system.invalidate_cache()
        if system.exists(path):
            system.rm(path, recursive=True)
            system.invalidate_cache()
