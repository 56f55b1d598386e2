"""Speech packed into blocks that the recogniser can hear at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ...models.recognition import MAX_SECONDS
from .audio import RATE
from .spans import Span, intersect, merge_spans, subtract
from .stream import Samples

Read = Callable[[float, float], Samples]
"""Samples (n,) at 16 kHz between two times in seconds."""

PADDING = 0.3
"""Seconds of sound kept before and after speech: soft onsets and endings."""

PAUSE = 2.0
"""Seconds of pause that end a block, so that long silences are not transcribed."""

BLOCK = MAX_SECONDS - 1.0
"""Seconds a block may last."""

LAST_PART = 1 / 3
"""Share of what may be heard at once, at its end, in which a stretch that is longer is cut at a
pause …"""

QUIET_REACH = 5.0
"""… or, where there is no pause, seconds at its end in which it is cut at the quietest moment."""

QUIET_FRAMES, QUIET_FRAME = 3, 0.05
"""Frames, and seconds of each, that a moment lasts: longer than the closed lips of a consonant."""

LEAST = 2.0
"""Seconds that a cut leaves on its far side at the least: less says too little to be heard by."""


def blocks_of(
    speech: list[Span],
    duration: float,
    read: Read,
    *,
    padding: float = PADDING,
    pause: float = PAUSE,
    longest: float = BLOCK,
) -> list[Span]:
    """Speech packed into blocks that begin and end in pauses, in order.

    A stretch without a pause that is longer than `longest` seconds is cut as `cut` has it.
    """
    padded = merge_spans(
        ((max(0.0, s - padding), min(duration, e + padding)) for s, e in speech), pause=0.0
    )
    blocks: list[Span] = []
    for start, end in padded:
        last = blocks[-1] if blocks else None
        if last is not None and start - last[1] <= pause and end - last[0] <= longest:
            blocks[-1] = (last[0], end)
            continue
        blocks.extend(cut((start, end), speech, read, longest=longest))
    return blocks


def cut(span: Span, speech: list[Span], read: Read, *, longest: float) -> list[Span]:
    """A stretch in pieces of at most `longest` seconds, more than 3 × `LEAST`, that touch.

    Each cut lies at the longest pause of `speech` in the last part of what may be heard at once,
    or at the quietest moment there is.
    """
    cuts = [span[0]]
    pauses = subtract([span], speech) if span[1] - span[0] > longest else []
    while span[1] - cuts[-1] > longest:
        latest = min(cuts[-1] + longest, span[1] - LEAST)
        part = (cuts[-1] + longest * (1 - LAST_PART), latest)
        inside = intersect(pauses, [part])
        if inside:
            start, end = max(inside, key=lambda p: (p[1] - p[0], p[1]))
            cuts.append((start + end) / 2)
        else:
            cuts.append(_quietest(read, max(part[0], latest - QUIET_REACH), latest))
    return list(pairwise([*cuts, span[1]]))


def _quietest(read: Read, start: float, end: float) -> float:
    """The middle of the quietest moment; the end where there is nothing to be read."""
    size = round(QUIET_FRAME * RATE)
    samples = read(start, end).astype(np.float64)
    power = (samples[: len(samples) // size * size].reshape(-1, size) ** 2).mean(axis=1)
    if len(power) < QUIET_FRAMES:
        return end
    moments = np.convolve(power, np.ones(QUIET_FRAMES), mode="valid")
    return start + (int(moments.argmin()) + QUIET_FRAMES / 2) * QUIET_FRAME
