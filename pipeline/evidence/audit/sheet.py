"""`audit.pdf`: two pages for a meeting, set by typst, whatever the number of calls."""

from __future__ import annotations

import json

from .... import __version__
from ..chronology import shorten
from ..pdf import breakable_prose, typeset
from ..text import clock
from . import charts
from .numbers import grouped, percent, spread
from .summary import METHOD, Row, View

AGENTS = 14
"""Agents on the sheet at most; the page and the tables hold all."""

ITEMS = 24
"""Items of the rubric, the same."""

MOMENTS = 4
"""Moments a column."""

NAME = 34
"""Characters of a name or an item."""


def _short(text: str, limit: int) -> str:
    return breakable_prose(shorten(text, limit))


def _moment(moment: Row) -> Row:
    return {
        "what": _short(moment["title"], 60),
        "quote": _short(moment["quote"], 110),
        "where": _short(f"{clock(moment['start'])} · {moment['call_id']}", 60),
    }


def _note(count: int, one: str, many: str) -> list[str]:
    return [f"{grouped(count)} {one if count == 1 else many}."] if count else []


def data_of(view: View) -> Row:
    """What the template sets, as plain data."""
    figures, team = view.figures, view.figures.team
    # Ranked first, so that a cut leaves out those of whom the calls say least.
    agents = figures.agents[:AGENTS]
    items = figures.items[:ITEMS]
    against = view.against
    return {
        "title": _short(view.title or "Audit of recorded calls", 90),
        "headline": view.headline,
        "status": view.status[:1].upper() + view.status[1:],
        "version": __version__,
        "rubric": _short(f"{view.rubric.name} {view.rubric.version}".strip(), 48),
        "pass_mark": percent(view.rubric.pass_mark),
        "tiles": [
            ["Calls", grouped(team.calls), f"{grouped(team.hours, places=1)} h"],
            ["Pass the rubric", percent(team.passed.value), spread(team.passed)],
            ["Median score", percent(team.score), f"of {grouped(team.passed.of)} scored"],
            ["Finding on the agent", percent(team.flagged.value), spread(team.flagged)],
            ["Finding on the customer", percent(team.customer_flagged.value),
             spread(team.customer_flagged)],
        ],
        "period": figures.period,
        "items": [
            [_short(i.title, 56), i.side, grouped(i.given.of), percent(i.given.value),
             spread(i.given), i.standing]
            for i in items
        ],
        "more_items": len(figures.items) - len(items),
        "agents": [
            [str(a.rank or "–"), _short(a.group.name, NAME), _short(a.team, 20),
             grouped(a.group.calls), percent(a.group.passed.value), spread(a.group.passed),
             a.standing, percent(a.group.flagged.value), spread(a.group.flagged),
             percent(a.group.customer_flagged.value), spread(a.group.customer_flagged)]
            for a in agents
        ],
        "more_agents": len(figures.agents) - len(agents),
        "min_calls": view.min_calls,
        "by_agents": [_moment(m) for m in against if m["role"] == "agent"][:MOMENTS],
        "by_customers": [_moment(m) for m in against if m["role"] == "customer"][:MOMENTS],
        "good": [_moment(m) for m in view.good[:MOMENTS]],
        "notes": [
            *_note(figures.unscored, "call could not be scored", "calls could not be scored"),
            *_note(figures.duplicates, "recording was there twice and counts once",
                   "recordings were there twice and count once"),
            *_note(len(view.failures), "call could not be analysed", "calls could not be analysed"),
            *_note(len(view.dismissed), "finding was dismissed on review and counts nowhere",
                   "findings were dismissed on review and count nowhere"),
            *(["Names are replaced by codes."] if view.pseudonymized else []),
        ],
        "method": list(METHOD),
    }  # fmt: skip


def render(view: View) -> bytes:
    """The PDF's bytes."""
    figures = view.figures
    return typeset(
        "audit.typ",
        {"audit": json.dumps(data_of(view), ensure_ascii=False)},
        attached={
            "time": charts.over_time(figures.periods, figures.period) if figures.periods else "",
            "scores": charts.scores(figures.distribution),
        },
        standards=["a-2a", "ua-1"],
    )
