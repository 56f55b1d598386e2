"""What people say of the machine's findings: decisions and answers, kept as a record.

`reviews.jsonl` in the audit's folder is only ever added to: the last word on a finding counts, and
the earlier ones stay. What a reviewer decided inside a call's own evidence folder
(`earwitness report --review`) is read from there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ....errors import InputError
from ...call import Call, Moment
from ..corrections import read_review
from ..render import View
from ..reviewed import Answer
from ..text import json_safe

REVIEWS = "reviews.jsonl"

SAME_PLACE = 1.0
"""Seconds by which a moment may have moved and still be the one that was decided on."""


class Entry(BaseModel):
    """One line of the record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: Literal["confirmed", "dismissed", "undecided", "answer"]
    call_id: str
    recording_sha256: str
    moment: str
    kind: str
    start: float
    by: str = Field(min_length=1, max_length=200)
    date: str = Field(min_length=1, max_length=40)
    text: str = Field(default="", max_length=4000)


@dataclass(frozen=True)
class Verdict:
    """What a reviewer decided of a moment."""

    verdict: str
    """`confirmed` or `dismissed`."""
    by: str
    date: str
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """Every decision and answer that holds for one call, by id of the moment."""

    verdicts: Mapping[str, Verdict]
    answers: Mapping[str, Answer]
    lost: tuple[Entry, ...] = ()
    """Entries whose moment the record does not hold any more."""


def read(folder: Path) -> list[Entry]:
    """The record, oldest first; empty where there is none. Raises InputError.

    A last line without its end was broken off while it was written, and nobody was told that it
    stands: it counts for nothing.
    """
    path = folder / REVIEWS
    try:
        lines = path.read_bytes()[: _whole(path)].decode("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(Entry.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise InputError(f"{path}, line {number} is not an entry: {problem}.") from error
    return entries


def _whole(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    return path.read_bytes().rfind(b"\n") + 1


def append(folder: Path, entries: Sequence[Entry]) -> None:
    """Add to the record, in one write that reaches the disk."""
    text = "".join(
        json_safe(json.dumps(e.model_dump(), ensure_ascii=False)) + "\n" for e in entries
    )
    path = folder / REVIEWS
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.ftruncate(handle, _whole(path))
        os.write(handle, text.encode("utf-8"))
        os.fsync(handle)
    finally:
        os.close(handle)


def from_file(path: Path, call_id: str, call: Call) -> list[Entry]:
    """What a `review.json` says of one call, as entries of the record.

    Raises:
        InputError: it is no review, names a moment that the call's record does not hold, or gives
            a voice another role: the call has to be judged anew for that.
    """
    review = read_review(path)
    roles = {speaker.id: speaker.role for speaker in call.speakers}
    if any(fix.role not in (None, roles.get(fix.id)) for fix in review.speakers):
        raise InputError(
            f"{path} gives a voice another role, which changes what is found: bring it into the "
            f"call's own folder first, with `earwitness report EVIDENCE --review {path.name}`."
        )
    found = []
    for decision in review.decisions:
        if not decision.verdict and decision.note:
            continue  # a note beside no decision lifts none
        what = decision.verdict or "undecided"
        found.append(
            entry_on(call, call_id, decision.id, what, review.by, review.date, decision.note)
        )
    for answer in review.answers:
        found.append(
            entry_on(call, call_id, answer.id, "answer", answer.by, answer.date, answer.text)
        )
    return found


def entry_on(
    call: Call, call_id: str, moment: str, what: str, by: str, date: str, text: str
) -> Entry:
    """An entry on one moment. Raises InputError where there is no such moment, or it is amiss."""
    place = next((m for m in call.moments if m.id == moment), None)
    if place is None:
        raise InputError(
            f'{call_id} holds no moment {moment!r}: earwitness query "SELECT moment, title, start, '
            f"quote FROM moments WHERE call_id = '{call_id}'\" lists them."
        )
    try:
        return Entry(
            what=what,
            call_id=call_id,
            recording_sha256=call.recording.sha256,
            moment=moment,
            kind=place.kind,
            start=round(place.start, 3),
            by=by,
            date=date,
            text=text,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def find_moment(call: Call, entry: Entry) -> Moment | None:
    """The moment that an entry means: by id, or of the same kind at the same place."""
    same = [m for m in call.moments if m.kind == entry.kind]
    near = [m for m in same if abs(m.start - entry.start) <= SAME_PLACE]
    for moment in near:
        if moment.id == entry.moment:
            return moment
    return min(near, key=lambda m: abs(m.start - entry.start), default=None)


def standing(call: Call, view: View, entries: Iterable[Entry]) -> Standing:
    """What holds for a call.

    Args:
        call: the record.
        view: what its evidence folder shows beside it, with a review made there.
        entries: the audit's record of this call's recording, oldest first.
    """
    answers: dict[str, Answer] = {}
    lost = []
    shown: dict[str, Verdict] = {}
    if view.reviewed is not None:
        for key, decision in view.reviewed.decisions.items():
            if decision.verdict:
                shown[key] = Verdict(
                    decision.verdict, view.reviewed.by, view.reviewed.date, decision.note
                )
        answers |= view.reviewed.answers
    verdicts = dict(shown)
    for entry in entries:
        moment = find_moment(call, entry)
        if moment is None:
            lost.append(entry)
        elif entry.what == "answer":
            earlier = answers.get(moment.id)
            if earlier is not None and entry.date[:10] < earlier.date[:10]:
                continue  # answered anew in the call's own folder since
            answers[moment.id] = Answer(entry.by, entry.date, entry.text)
        elif moment.id in shown and entry.date[:10] < shown[moment.id].date[:10]:
            continue  # decided anew on the page since
        elif entry.what == "undecided":
            verdicts.pop(moment.id, None)
        else:
            verdicts[moment.id] = Verdict(entry.what, entry.by, entry.date, entry.text)
    return Standing(verdicts, answers, tuple(lost))
