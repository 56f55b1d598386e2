"""What of an audit is finished, failed or left over, read from its state without changing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ...errors import InputError
from ..audited import AuditedCall, Failure
from ..evidence.bag import PAYLOAD
from ..evidence.render import PAGE
from .remote import redacted
from .state import CALLS, FILE, MEANINGS, Row, check_audit, record_at, rows_of, told_of

PAGES = "pages"
"""Key under which the state has the web address of what `--results` keeps, where it has one."""


def finished(folder: Path) -> tuple[list[AuditedCall], list[Failure]]:
    """The finished calls and the failed ones of an audit folder, each in order of id.

    Raises:
        InputError: it is not an audit folder.
    """
    check_audit(folder)
    return finished_of(folder, *_read(folder / FILE))


def _read(path: Path) -> tuple[list[Row], str]:
    """All rows and what stands under `PAGES`, the file opened for reading alone."""
    url = f"{path.absolute().as_uri()}?mode="
    for mode in ("ro", "rw"):
        data = sqlite3.connect(url + mode, uri=True)
        try:
            data.execute("PRAGMA busy_timeout = 20000")
            return rows_of(data), told_of(data, PAGES)
        except sqlite3.OperationalError as error:
            # After a kill a journal may have to be rolled back first, which a reader must not.
            if mode == "rw":
                raise InputError(f"{path} cannot be read: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{path} is not an audit's state ({error}): name another folder."
            ) from error
        finally:
            data.close()
    raise AssertionError


def left_over(folder: Path) -> int:
    """How many calls of an audit folder are still to be analysed. Raises InputError."""
    return left_over_of(_read(folder / FILE)[0])


def left_over_of(rows: Iterable[Row]) -> int:
    """The same from rows that were read already; those who share a result count with its owner."""
    rows = list(rows)
    by_id = {row.id: row for row in rows}
    return sum(by_id.get(row.same_as, row).status == "waiting" for row in rows)


def finished_of(
    folder: Path, rows: Iterable[Row], pages: str = ""
) -> tuple[list[AuditedCall], list[Failure]]:
    """As `finished`, from rows that were read already and what stands under `PAGES`."""
    rows = list(rows)
    by_id = {row.id: row for row in rows}
    calls, failures = [], []
    for row in rows:
        first = by_id.get(row.same_as, row)
        if row.status == "purged":
            continue
        if first.status == "failed":
            shown = redacted(row.location)
            failures.append(Failure(row.metadata, shown, redacted(first.reason)))
        elif first.status == "done":
            record = record_at(folder, first.place)
            calls.append(
                AuditedCall(
                    metadata=row.metadata,
                    sha256=first.sha256,
                    folder=folder / CALLS / first.place,
                    record=record,
                    meanings=folder / MEANINGS / f"{first.place}.npy",
                    same_as=row.same_as,
                    page=f"{pages}/{CALLS}/{first.place}/{PAYLOAD}/{PAGE}" if pages else "",
                )
            )
    return calls, failures
