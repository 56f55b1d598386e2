"""What is to be audited: recordings found in folders, by wildcards, in manifests, behind URLs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import InputError
from ..audited import Metadata
from . import remote
from .facts import Facts, NamePattern, metadata_of
from .manifest import SUFFIXES as MANIFESTS
from .manifest import read_manifest
from .sidecars import Sidecars

RECORDINGS = frozenset(
    {".3gp", ".aac", ".aif", ".aiff", ".amr", ".ape", ".au", ".avi", ".caf", ".flac", ".gsm"}
    | {".m4a", ".m4b", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpga", ".oga", ".ogg"}
    | {".opus", ".ra", ".snd", ".spx", ".ts", ".wav", ".wave", ".weba", ".webm", ".wma", ".wmv"}
)
"""File names that are taken for recordings in a folder; what they hold is found out later."""

OURS = ("bagit.txt", "audit.sqlite")
"""A folder with one of these is a result: the clips in it are not calls."""

WILD = frozenset("*?[")


@dataclass(frozen=True)
class Source:
    """One recording that was found, not opened yet."""

    metadata: Metadata
    location: str
    """Absolute path or URL."""
    size: int
    """Bytes."""
    stamp: str
    """Differs when the file was changed: its time of change, or an object's tag."""
    problem: str = ""
    """Why it cannot be analysed, where that is known already: one sentence."""


@dataclass(frozen=True)
class _File:
    location: str
    inside: str
    """Its path below what was named, with forward slashes: the call's id unless told otherwise."""
    size: int
    stamp: str
    problem: str = ""


def find(given: Sequence[str], *, pattern: str | None = None) -> list[Source]:
    """The recordings that the user named, in order of their ids.

    Args:
        given: folders, wildcards, manifests, recordings or URLs of any of these.
        pattern: `NamePattern` for what file names say.

    Raises:
        InputError: nothing is there, a manifest is unusable, or two recordings have one id.
    """
    names = NamePattern(pattern) if pattern else None
    sidecars = Sidecars()
    found: dict[str, Source] = {}
    for text in given:
        before = len(found)
        for source in _sources(text, names, sidecars):
            other = found.setdefault(source.metadata.call_id, source)
            if other.location != source.location:
                raise InputError(
                    f"{remote.redacted(other.location)} and {remote.redacted(source.location)} "
                    f"have the same id {source.metadata.call_id}: name one folder that holds "
                    "both, or give each an id of its own in a manifest."
                )
        if len(found) == before:
            raise InputError(
                f"No recordings in {remote.redacted(text)}: name a folder, a list (.csv, .jsonl), "
                "a pattern such as 'calls/*.wav', or a URL."
            )
    return sorted(found.values(), key=lambda source: source.metadata.call_id)


def _sources(text: str, names: NamePattern | None, sidecars: Sidecars) -> Iterator[Source]:
    if remote.redacted(text).lower().endswith(MANIFESTS):
        yield from _listed(text, names, sidecars)
        return
    for file in _remote_files(text) if remote.is_url(text) else _local_files(text):
        yield _source(file, {}, names, sidecars)


def _source(file: _File, listed: Facts, names: NamePattern | None, sidecars: Sidecars) -> Source:
    """A file with what is known of it: a list says more than a sidecar, and that than a name."""
    problem = file.problem or _unstorable(file)
    beside, unread = ({}, "") if problem else sidecars.facts(file.location)
    inside = _storable(file.inside)
    facts = {**((names and names.facts(inside)) or {}), **beside, **listed}
    return Source(
        metadata_of(facts.get("call_id", inside), facts),
        _storable(file.location),
        file.size,
        file.stamp,
        problem or unread,
    )


def _unstorable(file: _File) -> str:
    """Why a name cannot be kept: files of old systems may be named in other than UTF-8."""
    shown = _storable(file.location)
    if shown == file.location:
        return ""
    return f"The name {shown} is not UTF-8 or has a character no name can have: rename it."


def _storable(text: str) -> str:
    """The text with every byte and character that UTF-8 or a path cannot hold spelled out."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = text.encode("utf-8", "surrogateescape" if _of_bytes(text) else "backslashreplace")
    return data.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _of_bytes(text: str) -> bool:
    """Whether the half characters in a name stand for bytes, as Python has them of file names."""
    return all(not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in text)


def _listed(text: str, names: NamePattern | None, sidecars: Sidecars) -> Iterator[Source]:
    """The rows of a manifest; a row whose recording is missing carries that as its problem."""
    shown = remote.redacted(text)
    if remote.is_url(text):
        data, base = remote.read(text), shown.rsplit("/", 1)[0]
    else:
        try:
            data, base = Path(text).read_bytes(), str(Path(text).resolve().parent)
        except OSError as error:
            raise InputError(f"{text} cannot be read: {error.strerror}.") from error
    lines: dict[str, int] = {}
    for entry in read_manifest(data, shown):
        location, inside = _against(base, entry.location), remote.redacted(entry.location)
        try:
            file = _look(location, inside)
        except InputError as error:
            file = _File(location, inside, -1, "", str(error))
        source = _source(file, entry.facts, names, sidecars)
        call_id = source.metadata.call_id
        if call_id in lines:
            raise InputError(
                f"{shown}, lines {lines[call_id]} and {entry.line} have the same id {call_id}."
            )
        lines[call_id] = entry.line
        yield source


def _against(base: str, location: str) -> str:
    """A manifest's location as an absolute path or URL."""
    if remote.is_url(location):
        return location
    if remote.is_url(base):
        return f"{base}/{location}"
    return os.path.normpath(Path(base) / Path(location).expanduser())


def _look(location: str, inside: str) -> _File:
    if remote.is_url(location):
        seen = remote.look(location)
        return _File(location, inside, seen.size, seen.stamp)
    try:
        about = Path(location).stat()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{_storable(location)} cannot be read: {told}.") from error
    return _File(location, inside, about.st_size, str(about.st_mtime_ns))


def _is_recording(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in RECORDINGS and not path.name.startswith(".")


def _local_files(text: str) -> list[_File]:
    path = Path(text).expanduser()
    if path.is_dir():
        root = _absolute(path)
        return list(_walk(root))
    if path.is_file():
        return [_local(_absolute(path), _absolute(path).parent)]
    if not WILD & set(text):
        raise InputError(f"There is no file or folder {text}: check the name.")
    fixed = _absolute(Path(*_fixed_parts(path)))
    # A pattern that spells out an ending is believed; `*` alone takes what looks like sound.
    spelled = not WILD & set(path.suffix) and path.suffix
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 (follows the shell)
    return [
        _local(_absolute(Path(match)), fixed)
        for match in matches
        if Path(match).is_file() and (spelled or _is_recording(Path(match).name))
    ]


def _fixed_parts(path: Path) -> Iterator[str]:
    """The parts of a pattern before the first wildcard, its last part never."""
    for part in path.parts[:-1] or (".",):
        if WILD & set(part):
            return
        yield part


def _absolute(path: Path) -> Path:
    """Absolute, links left as they are: what a person called a file is what it is listed as."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (Path.resolve follows links)


def _local(path: Path, root: Path) -> _File:
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    try:
        about = path.stat()
    except OSError as error:
        return _unreadable(path, inside, error)
    return _File(str(path), inside, about.st_size, str(about.st_mtime_ns))


def _unreadable(path: Path, inside: str, error: OSError) -> _File:
    told = f"{_storable(str(path))} cannot be read: {error.strerror}."
    return _File(str(path), inside, -1, "", told)


def _walk(folder: Path) -> Iterator[_File]:
    """Recordings below a folder; hidden ones and the results of earlier analyses are passed by.

    A folder that cannot be read is listed in place of what may be in it.
    """
    errors: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=errors.append):
        if any(name in names for name in OURS):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if _is_recording(name) and not path.is_dir():
                yield _local(path, folder)
    for error in errors:
        path = Path(error.filename)
        if path == folder:
            raise InputError(f"{folder} cannot be read: {error.strerror}.") from error
        yield _unreadable(path, path.relative_to(folder).as_posix(), error)


def _remote_files(url: str) -> list[_File]:
    files = remote.listing(url)
    shown = root = remote.redacted(url)
    if WILD & set(shown):
        parts = shown.split("/")
        root = "/".join(parts[: next(i for i, part in enumerate(parts) if WILD & set(part))])
    elif len(files) == 1 and _path_of(files[0].url).endswith(_path_of(url)):
        root = shown.rsplit("/", 1)[0]
    stem = _path_of(root) + "/"
    urls = [remote.redacted(file.url) for file in files]
    ours = {u.rsplit("/", 1)[0] + "/" for u in urls if u.rsplit("/", 1)[1] in OURS}
    return [
        _File(file.url, _path_of(shown).removeprefix(stem), file.size, file.stamp)
        for file, shown in zip(files, urls, strict=True)
        if _is_recording(remote.name_of(shown))
        and not any(shown.startswith(folder) for folder in ours)
    ]


def _path_of(url: str) -> str:
    """The path in a URL, without its kind and what is secret in it."""
    return remote.redacted(url).split("://", 1)[1].strip("/")
