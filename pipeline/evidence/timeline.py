"""The call as a picture: who spoke when, what was flagged, how loud it was.

One standalone SVG that the page shows inline and the PDF sets as an image. Presentation
attributes only (no style element), so that a strict content policy leaves it whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..call import Call
from .clips import ReadAudio
from .document import Document
from .items import Item
from .parties import Party
from .text import clock
from .wording import REGIONS

WIDTH = 1000.0
PRINT_WIDTH = 660.0
"""Units across in print, where the same letters must be larger against the whole."""

LEFT = 92.0
"""Room for the names of the lanes, in the units of the picture."""

LANE = 22.0
BAR = 12.0
WAVE = 30.0

BUCKETS = 900
"""Loudness values over the whole call: about one a picture unit."""

WINDOW = 60.0
"""Seconds of sound in memory at a time while loudness is measured."""

MERGE = 0.8
"""Picture units: pauses shorter than this are drawn through, to keep long calls small."""


class Ink(NamedTuple):
    """Colours of the picture; each has at least 4.5:1 against white where it carries text."""

    agent: str = "#1f4e79"
    customer: str = "#96560a"
    system: str = "#6b7280"
    unknown: str = "#4b5563"
    finding: str = "#9b1c1c"
    neutral: str = "#3d4652"
    review: str = "#7a5c00"
    faint: str = "#d5d9de"
    music: str = "#e6e0f0"
    text: str = "#4a4f57"


INK = Ink()


@dataclass(frozen=True)
class Waveform:
    """Peak loudness of the call, channel by channel, 0 to 100."""

    peaks: tuple[tuple[int, ...], ...]


def measure(read_audio: ReadAudio, duration: float, *, buckets: int = BUCKETS) -> Waveform:
    """Peaks of the whole call, read in windows so that memory stays bounded."""
    if duration <= 0:
        return Waveform(())
    table: NDArray[np.float64] | None = None
    start = 0.0
    while start < duration:
        end = min(start + WINDOW, duration)
        samples, rate = read_audio(start, end)
        if table is None:
            table = np.zeros((samples.shape[0], buckets))
        if samples.shape[1]:
            times = start + np.arange(samples.shape[1]) / rate
            index = np.minimum((times / duration * buckets).astype(int), buckets - 1)
            for channel in range(min(samples.shape[0], table.shape[0])):
                np.maximum.at(table[channel], index, np.abs(samples[channel]))
        start = end
    if table is None:
        return Waveform(())
    scaled = np.rint(100 * np.clip(table, 0.0, 1.0)).astype(int)
    return Waveform(tuple(tuple(int(v) for v in row) for row in scaled))


def escape(text: str) -> str:
    """Text for an XML document."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


class _Scale:
    def __init__(self, duration: float, width: float) -> None:
        self.duration = max(duration, 0.001)
        self.width = width

    def __call__(self, seconds: float) -> float:
        share = min(max(seconds / self.duration, 0.0), 1.0)
        return LEFT + share * (self.width - LEFT)


def _merged(spans: Sequence[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if out and start - out[-1][1] <= gap:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _rect(x: float, y: float, w: float, h: float, fill: str, *, title: str = "") -> str:
    inner = f"<title>{escape(title)}</title>" if title else ""
    tag = f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(w, 0.8):.1f}" height="{h:.1f}" fill="{fill}"'
    return f"{tag}>{inner}</rect>" if inner else f"{tag}/>"


def _text(x: float, y: float, text: str, fill: str, *, size: int = 11, anchor: str = "start",
          weight: str = "400") -> str:  # fmt: skip
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )


def _ticks(duration: float, most: int) -> list[float]:
    for step in (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200):
        if duration / step <= most:
            break
    return [float(t) for t in range(0, int(duration) + 1, step)]


def _marks(items: Sequence[Item], scale: _Scale, top: float) -> tuple[list[str], float]:
    """Numbered flags above the lanes, in as many rows as keep them apart; their height."""
    rows: list[float] = []
    placed: list[tuple[int, float, Item]] = []
    for item in items:
        wide = 10.0 + 6.0 * len(item.number)
        x = min(scale(item.start), scale.width - wide + 2)
        row = next((r for r, edge in enumerate(rows) if x - edge >= 2), None)
        if row is None:
            rows.append(0.0)
            row = len(rows) - 1
        rows[row] = x + wide
        placed.append((row, x, item))
    height = 15.0 * len(rows)
    parts = []
    for row, x, item in placed:
        wide = 8.0 + 6.0 * len(item.number)
        at = scale(item.start)
        y = top + 15.0 * row
        sure = item.level == "finding" and not item.dismissed
        ink = _ink(item)
        title = f"{item.number}: {item.title}, {item.time}, {item.party.label}"
        parts.append(
            f'<a href="#item-{escape(item.number)}"><title>{escape(title)}</title>'
            f'<line x1="{at:.1f}" y1="{y + 13:.1f}" x2="{at:.1f}" '
            f'y2="{top + height + 2:.1f}" stroke="{ink}" stroke-width="0.8"/>'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="13" rx="2" '
            f'fill="{ink if sure else "#ffffff"}" stroke="{ink}" stroke-width="0.8"/>'
            + _text(x + wide / 2, y + 10, item.number, "#ffffff" if sure else ink, size=10,
                    anchor="middle", weight="600")
            + "</a>"
        )  # fmt: skip
    return parts, height


def _ink(item: Item) -> str:
    if item.level != "finding":
        return INK.review
    return INK.finding if item.grave else INK.neutral


def _wave(waveform: Waveform, scale: _Scale, top: float) -> list[str]:
    parts = []
    for row, peaks in enumerate(waveform.peaks[:2]):
        middle = top + WAVE * row + WAVE / 2
        step = (scale.width - LEFT) / max(len(peaks), 1)
        reach = WAVE / 2 - 2
        upper = [
            f"{LEFT + i * step:.1f},{middle - max(reach * (p / 100) ** 0.6, 0.3):.1f}"
            for i, p in enumerate(peaks)
        ]
        lower = [
            f"{LEFT + i * step:.1f},{middle + max(reach * (p / 100) ** 0.6, 0.3):.1f}"
            for i, p in reversed(list(enumerate(peaks)))
        ]
        points = " ".join(upper + lower)
        parts.append(f'<polygon points="{points}" fill="#aeb6c0"/>')
        name = "loudness" if len(waveform.peaks) == 1 else ("left", "right")[row]
        parts.append(_text(0, middle + 4, name, INK.text))
    return parts


def _lane(call: Call, party: Party, document: Document, scale: _Scale, top: float) -> list[str]:
    ink = getattr(INK, party.role)
    gap = MERGE / (scale.width - LEFT) * scale.duration
    spans = [(s.start, s.end) for s in call.segments if s.speaker == party.id]
    if not spans:
        spans = [(t.start, t.end) for t in call.turns if t.speaker == party.id]
    parts = [_text(0, top + BAR - 1, party.label, ink, weight="600")]
    y = top + 1
    parts.append(
        f'<line x1="{LEFT}" y1="{y + BAR / 2:.1f}" x2="{scale.width}" y2="{y + BAR / 2:.1f}" '
        f'stroke="{INK.faint}" stroke-width="0.6"/>'
    )
    for start, end in _merged(spans, gap):
        parts.append(_rect(scale(start), y, scale(end) - scale(start), BAR, ink))
    for item in document.findings:
        if item.party.id == party.id and not item.dismissed:
            x = scale(item.start)
            parts.append(_rect(x, y + BAR + 1.5, scale(item.end) - x, 2.2, _ink(item)))
    return parts


def draw(
    call: Call,
    document: Document,
    waveform: Waveform,
    *,
    font: str = "inherit",
    links: bool = True,
    width: float = WIDTH,
) -> str:
    """The picture of the whole call as SVG text.

    Args:
        call: for segments, regions and overlaps.
        document: for labels, findings and places to listen to.
        waveform: loudness of the recording; may be empty.
        font: font family written into the picture.
        links: marks link to `#item-N`; a picture set in print does without.
        width: units across.
    """
    scale = _Scale(document.duration, width)
    parts: list[str] = []
    marks, marks_height = _marks(document.items, scale, 2.0)
    top = marks_height + 8
    lanes = [p for p in document.parties if p.role != "unknown" or p.talk > 0]
    lanes_height = LANE * len(lanes)
    backdrop = []
    for region in call.regions:
        if region.kind in ("music", "prompt"):
            x = scale(region.start)
            title = f"{REGIONS[region.kind]}, {clock(region.start)}–{clock(region.end)}"
            wide = scale(region.end) - x
            backdrop.append(_rect(x, top - 3, wide, lanes_height + 4, INK.music, title=title))
            if wide > 36:
                name = "music" if region.kind == "music" else "prompt"
                backdrop.append(
                    _text(x + wide / 2, top + BAR - 1, name, INK.text, size=10,
                          anchor="middle")
                )  # fmt: skip
    for index, party in enumerate(lanes):
        parts += _lane(call, party, document, scale, top + LANE * index)
    for overlap in call.overlaps:
        if overlap.interruption:
            x = scale(overlap.start)
            parts.append(
                f'<rect x="{x:.1f}" y="{top - 2:.1f}" '
                f'width="{max(scale(overlap.end) - x, 1.5):.1f}" height="{lanes_height:.1f}" '
                f'fill="none" stroke="{INK.finding}" stroke-width="0.9" stroke-dasharray="2 1.5">'
                f"<title>talked over, {clock(overlap.start)}</title></rect>"
            )
    y = top + lanes_height
    parts += _wave(waveform, scale, y)
    y += WAVE * min(len(waveform.peaks), 2)
    parts.append(
        f'<line x1="{LEFT}" y1="{y + 2:.1f}" x2="{scale.width}" y2="{y + 2:.1f}" '
        f'stroke="{INK.text}" stroke-width="0.8"/>'
    )
    for tick in _ticks(document.duration, int(scale.width / 80)):
        x = scale(tick)
        anchor = "start" if tick == 0 else "middle" if x < scale.width - 20 else "end"
        parts.append(
            f'<line x1="{x:.1f}" y1="{y + 2:.1f}" x2="{x:.1f}" y2="{y + 6:.1f}" '
            f'stroke="{INK.text}" stroke-width="0.8"/>'
        )
        parts.append(_text(x, y + 17, clock(tick), INK.text, size=10, anchor=anchor))
    height = y + 22
    body = "".join(backdrop + parts + marks)
    if not links:
        body = body.replace("<a href=", "<g data-href=").replace("</a>", "</g>")
    people = ", ".join(party.label for party in lanes) or "nobody"
    title = f"Timeline of the call: {people}; {len(document.findings)} findings"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scale.width:.0f} {height:.0f}" '
        f'role="{"group" if links else "img"}" aria-label="{escape(title)}" '
        f'font-family="{escape(font)}">{body}</svg>'
    )
