"""How much of the recording the words account for; what is missing is said."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..call import Coverage, Region
from .audio import Audio
from .spans import covered, merge_spans
from .transcribe import gaps_of
from .voices import Voices
from .words import Spoken

WORD_PAUSE = 0.6
"""Seconds between words that still count as transcribed speech: people breathe."""

LOW_CONFIDENCE = 0.5
"""Confidence below which a word is marked as doubtful."""


def measure_coverage(
    audio: Audio, voices: Voices, spoken: Spoken, regions: list[Region]
) -> Coverage:
    """Speech that carries words, speech that does not, and text that was withheld."""
    speech_seconds = transcribed = 0.0
    gaps, withheld = [], []
    dual = len(voices.activities) == 2
    for channel, activity in enumerate(voices.activities):
        transcript = spoken.transcripts[channel]
        heard = merge_spans(((w.start, w.end) for w in transcript.words), pause=WORD_PAUSE)
        for start, end in activity.speech:
            speech_seconds += end - start
            transcribed += covered(heard, start, end)
        level = partial(_level, audio, channel if dual else None)
        gaps.extend(gaps_of(transcript, level))
        withheld.extend(transcript.withheld)
    by_kind = {
        kind: sum(r.end - r.start for r in regions if r.kind == kind)
        for kind in ("silence", "music")
    }
    return Coverage(
        speech=speech_seconds,
        transcribed=transcribed,
        share=transcribed / speech_seconds if speech_seconds else 1.0,
        silence=by_kind["silence"],
        music=by_kind["music"],
        gaps=sorted(gaps, key=lambda gap: gap.start),
        withheld=sorted(withheld, key=lambda item: item.start),
        low_confidence_words=sum(word.confidence < LOW_CONFIDENCE for word in spoken.words),
    )


def _level(audio: Audio, channel: int | None, start: float, end: float) -> float:
    samples = audio.read(start, end, channel=channel).astype(np.float64)
    return float(10 * np.log10(np.mean(samples**2) + 1e-12)) if len(samples) else -120.0
