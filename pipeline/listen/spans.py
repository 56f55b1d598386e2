"""Arithmetic of spans of time; near-linear, since a long call has thousands of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

Span = tuple[float, float]
"""Start and end in seconds."""


def merge_spans(spans: Iterable[Span], *, pause: float = 0.0) -> list[Span]:
    """Spans in order, those that touch or lie within `pause` seconds joined."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] <= pause:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of spans outside the holes; neither need be in order."""
    cuts = merge_spans(holes)
    ends = [end for _, end in cuts]
    left = []
    for start, end in spans:
        at = start
        for cut_start, cut_end in cuts[bisect_right(ends, start) :]:
            if cut_start >= end:
                break
            if cut_start > at:
                left.append((at, cut_start))
            at = max(at, cut_end)
        if end > at:
            left.append((at, end))
    return left


def intersect(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Where both lie; each in order and without overlaps of its own."""
    both = []
    ends = [end for _, end in others]
    for start, end in spans:
        for other_start, other_end in others[bisect_right(ends, start) :]:
            if other_start >= end:
                break
            both.append((max(start, other_start), min(end, other_end)))
    return both


def covered(spans: Sequence[Span], start: float, end: float) -> float:
    """Seconds of [start, end] that lie inside the spans (in order, without overlaps)."""
    first = bisect_right(spans, start, key=lambda span: span[1])
    last = bisect_left(spans, end, key=lambda span: span[0])
    return sum(max(0.0, min(end, e) - max(start, s)) for s, e in spans[first:last])


class Touching:
    """Finds which of many spans, in order of their starts, touch a given one."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [start for start, _ in spans]
        self._latest: list[int] = []
        for index, (_, end) in enumerate(spans):
            best = self._latest[-1] if self._latest else index
            self._latest.append(index if end >= spans[best][1] else best)

    def __call__(self, start: float, end: float) -> list[int]:
        """Indices, in order, of the spans that share time with [start, end]."""
        found = []
        index = bisect_left(self._starts, end) - 1
        while index >= 0 and self._spans[self._latest[index]][1] > start:
            if self._spans[index][1] > start:
                found.append(index)
            index -= 1
        return found[::-1]

    def nearest(self, start: float, end: float) -> int:
        """The index of the span nearest to [start, end], which touches none; there must be one."""
        after = bisect_left(self._starts, end)
        if after == 0:
            return 0
        before = self._latest[after - 1]
        if after == len(self._spans):
            return before
        gap = start - self._spans[before][1]
        return before if gap <= self._starts[after] - end else after
