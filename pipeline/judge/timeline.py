"""What only the order of moments tells: firsts, promises and their dates, being sent in circles."""

from __future__ import annotations

import re

from ...models.conduct.labels import RUDE
from ..call import Turn
from .conduct import SIDES, other_side
from .drafts import Draft, clock
from .promises import when_of, who_of
from .rules import plain

COMFORT = ("apology", "empathy")

DETOURS = ("solution_offer", "transfer", "refusal")
"""What may come between two wishes to leave; a refusal alone sends nobody in circles."""


TROUBLE = re.compile(
    r"\b(?<!no )(?<!not a )(?<!without )(?:problems?|trouble|issues?|wrong|mistake|errors?|"
    r"broken?|fault\w*|damag\w*|missing|lost|stuck|dead|leak\w*|stopped|overcharged|"
    r"charged (?:me )?(?:twice|again)|delay\w*|cut off|disconnected|unacceptable|complain\w*|"
    r"upset|worried|frustrat\w*|furious|died|passed away|"
    r"(?:doesn't|don't|isn't|not|won't|never|hasn't|haven't|didn't) (?:\w+ ){0,2}"
    r"(?:work\w*|arriv\w*|come|came|received?|got|turned? up|refunded|delivered|answer\w*|fixed)|"
    r"waiting (?:for|since)|(?:minutes|hours|days|weeks|months) (?:i've|i have|i was|now)|"
    r"(?:second|third|fourth) time)\b"
)
"""The customer tells what went wrong."""


def tell_order(drafts: list[Draft], turns: list[Turn]) -> None:
    """Add to the reasons of moments what their place among the others shows."""
    ordered = sorted(drafts, key=lambda d: (d.start, d.kind))
    _first_request(ordered)
    _first_rude(ordered)
    _first_comfort(ordered, turns)
    _promises(ordered)
    _circles(ordered, turns)


def _first_request(ordered: list[Draft]) -> None:
    request = next((d for d in ordered if d.kind == "escalation_request"), None)
    if request is not None:
        request.reasons.append("the first request for somebody senior in this call")


def _first_rude(ordered: list[Draft]) -> None:
    """Where both sides were flagged, say of each which came first."""
    first: dict[str, Draft] = {}
    for draft in ordered:
        if draft.kind == RUDE and draft.turn.role in SIDES:
            first.setdefault(draft.turn.role, draft)
    if len(first) < len(SIDES):
        return
    earlier, later = first.values()
    for own, other, order in ((earlier, later, "before"), (later, earlier, "after")):
        flagged = "disrespectful" if own.level == "finding" else "worth a listen for disrespect"
        own.reasons.append(
            f"the first turn of the {own.turn.role}’s side flagged as {flagged}, {order} the "
            f"{other.turn.role}’s side’s first at {clock(other.start)}"
        )


def _first_comfort(ordered: list[Draft], turns: list[Turn]) -> None:
    """How long it took from the first trouble told to the first apology or empathy after it."""
    comforts = [d for d in ordered if d.kind in COMFORT and d.turn.role == "agent"]
    if comforts:
        comforts[0].reasons.append("the first apology or empathy from the agent’s side")
    # An own rude word is no trouble that somebody should be sorry for.
    flagged = [
        d for d in ordered if d.level != "note" and d.kind != RUDE and d.turn.role == "customer"
    ]
    told = [(d.start, d.end, "the customer’s first flagged moment") for d in flagged[:1]]
    told += [
        (t.start, t.end, "the customer first told of trouble")
        for t in turns
        if t.role == "customer" and TROUBLE.search(plain(t.text))
    ][:1]
    if not told:
        return
    start, end, what = min(told)
    after = next((d for d in comforts if d.start > start), None)
    if after is not None:
        seconds = max(0.0, after.start - end)
        after.reasons.append(f"{seconds:.0f} s after {what}, at {clock(start)}")
    elif flagged:
        # What was told before may have been trouble in words that no list holds.
        before = f", only one before it at {clock(comforts[0].start)}" if comforts else ""
        flagged[0].reasons.append(
            f"no apology or empathy from the agent’s side was heard after {what}, at "
            f"{clock(start)}{before}"
        )


def _promises(ordered: list[Draft]) -> None:
    for draft in ordered:
        if draft.kind in ("promise", "callback_offer"):
            when, who = when_of(draft.quote), who_of(draft.quote)
            draft.reasons.append(f"time named: “{when}”" if when else "no time was named")
            if who:
                draft.reasons.append(f"to be done by: “{who}”")


def _circles(ordered: list[Draft], turns: list[Turn]) -> None:
    """A wish to leave that is said again after offers to stay, or after being passed on."""
    wishes: list[Draft] = []
    for wish in (d for d in ordered if d.kind == "cancel_threat"):
        before = [w for w in wishes if w.turn.speaker == wish.turn.speaker]
        wishes.append(wish)
        if not before:
            continue
        between = [
            d
            for d in ordered
            if d.kind in DETOURS and before[0].at < d.at < wish.at and other_side(wish.turn, d.turn)
        ]
        answered = any(other_side(wish.turn, t) for t in turns[before[-1].at + 1 : wish.at])
        if not answered:
            wishes.pop()  # said on without an answer: one wish
        elif any(d.kind != "refusal" for d in between):
            wish.relate(before[0])
            wish.reasons.append(
                f"said {len(before) + 1} times; offers, refusals or transfers by the other side in "
                f"between: {len(between)}"
            )
