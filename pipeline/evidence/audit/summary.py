"""`audit.json`, and the parts that page and sheet show: one view of the whole audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .... import __version__
from ..text import json_safe, visible
from .figures import AgentFigures, Figures, ItemFigures, Rate
from .numbers import counted, grouped, percent, spread

FORMAT = "earwitness-audit"
VERSION = 1

Row = dict[str, Any]

GOOD_KINDS = (
    "empathy", "apology", "restatement", "solution_offer", "callback_offer", "escalation_granted",
)  # fmt: skip
"""Conduct that helps, for the best moments."""

AGAINST = ("rude", "escalation_refused", "escalation_deflected", "hangup_threat_or_disconnect")
"""Findings that speak against the one who said it."""


@dataclass(frozen=True)
class RubricFacts:
    """Which rubric was used."""

    name: str
    version: str
    sha256: str
    pass_mark: float


@dataclass(frozen=True)
class View:
    """All that the documents show."""

    title: str
    rubric: RubricFacts
    figures: Figures
    calls: Sequence[Row]
    """Rows of `calls`, and beside them:"""
    moments: Sequence[Row]
    scores: Sequence[Row]
    """Outcomes in brief: call_id, item, outcome, and `at`, the second to listen at."""
    good: Sequence[Row]
    """The agent's turns that helped most: call_id, agent, kind, start, quote, score, link."""
    failures: Sequence[Row]
    min_calls: int
    pseudonymized: bool
    withheld: Sequence[str]
    lost: Sequence[Row]
    """Decisions whose finding is no longer in its record."""
    waiting: int = 0
    """Calls that are still to be analysed."""

    @property
    def dismissed(self) -> list[Row]:
        """Findings that a person dismissed: the record of what dropped out."""
        return [m for m in self.moments if m["status"] == "dismissed"]

    @property
    def answered(self) -> list[Row]:
        """Moments with an answer of the one concerned."""
        return [m for m in self.moments if m["answer"]]

    @property
    def against(self) -> list[Row]:
        """Findings that stand against somebody, heaviest first, each recording once."""
        counted = {c["call_id"] for c in self.calls if c["counted"]}
        found = [
            m
            for m in self.moments
            if m["level"] == "finding" and m["status"] != "dismissed" and m["kind"] in AGAINST
            and m["call_id"] in counted
        ]  # fmt: skip
        return sorted(found, key=lambda m: (-m["weight"], m["call_id"], m["start"]))

    @property
    def status(self) -> str:
        """Whether people went over what the machine found."""
        confirmed = sum(m["status"] == "confirmed" for m in self.moments)
        if not confirmed and not self.dismissed:
            return "machine findings, not reviewed"
        return (
            f"findings reviewed in part: {grouped(confirmed)} confirmed, "
            f"{grouped(len(self.dismissed))} dismissed"
        )

    @property
    def headline(self) -> str:
        """One or two sentences that say what the audit came to."""
        team = self.figures.team
        left = f"Not finished: {counted(self.waiting, 'call')} still to be analysed. "
        text = left if self.waiting else ""
        if not team.calls:
            return text + "No call could be counted."
        text += f"{counted(team.calls, 'call')}, {grouped(team.hours, places=1)} hours. "
        if team.passed.of:
            text += f"{_of(team.passed)} scored calls pass the rubric"
            text += f" ({percent(team.passed.value)}, {spread(team.passed)}). "
        else:
            text += "None could be scored. "
        text += (
            f"An agent’s turn was flagged as disrespectful in {_of(team.flagged)}, "
            f"a customer’s in {_of(team.customer_flagged)}."
        )
        return text


def _of(rate: Rate) -> str:
    return f"{grouped(rate.count)} of {grouped(rate.of)}"


METHOD = (
    "A rate is followed by the interval in which it may well lie (Wilson, 95 %). With few calls "
    "the interval is wide, and the rate says little.",
    "An agent or a period is told apart from all calls only where its interval leaves their rate "
    "outside. Agents are ranked by the share of their scored calls that pass, and only from the "
    "stated number of calls on; ranks of neighbours whose intervals overlap mean nothing.",
    "An item of the rubric counts only in calls that called for it. Calls in another language, too "
    "short, hard to make out, or in which it is not known who is the agent are not scored; they "
    "count for and against nobody.",
    "What a second voice on the agent’s side said is never put down to the named agent. The "
    "customer’s conduct is measured by the same model at the same thresholds and shown beside the "
    "agent’s.",
    "A finding is a place that a program flagged. Listen before you act on one: a reviewer’s "
    "decision takes it out of every figure, and the record of it stays. Figures of this kind are "
    "no ground for a decision about a person on their own.",
)
"""How to read the figures; the same sentences on the page and on the sheet."""


def agent_row(agent: AgentFigures) -> Row:
    """An agent's figures as plain JSON."""
    return {
        **agent.group.dump(),
        "team": agent.team,
        "rank": agent.rank,
        "against_all": agent.standing,
    }


def item_row(item: ItemFigures) -> Row:
    """An item's figures as plain JSON."""
    return {
        "item": item.item,
        "title": item.title,
        "side": item.side,
        "weight": item.weight,
        "given": item.given.dump(),
        "pass_mark": item.pass_mark,
        "against_pass_mark": item.standing,
    }


def _brief(moment: Row) -> Row:
    keys = ("call_id", "moment", "kind", "title", "agent", "role", "start", "quote", "weight",
            "status", "link")  # fmt: skip
    return {key: moment[key] for key in keys}


def dump(view: View, *, files: dict[str, str], options: Row) -> str:
    """`audit.json`.

    Args:
        view: what the audit came to.
        files: SHA-256 of the tables and documents by name.
        options: how it was asked for, so that it can be written again.
    """
    figures = view.figures
    data = {
        "format": FORMAT,
        "version": VERSION,
        "earwitness": __version__,
        "title": view.title,
        "status": view.status,
        "headline": view.headline,
        "options": options,
        "rubric": {
            "name": visible(view.rubric.name),
            "version": visible(view.rubric.version),
            "sha256": view.rubric.sha256,
            "pass_mark": view.rubric.pass_mark,
        },
        "all": figures.team.dump(),
        "unscored": figures.unscored,
        "duplicates": figures.duplicates,
        "period": figures.period,
        "periods": [group.dump() for group in figures.periods],
        "undated": figures.undated,
        "distribution": list(figures.distribution),
        "agents": [agent_row(agent) for agent in figures.agents],
        "calls_without_agent": figures.unnamed,
        "items": [item_row(item) for item in figures.items],
        "worst_moments": [_brief(m) for m in view.against[:50]],
        "best_moments": list(view.good[:50]),
        "dismissed": [
            {**_brief(m), "by": m["reviewed_by"], "on": m["reviewed_on"], "note": m["note"]}
            for m in view.dismissed
        ],
        "answers": [
            {**_brief(m), "by": m["answered_by"], "on": m["answered_on"], "answer": m["answer"]}
            for m in view.answered
        ],
        "decisions_without_finding": list(view.lost),
        "failures": list(view.failures),
        "method": list(METHOD),
        "files": files,
    }
    return json_safe(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"
