"""Retention: results of calls beyond an age are deleted, and do not come back."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ...errors import InputError
from ..audit import write_audit
from ..audited import day_of
from ..evidence.audit.reviews import REVIEWS
from . import results
from .documents import DOCUMENTS as CURRENT
from .documents import Writer, last_writing, write_documents
from .machine import only_one
from .plan import clear_half_done
from .state import Row, State, check_audit, disk_told

UNITS = "d, w, m or y for days, weeks, months or years"

DOCUMENTS = frozenset(
    [f"audit.{ending}" for ending in ("html", "pdf", "json")]
    + [f"{table}.{ending}" for table in ("calls", "turns", "moments", "scores")
       for ending in ("parquet", "csv")]
)  # fmt: skip
"""What an audit folder holds that is made from all calls."""


@dataclass(frozen=True)
class Purged:
    """What was, or would be, deleted."""

    calls: list[str]
    """Ids, in order."""
    kept: int
    """Calls that stay."""


def border(age: str, today: date) -> date:
    """The day before which a call is older than `age` (`90d`, `12w`, `6m`, `2y`).

    Raises:
        InputError: it is no such age.
    """
    found = re.fullmatch(r"(\d{1,5})([dwmy])", age.strip().lower())
    if found is None:
        raise InputError(f"--older-than {age} is no age: write a number and {UNITS}, such as 90d.")
    count, unit = int(found[1]), found[2]
    try:
        if unit in "dw":
            return today - timedelta(days=count * (7 if unit == "w" else 1))
        months = today.year * 12 + today.month - 1 - count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        day = min(today.day, calendar.monthrange(year, month + 1)[1])
        return date(year, month + 1, day)
    except (OverflowError, ValueError, IndexError) as error:
        raise InputError(f"--older-than {age} reaches back before any calendar.") from error


def purge(
    folder: Path,
    age: str,
    *,
    dry_run: bool = False,
    today: date | None = None,
    write: Writer = write_audit,
) -> Purged:
    """Delete the results of calls older than `age`, and write the documents without them.

    Of a purged call its id, location, size and time of change are kept, so that it is not analysed
    again while its recording lies where it lay; nothing of what was said. The recordings are not
    touched.

    Raises:
        InputError: not an audit folder, no age, or another audit is at work in it.
    """
    check_audit(folder)
    limit = border(age, today or datetime.now(UTC).date())
    with disk_told(folder), only_one(folder), State(folder) as state:
        rows = state.rows("status != 'purged'")
        # A duplicate waits for ever, its result is another's; else who waits may have an old one.
        known = [row for row in rows if row.status != "waiting" or row.same_as or row.kept]
        by_id = {row.id: row for row in rows}
        old = [r for r in known if (day := _day(r, by_id)) is not None and day < limit]
        purged = Purged([row.id for row in old], len(rows) - len(old))
        if dry_run:
            return purged
        _delete(state, rows, {row.id for row in old})
        # Files without a row: of this purge, or of one that was killed.
        clear_half_done(state)
        if not state.told(CURRENT):
            # Gone before they are made again: where no call is left, none are made.
            writing = last_writing(state)
            _delete_documents(folder)
            write_documents(state, writing, write)
        state.compact()
    return purged


def _day(row: Row, by_id: dict[str, Row]) -> date | None:
    """The day of the call where its metadata tell one, else the day it was analysed."""
    return day_of(row.metadata.date) or day_of(by_id.get(row.same_as, row).finished)


def _delete(state: State, rows: Sequence[Row], old: set[str]) -> None:
    """Forget the calls, and hand shared results on; files go when no row needs them any more."""
    if not old:
        return
    heirs = {
        row.id: [r for r in rows if r.same_as == row.id and r.id not in old]
        for row in rows
        if row.id in old and not row.same_as
    }
    if url := json.loads(state.told("settings") or "{}").get("results"):
        # Before the state, which alone remembers that there is something to delete there.
        for row in rows:
            if row.id in heirs and not heirs[row.id]:
                results.remove(url, row.place)
    kept = {row.sha256 for row in rows if row.id not in heirs or heirs[row.id]}
    _delete_reviews(state.folder, {row.sha256 for row in rows if row.id in heirs} - kept)
    with state.together():
        for row in rows:
            if heirs.get(row.id):
                _inherit(state, row, heirs[row.id])
        for call_id in sorted(old):
            state.drop(call_id)
        state.tell(CURRENT, "")


def _inherit(state: State, row: Row, heirs: Sequence[Row]) -> None:
    """The first of the calls that shared a result becomes its owner."""
    first, *others = heirs
    # Two calls never have one place, not even for a moment.
    state.put(replace(row, place=""))
    state.put(
        replace(
            row, id=first.id, location=first.location, size=first.size, stamp=first.stamp,
            metadata=first.metadata,
        )
    )  # fmt: skip
    for heir in others:
        state.put(replace(heir, same_as=first.id))


def _delete_reviews(folder: Path, gone: set[str]) -> None:
    """What was decided and answered about recordings that are purged goes with them."""
    path = folder / REVIEWS
    if not path.is_file():
        return
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if _recording(line) not in gone]
    if kept != lines:
        part = path.with_name(f".{REVIEWS}.part")
        part.write_text("".join(kept), "utf-8")
        part.replace(path)


def _recording(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    return str(entry.get("recording_sha256", "")) if isinstance(entry, dict) else ""


def _delete_documents(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.name in DOCUMENTS:
            path.unlink()
