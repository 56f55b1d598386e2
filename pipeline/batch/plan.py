"""What is left to do: the recordings that were found held against what the state knows."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from . import remote
from .copies import sha256_of, share_results
from .sources import Source
from .state import CALLS, MEANINGS, Row, State, place_of, record_at

WORK = "work"
"""Folder of what is being made; nothing in it outlives the run."""

DOCUMENTS_PART = ".documents-*"
"""Where the documents are made, before they are moved to their places."""


def plan(
    state: State,
    sources: Sequence[Source],
    *,
    hash_of: Callable[[str], str] = sha256_of,
    note: Callable[[str], None] = lambda text: None,
) -> None:
    """Bring the state up to date with the recordings.

    A recording whose size and stamp are those of the last time is not opened; content is compared
    only where two recordings have the same size (`copies`).

    Raises:
        InputError: an id stands for another recording than before.
    """
    rows = {row.id: row for row in state.rows()}
    changed: dict[str, Row] = {}
    places = {row.place for row in rows.values()}
    for source in sources:
        row = rows.get(source.metadata.call_id)
        new = _new(source) if row is None else _again(state.folder, source, row, hash_of)
        if not new.place:
            new = replace(new, place=_free_place(new.id, places))
            places.add(new.place)
        if new != row:
            changed[new.id] = new
    gone = _gone(rows.values(), {source.metadata.call_id for source in sources})
    rows |= changed
    # Where the first of several equal recordings is to be analysed anew, the others may differ.
    for row in list(rows.values()):
        first = changed.get(row.same_as)
        anew = first is not None and first.status == "waiting"
        if row.same_as in gone or (row.same_as and anew):
            rows[row.id] = changed[row.id] = replace(row, same_as="", status="waiting", sha256="")
    with state.together():
        for call_id in gone:
            state.forget(call_id)
        for row in changed.values():
            state.put(row)
    share_results(state, hash_of=hash_of, note=note)


def _gone(rows: Iterable[Row], found: set[str]) -> set[str]:
    """Calls that were never analysed and whose recording was taken away: nothing is left of them.

    A recording may lie elsewhere than where it was looked for this time.
    """
    return {
        row.id
        for row in rows
        if row.id not in found and not row.kept and not _stands_for(row) and _is_gone(row.location)
    }


def _stands_for(row: Row) -> bool:
    """Whether there is something to keep: a result, another's result, or that it was purged."""
    return row.status in ("done", "purged") or bool(row.same_as)


def _is_gone(location: str) -> bool:
    if remote.is_url(location):
        return not remote.exists(location)
    try:
        return not Path(location).is_file()
    except (OSError, ValueError):
        return True


def _free_place(call_id: str, places: set[str]) -> str:
    """The call's usual place, or another one where an heir of its result has that."""
    names = (place_of(call_id + "\n" * count) for count in itertools.count())
    return next(name for name in names if name not in places)


def _new(source: Source, row: Row | None = None) -> Row:
    """A call to be analysed; `row` has the result that stays until then."""
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
        place=row.place if row else "",
        metadata=source.metadata,
        reason=source.problem,
        duration=0.0,
        finished=row.finished if row else "",
        kept=row.kept if row else 0,
    )


def _again(folder: Path, source: Source, row: Row, hash_of: Callable[[str], str]) -> Row:
    """What becomes of a call that is known already."""
    if row.status == "purged":
        same = (row.size, row.stamp) == (source.size, source.stamp)
        return row if same else _new(source)
    if source.problem:
        # What was heard of it stands; a call that never was is a failure now.
        return row if row.status == "done" else _new(source, row)
    row = replace(row, metadata=source.metadata)
    seen = (remote.redacted(source.location), source.size, source.stamp)
    if row.kept and not record_at(folder, row.place).is_file():
        row = replace(row, kept=0)
    whole = row.same_as or row.status != "done" or row.kept
    if (remote.redacted(row.location), row.size, row.stamp) == seen and whole:
        return replace(row, location=source.location)  # signed anew, perhaps
    if row.sha256 and whole and hash_of(source.location) == row.sha256:
        return replace(row, location=source.location, size=source.size, stamp=source.stamp)
    old, new = remote.redacted(row.location), remote.redacted(source.location)
    if old != new and row.status == "done" and whole:
        raise InputError(
            f"The id {row.id} stands for {old} in this audit and for {new} now: choose another "
            "--out, or give ids in a manifest."
        )
    return _new(source, row)


def clear_half_done(state: State) -> None:
    """Remove every result, or part of one, that the state does not call kept."""
    folder = state.folder
    shutil.rmtree(folder / WORK, ignore_errors=True)
    keep = {row.place for row in state.rows("kept = 1")}
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
