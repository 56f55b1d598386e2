"""What an audit has done and has to do: one SQLite file, committed call by call.

A call is `waiting` until its result lies whole at its place, then `done`; or `failed` with a
reason; or `purged`, which keeps it from being analysed again. A result that was `kept` stays at its
place, whatever becomes of the call, until a new one is accepted or it is purged. Whatever else lies
in the folder is half-done and is cleared away before the next run. Recordings with equal content
share the result of the first of them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ...errors import InputError
from ..audited import Metadata
from ..evidence.bag import payload
from ..evidence.text import slug

FILE = "audit.sqlite"
CALLS = "calls"
MEANINGS = "meanings"
RECORD = "call.json"

VERSION = "2"

Status = Literal["waiting", "done", "failed", "purged"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  location TEXT NOT NULL,
  size INTEGER NOT NULL,
  stamp TEXT NOT NULL,
  sha256 TEXT NOT NULL DEFAULT '',
  same_as TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL,
  metadata TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  trace TEXT NOT NULL DEFAULT '',
  duration REAL NOT NULL DEFAULT 0,
  seconds REAL NOT NULL DEFAULT 0,
  memory INTEGER NOT NULL DEFAULT 0,
  finished TEXT NOT NULL DEFAULT '',
  kept INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_size ON calls (size);
CREATE INDEX IF NOT EXISTS by_first ON calls (same_as);
CREATE UNIQUE INDEX IF NOT EXISTS by_place ON calls (place) WHERE place <> '';
"""


@dataclass(frozen=True)
class Row:
    """One call as the state has it."""

    id: str
    status: Status
    location: str
    size: int
    stamp: str
    sha256: str
    same_as: str
    """Id of the call whose result stands for this one too, or empty."""
    place: str
    """Name of the result: `calls/PLACE` and `meanings/PLACE.npy`; no two calls have one place."""
    metadata: Metadata
    reason: str
    duration: float
    """Seconds of sound, once it is done."""
    finished: str
    """When it was done, ISO 8601."""
    kept: int = 0
    """1 where an accepted result lies at its place."""


COLUMNS = (
    "id, status, location, size, stamp, sha256, same_as, place, metadata, reason, duration, "
    "finished, kept"
)


def place_of(call_id: str) -> str:
    """A name for the call's files: the id itself where that is a plain file name."""
    name = slug(call_id, fallback="call")
    if name == call_id:
        return name
    return f"{name[:48].rstrip('-.')}-{hashlib.sha256(call_id.encode()).hexdigest()[:10]}"


def record_at(folder: Path, place: str) -> Path:
    """The `call.json` of a result."""
    return payload(folder / CALLS / place) / RECORD


class State:
    """The state of one audit folder, open for writing. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = sqlite3.connect(folder / FILE, isolation_level=None)
        try:
            self._data.execute("PRAGMA busy_timeout = 20000")
            # What was purged must not be left in the file's free pages.
            self._data.execute("PRAGMA secure_delete = ON")
            self._data.executescript(SCHEMA)
        except sqlite3.OperationalError:  # the disk, or another process: the file may be well
            raise
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{folder / FILE} is not an audit's state ({error}): name another folder."
            ) from error
        if self.told("version", VERSION) != VERSION:
            raise InputError(
                f"{folder / FILE} was written by another version of earwitness: choose another "
                "--out, or audit with that version."
            )
        self.tell("version", VERSION)

    def close(self) -> None:
        """Close the file."""
        self._data.close()

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All changes of the block, or none of them."""
        self._data.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._data.execute("ROLLBACK")
            raise
        self._data.execute("COMMIT")

    def told(self, key: str, default: str = "") -> str:
        """What was noted under a key."""
        return told_of(self._data, key, default)

    def tell(self, key: str, value: str) -> None:
        """Note a value under a key."""
        if self.told(key) != value:
            self._data.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def rows(self, where: str = "1", values: Iterable[Any] = ()) -> list[Row]:
        """The calls for which an SQL condition holds, in order of id."""
        return rows_of(self._data, where, values)

    def put(self, row: Row) -> None:
        """Add a call, or write over what is known of it."""
        known = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", ")[1:])
        self._data.execute(
            # Not OR REPLACE, which would drop another call of the same place without a word.
            f"INSERT INTO calls ({COLUMNS}) VALUES ({', '.join('?' * 13)}) "
            f"ON CONFLICT (id) DO UPDATE SET {known}",
            (
                row.id, row.status, row.location, row.size, row.stamp, row.sha256, row.same_as,
                row.place, _text(row.metadata), row.reason, row.duration, row.finished,
                row.kept,
            ),
        )  # fmt: skip

    def done(
        self, call_id: str, *, sha256: str, duration: float, seconds: float, memory: int
    ) -> None:
        """The call's result lies at its place."""
        self._data.execute(
            "UPDATE calls SET status = 'done', kept = 1, reason = '', trace = '', sha256 = ?, "
            "duration = ?, seconds = ?, memory = ?, finished = ? WHERE id = ?",
            (sha256, duration, seconds, memory, _now(), call_id),
        )

    def failed(self, call_id: str, reason: str, *, trace: str = "", seconds: float = 0.0) -> None:
        """The call could not be analysed."""
        self._data.execute(
            "UPDATE calls SET status = 'failed', reason = ?, trace = ?, seconds = ?, finished = ? "
            "WHERE id = ?",
            (reason, trace, seconds, _now(), call_id),
        )

    def again(self, call_ids: Iterable[str]) -> None:
        """Put calls back into the queue; results that are kept stay."""
        self._data.executemany(
            "UPDATE calls SET status = 'waiting', reason = '', trace = '' WHERE id = ?",
            [(call_id,) for call_id in call_ids],
        )

    def hashed(self, call_id: str, sha256: str) -> None:
        """The content of a call that is not analysed yet."""
        self._data.execute("UPDATE calls SET sha256 = ? WHERE id = ?", (sha256, call_id))

    def share(self, call_id: str, first: str) -> None:
        """The call has the content of another, and shares its result."""
        self._data.execute("UPDATE calls SET same_as = ? WHERE id = ?", (first, call_id))

    def forget(self, call_id: str) -> None:
        """Know nothing of a call any more."""
        self._data.execute("DELETE FROM calls WHERE id = ?", (call_id,))

    def drop(self, call_id: str) -> None:
        """Forget what is known of a call but that it was purged."""
        self._data.execute(
            "UPDATE calls SET status = 'purged', kept = 0, place = '', sha256 = '', "
            "same_as = '', reason = '', trace = '', duration = 0, metadata = ? WHERE id = ?",
            (_text(Metadata(call_id=call_id)), call_id),
        )

    def compact(self) -> None:
        """Give back the room of deleted rows, and leave nothing of them."""
        self._data.execute("VACUUM")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _text(metadata: Metadata) -> str:
    return json.dumps(metadata.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)


def rows_of(data: sqlite3.Connection, where: str = "1", values: Iterable[Any] = ()) -> list[Row]:
    """The calls of an open state for which an SQL condition holds, in order of id."""
    found = data.execute(f"SELECT {COLUMNS} FROM calls WHERE {where} ORDER BY id", tuple(values))
    names = COLUMNS.split(", ")
    return [
        Row(**dict(zip(names, row, strict=True)) | {"metadata": _metadata(row[8])}) for row in found
    ]


def told_of(data: sqlite3.Connection, key: str, default: str = "") -> str:
    """What was noted under a key of an open state."""
    row = data.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else default


def _metadata(text: str) -> Metadata:
    return Metadata.model_validate_json(text)


@contextmanager
def disk_told(folder: Path) -> Iterator[None]:
    """Errors of the disk or of the state as one sentence; what is finished stays finished."""
    try:
        yield
    except BrokenPipeError:  # whoever read what we print is gone: no matter of the folder's
        raise
    except sqlite3.Error as error:
        raise InputError(f"{folder / FILE} cannot be written ({error}): {_GO_ON}") from error
    except OSError as error:
        where = error.filename or folder
        told = error.strerror or str(error)
        raise InputError(f"{where} cannot be read or written ({told}): {_GO_ON}") from error


_GO_ON = "make room and start again; what is finished stays."


def is_audit(folder: Path) -> bool:
    """Whether `folder` is an audit's."""
    return (folder / FILE).is_file()


def check_audit(folder: Path) -> None:
    """Refuse what is no audit's folder. Raises InputError."""
    if not is_audit(folder):
        raise InputError(f"{folder} is not an audit folder: there is no {FILE} in it.")
