"""The files in which a person writes what they heard: corrections, and the page's review."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ...errors import InputError
from ..call import Call, Role
from .reviewed import Answer, Decision, Reviewed
from .text import visible

FORMAT = "earwitness-review"


def _day(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError(f"{text!r} is no date: write it as 2024-03-20")


Day = Annotated[str, AfterValidator(_day)]
"""A day as ISO 8601 writes it, YYYY-MM-DD."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SpeakerFix(_Strict):
    """A voice's role or name, as a person knows it; an empty name says that none was given."""

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
    date: Day
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
    date: Day
    decisions: list[_DecisionEntry] = Field(default_factory=list)
    answers: list[AnswerEntry] = Field(default_factory=list)
    speakers: list[SpeakerFix] = Field(default_factory=list)


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
    return InputError(f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}.")


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
    """`review.json`: decisions on findings, answers to them, and mended roles and names.

    Raises:
        InputError: it is no review, belongs to another recording, or names a finding that the
            record does not hold.
    """
    review = read_review(path)
    if review.recording_sha256 != call.recording.sha256:
        raise InputError(f"{path} reviews another recording than this evidence holds.")
    known = {moment.id for moment in call.moments}
    named = [("decides on", entry.id) for entry in review.decisions]
    named += [("answers", entry.id) for entry in review.answers]
    for what, key in named:
        if key not in known:
            raise InputError(f"{path} {what} {key!r}, which this evidence does not hold.")
    reviewed = Reviewed(
        by=review.by,
        date=review.date,
        decisions={e.id: Decision(e.verdict, visible(e.note)) for e in review.decisions},
        answers={
            e.id: Answer(visible(e.by), visible(e.date), visible(e.text)) for e in review.answers
        },
    )
    changed = []
    for fix in review.speakers:
        speaker = call.speaker(fix.id)
        if speaker is None:
            raise InputError(
                f"{path} names the voice {fix.id!r}, which this evidence does not hold."
            )
        role = fix.role if fix.role != speaker.role else None
        # An empty name takes a wrong one away; without a name nothing is said of it.
        name = fix.name if fix.name is not None and fix.name != (speaker.name or "") else None
        if role is not None or name is not None:
            changed.append(SpeakerFix(id=fix.id, role=role, name=name))
    return reviewed, Corrections(by=review.by, date=review.date, speakers=changed)
