"""Both sides' conduct in one table: the same rows for agent and customer.

What speaks against somebody is counted from moments alone, each of which is listed with its place:
a label of the classifier that the rules did not let stand is no ground for a figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ...models.conduct.labels import MOMENTS
from ..call import Call, Role
from .parties import Party
from .text import length, percent
from .wording import GOOD, POOR

SIDES: tuple[Role, Role] = ("agent", "customer")


@dataclass(frozen=True)
class Row:
    """One fact about both sides."""

    name: str
    agent: str
    customer: str


@dataclass(frozen=True)
class Ledger:
    """What each side did well, what went badly, and the plain figures."""

    good: tuple[Row, ...]
    poor: tuple[Row, ...]
    talk: tuple[Row, ...]
    figures: tuple[Row, ...]
    called_for: tuple[Row, ...]
    """Items of the scorecard: given or missing. Empty where no scorecard was made."""
    unassigned: tuple[str, ...]
    """Labels of voices whose role is not known; they count for neither side."""

    @property
    def brief(self) -> tuple[Row, ...]:
        """The rows for the first page."""
        poor = [row for row in self.poor if row.name not in POOR.values()]
        return (*self.good[:6], *poor, *self.talk)


def _rows(names: dict[str, str], counts: dict[Role, Counter[str]]) -> tuple[Row, ...]:
    rows = []
    for label, name in names.items():
        agent, customer = (counts[side][label] for side in SIDES)
        if agent or customer:
            rows.append(Row(name, str(agent), str(customer)))
    return tuple(rows)


def ledger_of(call: Call, parties: dict[str, Party], *, dismissed: Collection[str] = ()) -> Ledger:
    """Count moments, labels that are no moments, and figures by role.

    Args:
        call: the record.
        parties: its voices.
        dismissed: ids of moments that a person listened to and dismissed; they count nowhere.
    """
    counts: dict[Role, Counter[str]] = {side: Counter() for side in SIDES}
    flagged: dict[Role, Counter[str]] = {side: Counter() for side in SIDES}
    for moment in call.moments:
        if moment.role not in counts or moment.id in dismissed:
            continue
        if moment.kind == "rude":
            flagged[moment.role][moment.level] += 1
        elif moment.level != "review":
            counts[moment.role][moment.kind] += 1
    for turn in call.turns:
        if turn.role in counts and turn.conduct is not None:
            # Help that is no kind of moment, such as thanks; nobody is accused by it.
            counts[turn.role].update((set(turn.conduct.labels) & GOOD.keys()) - set(MOMENTS))
    breaks: Counter[Role] = Counter()
    for overlap in call.overlaps:
        party = parties.get(overlap.entrant)
        if overlap.interruption and party is not None:
            breaks[party.role] += 1

    poor = [
        Row(
            "Wording flagged as disrespectful",
            *(str(flagged[side]["finding"]) for side in SIDES),
        )
    ]
    if any(flagged[side]["review"] for side in SIDES):
        poor.append(
            Row(
                "Wording to listen to (below the threshold)",
                *(str(flagged[side]["review"]) for side in SIDES),
            )
        )
    poor.append(Row("Came in and took the floor", *(str(breaks[side]) for side in SIDES)))

    talk = {side: sum(p.talk for p in parties.values() if p.role == side) for side in SIDES}
    whole = sum(p.talk for p in parties.values() if p.role != "system")
    raised = {
        side: sum(
            1
            for turn in call.turns
            if turn.role == side and turn.tone is not None and turn.tone.raised_voice
        )
        for side in SIDES
    }
    spoke = [
        Row("Time speaking", *(length(talk[side]) for side in SIDES)),
        Row("Share of the talk", *(percent(talk[s] / whole) if whole else "–" for s in SIDES)),
    ]
    figures = [
        Row("Turns", *(str(sum(t.role == side for t in call.turns)) for side in SIDES)),
        Row("Turns in a raised voice", *(str(raised[side]) for side in SIDES)),
    ]
    called = []
    for score in call.scores:
        if score.outcome != "not called for" and score.by in SIDES:
            cells = [score.outcome if score.by == side else "–" for side in SIDES]
            called.append(Row(score.item.replace("_", " ").capitalize(), *cells))
    return Ledger(
        good=_rows(GOOD, counts),
        poor=tuple(poor) + _rows(POOR, counts),
        talk=tuple(spoke),
        figures=tuple(figures),
        called_for=tuple(called),
        unassigned=tuple(p.label for p in parties.values() if p.role == "unknown" and p.talk > 0),
    )
