"""What is taken as heard, and what is withheld: several signals against invented words.

Whisper writes fluent text for music, silence and noise, repeats itself in loops, and echoes what
it was fed. Each guard looks at one sign of it. A guard never deletes silently: what it withholds
is listed in the record with the reason, and each one can be switched off by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from ...models.whisper import Passage
from .spans import Span, covered

GUARDS = ("outside-speech", "repetition", "no-speech", "pace")
"""The guards by name, in the order in which they are asked."""

COMPRESSION = 2.4
"""Whisper's own limit: text that gzips better than this is a loop."""

LOOP_REPEATS = 4
"""A phrase of one to six words said this often in a row is a loop; people stop at three."""

DIGITS = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGIT_WORDS = frozenset(DIGITS)
"""Numbers are read out digit by digit, and some are all fours."""

NO_SPEECH = 0.6
"""Whisper's own limit on its no-speech probability …"""

NO_SPEECH_LOG_PROBABILITY = -1.0
"""… which counts only where the tokens are improbable too."""

SPEECH_SHARE = 0.3
"""Share of a passage's time in which speech was detected, below which it is not taken."""

PACE = 12.0
"""Words a second; auctioneers reach six."""

MARGIN = 0.4
"""Seconds around detected speech in which words may still fall: quiet first and last sounds."""


@dataclass(frozen=True)
class Judged:
    """A passage and, where it is withheld, the reason."""

    passage: Passage
    reason: str | None


def judge_passage(
    passage: Passage, speech: list[Span], offset: float, *, off: frozenset[str] = frozenset()
) -> Judged:
    """Ask each guard about a passage that begins `offset` seconds into the recording."""
    checks: dict[str, Callable[[], str | None]] = {
        "outside-speech": lambda: _outside_speech(passage, speech, offset),
        "repetition": lambda: _repetition(passage),
        "no-speech": lambda: _no_speech(passage),
        "pace": lambda: _pace(passage),
    }
    for name in GUARDS:
        if name not in off and (reason := checks[name]()) is not None:
            return Judged(passage, reason)
    return Judged(passage, None)


def _outside_speech(passage: Passage, speech: list[Span], offset: float) -> str | None:
    start, end = offset + passage.words[0].start, offset + passage.words[-1].end
    widened = [(s - MARGIN, e + MARGIN) for s, e in speech]
    near = sum(covered([span], start, end) for span in widened if span[0] < end and span[1] > start)
    if near < SPEECH_SHARE * max(end - start, 0.2):
        return "no speech was detected at these times"
    return None


def _repetition(passage: Passage) -> str | None:
    words = [re.sub(r"\W", "", word.text).lower() for word in passage.words]
    for size in range(1, 7):
        for first in range(len(words) - size * LOOP_REPEATS + 1):
            phrase = words[first : first + size]
            repeats = 1
            while words[first + repeats * size : first + (repeats + 1) * size] == phrase:
                repeats += 1
            # Digits are read out and "no no no no" is said: only longer loops of single words.
            needed = LOOP_REPEATS if size > 1 else 2 * LOOP_REPEATS
            if repeats >= needed and not all(w.isdigit() or w in DIGIT_WORDS for w in phrase):
                return f"the recogniser repeated {' '.join(phrase)!r} {repeats} times"
    most = Counter(words).most_common(1)[0][1] if words else 0
    if passage.compression > COMPRESSION and most > LOOP_REPEATS:
        return f"the recogniser repeated itself (compression {passage.compression:.1f})"
    return None


def _no_speech(passage: Passage) -> str | None:
    if passage.no_speech > NO_SPEECH and passage.log_probability < NO_SPEECH_LOG_PROBABILITY:
        return f"the recogniser itself heard no speech (probability {passage.no_speech:.2f})"
    return None


def _pace(passage: Passage) -> str | None:
    seconds = passage.words[-1].end - passage.words[0].start
    if len(passage.words) >= 4 and len(passage.words) > PACE * max(seconds, 0.05):
        return f"{len(passage.words)} words in {seconds:.1f} s cannot have been said"
    return None
