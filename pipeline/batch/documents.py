"""The documents of an audit, written anew only where what they are made of has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ... import __version__
from ..audit import PAGE, RUBRIC, SUMMARY, Audit, AuditOptions, remembered, write_audit
from ..audited import AuditedCall, Failure
from ..evidence.audit.reviews import REVIEWS
from ..evidence.render import VIEW
from .finished import PAGES, finished_of, left_over_of
from .state import State, disk_told, is_audit

DOCUMENTS = "documents"
"""Key under which the state has what the documents were made of; empty when they are not current.
"""

WRITING = "writing"
"""Key under which it has the options they were written with."""

Writer = Callable[..., Audit]
"""As `write_audit`."""


@dataclass(frozen=True)
class Writing:
    """How the documents are to be written."""

    options: AuditOptions
    rubric: Path | None = None


def write_documents(state: State, writing: Writing, write: Writer = write_audit) -> Audit | None:
    """Write the documents, unless they are current; returns what they came to, if written."""
    rows = state.rows()
    calls, failures = finished_of(state.folder, rows, state.told(PAGES))
    waiting = left_over_of(rows)
    if not calls and not failures:
        return None
    current = _fingerprint(state.folder, calls, failures, waiting, writing)
    if state.told(DOCUMENTS) == current and (state.folder / PAGE).is_file():
        return None
    state.tell(DOCUMENTS, "")
    written = write(
        state.folder, calls, failures,
        rubric=writing.rubric, options=writing.options, waiting=waiting,
    )  # fmt: skip
    with state.together():
        # Taken again: the rubric's copy and the like are written with the documents.
        state.tell(DOCUMENTS, _fingerprint(state.folder, calls, failures, waiting, writing))
        state.tell(WRITING, _writing_text(writing.options))
    return written


def _writing_text(options: AuditOptions) -> str:
    return json.dumps(options.dump(), sort_keys=True)


def last_writing(state: State) -> Writing:
    """How the documents were written the last time, by whichever command."""
    if (state.folder / SUMMARY).is_file():
        state.tell(WRITING, _writing_text(remembered(state.folder)))
    text = state.told(WRITING)
    return Writing(AuditOptions.load(json.loads(text)) if text else AuditOptions())


def options_before(folder: Path) -> AuditOptions | None:
    """The options of an audit folder's documents; None where there are none yet."""
    if not is_audit(folder):
        return None
    with disk_told(folder), State(folder) as state:
        if not (folder / SUMMARY).is_file() and not state.told(WRITING):
            return None
        return last_writing(state).options


def _fingerprint(
    folder: Path,
    calls: Sequence[AuditedCall],
    failures: Sequence[Failure],
    waiting: int,
    writing: Writing,
) -> str:
    """Changes when anything does that the documents are made of."""
    digest = hashlib.sha256(__version__.encode())

    def add(value: object) -> None:
        digest.update(json.dumps(value, sort_keys=True, default=str).encode() + b"\n")

    add(_writing_text(writing.options))
    add(waiting)
    for path in (writing.rubric or folder / RUBRIC, folder / REVIEWS):
        add(path.read_text("utf-8", "replace") if path.is_file() else None)
    for call in calls:
        add([call.metadata.model_dump(), call.sha256, call.folder.name, call.same_as, call.page])
        # A person's decisions may stand in the evidence itself, rendered again (`report`).
        places = (call.record, call.record.with_name(VIEW))
        add([place.stat().st_mtime_ns for place in places if place.is_file()])
    for failure in failures:
        add([failure.metadata.model_dump(), failure.source, failure.reason])
    return digest.hexdigest()
