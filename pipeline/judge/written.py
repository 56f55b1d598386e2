"""Turns that somebody already has in words, judged by what words and roles alone can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...models.conduct.labels import MOMENTS
from ...models.conduct.model import Scores, Thresholds, accused, certainty
from ..call import Role, Turn, Word
from .asks import Asks, says_done
from .prompts import is_announcement
from .rules import not_for_the_other, says_something, stands


@dataclass(frozen=True)
class Judged:
    """What stands of a turn's labels."""

    finding: bool = False
    review: bool = False
    kinds: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    conduct: tuple[str, ...] = ()
    certainty: float = 0.0
    """Of a finding: how sure both readings are together."""


def written_turn(number: int, speaker: str, role: str, text: str) -> Turn:
    """A turn without times; words that only a recording says are nobody's (`system`)."""
    side: Role = "unknown"
    if role == "system" or is_announcement(text):
        side = "system"
    elif role == "agent":
        side = "agent"
    elif role == "customer":
        side = "customer"
    plain = " ".join(text.split())
    words = [Word(text=plain, start=number, end=number, confidence=1.0)] if plain else []
    return Turn(id=number, speaker=speaker, role=side, start=number, end=number, words=words)


def judge_words(
    role: str, text: str, scores: Scores, levels: Thresholds, *, repeats: bool = False
) -> Judged:
    """The labels that pass and stand by the rules that analysis of a recording applies too.

    `repeats`: the same was asked for before, by the words (`asked_before`).
    """
    passing = levels.passing(scores)
    says = says_something(text)
    found = {n for n in passing.moments if stands(n, scores.probabilities[n], role, text)}
    if "escalation_refused" in found:  # a deflection in the same turn is part of it
        found.discard("escalation_deflected")
    if repeats:
        found.add("repeated_request")
    moments = tuple(name for name in MOMENTS if name in found)
    return Judged(
        finding=passing.finding and says and not not_for_the_other(text),
        certainty=certainty(scores.rude, scores.alone),
        review=passing.review and says,
        kinds=passing.kinds if says else (),
        moments=moments,
        conduct=tuple(n for n in passing.conduct if n not in MOMENTS or n in moments),
    )


def judge_call(judged: Sequence[Judged], speakers: Sequence[str]) -> list[Judged]:
    """The turns of one call as they stand together: nobody is accused by faint ones alone.

    Turns whose speaker is not named (empty) stand each by itself.
    """
    turns = list(zip(judged, speakers, strict=True))
    found = [(speaker, turn.certainty) for turn, speaker in turns if turn.finding]
    sure = accused(found) | {""}
    return [replace(turn, finding=turn.finding and speaker in sure) for turn, speaker in turns]


def asked_before(asks: Asks, turns: list[Turn], at: int) -> bool:
    """Whether the turn at `at` asks again for what an earlier one of its side asked for."""
    return bool(asks.repeats(at, lambda number: says_done(turns[number])))
