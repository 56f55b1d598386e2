"""What a person changed: decisions on findings, mended words, names and roles.

A correction is a layer: the machine's record is kept beside the corrected one, and every change
carries who made it and when.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import InputError
from ..call import Call, Role, Turn, Word
from .document import Decision, Reviewed
from .text import clock, visible

FORMAT = "earwitness-review"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SpeakerFix(_Strict):
    """A voice's role or name, as a person knows it."""

    id: str
    role: Role | None = None
    name: str | None = None


class WordFix(_Strict):
    """Words of a turn, as a person hears them. `text` may be empty: nothing was said there."""

    turn: int
    first: int = Field(ge=0, description="Index of the first word that is replaced")
    last: int | None = Field(default=None, description="Index of the last one; the same if absent")
    text: str


class TurnFix(_Strict):
    """A turn that another voice spoke."""

    turn: int
    speaker: str


class Corrections(_Strict):
    """A corrections file (TOML or JSON)."""

    by: str = Field(min_length=1)
    date: str = Field(min_length=1)
    recording_sha256: str | None = None
    speakers: list[SpeakerFix] = Field(default_factory=list)
    words: list[WordFix] = Field(default_factory=list)
    turns: list[TurnFix] = Field(default_factory=list)


class _DecisionEntry(_Strict):
    id: str
    verdict: str = Field(pattern="^(confirmed|dismissed|)$")
    note: str = ""


class AnswerEntry(_Strict):
    """What the one concerned says to a finding."""

    id: str
    by: str = Field(min_length=1)
    date: str = Field(min_length=1)
    text: str = Field(min_length=1)


class ReviewFile(_Strict):
    """`review.json`, as the page saves it; answers may be added to it."""

    format: str
    version: int
    recording_sha256: str
    call_sha256: str = ""
    by: str = Field(min_length=1)
    date: str = Field(min_length=1)
    decisions: list[_DecisionEntry] = Field(default_factory=list)
    answers: list[AnswerEntry] = Field(default_factory=list)
    speakers: list[SpeakerFix] = Field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """One correction as applied: what the machine had, and what it is now."""

    what: str
    before: str
    after: str
    by: str
    date: str
    turn: int | None = None


@dataclass(frozen=True)
class Corrected:
    """A call after corrections, and every change that was made."""

    call: Call
    changes: tuple[Change, ...] = field(default=())

    def sentences(self) -> tuple[str, ...]:
        """What the first page says of them."""
        people: dict[tuple[str, str], int] = {}
        for change in self.changes:
            key = (change.by, change.date)
            people[key] = people.get(key, 0) + 1
        return tuple(
            f"Corrected by {visible(by)} on {visible(date)}: {count} "
            f"{'change' if count == 1 else 'changes'}, listed in corrections.json; the machine’s "
            "record is kept as call.machine.json. Findings and documents follow the corrected text."
            for (by, date), count in people.items()
        )


def stated(changes: Iterable[Change]) -> dict[str, frozenset[str]]:
    """What people stated of the voices (`role`, `name`), by the voice's id."""
    found: dict[str, frozenset[str]] = {}
    for change in changes:
        match = re.fullmatch(r"(role|name) of voice (.+)", change.what, re.DOTALL)
        if match:
            found[match[2]] = found.get(match[2], frozenset()) | {match[1]}
    return found


def carried(reviewed: Reviewed | None, old: Call, new: Call) -> Reviewed | None:
    """A person's decisions on the findings of `old`, for the same findings of `new`.

    The same is the same kind in the same turn, best at the same time. A decision on a finding
    that is no longer there goes with it.
    """
    if reviewed is None:
        return None
    was = {moment.id: moment for moment in old.moments}
    decisions: dict[str, Decision] = {}
    for moment in new.moments:
        same = [
            was[key]
            for key in reviewed.decisions
            if key in was
            and (was[key].kind, was[key].turn, was[key].speaker)
            == (moment.kind, moment.turn, moment.speaker)
        ]
        if same:
            nearest = min(same, key=lambda m: abs(m.start - moment.start))
            decisions[moment.id] = reviewed.decisions[nearest.id]
    return replace(reviewed, decisions=decisions)


def _load(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        form = "TOML" if path.suffix == ".toml" else "JSON"
        raise InputError(f"{path} is not {form}: {error}.") from error


def _problem(path: Path, error: ValidationError) -> InputError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    return InputError(f"{path}: {where}: {first['msg']}.")


def load_corrections(path: Path) -> Corrections:
    """A corrections file; `InputError` names what is wrong with it."""
    try:
        return Corrections.model_validate(_load(path))
    except ValidationError as error:
        raise _problem(path, error) from error


def read_review(path: Path) -> ReviewFile:
    """`review.json` as it stands. Raises InputError where it is no review."""
    try:
        review = ReviewFile.model_validate(_load(path))
    except ValidationError as error:
        raise _problem(path, error) from error
    if review.format != FORMAT or review.version != 1:
        raise InputError(f"{path} is not a review that this version reads.")
    return review


def load_review(path: Path, call: Call) -> tuple[Reviewed, Corrections]:
    """`review.json`: decisions on findings, and mended roles and names.

    Raises:
        InputError: it is no review, belongs to another recording, or names a finding that the
            record does not hold.
    """
    review = read_review(path)
    if review.recording_sha256 != call.recording.sha256:
        raise InputError(f"{path} reviews another recording than this evidence holds.")
    known = {moment.id for moment in call.moments}
    for entry in review.decisions:
        if entry.id not in known:
            raise InputError(f"{path} decides on {entry.id!r}, which this evidence does not hold.")
    reviewed = Reviewed(
        by=review.by,
        date=review.date,
        decisions={e.id: Decision(e.verdict, visible(e.note)) for e in review.decisions},
    )
    changed = []
    for fix in review.speakers:
        speaker = call.speaker(fix.id)
        if speaker is None:
            raise InputError(
                f"{path} names the voice {fix.id!r}, which this evidence does not hold."
            )
        role = fix.role if fix.role != speaker.role else None
        name = fix.name if (fix.name or None) != (speaker.name or None) else None
        if role or name:
            changed.append(SpeakerFix(id=fix.id, role=role, name=name))
    return reviewed, Corrections(by=review.by, date=review.date, speakers=changed)


def _spread(text: str, gone: list[Word]) -> list[Word]:
    """A person's words over the time of those they replace."""
    tokens = text.split()
    if not tokens or not gone:
        return []
    start, end = gone[0].start, gone[-1].end
    step = (end - start) / len(tokens)
    return [
        Word(
            text=token,
            start=start + step * i,
            end=start + step * (i + 1),
            confidence=1.0,
            speaker=gone[0].speaker,
            candidates=gone[0].candidates,
        )
        for i, token in enumerate(tokens)
    ]


def _fix_words(turns: dict[int, Turn], fixes: Corrections) -> list[Change]:
    changes = []
    # From the back, so that indexes of earlier words stay true.
    for fix in sorted(fixes.words, key=lambda f: (f.turn, f.first), reverse=True):
        turn = turns.get(fix.turn)
        last = fix.first if fix.last is None else fix.last
        if turn is None or not fix.first <= last < len(turn.words):
            raise InputError(
                f"The correction of turn {fix.turn}, words {fix.first} to {last}, points at words "
                "that the record does not hold."
            )
        gone = turn.words[fix.first : last + 1]
        words = [*turn.words[: fix.first], *_spread(fix.text, gone), *turn.words[last + 1 :]]
        if not words:
            raise InputError(f"The corrections would leave turn {fix.turn} without any words.")
        # A translation is of the words that were there before.
        turns[fix.turn] = turn.model_copy(update={"words": words, "translation": None})
        before = " ".join(w.text for w in gone)
        changes.append(
            Change(f"words at {clock(gone[0].start)}", before, fix.text, fixes.by, fixes.date,
                   fix.turn)
        )  # fmt: skip
    return changes[::-1]


def apply(call: Call, fixes: Corrections) -> Corrected:
    """The call with a person's corrections over the machine's record.

    Raises:
        InputError: a correction points at something that the record does not hold, or belongs to
            another recording.
    """
    if fixes.recording_sha256 not in (None, call.recording.sha256):
        raise InputError("The corrections belong to another recording than this evidence holds.")
    speakers = {speaker.id: speaker for speaker in call.speakers}
    turns = {turn.id: turn for turn in call.turns}
    changes: list[Change] = []
    for fix in fixes.speakers:
        speaker = speakers.get(fix.id)
        if speaker is None:
            raise InputError(f"The corrections name the voice {fix.id!r}, which the record lacks.")
        update: dict[str, Any] = {}
        if fix.role is not None:
            update |= {"role": fix.role, "role_confidence": 1.0,
                       "role_reasons": [f"given by {fixes.by}"]}  # fmt: skip
            changes.append(Change(f"role of voice {fix.id}", speaker.role, fix.role, fixes.by,
                                  fixes.date))  # fmt: skip
        if fix.name is not None:
            update["name"] = fix.name or None
            changes.append(Change(f"name of voice {fix.id}", speaker.name or "", fix.name, fixes.by,
                                  fixes.date))  # fmt: skip
        speakers[fix.id] = speaker.model_copy(update=update)
    for move in fixes.turns:
        turn = turns.get(move.turn)
        if turn is None or move.speaker not in speakers:
            raise InputError(f"The correction of turn {move.turn} points at nothing in the record.")
        changes.append(Change(f"speaker of turn {move.turn}", turn.speaker, move.speaker, fixes.by,
                              fixes.date, move.turn))  # fmt: skip
        words = [w.model_copy(update={"speaker": move.speaker}) for w in turn.words]
        turns[move.turn] = turn.model_copy(
            update={"speaker": move.speaker, "words": words, "uncertain": False}
        )
    changes += _fix_words(turns, fixes)
    return Corrected(_consistent(call, speakers, turns), tuple(changes))


def _consistent(call: Call, speakers: Mapping[str, Any], turns: Mapping[int, Turn]) -> Call:
    """Roles, quotes, contexts and talk time as they follow from the corrected parts."""
    roles = {key: speaker.role for key, speaker in speakers.items()}
    old_texts = {turn.text: turn.id for turn in call.turns}
    fixed = {
        key: turn.model_copy(update={"role": roles.get(turn.speaker, turn.role)})
        for key, turn in turns.items()
    }
    moments = []
    for moment in call.moments:
        turn = fixed.get(moment.turn) if moment.turn is not None else None
        update: dict[str, Any] = {"role": roles.get(moment.speaker, moment.role)}
        if turn is not None:
            heard = [
                w.text
                for w in turn.words
                if w.start >= moment.start - 0.002 and w.end <= moment.end + 0.002
            ]
            quote = " ".join(heard)
            # Words that drove the score and are no longer there cannot be cited.
            drivers = [driver for driver in moment.drivers if driver in quote]
            update |= {"speaker": turn.speaker, "role": turn.role, "quote": quote,
                       "drivers": drivers}  # fmt: skip
        if moment.context in old_texts:
            update["context"] = fixed[old_texts[moment.context]].text
        moments.append(moment.model_copy(update=update))
    return call.model_copy(
        update={
            "speakers": [speakers[s.id] for s in call.speakers],
            "turns": [fixed[t.id] for t in call.turns],
            "moments": moments,
        }
    )
