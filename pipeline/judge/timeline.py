"""What only the order of moments tells: firsts, promises and their dates, being sent in circles."""

from __future__ import annotations

import re

from .conduct import other_side
from .drafts import Draft

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty)"
_UNIT = r"(?:working |business )?(?:minute|hour|day|week|month)s?"
_HOUR = r"(?:\d{1,2}(?::\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)"
_CLOCK = rf"{_HOUR}(?: o'clock|\s?[ap]\.?m\b\.?)?"
WHEN = re.compile(
    rf"\b(?:by|before|until|on|from|this|next|tomorrow)? ?{_DAY}(?: (?:morning|afternoon|evening))?"
    rf"|\b(?:within|in) (?:the next )?{_COUNT}(?: (?:to|or) {_COUNT})? {_UNIT}"
    rf"|\b(?:up to )?{_COUNT}(?: (?:to|or) {_COUNT})? (?:working|business) days"
    rf"|\b(?:before|by|after|at) {_CLOCK}(?: (?:today|tomorrow|tonight))?(?=[\s.,;!?]|$)"
    r"|\b(?:by |before )?(?:the )?end of (?:the |this |today|next )?(?:day|week|month|business)?"
    r"|\b(?:later )?(?:today|tonight|tomorrow(?: (?:morning|afternoon|evening))?)\b"
    r"|\b(?:this|next) (?:morning|afternoon|evening|week|month)\b"
    r"|\b(?:right now|straight away|immediately|right away|as we speak)\b",
    re.IGNORECASE,
)
"""A time by which something is to be done."""

COMFORT = ("apology", "empathy")


def tell_order(drafts: list[Draft]) -> None:
    """Add to the reasons of moments what their place among the others shows."""
    ordered = sorted(drafts, key=lambda d: (d.start, d.kind))
    _firsts(ordered)
    _promises(ordered)
    _circles(ordered)


def when_of(text: str) -> str | None:
    """The time that a promise names, in its own words, or None."""
    text = " ".join(text.replace("’", "'").split())
    found = [match.group().strip() for match in WHEN.finditer(text)]
    return max(found, key=len) if found else None


def _firsts(ordered: list[Draft]) -> None:
    request = next((d for d in ordered if d.kind == "escalation_request"), None)
    if request is not None:
        request.reasons.append("the first request for somebody senior in this call")
    comfort = next((d for d in ordered if d.kind in COMFORT and d.turn.role == "agent"), None)
    trouble = next(
        (d for d in ordered if d.level != "note" and d.turn.role == "customer"),
        None,
    )
    if comfort is not None:
        comfort.reasons.append("the first apology or empathy from the agent’s side")
        if trouble is not None and trouble.start < comfort.start:
            seconds = comfort.start - trouble.end
            comfort.reasons.append(
                f"{max(0.0, seconds):.0f} s after the customer’s first flagged moment"
            )


def _promises(ordered: list[Draft]) -> None:
    for draft in ordered:
        if draft.kind in ("promise", "callback_offer"):
            when = when_of(draft.quote)
            draft.reasons.append(f"time named: “{when}”" if when else "no time was named")


def _circles(ordered: list[Draft]) -> None:
    """A wish to leave that is said again after offers to stay."""
    wishes = [d for d in ordered if d.kind == "cancel_threat"]
    for number, wish in enumerate(wishes):
        before = [w for w in wishes[:number] if w.turn.speaker == wish.turn.speaker]
        if not before or before[-1].at == wish.at:
            continue
        offers = [
            d
            for d in ordered
            if d.kind in ("solution_offer", "refusal", "transfer")
            and before[0].at < d.at < wish.at
            and other_side(wish.turn, d.turn)
        ]
        wish.relate(before[0])
        wish.reasons.append(
            f"said {len(before) + 1} times; offers, refusals or transfers by the other side in "
            f"between: {len(offers)}"
        )
