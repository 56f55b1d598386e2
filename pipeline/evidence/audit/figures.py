"""What many calls come to: rates with their intervals, by time, by agent, by item.

Every rate carries the Wilson interval of 95 % (Wilson 1927): with few calls it is wide, and says
so. A rate is told apart from the team's only where its interval leaves the team's rate outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

Row = dict[str, Any]

Z = 1.959964
"""Of the normal distribution, for 95 %."""

BINS = 10
"""Bars of the distribution of scores."""

DAYS = 31
"""Days that a chart by day spans at most; longer ones go by week."""

WEEKS = 27
"""Weeks that a chart by week spans at most; longer ones go by month."""

Standing = str
"""`above`, `below` or `not told apart`."""


@dataclass(frozen=True)
class Rate:
    """So many of so many, with the interval in which the rate may well lie."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The rate itself; none of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %; everything is possible of nothing."""
        return wilson(self.count, self.of)

    def against(self, other: float | None) -> Standing:
        """Where it stands to another rate."""
        low, high = self.interval
        if not self.of or other is None or low <= other <= high:
            return "not told apart"
        return "above" if low > other else "below"

    def dump(self) -> Row:
        """As plain JSON."""
        low, high = self.interval
        value = self.value
        return {
            "count": self.count,
            "of": self.of,
            "rate": None if value is None else round(value, 4),
            "low": round(low, 4),
            "high": round(high, 4),
        }


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's score interval of a rate, 95 %."""
    if not of:
        return 0.0, 1.0
    share = count / of
    scale = 1 + Z * Z / of
    middle = (share + Z * Z / (2 * of)) / scale
    half = Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / scale
    # What was seen is always possible; rounding must not say otherwise.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


@dataclass(frozen=True)
class Group:
    """Some of the calls, and what they come to."""

    name: str
    calls: int
    hours: float
    passed: Rate
    flagged: Rate
    """Calls with a finding against the named agent."""
    customer_flagged: Rate
    """Calls with a finding against the customer: beside the agent's, always."""
    score: float | None
    """Median."""
    supervisor_asked: int
    supervisor_refused: int

    def dump(self) -> Row:
        """As plain JSON."""
        return {
            "name": self.name,
            "calls": self.calls,
            "hours": round(self.hours, 3),
            "passed": self.passed.dump(),
            "agent_flagged": self.flagged.dump(),
            "customer_flagged": self.customer_flagged.dump(),
            "median_score": self.score,
            "supervisor_asked": self.supervisor_asked,
            "supervisor_refused": self.supervisor_refused,
        }


@dataclass(frozen=True)
class AgentFigures:
    """One agent's calls beside the team's."""

    group: Group
    team: str
    rank: int | None
    """By the share of calls that pass; none under the smallest number of scored calls."""
    standing: Standing
    """The share of calls that pass against the team's."""


@dataclass(frozen=True)
class ItemFigures:
    """One item of the rubric over all calls."""

    item: str
    title: str
    side: str
    weight: float
    given: Rate
    """Of the calls that called for it."""
    pass_mark: float | None
    standing: str
    """`met`, `not met`, `not told apart`, or empty without a pass mark."""


@dataclass(frozen=True)
class Figures:
    """Everything that the documents count."""

    team: Group
    periods: tuple[Group, ...]
    period: str
    """`day`, `week`, `month`, or empty where no dates are known."""
    undated: int
    agents: tuple[AgentFigures, ...]
    unnamed: int
    """Counted calls whose agent the metadata does not name."""
    items: tuple[ItemFigures, ...]
    distribution: tuple[int, ...]
    """Calls by score, in tenths."""
    unscored: int
    duplicates: int


def group_of(name: str, calls: Sequence[Row]) -> Group:
    """What some counted calls come to."""
    scored = [c for c in calls if c["passed"] is not None]
    scores = [c["score"] for c in scored]
    # Where nobody is known well enough to be the agent, nobody is found to be or not to be rude.
    judged = [c for c in calls if c["agent_certainty"] is not None]
    return Group(
        name=name,
        calls=len(calls),
        hours=sum(c["duration"] for c in calls) / 3600,
        passed=Rate(sum(bool(c["passed"]) for c in scored), len(scored)),
        flagged=Rate(sum(c["agent_findings"] > 0 for c in judged), len(judged)),
        customer_flagged=Rate(sum(c["customer_findings"] > 0 for c in judged), len(judged)),
        score=round(median(scores), 4) if scores else None,
        supervisor_asked=sum(c["supervisor_asked"] > 0 for c in calls),
        supervisor_refused=sum(c["supervisor_refused"] > 0 for c in calls),
    )


def figures_of(
    calls: Sequence[Row],
    outcomes: Iterable[Row],
    items: Sequence[tuple[str, str, str, float, float | None]],
    *,
    min_calls: int,
) -> Figures:
    """Count everything.

    Args:
        calls: rows of `calls`.
        outcomes: rows of `scores`.
        items: the rubric's items: id, title, side, weight, pass mark.
        min_calls: agents with fewer scored calls get no rank.
    """
    counted = [c for c in calls if c["counted"]]
    team = group_of("all calls", counted)
    period, periods = _periods(counted)
    scored = [c for c in counted if c["passed"] is not None]
    bins = [0] * BINS
    for call in scored:
        bins[min(int(call["score"] * BINS + 1e-9), BINS - 1)] += 1
    return Figures(
        team=team,
        periods=periods,
        period=period,
        undated=sum(c["day"] is None for c in counted),
        agents=_agents(counted, team, min_calls),
        unnamed=sum(not c["agent"] for c in counted),
        items=_items(counted, outcomes, items),
        distribution=tuple(bins),
        unscored=len(counted) - len(scored),
        duplicates=len(calls) - len(counted),
    )


def _agents(calls: Sequence[Row], team: Group, min_calls: int) -> tuple[AgentFigures, ...]:
    own: dict[str, list[Row]] = {}
    for call in calls:
        if call["agent"]:
            own.setdefault(call["agent"], []).append(call)
    groups = []
    for name in sorted(own):
        teams = sorted({c["team"] for c in own[name] if c["team"]})
        groups.append((group_of(name, own[name]), ", ".join(teams)))
    ranked = sorted(
        (g for g, _ in groups if g.passed.of >= max(min_calls, 1)),
        key=lambda g: (-(g.passed.value or 0.0), -(g.score or 0.0), g.name),
    )
    ranks: dict[str, int] = {}
    for place, group in enumerate(ranked, 1):
        before = ranked[place - 2] if place > 1 else None
        tied = before is not None and before.passed.value == group.passed.value
        ranks[group.name] = ranks[before.name] if tied and before is not None else place
    found = [
        AgentFigures(
            group=group,
            team=team_name,
            rank=ranks.get(group.name),
            standing=group.passed.against(team.passed.value)
            if group.name in ranks
            else "too few calls",
        )
        for group, team_name in groups
    ]
    return tuple(sorted(found, key=lambda a: (a.rank is None, a.rank or 0, a.group.name)))


def _items(
    calls: Sequence[Row],
    outcomes: Iterable[Row],
    items: Sequence[tuple[str, str, str, float, float | None]],
) -> tuple[ItemFigures, ...]:
    counted = {c["call_id"] for c in calls}
    given: dict[str, list[int]] = {item[0]: [0, 0] for item in items}
    for row in outcomes:
        if row["call_id"] in counted and row["outcome"] != "not called for":
            given[row["item"]][0] += row["outcome"] == "given"
            given[row["item"]][1] += 1
    found = []
    for key, title, side, weight, mark in items:
        rate = Rate(*given[key])
        found.append(ItemFigures(key, title, side, weight, rate, mark, _marked(rate, mark)))
    return tuple(found)


def _marked(rate: Rate, mark: float | None) -> str:
    """Whether a pass mark is met, as far as the calls can tell."""
    if mark is None or not rate.of:
        return ""
    low, high = rate.interval
    return "met" if low >= mark else "not met" if high < mark else "not told apart"


def _periods(calls: Sequence[Row]) -> tuple[str, tuple[Group, ...]]:
    dated = [(date.fromisoformat(c["day"]), c) for c in calls if c["day"]]
    if not dated:
        return "", ()
    first, last = min(d for d, _ in dated), max(d for d, _ in dated)
    span = (last - first).days
    named: Callable[[date], str] = lambda d: d.isoformat()  # noqa: E731
    period = "day"
    if span >= WEEKS * 7:
        named, period = (lambda d: d.strftime("%Y-%m")), "month"
    elif span >= DAYS:
        named, period = (lambda d: (d - timedelta(days=d.weekday())).isoformat()), "week"
    groups: dict[str, list[Row]] = {}
    for day, call in sorted(dated, key=lambda item: item[0]):
        groups.setdefault(named(day), []).append(call)
    return period, tuple(group_of(name, own) for name, own in groups.items())
