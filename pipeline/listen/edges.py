"""Where speech begins and ends to the hundredth of a second, by its level.

The segmentation network knows that somebody speaks; its edges are a few hundredths of a second
wide and it bridges short pauses. On a line whose quiet is well below its voices the level says
both more exactly. So the network decides with a lower threshold, and within each stretch it names,
what lies far below that stretch's own level is left out. On a noisy line nothing lies so far below,
and the network decides alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..call import SpeakerSegment
from .spans import Span, intersect
from .stitch import ACTIVE, Stitched, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAME = 0.01
"""Seconds over which a level is measured here."""

BELOW_VOICE_DB = 34.0
"""Sound this far below its stretch's own level is a pause; docs/measurements.md has the sweep."""

LIKELY = 0.4
"""Probability of speech from which a stretch counts, where the level can say where it ends."""

PAUSE = 0.3
"""Seconds of quiet that are a pause: stops of consonants are shorter."""

LOUD = 80
"""Percentile of the frames' levels that stands for a voice: its vowels."""

BURST = 0.03
"""Seconds; shorter sounds between two pauses are clicks."""

Levels = npt.NDArray[np.float64]


def speech_with_edges(stitched: Stitched, levels: Levels) -> list[Span]:
    """Stretches of speech, given the level (dBFS) of each `FRAME` of the same sound."""
    certain = stitched.speech_regions(threshold=ACTIVE)
    if not certain or not len(levels):
        return certain
    levels = _smooth(levels)
    voice = float(np.median([_voice_level(levels, span) for span in certain]))
    if voice - float(np.percentile(levels, 5)) < BELOW_VOICE_DB:
        return certain
    likely = stitched.speech_regions(threshold=LIKELY)
    speech = [span for span in likely if intersect([span], certain)]
    return [piece for span in speech for piece in _without_pauses(levels, span)]


def within_speech(segments: Sequence[SpeakerSegment], speech: list[Span]) -> list[SpeakerSegment]:
    """Speakers' segments without the pauses in them."""
    cut = [
        segment.model_copy(update={"start": start, "end": end})
        for segment in segments
        for start, end in intersect([(segment.start, segment.end)], speech)
    ]
    return sorted(cut, key=lambda s: (s.start, s.end, s.speaker))


def _of(levels: Levels, span: Span) -> Levels:
    first = min(round(span[0] / FRAME), len(levels) - 1)
    return levels[first : max(round(span[1] / FRAME), first + 1)]


def _voice_level(levels: Levels, span: Span) -> float:
    return float(np.percentile(_of(levels, span), LOUD))


def _without_pauses(levels: Levels, span: Span) -> list[Span]:
    pieces = runs(
        _of(levels, span) > _voice_level(levels, span) - BELOW_VOICE_DB,
        min_on=round(BURST / FRAME),
        min_off=round(PAUSE / FRAME),
    )
    start, end = span
    return [(max(start, start + a * FRAME), min(end, start + b * FRAME)) for a, b in pieces]


def _smooth(levels: Levels) -> Levels:
    """Mean power over three frames: single ones flutter with the pitch of a low voice."""
    power = np.pad(10 ** (levels / 10), 1, mode="edge")
    smooth: Levels = 10 * np.log10(np.convolve(power, np.ones(3) / 3, mode="valid"))
    return smooth
