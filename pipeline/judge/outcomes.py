"""What came of a request for a supervisor: all answers to it, and the one that stood."""

from __future__ import annotations

from typing import NamedTuple

from ..call import Turn
from .asks import is_ask
from .conduct import other_side
from .drafts import Draft, clock
from .rules import worded

ANSWER_TURNS = 3
"""Turns of the other side in which a request for a supervisor can be answered."""


class Told(NamedTuple):
    """How an answer is stated: as a fact, and where it is only worth a listen."""

    fact: str
    doubtful: str


OUTCOMES = {
    "escalation_refused": Told("it was declined", "it may have been declined: listen"),
    "escalation_granted": Told("it was granted", "it may have been granted: listen"),
    "escalation_deflected": Told(
        "it was not answered with a yes or a no",
        "it may have gone without a yes or a no: listen",
    ),
    "transfer": Told("a transfer followed", "a transfer may have followed: listen"),
    "callback_offer": Told("a call-back was offered", "a call-back may have been offered: listen"),
    "refusal": Told("a refusal followed", "a refusal may have followed: listen"),
}
DECIDED = ("escalation_granted", "escalation_refused")
"""Answers that settle the request; of two as strong, the first named is believed."""

LOOSE = ("transfer", "callback_offer", "refusal")
"""May answer something else: they count only directly after the request."""


def answer_requests(drafts: list[Draft], turns: list[Turn]) -> None:
    """Tie each request for a supervisor to what came of it, or say that nothing did."""
    for request in [d for d in drafts if d.kind == "escalation_request"]:
        answers = _answers(request, drafts, turns)
        if not answers:
            request.reasons.append("no answer to it was heard in the next turns")
            continue
        first = answers[0]
        final = next((d for d in reversed(answers) if d.kind in DECIDED), answers[-1])
        request.relate(first)
        request.reasons.append(_told(first))
        if final.kind != first.kind:
            request.relate(final)
            request.reasons.append(f"in the end {_told(final)}")


def _answers(request: Draft, drafts: list[Draft], turns: list[Turn]) -> list[Draft]:
    """The other side's answers in its next turns, in order, one a turn."""
    replies = [
        number
        for number in range(request.at + 1, len(turns))
        if other_side(request.turn, turns[number])
    ][:ANSWER_TURNS]
    answers = []
    for number in replies:
        found = [
            d
            for d in drafts
            if d.at == number
            and d.kind in OUTCOMES
            and (d.kind not in LOOSE or _directly(request, d, turns))
        ]
        # Of a grant and a refusal in one turn the stronger stands, and either before the rest.
        settled = [d for d in found if d.kind in DECIDED]
        if found:
            answers.append(max(settled or found, key=lambda d: (d.score, -_rank(d))))
    return answers


def _directly(request: Draft, answer: Draft, turns: list[Turn]) -> bool:
    """Whether the answer is the first reply, nothing else having been asked for in between."""
    if worded("escalation_request", answer.turn.text):
        return True
    between = turns[request.at + 1 : answer.at]
    return not any(other_side(request.turn, turn) or _asks_else(turn) for turn in between)


def _asks_else(turn: Turn) -> bool:
    return is_ask(turn) and not worded("escalation_request", turn.text)


def _rank(answer: Draft) -> int:
    return (*DECIDED, *OUTCOMES).index(answer.kind)


def _told(answer: Draft) -> str:
    told = OUTCOMES[answer.kind]
    words = told.doubtful if answer.level == "review" else told.fact
    return f"{words} at {clock(answer.start)}"
