"""What every speech recogniser here takes and gives: samples in, passages of words with times out.

Signs of trouble are the recogniser's own. What to do about trouble is decided in
`pipeline/listen`, alike for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from .store import Resolved

RATE = 16_000
"""Hertz that Whisper hears at."""

MAX_SECONDS = 30.0
"""What Whisper hears at once."""

BEAM = 5
"""Beam width of both engines; docs/measurements.md has what narrower ones lose."""

EARLY_START = 0.08
EARLY_END = 0.05
"""Seconds by which a word's start and end are placed too early, at the median, since the attention
they are read from looks ahead. Measured with faster-whisper on the samples' word times by
bench/calls.py, and taken over for openai-whisper, which reads them the same way; added back, so
that clips cut at these times contain the word."""

LOOP_COMPRESSION = 2.4
"""Whisper's own limit: text that gzips better than this is a loop."""

TRANSLATION_LIMITS: dict[str, Any] = {"temperature": (0.0, 0.2, 0.4), "word_timestamps": False}
"""A translation that only a hot temperature gives is made up."""

LEAVE_SILENCE: dict[str, Any] = {"no_speech_threshold": None}
"""By default both engines drop text themselves where they believe in silence and are unsure, and
nobody would learn of it. `pipeline/listen/guards.py` decides that with the same limits, and lists
it. What else changes by it: such a stretch, and no other, goes up the ladder of temperatures."""

EngineName = Literal["auto", "openai-whisper", "faster-whisper"]
Device = Literal["auto", "cpu", "cuda"]
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class HeardWord:
    """A word with its times in seconds from the start of the samples given."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Passage:
    """A stretch the recogniser put down as one piece, with its own signs of trouble."""

    words: tuple[HeardWord, ...]
    log_probability: float
    """Mean log-probability of its tokens."""
    compression: float
    """Ratio of raw to gzipped text; repetition loops exceed 2.4."""
    no_speech: float
    """Probability the recogniser gave to there being no speech."""
    temperature: float


def heard_word(text: str, start: float, end: float, confidence: float) -> HeardWord:
    """A word with the engines' common bias in time removed."""
    return HeardWord(text, start + EARLY_START, end + EARLY_END, confidence)


class Engine(Protocol):
    """A recogniser."""

    name: str
    weights: Resolved

    @property
    def multilingual(self) -> bool:
        """Whether it knows more than English."""

    def detect_language(self, samples: Samples) -> dict[str, float]:
        """Probability by language code of up to thirty seconds (n,) at 16 kHz.

        To transcribe the same samples next costs no second encoding.
        """

    def translate(self, samples: Samples, *, language: str) -> str:
        """English text of up to thirty seconds (n,) at 16 kHz spoken in `language`.

        Empty where nothing could be made of them; the text has no times, since a translation has
        no words that were said.
        """

    def transcribe(
        self, samples: Samples, *, language: str, temperature: float | None = None
    ) -> list[Passage]:
        """Words of up to thirty seconds (n,) at 16 kHz.

        A `temperature` fixes the one to decode at; without, the recogniser's own ladder is used.
        """


def sound_text(segments: Iterable[tuple[str, float]]) -> str:
    """The text of all segments that are no repetition loops."""
    texts = [text.strip() for text, compression in segments if compression <= LOOP_COMPRESSION]
    return " ".join(text for text in texts if text)
