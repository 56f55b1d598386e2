"""Two people whose voices the line makes too alike, told apart by what each of them says.

Where the voices alone leave it open whether a speaker is one person or two, the agent's words on
one side and the customer's on the other settle it: one person does not speak for both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...models.conduct.model import ConductModel
from ..call import Turn
from ..listen.attribute import build_turns
from ..listen.voices import Voices
from ..listen.words import Spoken, attributed
from .conduct import contexts_of, turn_input

TELLING_WORDS = 4
"""Words from which a turn tells whose side it is."""

FEWEST_TURNS = 4
"""Such turns that each of the two must have."""

SIDES_APART = 0.4
"""How far the mean probabilities that the agent's side speaks must lie apart. Of 87 agents and
customers 84 do, of 130 cuts of one person in two parts two (docs/measurements.md)."""


def tell_apart(voices: Voices, spoken: Spoken, model: ConductModel) -> tuple[Voices, Spoken]:
    """Voices and words with a doubtful speaker as two, where what they say is of two sides."""
    finer = voices.diarization.finer
    if finer is None or len(finer.doubtful) != 2:
        return voices, spoken
    again = attributed(spoken.transcripts, finer.segments, spoken.language)
    sides = sides_of(build_turns(again.words, [], language=None), finer.doubtful, model)
    if len(sides) < 2 or abs(sides[0] - sides[1]) < SIDES_APART:
        return voices, spoken
    settled = replace(finer, doubtful=(), told_by_words=finer.doubtful)
    return replace(voices, diarization=settled), again


def sides_of(turns: list[Turn], names: Sequence[str], model: ConductModel) -> list[float]:
    """For each name the mean probability that its turns are the agent's side's, 0 to 1.

    `turns` are in order of start, their roles not known yet. Names with fewer than `FEWEST_TURNS`
    that tell are left out.
    """
    telling = [
        (turn, context)
        for turn, context in zip(turns, contexts_of(turns), strict=True)
        if turn.speaker in names and len(turn.words) >= TELLING_WORDS
    ]
    heard = defaultdict(list)
    scored = model.score([turn_input(turn, context) for turn, context in telling])
    for (turn, _), scores in zip(telling, scored, strict=True):
        heard[turn.speaker].append(scores.agent)
    return [float(np.mean(heard[name])) for name in names if len(heard[name]) >= FEWEST_TURNS]
