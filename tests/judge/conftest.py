"""Calls made by hand: turns from a script, with scores written beside them where a test needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from earwitness.models.conduct.labels import KINDS, LABELS, MOMENTS, RUDE
from earwitness.models.conduct.model import Thresholds
from earwitness.pipeline.call import Conduct, Moment, Speaker, Turn, Word
from earwitness.pipeline.judge.moments import find_moments

Line = tuple[str, str] | tuple[str, str, dict[str, float]]
ROLES = {"A": "agent", "B": "agent", "C": "customer", "S": "system", "U": "unknown"}
LEVELS = Thresholds(finding=0.9, review=0.7, labels=dict.fromkeys(LABELS, 0.3))


def make_turns(script: Sequence[Line], *, confidence: float = 0.95, gap: float = 0.4) -> list[Turn]:
    """Turns one after another, three words a second; scores become `conduct` at `LEVELS`."""
    clock = 0.5
    turns = []
    for number, line in enumerate(script):
        who, text = line[0], line[1]
        words = []
        for word in text.split():
            words.append(Word(text=word, start=clock, end=clock + 0.28, confidence=confidence))
            clock += 0.33
        conduct = None
        if len(line) == 3:
            scores = line[2]
            conduct = Conduct(
                rude=scores.get(RUDE, 0.01),
                alone=scores.get("alone", scores.get(RUDE)),
                kinds=[kind for kind in KINDS if kind in scores],
                labels=[label for label in MOMENTS if scores.get(label, 0) >= 0.3],
                probabilities={label: scores.get(label, 0.01) for label in LABELS},
            )
        turns.append(
            Turn(
                id=number,
                speaker=who,
                role=ROLES[who],
                start=words[0].start,
                end=words[-1].end,
                words=words,
                conduct=conduct,
            )
        )
        clock += gap
    return turns


def make_speakers(turns: Sequence[Turn], *, sure: float = 0.95) -> list[Speaker]:
    """The speakers of these turns with their roles."""
    roles = {turn.speaker: turn.role for turn in turns}
    return [Speaker(id=who, role=role, role_confidence=sure) for who, role in roles.items()]


def moments_of(
    script,
    *,
    regions=(),
    overlaps=(),
    duration: float | None = None,
    sure: float = 0.95,
    confidence: float = 0.95,
    change=None,
) -> list[Moment]:
    """Moments of a script by its own scores; `change` is a turn's number and what it becomes."""
    turns = make_turns(script, confidence=confidence)
    if change:
        turns[change[0]] = turns[change[0]].model_copy(update=change[1])
    return find_moments(
        turns,
        make_speakers(turns, sure=sure),
        list(regions),
        list(overlaps),
        turns[-1].end + 60 if duration is None else duration,
        thresholds=LEVELS,
    )


@pytest.fixture(scope="session")
def talk() -> Callable[..., list[Turn]]:
    return make_turns


@pytest.fixture(scope="session")
def moments() -> Callable[..., list[Moment]]:
    return moments_of


@pytest.fixture(scope="session")
def level() -> Callable[..., str | None]:
    """The level of the first moment of a kind, or None."""
    return lambda script, kind, **more: next(
        (m.level for m in moments_of(script, **more) if m.kind == kind), None
    )
