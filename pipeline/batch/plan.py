"""What is left to do: the recordings that were found held against what the state knows."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ..listen.audio import recording_sha256
from . import remote
from .sources import Source
from .state import CALLS, MEANINGS, Row, State, place_of, record_at

WORK = "work"
"""Folder of what is being made; nothing in it outlives the run."""

DOCUMENTS_PART = ".documents-*"
"""Where the documents are made, before they are moved to their places."""


def sha256_of(location: str) -> str:
    """Hash of a recording, or an empty text where it cannot be read (a worker will say why)."""
    try:
        if remote.is_url(location):
            return remote.sha256(location)
        return recording_sha256(Path(location))
    except InputError:
        return ""


def plan(
    state: State,
    sources: Sequence[Source],
    *,
    hash_of: Callable[[str], str] = sha256_of,
) -> None:
    """Bring the state up to date with the recordings: all of it, or nothing.

    A recording whose size and stamp are those of the last time is not opened. Content is hashed
    only where two recordings have the same size, since others cannot be duplicates.

    Raises:
        InputError: an id stands for another recording than before.
    """
    rows = {row.id: row for row in state.rows()}
    changed: dict[str, Row] = {}
    for source in sources:
        row = rows.get(source.metadata.call_id)
        new = _new(source) if row is None else _again(state.folder, source, row, hash_of)
        if new != row:
            changed[new.id] = new
    rows |= changed
    # Where the first of several equal recordings is to be analysed anew, the others may differ.
    for row in list(rows.values()):
        first = changed.get(row.same_as)
        if row.same_as and first is not None and first.status == "waiting":
            rows[row.id] = changed[row.id] = replace(row, same_as="", status="waiting", sha256="")
    _match(rows, changed, hash_of)
    with state.together():
        for row in changed.values():
            state.put(row)


def _new(source: Source) -> Row:
    call_id = source.metadata.call_id
    return Row(
        id=call_id,
        status="failed" if source.problem else "waiting",
        location=source.location,
        size=source.size,
        # Without a stamp it is looked at afresh next time, when the problem may be mended.
        stamp="" if source.problem else source.stamp,
        sha256="",
        same_as="",
        place=place_of(call_id),
        metadata=source.metadata,
        reason=source.problem,
        duration=0.0,
        finished="",
    )


def _again(folder: Path, source: Source, row: Row, hash_of: Callable[[str], str]) -> Row:
    """What becomes of a call that is known already."""
    if row.status == "purged":
        same = (row.size, row.stamp) == (source.size, source.stamp)
        return row if same else _new(source)
    if source.problem:
        # What was heard of it stands; a call that never was is a failure now.
        return row if row.status == "done" else _new(source)
    row = replace(row, metadata=source.metadata)
    seen = (source.location, source.size, source.stamp)
    whole = row.same_as or row.status != "done" or record_at(folder, row.place).is_file()
    if (row.location, row.size, row.stamp) == seen and whole:
        return row
    if row.sha256 and whole and hash_of(source.location) == row.sha256:
        return replace(row, location=source.location, size=source.size, stamp=source.stamp)
    if row.location != source.location and row.status == "done" and whole:
        raise InputError(
            f"The id {row.id} stands for {row.location} in this audit and for "
            f"{source.location} now: choose another --out, or give ids in a manifest."
        )
    return _new(source)


def _match(rows: dict[str, Row], changed: dict[str, Row], hash_of: Callable[[str], str]) -> None:
    """Find recordings of equal content among those that are new, and between them and old ones."""
    fresh = {i for i, row in changed.items() if row.status == "waiting" and not row.same_as}
    by_size: dict[int, list[str]] = defaultdict(list)
    for call_id in sorted(rows):
        row = rows[call_id]
        if row.size > 0 and row.status in ("waiting", "done") and not row.same_as:
            by_size[row.size].append(call_id)
    for group in by_size.values():
        if len(group) < 2 or not fresh & set(group):
            continue
        firsts: dict[str, str] = {}
        # What is done already stays the first of its kind; then the order of ids decides.
        for call_id in sorted(group, key=lambda i: (rows[i].status != "done", i)):
            row = rows[call_id]
            if not row.sha256:
                row = replace(row, sha256=hash_of(row.location))
            if row.sha256 in firsts and call_id in fresh:
                row = replace(row, same_as=firsts[row.sha256])
            elif row.sha256:
                firsts.setdefault(row.sha256, call_id)
            if row != rows[call_id]:
                rows[call_id] = changed[call_id] = row


def clear_half_done(state: State) -> None:
    """Remove every result, or part of one, that the state does not call done."""
    folder = state.folder
    shutil.rmtree(folder / WORK, ignore_errors=True)
    keep = {row.place for row in state.rows("status = 'done'")}
    for place in _entries(folder / CALLS):
        if place.name not in keep:
            shutil.rmtree(place, ignore_errors=True)
    for path in _entries(folder / MEANINGS):
        # Vectors of the rubric's own sentences lie there too, and are no call's.
        if path.suffix == ".npy" and path.stem not in keep:
            path.unlink()
    for path in folder.glob(DOCUMENTS_PART):
        shutil.rmtree(path, ignore_errors=True)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
