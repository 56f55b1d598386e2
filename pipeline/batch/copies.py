"""Recordings of equal content: found before any is analysed, so that each is analysed once.

Telephone recordings of one length have one size, whatever was said: in larger ones of equal size a
part is compared first, and only what is alike there is read as a whole.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...errors import InputError
from ..listen.audio import recording_sha256
from . import remote
from .state import Row, State

PATIENCE = 15.0
"""Seconds between two words on how far the reading is."""

READERS = 8
"""Recordings read at once: over a network most of the time is spent waiting."""

PART = 1 << 16
"""Bytes from the middle of a recording that are compared first: 8 s of telephone sound."""

HashOf = Callable[[str], str]
Note = Callable[[str], None]


def sha256_of(location: str) -> str:
    """Hash of a recording, or an empty text where it cannot be read (a worker will say why)."""
    try:
        if remote.is_url(location):
            return remote.sha256(location)
        return recording_sha256(Path(location))
    except InputError:
        return ""


def part_of(location: str, size: int) -> str:
    """Hash of a recording's middle, or an empty text where it cannot be read."""
    start = max(size - PART, 0) // 2
    try:
        if remote.is_url(location):
            data = remote.read(location, start, start + PART)
        else:
            with Path(location).open("rb") as stream:
                stream.seek(start)
                data = stream.read(PART)
    except (InputError, OSError):
        return ""
    return hashlib.sha256(data).hexdigest()


def share_results(state: State, *, hash_of: HashOf, note: Note) -> None:
    """Find recordings of equal content among those that wait, and between them and done ones."""
    by_size: dict[int, list[Row]] = defaultdict(list)
    for row in state.rows("status IN ('waiting', 'done') AND same_as = '' AND size > 0"):
        by_size[row.size].append(row)
    groups = list(_alike([g for g in by_size.values() if _open(g)], note))
    unread = [row for group in groups for row in group if not row.sha256]
    known = {row.id: row.sha256 for group in groups for row in group}
    for row, sha256 in _each(unread, lambda row: hash_of(row.location), "read", note):
        # Kept at once, so that a run that is stopped here goes on.
        state.hashed(row.id, sha256)
        known[row.id] = sha256
    same: dict[str, str] = {}
    for group in groups:
        firsts: dict[str, str] = {}
        for row in group:
            sha256 = known[row.id]
            if sha256 in firsts and row.status == "waiting" and not row.kept:
                same[row.id] = firsts[sha256]
            elif sha256:
                firsts.setdefault(sha256, row.id)
    with state.together():
        for call_id, first in same.items():
            state.share(call_id, first)


def _open(group: Sequence[Row]) -> bool:
    """Whether the rows of one size leave a question."""
    return len(group) > 1 and any(row.status == "waiting" for row in group)


def _alike(groups: Iterable[list[Row]], note: Note) -> Iterator[list[Row]]:
    """The groups, parted by a look at the larger recordings, each in the order of who is first."""
    groups = list(groups)
    large = [row for group in groups if group[0].size > PART for row in group]
    looked = _each(large, lambda row: part_of(row.location, row.size), "looked at", note)
    parts = {row.id: part for row, part in looked}
    for group in groups:
        # Of a recording that is gone the whole is known and no part: any other may be its like.
        gone = [row for row in group if row.sha256 and not parts.get(row.id)]
        by_part: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            by_part["" if gone else parts.get(row.id, "")].append(row)
        for alike in by_part.values():
            if _open(alike):
                # What is done already stays the first of its kind; then the order of ids decides.
                yield sorted(alike, key=lambda row: (row.status != "done", row.id))


def _each(
    rows: Sequence[Row], do: Callable[[Row], str], done: str, note: Note
) -> Iterator[tuple[Row, str]]:
    """What `do` says of each row, in order, several at once; `note` is told how far it is."""
    told = time.monotonic()
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="read")
    try:
        for count, (row, found) in enumerate(zip(rows, pool.map(do, rows), strict=True), 1):
            yield row, found
            if time.monotonic() - told > PATIENCE:
                told = time.monotonic()
                note(f"looking for recordings of equal content: {count} of {len(rows)} {done}")
    finally:
        pool.shutdown(cancel_futures=True)
