"""Two pictures for the sheet, as SVG of our own: rates over time, and scores."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from ..pdf import FONT
from .figures import BINS, Group, Rate
from .numbers import grouped

PASSED, AGENT, CUSTOMER, SOFT = "#2a5d3a", "#1f4e79", "#96560a", "#4a4f57"

LABELS = 9
"""Periods that are labelled at most."""


def _text(x: float, y: float, text: str, *, anchor: str = "middle", size: float = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{SOFT}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, ink: str, width: float = 1.0) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{ink}" '
        f'stroke-width="{width}"/>'
    )


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="{FONT}">{"".join(parts)}</svg>'
    )


def over_time(periods: Sequence[Group], period: str) -> str:
    """Pass rate and findings on both sides by period, each with its interval."""
    width, height, left, right, top, foot = 640, 250, 46, 8, 10, 42
    parts = []

    def x(at: int) -> float:
        return left + (width - left - right) * (at + 0.5) / len(periods)

    def y(share: float) -> float:
        return top + (height - top - foot) * (1 - share)

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line(left, y(share), width - right, y(share), "#dfe3e8" if share else SOFT))
        parts.append(_text(left - 4, y(share) + 4, f"{100 * share:.0f} %", anchor="end"))
    step = (width - left - right) / max(len(periods), 1)
    every = -(-len(periods) // LABELS)
    for index, (name, ink) in enumerate(
        (("passed", PASSED), ("flagged", AGENT), ("customer_flagged", CUSTOMER))
    ):
        shift = (index - 1) * min(5.0, step / 5)
        before: tuple[float, float] | None = None
        for at, group in enumerate(periods):
            rate: Rate = getattr(group, name)
            if rate.value is None:
                before = None
                continue
            low, high = rate.interval
            place = (x(at) + shift, y(rate.value))
            parts.append(_line(place[0], y(low), place[0], y(high), ink, 0.6))
            if before is not None:
                parts.append(_line(*before, *place, ink, 1.3))
            parts.append(f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="2.4" fill="{ink}"/>')
            before = place
    for at, group in enumerate(periods):
        if at % every == 0:
            label = group.name if period == "month" else group.name[5:]
            parts.append(_text(x(at), height - foot + 16, label))
            parts.append(_text(x(at), height - foot + 32, f"n {grouped(group.calls)}", size=12))
    return _svg(width, height, parts)


def scores(distribution: Sequence[int]) -> str:
    """Calls by score, in tenths."""
    width, height, left, top, foot = 300, 250, 8, 20, 42
    most = max([*distribution, 1])
    wide = (width - 2 * left) / BINS
    base = height - foot
    parts = []
    for at, count in enumerate(distribution):
        high = (base - top) * count / most
        parts.append(
            f'<rect x="{left + at * wide + 1.5:.1f}" y="{base - high:.1f}" '
            f'width="{wide - 3:.1f}" height="{high:.1f}" fill="#5d7893"/>'
        )
        if count:
            parts.append(_text(left + (at + 0.5) * wide, base - high - 4, grouped(count)))
        parts.append(_text(left + at * wide, base + 16, str(10 * at)))
    parts.append(_text(width - left, base + 16, "100", anchor="end"))
    parts.append(_line(left, base, width - left, base, SOFT))
    return _svg(width, height, parts)
