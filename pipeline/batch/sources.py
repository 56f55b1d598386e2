"""What is to be audited: recordings found in folders, by wildcards, in manifests, behind URLs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import InputError
from ..audited import Metadata
from . import remote
from .facts import Facts, NamePattern, metadata_of, sidecar_facts
from .manifest import SUFFIXES as MANIFESTS
from .manifest import read_manifest

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


def find(given: Sequence[str], *, pattern: str | None = None) -> list[Source]:
    """The recordings that the user named, in order of their ids.

    Args:
        given: folders, wildcards, manifests, recordings or URLs of any of these.
        pattern: `NamePattern` for what file names say.

    Raises:
        InputError: nothing is there, a manifest is unusable, or two recordings have one id.
    """
    names = NamePattern(pattern) if pattern else None
    found: dict[str, Source] = {}
    for text in given:
        before = len(found)
        for source in _sources(text, names):
            other = found.setdefault(source.metadata.call_id, source)
            if other.location != source.location:
                raise InputError(
                    f"{other.location} and {source.location} have the same id "
                    f"{source.metadata.call_id}: name one folder that holds both, or give each "
                    "an id of its own in a manifest."
                )
        if len(found) == before:
            raise InputError(
                f"No recordings in {remote.redacted(text)}: name a folder, a list (.csv, .jsonl), "
                "a pattern such as 'calls/*.wav', or a URL."
            )
    return sorted(found.values(), key=lambda source: source.metadata.call_id)


def _sources(text: str, names: NamePattern | None) -> Iterator[Source]:
    if text.lower().endswith(MANIFESTS):
        yield from _listed(text, names)
        return
    files = _remote_files(text) if remote.is_url(text) else _local_files(text)
    for file, sidecar in _with_sidecars(files):
        facts: Facts = {}
        problem = ""
        if sidecar is not None:
            facts, problem = _read_sidecar(sidecar)
        facts = {**((names and names.facts(file.inside)) or {}), **facts}
        yield Source(
            metadata_of(facts.get("call_id", file.inside), facts),
            file.location,
            file.size,
            file.stamp,
            problem,
        )


def _listed(text: str, names: NamePattern | None) -> Iterator[Source]:
    """The rows of a manifest; a row whose recording is missing carries that as its problem."""
    if remote.is_url(text):
        data, base = remote.read(text), text.rsplit("/", 1)[0]
    else:
        try:
            data, base = Path(text).read_bytes(), str(Path(text).resolve().parent)
        except OSError as error:
            raise InputError(f"{text} cannot be read: {error.strerror}.") from error
    lines: dict[str, int] = {}
    for entry in read_manifest(data, text):
        location, problem = _against(base, entry.location), ""
        try:
            file = _look(location, entry.location)
        except InputError as error:
            file, problem = _File(location, entry.location, -1, ""), str(error)
        facts = {**((names and names.facts(entry.location)) or {}), **entry.facts}
        call_id = facts.get("call_id", entry.location)
        if call_id in lines:
            raise InputError(
                f"{text}, lines {lines[call_id]} and {entry.line} have the same id {call_id}."
            )
        lines[call_id] = entry.line
        yield Source(metadata_of(call_id, facts), location, file.size, file.stamp, problem)


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
    except OSError as error:
        raise InputError(f"{location} cannot be read: {error.strerror}.") from error
    return _File(location, inside, about.st_size, str(about.st_mtime_ns))


def _is_recording(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in RECORDINGS and not path.name.startswith(".")


def _local_files(text: str) -> list[_File]:
    path = Path(text).expanduser()
    if path.is_dir():
        root = _absolute(path)
        return [_local(p, root) for p in _walk(root)]
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
    about = path.stat()
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return _File(str(path), inside, about.st_size, str(about.st_mtime_ns))


def _walk(folder: Path) -> Iterator[Path]:
    """Recordings below a folder; hidden ones and the results of earlier analyses are passed by."""
    for place, folders, names in os.walk(folder):
        if any(name in names for name in OURS):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if _is_recording(name) and path.is_file():
                yield path


def _remote_files(url: str) -> list[_File]:
    files = remote.listing(url)
    root = url
    if WILD & set(url):
        parts = url.split("/")
        root = "/".join(parts[: next(i for i, part in enumerate(parts) if WILD & set(part))])
    elif len(files) == 1 and files[0].url.rstrip("/").endswith(url.split("://", 1)[1].rstrip("/")):
        root = url.rsplit("/", 1)[0]
    stem = root.split("://", 1)[1].strip("/") + "/"
    ours = {f.url.rsplit("/", 1)[0] + "/" for f in files if f.url.rsplit("/", 1)[1] in OURS}
    return [
        _File(file.url, _below(file.url, stem), file.size, file.stamp)
        for file in files
        if _is_recording(file.url.rsplit("/", 1)[1])
        and not any(file.url.startswith(folder) for folder in ours)
    ]


def _below(url: str, stem: str) -> str:
    path = url.split("://", 1)[1].lstrip("/")
    return path.removeprefix(stem)


def _with_sidecars(files: Iterable[_File]) -> Iterator[tuple[_File, str | None]]:
    """Each recording with where its sidecar lies: `call.wav.json`, or else `call.json`."""
    files = list(files)
    lists: dict[str, set[str]] = {}
    for file in files:
        folder, _, name = file.location.rpartition("/")
        if folder not in lists:
            lists[folder] = _json_in(folder)
        beside = [f"{name}.json", f"{PurePosixPath(name).stem}.json"]
        found = next((n for n in beside if n in lists[folder]), None)
        yield file, f"{folder}/{found}" if found else None


def _json_in(folder: str) -> set[str]:
    if remote.is_url(folder):
        with remote.told(folder):
            system, path = remote.file_system(folder)
            names = [str(name).rsplit("/", 1)[-1] for name in system.ls(path, detail=False)]
    else:
        names = [path.name for path in Path(folder).iterdir()]
    return {name for name in names if name.endswith(".json")}


def _read_sidecar(location: str) -> tuple[Facts, str]:
    try:
        data = remote.read(location) if remote.is_url(location) else Path(location).read_bytes()
        return sidecar_facts(data) or {}, ""
    except (ValueError, OSError, InputError):
        return {}, f"The sidecar {location} cannot be read as JSON: mend it or take it away."
