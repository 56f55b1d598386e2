"""`audit.html`: the whole audit as one page that needs no network and trusts no text.

The figures stand in the page as text; its script counts them again for whatever part of the calls
a reader chooses, from the data that the page carries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .... import __version__
from ..chronology import shorten
from ..html import TEMPLATES, environment, policy
from ..text import clock, json_safe
from ..wording import MACHINE_FINDING
from .numbers import grouped, percent, spread
from .summary import METHOD, Row, View

MOMENTS_SHOWN = 3000
"""Findings that the page carries at most, the heaviest; the tables hold all."""

GOOD_SHOWN = 600
"""Moments that went well, the same."""

QUOTE = 220
"""Characters of a quote on the page."""

OUTCOMES = {"given": "g", "missing": "m", "not called for": "-"}


def _indexed(values: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    names = sorted(set(values))
    return names, {name: at for at, name in enumerate(names)}


def _shown(quote: str) -> str:
    return shorten(quote, QUOTE)


def data_of(view: View) -> Row:
    """What the script counts, as plain data; calls are arrays to keep the page small."""
    items = view.figures.items
    agents, agent_at = _indexed([c["agent"] for c in view.calls])
    teams, team_at = _indexed([c["team"] for c in view.calls])
    queues, queue_at = _indexed([c["queue"] for c in view.calls])
    place = {c["call_id"]: at for at, c in enumerate(view.calls)}
    by_call: dict[str, dict[str, Row]] = {}
    for row in view.scores:
        by_call.setdefault(row["call_id"], {})[row["item"]] = row
    calls: list[list[Any]] = []
    for c in view.calls:
        own = by_call.get(c["call_id"], {})
        outcomes = [own.get(item.item) for item in items]
        calls.append(
            [
                c["call_id"], agent_at[c["agent"]], team_at[c["team"]], queue_at[c["queue"]],
                c["day"] or "", round(c["duration"]), c["score"],
                None if c["passed"] is None else int(c["passed"]), c["customer_score"],
                c["agent_findings"], c["customer_findings"], c["dismissed"],
                c["places_to_listen"], int(c["agent_certainty"] is not None), int(c["counted"]),
                c["supervisor_asked"], c["supervisor_refused"], c["page"],
                c["unscored_because"], c["same_as"],
                "".join(OUTCOMES[row["outcome"]] if row else "-" for row in outcomes),
                [row["at"] if row else None for row in outcomes],
            ]
        )  # fmt: skip
    against = view.against[:MOMENTS_SHOWN]
    return {
        "items": [[i.item, i.title, i.side, i.weight, i.pass_mark] for i in items],
        "agents": agents,
        "teams": teams,
        "queues": queues,
        "calls": calls,
        "moments": [
            [place[m["call_id"]], m["title"], m["role"], int(m["named_agent"]),
             round(m["start"], 2), _shown(m["quote"]), m["weight"], m["status"], m["answer"],
             m["answered_by"]]
            for m in against
        ],
        "good": [
            [place[m["call_id"]], m["title"], round(m["start"], 2), _shown(m["quote"]), m["score"]]
            for m in view.good[:GOOD_SHOWN]
        ],
        "minCalls": view.min_calls,
        "cut": max(len(view.against) - MOMENTS_SHOWN, 0),
    }  # fmt: skip


def script_safe(data: Any) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element."""
    text = json_safe(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def render(view: View) -> str:
    """The page."""
    from markupsafe import Markup

    style = (TEMPLATES / "audit.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "audit.js").read_text(encoding="utf-8")
    shared = environment()
    return shared.get_template("audit.html.j2").render(
        v=view,
        f=view.figures,
        version=__version__,
        title=view.title or "Audit of recorded calls",
        # Style and script are files of ours; the data cannot leave its element.
        style=Markup(style),
        script=Markup(script),
        data=Markup(script_safe(data_of(view))),
        policy=policy(style, script),
        grouped=grouped,
        percent=percent,
        spread=spread,
        clock=clock,
        method=(*METHOD, MACHINE_FINDING),
        moments_shown=MOMENTS_SHOWN,
    )
