"""Results below a URL: attempts in a place of their own, published when they are accepted.

RESULTS/attempts/AUDIT/ATTEMPT is written by a worker and read by nobody else; RESULTS/calls and
RESULTS/meanings are written by the one process that holds the state. So a worker that wakes up
late, fails or is killed touches no result.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...errors import InputError
from ..call import Call
from ..evidence.bag import PAYLOAD
from . import remote
from .sources import Source
from .state import CALLS, MEANINGS, RECORD

ATTEMPTS = "attempts"

PART = ".part"
"""Object in a result that is half published or half removed: it is ours, and to be replaced."""


def attempts_of(results: str, token: str) -> str:
    """URL below which an audit's workers write; `token` is the audit's own."""
    return f"{results}/{ATTEMPTS}/{token}"


def refuse_overlap(sources: Iterable[Source], results: str) -> None:
    """Refuse to put results where recordings lie: they would be replaced.

    Raises:
        InputError: a recording lies at, below or above a folder of results.
    """
    ours = [_parts(f"{results}/{name}") for name in (CALLS, MEANINGS, ATTEMPTS)]
    for source in sources:
        if source.problem:
            continue
        kind, *parts = _parts(source.location)
        for our_kind, *place in ours:
            least = min(len(parts), len(place))
            if kind == our_kind and parts[:least] == place[:least]:
                raise InputError(
                    f"{remote.redacted(source.location)} lies where --results "
                    f"{remote.redacted(results)} would put results: choose another --results."
                )


def _parts(location: str) -> list[str]:
    """A kind of storage and the parts of a path in it, the same however a place is spelled."""
    if not remote.is_url(location):
        return ["file", *Path(os.path.realpath(location)).parts[1:]]
    system, path = remote.file_system(location)
    names = [system.protocol] if isinstance(system.protocol, str) else system.protocol
    if "file" in names:
        return ["file", *Path(os.path.realpath(path)).parts[1:]]
    return [min(names), *(part for part in remote.redacted(path).split("/") if part)]


def publish(attempt: str, results: str, place: str) -> None:
    """Copy an accepted attempt to its place, in place of the result that is there; the record last.

    Raises:
        InputError: what is there is no result of an audit, or it cannot be written.
    """
    target, vectors = _places(results, place)
    with remote.told(target):
        system, path = remote.file_system(target)
        root = remote.file_system(attempt)[1]
        if not _clear(system, path, remote.file_system(vectors)[1]):
            raise InputError(
                f"{remote.redacted(target)} is no result of an audit and is left alone: choose "
                "another --results."
            )
        system.makedirs(path, exist_ok=True)
        # Storage of objects knows no renaming: until this one goes, the result is half there.
        system.pipe_file(f"{path}/{PART}", b"")
        system.invalidate_cache()
        goals = {name: _goal(name, root, path, vectors) for name in sorted(system.find(root))}
        last = [name for name in goals if name.endswith(f"/{RECORD}")]
        first = [name for name in goals if name not in last]
        for names in (first, last):
            for folder in sorted({goals[name].rsplit("/", 1)[0] for name in names}):
                system.makedirs(folder, exist_ok=True)
            if names:
                system.copy(names, [goals[name] for name in names])
        system.rm_file(f"{path}/{PART}")
        system.invalidate_cache()


def _goal(name: str, root: str, path: str, vectors: str) -> str:
    inside = name.removeprefix(root.rstrip("/") + "/")
    if inside.startswith(f"{MEANINGS}/"):
        return remote.file_system(vectors)[1]
    return f"{path}/{inside.split('/', 2)[2]}"


def remove(results: str, place: str) -> None:
    """Delete a call's result; what is no result of an audit is passed by."""
    target, vectors = _places(results, place)
    with remote.told(target):
        system, path = remote.file_system(target)
        _clear(system, path, remote.file_system(vectors)[1])


def clear_attempts(attempts: str) -> None:
    """Delete what the workers of an audit left behind; nothing there is well too."""
    with remote.told(attempts):
        remote.remove(attempts)


def forget(attempt: str) -> None:
    """Delete one attempt, as far as it goes: the audit's next start clears the rest."""
    with contextlib.suppress(InputError):
        remote.remove(attempt)


def _places(results: str, place: str) -> tuple[str, str]:
    return f"{results}/{CALLS}/{place}", f"{results}/{MEANINGS}/{place}.npy"


def _clear(system: Any, path: str, vectors: str) -> bool:
    """Make room at `path` where nothing or a result of ours is; False, and no change, else."""
    system.invalidate_cache()
    if not system.exists(path):
        return not system.exists(vectors)
    if not system.isdir(path):
        return False
    found = system.find(path)
    if found and not _is_ours(system, path, found):
        return False
    if system.exists(vectors):
        system.rm_file(vectors)
    # What tells that it is ours goes last: whoever is stopped here can go on.
    telling = [name for name in found if name.rsplit("/", 1)[1] in (PART, RECORD)]
    if others := [name for name in found if name not in telling]:
        system.rm(others)
    if system.exists(path):
        system.rm(path, recursive=True)
    system.invalidate_cache()
    return True


def _is_ours(system: Any, path: str, found: list[str]) -> bool:
    """Whether a folder holds a record of ours: recordings have JSON files of that name too."""
    if f"{path}/{PART}" in found:
        return True
    for record in (f"{path}/{RECORD}", f"{path}/{PAYLOAD}/{RECORD}"):
        if record in found:
            try:
                Call.model_validate_json(system.cat_file(record))
            except ValidationError:
                continue
            return True
    return False
