"""What findings of several calls have to do with each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .chronology import shorten
from .items import Item
from .letter import Exhibit

REQUESTS = ("escalation_request", "repeated_request")
ANSWERS = ("escalation_refused", "escalation_deflected", "escalation_granted", "refusal")
PROMISES = ("promise", "callback_offer")

COMMON = frozenset((
    "about", "after", "again", "also", "because", "been", "before", "being", "call", "called",
    "could", "does", "from", "going", "have", "here", "just", "know", "like", "make", "more",
    "much", "need", "only", "other", "over", "please", "really", "right", "ring", "said", "same",
    "should", "some", "sorry", "speak", "still", "sure", "tell", "than", "thank", "thanks", "that",
    "them", "then", "there", "these", "they", "thing", "think", "this", "time", "today", "want",
    "well", "were", "what", "when", "where", "which", "will", "with", "would", "yeah", "your",
))  # fmt: skip
"""Words too common to show that two turns speak of the same thing."""

SHARED = 2
"""Words of substance that a later turn must share with a promise to be shown beside it."""


@dataclass(frozen=True)
class Entry:
    """One line of a list across calls."""

    exhibit: str
    date: str
    time: str
    line: str
    who: str
    what: str
    quote: str
    number: str = ""
    later: str = ""
    """Where a later call comes back to it."""

    @property
    def cite(self) -> str:
        """How a letter cites it."""
        place = f"{self.exhibit}, {self.time}"
        return f"{place}, line {self.line}" if self.line else place


def substance(text: str) -> set[str]:
    """The words of a text that say what it is about."""
    plain = re.findall(r"[^\W_]+", text.lower())
    return {w for w in plain if (len(w) > 3 or w.isdigit()) and w not in COMMON}


def entry_of(exhibit: Exhibit, item: Item, later: str = "") -> Entry:
    """A finding as a line of a list across calls."""
    detail = f": {item.detail}" if item.detail else ""
    return Entry(
        exhibit=exhibit.letter,
        date=exhibit.date,
        time=item.time,
        line=item.lines,
        who=item.party.full,
        what=item.title + detail,
        quote=shorten(item.text, 160),
        number=item.number,
        later=later,
    )


def promised(exhibit: Exhibit) -> list[Item]:
    """What was promised in a call."""
    return [i for i in exhibit.document.items if i.kind in PROMISES and not i.dismissed]


def comes_back(item: Item, after: Sequence[Exhibit]) -> str:
    """Where the customer of a later call speaks of what was promised."""
    wanted = substance(item.text)
    for exhibit in after:
        turns: dict[int, list[Any]] = {}
        for line in exhibit.document.lines:
            if line.party.role == "customer":
                turns.setdefault(line.turn, []).append(line)
        for lines in turns.values():
            text = " ".join(line.text for line in lines)
            if len(wanted & substance(text)) >= SHARED:
                first = lines[0]
                return (
                    f"{exhibit.letter}, {first.time}, line {first.number}: “{shorten(text, 110)}”"
                )
    return ""


def promises_in(found: Sequence[Exhibit]) -> list[Entry]:
    """Every promise, each with the place where a later call comes back to it."""
    entries = []
    for position, exhibit in enumerate(found):
        for item in promised(exhibit):
            entries.append(entry_of(exhibit, item, comes_back(item, found[position + 1 :])))
    return entries


def requests_in(found: Sequence[Exhibit]) -> list[Entry]:
    """Requests and their answers, each request with the earlier call it was made in already."""
    entries = []
    for position, exhibit in enumerate(found):
        for item in exhibit.document.findings:
            if item.dismissed or item.kind not in REQUESTS + ANSWERS:
                continue
            earlier = ""
            if item.kind in REQUESTS:
                for before in found[:position]:
                    same = [
                        o for o in before.document.findings
                        if o.kind in REQUESTS and not o.dismissed
                        and (o.kind == item.kind == "escalation_request"
                             or len(substance(o.text) & substance(item.text)) >= SHARED)
                    ]  # fmt: skip
                    if same:
                        earlier = f"asked before in {before.letter}, {same[0].time}"
                        break
            entries.append(entry_of(exhibit, item, earlier))
    return entries
