"""Moments in the light of others: an answer and its request, a hold and its length."""

from __future__ import annotations

from ..call import Moment, Region, Speaker, Turn
from .asks import is_ask
from .conduct import other_side
from .drafts import Draft
from .outcomes import ANSWER_TURNS
from .rules import CLEAR, worded

ASKED_BEFORE = 3
"""Turns of the other side among which a refusal finds its request."""

LONG_HOLD = 10.0
"""Seconds of music or silence from which a wait is a hold."""

HOLD_BEGINS = 25.0
"""Seconds after its announcement in which the music or silence of a hold begins."""

WAITING = ("music", "silence", "prompt")


def check_answers(drafts: list[Draft], turns: list[Turn]) -> list[Draft]:
    """Hold back answers to a request for a supervisor that nobody made.

    A refusal of something else, or an ordinary transfer, is easily read as one.
    """
    kept = []
    asked = [d for d in drafts if d.kind == "escalation_request"]
    for draft in drafts:
        if draft.kind.startswith("escalation_") and draft.kind != "escalation_request":
            before = [d for d in asked if d.at < draft.at and _answers(d, draft, turns)]
            named = worded("escalation_request", draft.turn.text)
            if (
                draft.kind == "escalation_granted"
                and not (before or named)
                and (draft.score < CLEAR)
            ):
                continue
            if not before:
                draft.lower("no request for a supervisor was heard before it")
        kept.append(draft)
    return kept


def check_refusals(drafts: list[Draft], turns: list[Turn]) -> None:
    """Hold back refusals of which no request was heard: a refusal declines what was asked for."""
    for draft in [d for d in drafts if d.kind == "refusal"]:
        before = [t for t in turns[: draft.at] if other_side(draft.turn, t)][-ASKED_BEFORE:]
        if not any(is_ask(turn) for turn in before):
            draft.lower("no request was heard shortly before it")


def _answers(request: Draft, answer: Draft, turns: list[Turn]) -> bool:
    between = turns[request.at + 1 : answer.at]
    return sum(other_side(request.turn, turn) for turn in between) < ANSWER_TURNS


def merge_deflections(drafts: list[Draft]) -> list[Draft]:
    """One moment for one answer: a deflection is part of a refusal found in the same turn."""
    refused = {d.at: d for d in drafts if d.kind == "escalation_refused"}
    kept = []
    for draft in drafts:
        if draft.kind == "escalation_deflected" and draft.at in refused:
            refused[draft.at].reasons.append("it also reads as an evasive answer")
            continue
        kept.append(draft)
    return kept


def measure_holds(
    drafts: list[Draft], turns: list[Turn], regions: list[Region], speakers: list[Speaker]
) -> list[Moment]:
    """Add its length to each hold; music that nobody announced is a hold of its own."""
    holds = [d for d in drafts if d.kind == "hold"]
    waits = _waits(turns, regions)
    extra = []
    for start, end, music in waits:
        told = [d for d in holds if d.end - 1.0 <= start <= d.end + HOLD_BEGINS]
        back = [d for d in holds if end - 1.0 <= d.start <= end + 5.0]
        what = "music" if music else "silence"
        if told:
            told[-1].reasons.append(f"a wait of {end - start:.0f} s with {what} followed")
        for draft in back:
            draft.reasons.append(f"it ended a wait of {end - start:.0f} s with {what}")
        agents = [t for t in turns if t.role == "agent" and t.end <= start + 1.0]
        # Music before any agent spoke is a queue, and silence may be anything: neither is a hold
        # unless somebody said so.
        if not told and not back and music and agents:
            last = agents[-1]
            extra.append(
                Moment(
                    id="",
                    kind="hold",
                    level="note",
                    start=start,
                    end=end,
                    speaker=last.speaker,
                    role=last.role,
                    quote="",
                    score=1.0,
                    reasons=[f"music for {end - start:.0f} s that no words heard announced"],
                )
            )
    return extra


def _waits(turns: list[Turn], regions: list[Region]) -> list[tuple[float, float, bool]]:
    """Stretches of at least `LONG_HOLD` without a person speaking: start, end, with music.

    Music, silence and announcements that follow one another are one wait.
    """
    people = [turn for turn in turns if turn.role != "system"]
    waits: list[tuple[float, float, bool]] = []
    for region in sorted(regions, key=lambda r: (r.start, r.end)):
        if region.kind not in WAITING:
            continue
        music = region.kind == "music"
        if waits:
            start, end, had = waits[-1]
            spoken = any(t.start < region.start and t.end > end for t in people)
            if not spoken and region.start - end <= 3.0:
                waits[-1] = (start, max(end, region.end), had or music)
                continue
        waits.append((region.start, region.end, music))
    return [wait for wait in waits if wait[1] - wait[0] >= LONG_HOLD]
