"""A person's corrections laid over the machine's record: words, voices, roles and names.

The machine's record is kept beside the corrected one, and every change carries who made it and
when.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ...errors import InputError
from ..call import Call, Moment, Speaker, Turn, Withheld, Word
from .corrections import Corrections, WordFix
from .reviewed import Answer, Decision, Reviewed
from .text import clock, visible


@dataclass(frozen=True)
class Change:
    """One correction as applied: what the machine had, and what it is now."""

    what: str
    before: str
    after: str
    by: str
    date: str
    turn: int | None = None
    start: float | None = None
    """Seconds; of words that were changed."""
    end: float | None = None


@dataclass(frozen=True)
class Corrected:
    """A call after corrections, every change that was made, and the moments that fell away."""

    call: Call
    changes: tuple[Change, ...] = field(default=())
    fallen: tuple[Moment, ...] = field(default=())
    """Moments whose words were all struck: nothing is left of them to quote."""

    def sentences(self) -> tuple[str, ...]:
        """What the first page says of them."""
        people: dict[tuple[str, str], int] = {}
        for change in self.changes:
            key = (change.by, change.date)
            people[key] = people.get(key, 0) + 1
        shown = [moment for moment in self.fallen if moment.level != "note"]
        gone = ""
        if shown:
            what = "A finding" if len(shown) == 1 else f"{len(shown)} findings"
            times = ", ".join(clock(moment.start) for moment in shown)
            gone = f" {what} fell away with the words struck at {times}."
        return tuple(
            f"Corrected by {visible(by)} on {visible(date)}: {count} "
            f"{'change' if count == 1 else 'changes'}, listed in corrections.json; the machine’s "
            "record is kept as call.machine.json. Findings and documents follow the corrected "
            "text." + gone
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
    """People's decisions on the findings of `old`, and answers, for the same findings of `new`.

    The same is the same kind in the same turn, best at the same time. A decision on a finding
    that is no longer there goes with it.
    """
    if reviewed is None:
        return None
    decisions: dict[str, Decision] = {}
    answers: dict[str, Answer] = {}
    for moment in new.moments:
        same = [
            was
            for was in old.moments
            if (was.kind, was.turn, was.speaker) == (moment.kind, moment.turn, moment.speaker)
        ]
        if same:
            nearest = min(same, key=lambda m: (abs(m.start - moment.start), m.id != moment.id))
            if nearest.id in reviewed.decisions:
                decisions[moment.id] = reviewed.decisions[nearest.id]
            if nearest.id in reviewed.answers:
                answers[moment.id] = reviewed.answers[nearest.id]
    return replace(reviewed, decisions=decisions, answers=answers)


def apply(call: Call, fixes: Corrections) -> Corrected:
    """The call with a person's corrections over the machine's record.

    Words, speakers, roles, quotes and contexts follow. What is measured of them (segments,
    overlaps, pace, coverage) is `pipeline.remeasure`'s.

    Raises:
        InputError: a correction points at something that the record does not hold, two of them
            contradict each other, or they belong to another recording.
    """
    if fixes.recording_sha256 not in (None, call.recording.sha256):
        raise InputError("The corrections belong to another recording than this evidence holds.")
    _refuse_twice("the voice", [fix.id for fix in fixes.speakers])
    _refuse_twice("turn", [move.turn for move in fixes.turns])
    _refuse_overlaps(fixes.words)
    speakers = {speaker.id: speaker for speaker in call.speakers}
    turns = {turn.id: turn for turn in call.turns}
    changes = _fix_speakers(speakers, fixes)
    ruled = {fix.id for fix in fixes.speakers if fix.role is not None}
    changes += _move_turns(speakers, turns, fixes)
    moved = {move.turn for move in fixes.turns}
    word_changes, struck = _fix_words(turns, fixes)
    # What a person stated of a voice holds for all its turns, announcements' wording included.
    fixed = {
        turn.id: turn.model_copy(update={"role": speakers[turn.speaker].role})
        if turn.speaker in speakers and (turn.speaker in ruled or turn.id in moved)
        else turn
        for turn in turns.values()
        if turn.words
    }
    moments, fallen = _moments(call, fixed, {key: speakers[key].role for key in ruled})
    coverage = call.coverage
    if struck:
        texts = sorted([*coverage.withheld, *struck], key=lambda item: item.start)
        coverage = coverage.model_copy(update={"withheld": texts})
    corrected = call.model_copy(
        update={
            "speakers": [speakers[s.id] for s in call.speakers],
            "turns": sorted(fixed.values(), key=lambda t: (t.start, t.end, t.id)),
            "moments": moments,
            "coverage": coverage,
        }
    )
    return Corrected(corrected, tuple(changes + word_changes), tuple(fallen))


def _refuse_twice(what: str, names: Sequence[object]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"The corrections name {what} {name} twice: say it once.")


def _last(fix: WordFix) -> int:
    return fix.first if fix.last is None else fix.last


def _refuse_overlaps(fixes: Sequence[WordFix]) -> None:
    """Two corrections of the same word: whichever came second would replace other words."""
    for one, other in pairwise(sorted(fixes, key=lambda f: (f.turn, f.first, _last(f)))):
        if one.turn == other.turn and other.first <= _last(one):
            raise InputError(
                f"Two corrections of turn {one.turn} overlap, of words {one.first} to "
                f"{_last(one)} (“{visible(one.text)}”) and of words {other.first} to "
                f"{_last(other)} (“{visible(other.text)}”): make one of them."
            )


def _fix_speakers(speakers: dict[str, Speaker], fixes: Corrections) -> list[Change]:
    changes = []
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
    return changes


def _move_turns(
    speakers: Mapping[str, Speaker], turns: dict[int, Turn], fixes: Corrections
) -> list[Change]:
    changes = []
    for move in fixes.turns:
        turn = turns.get(move.turn)
        if turn is None or move.speaker not in speakers:
            raise InputError(f"The correction of turn {move.turn} points at nothing in the record.")
        changes.append(Change(f"speaker of turn {move.turn}", turn.speaker, move.speaker, fixes.by,
                              fixes.date, move.turn))  # fmt: skip
        own = {"speaker": move.speaker, "candidates": [move.speaker]}
        turns[move.turn] = turn.model_copy(
            update={
                "speaker": move.speaker,
                "words": [word.model_copy(update=own) for word in turn.words],
                "uncertain": False,
            }
        )
    return changes


def _spread(text: str, gone: list[Word]) -> list[Word]:
    """A person's words over the time of those they replace."""
    tokens = text.split()
    if not tokens:
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
            corrected=True,
        )
        for i, token in enumerate(tokens)
    ]


def _fix_words(turns: dict[int, Turn], fixes: Corrections) -> tuple[list[Change], list[Withheld]]:
    """The changes, in order of turn and word, and the text that was struck.

    A turn whose words are all struck is left without any.
    """
    changes, struck = [], []
    # From the back, so that indexes of earlier words stay true.
    for fix in sorted(fixes.words, key=lambda f: (f.turn, f.first), reverse=True):
        turn = turns.get(fix.turn)
        last = _last(fix)
        if turn is None or not fix.first <= last < len(turn.words):
            raise InputError(
                f"The correction of turn {fix.turn}, words {fix.first} to {last}, points at words "
                "that the record does not hold."
            )
        gone = turn.words[fix.first : last + 1]
        words = [*turn.words[: fix.first], *_spread(fix.text, gone), *turn.words[last + 1 :]]
        # A translation is of the words that were there before.
        update: dict[str, Any] = {"words": words, "translation": None}
        if words:
            update |= {"start": words[0].start, "end": max(word.end for word in words)}
        turns[fix.turn] = turn.model_copy(update=update)
        before = " ".join(w.text for w in gone)
        start, end = gone[0].start, gone[-1].end
        changes.append(
            Change(f"words at {clock(start)}", before, fix.text, fixes.by, fixes.date, fix.turn,
                   start, end)
        )  # fmt: skip
        if not fix.text.split():
            told = f"struck by {fixes.by}: nothing was said there"
            struck.append(Withheld(start=start, end=end, text=before, reason=told))
    return changes[::-1], struck


def _moments(
    call: Call, turns: Mapping[int, Turn], ruled: Mapping[str, Any]
) -> tuple[list[Moment], list[Moment]]:
    """The moments as they follow from the corrected turns, and those of which nothing is left."""
    moments: list[Moment] = []
    fallen: list[Moment] = []
    for moment in call.moments:
        update: dict[str, Any] = {"role": ruled.get(moment.speaker, moment.role)}
        if moment.turn is not None and any(t.id == moment.turn for t in call.turns):
            turn = turns.get(moment.turn)
            quote = _heard(turn, moment) if turn is not None else ""
            if turn is None or (moment.quote and not quote):
                fallen.append(moment)
                continue
            # Words that drove the score and are no longer there cannot be cited.
            drivers = [driver for driver in moment.drivers if driver in quote]
            update |= {"speaker": turn.speaker, "role": turn.role, "quote": quote,
                       "drivers": drivers}  # fmt: skip
        before = _answered(call, moment)
        if before is not None:
            now = turns.get(before.id)
            other = now is not None and now.speaker != update.get("speaker", moment.speaker)
            update["context"] = now.text if now is not None and other else None
        moments.append(moment.model_copy(update=update))
    left = {moment.id for moment in moments}
    return [
        moment.model_copy(update={"related": [key for key in moment.related if key in left]})
        for moment in moments
    ], fallen


def _heard(turn: Turn, moment: Moment) -> str:
    return " ".join(
        w.text
        for w in turn.words
        if w.start >= moment.start - 0.002 and w.end <= moment.end + 0.002
    )


def _answered(call: Call, moment: Moment) -> Turn | None:
    """The turn that a moment's context repeats: the last of the other side's to say just that.

    Its words alone do not tell: “Okay.” is said many times in a call.
    """
    said = [
        turn
        for turn in call.turns
        if turn.text == moment.context
        and turn.start <= moment.start
        and turn.speaker != moment.speaker
        and turn.role != "system"
        and (turn.role == "unknown" or turn.role != moment.role)
    ]
    return max(said, key=lambda turn: (turn.start, turn.end), default=None)
