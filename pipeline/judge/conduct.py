"""The conduct model over the turns of a call, each with the other side's last turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...models.conduct.network import TurnInput
from ..call import Conduct, Turn

if TYPE_CHECKING:
    from ...models.conduct.model import ConductModel, Scores, Thresholds

SIDES = ("agent", "customer")


def score_turns(turns: list[Turn], model: ConductModel) -> list[Turn]:
    """The turns with `conduct` set; recorded announcements carry none.

    `turns` are in order of start. Labels are those that pass the model's own thresholds: kinds of
    rudeness from the review level on, moments and conduct labels each from its threshold.
    """
    contexts = contexts_of(turns)
    judged = [number for number, turn in enumerate(turns) if turn.role != "system"]
    scores = model.score([turn_input(turns[n], contexts[n]) for n in judged])
    found = {n: conduct_of(s, model.thresholds) for n, s in zip(judged, scores, strict=True)}
    return [turn.model_copy(update={"conduct": found.get(n)}) for n, turn in enumerate(turns)]


def contexts_of(turns: list[Turn]) -> list[Turn | None]:
    """For each turn the other side's last one that began before it, if there is one.

    Announcements are nobody's side. Two voices with the same known role are one side: a second
    agent answers the customer, not the first agent.
    """
    contexts: list[Turn | None] = []
    for number, turn in enumerate(turns):
        before = (t for t in reversed(turns[:number]) if other_side(turn, t))
        contexts.append(next(before, None))
    return contexts


def other_side(turn: Turn, other: Turn) -> bool:
    """Whether `other` is spoken by the other party of the call."""
    if "system" in (turn.role, other.role) or turn.speaker == other.speaker:
        return False
    return not (turn.role in SIDES and turn.role == other.role)


def turn_input(turn: Turn, context: Turn | None, *, text: str | None = None) -> TurnInput:
    """What the model reads for a turn (or for `text`, a part of it)."""
    return TurnInput(
        text=turn.text if text is None else text,
        context=context.text if context else "",
        role=turn.role,
        context_role=context.role if context else "",
    )


def conduct_of(scores: Scores, thresholds: Thresholds) -> Conduct:
    """The scores as the call model records them."""
    passing = thresholds.passing(scores)
    return Conduct(
        rude=scores.rude,
        alone=scores.alone,
        kinds=list(passing.kinds),
        labels=list(dict.fromkeys((*passing.moments, *passing.conduct))),
        probabilities=dict(scores.probabilities),
    )
