"""Requests made again: counted where the first was not met, and found where no label tells."""

from __future__ import annotations

from collections.abc import Callable

from ..call import Turn
from .asks import Asks, Earlier, says_done
from .conduct import other_side
from .drafts import Draft, clock
from .rules import AGAIN, CLEAR, plain

KIND = "repeated_request"

MET = frozenset({"escalation_granted", "solution_offer", "promise", "callback_offer"})
"""Moments of the other side with which a request may be met."""


def count_repeats(
    drafts: list[Draft], turns: list[Turn], contexts: list[Turn | None]
) -> list[Draft]:
    """Say when a repeated request was made before; without a trace of that it is no finding.

    With neither a trace nor a clear score it is no moment, and none where the earlier request was
    met and this one is another. Asks that are the same by their words, but carry no label, are
    added as places to listen to.
    """
    asks = Asks(turns)
    met = {d.at for d in drafts if d.kind in MET}

    def settles(at: int) -> bool:
        return at in met or says_done(turns[at])

    kept = [d for d in drafts if d.kind != KIND or _again(d, asks, turns, settles)]
    labelled = {d.at for d in drafts if d.kind in (KIND, "escalation_request")}
    for at, turn in enumerate(turns):
        if at in labelled or turn.conduct is None or not turn.words:
            continue
        if earlier := asks.repeats(at, settles):
            likest = max(found.alike for found in earlier)
            kept.append(
                Draft(
                    kind=KIND,
                    level="review",
                    at=at,
                    turn=turn,
                    piece=(0, len(turn.words)),
                    score=turn.conduct.probabilities.get(KIND, 0.0),
                    context=contexts[at],
                    reasons=[
                        f"the words ask for the same as before (likeness {likest:.2f})",
                        _counted(earlier, turns),
                    ],
                )
            )
    return kept


def _again(draft: Draft, asks: Asks, turns: list[Turn], settles: Callable[[int], bool]) -> bool:
    earlier = asks.earlier(draft.at)
    unmet = [e for e in earlier if e.same or not asks.settled(e.at, draft.at, settles)]
    if unmet:
        draft.reasons.append(_counted(unmet, turns))
    elif AGAIN.search(plain(draft.turn.text)):
        draft.reasons.append("the speaker says that it was asked before")
    elif earlier or draft.score < CLEAR:
        return False
    else:
        draft.lower("no earlier request for the same was found in this call")
    return True


def _counted(earlier: list[Earlier], turns: list[Turn]) -> str:
    times = ", ".join(clock(turns[found.at].start) for found in earlier)
    return f"asked {len(earlier) + 1} times in this call: before at {times}"


def repeated_escalations(drafts: list[Draft], turns: list[Turn]) -> list[Draft]:
    """A supervisor asked for again by the same voice, where the first request was not granted.

    The model labels each turn by itself; that the same label stands twice is plain to count.
    """
    found: list[Draft] = []
    asked: dict[str, list[Draft]] = {}
    known = {d.at for d in drafts if d.kind == KIND}
    for draft in sorted(drafts, key=lambda d: d.at):
        if draft.kind == "escalation_granted":
            asked.clear()
        if draft.kind != "escalation_request":
            continue
        before = asked.setdefault(draft.turn.speaker, [])
        answered = [
            d for d in before if any(other_side(draft.turn, t) for t in turns[d.at + 1 : draft.at])
        ]
        if answered and draft.at not in known:
            times = ", ".join(clock(d.start) for d in answered)
            again = Draft(
                kind=KIND,
                level="finding" if draft.level == "finding" else "review",
                at=draft.at,
                turn=draft.turn,
                piece=draft.piece,
                score=draft.score,
                context=draft.context,
                driven_by=draft.kind,
                reasons=[
                    f"a supervisor was asked for {len(answered) + 1} times in this call: "
                    f"before at {times}"
                ],
            )
            for earlier in answered:
                again.relate(earlier)
            found.append(again)
        before.append(draft)
    return found
