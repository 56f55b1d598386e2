"""What is taken as heard, and what is withheld: several signals against invented words.

Whisper writes fluent text for music, silence and noise, repeats itself in loops, and echoes what
it was fed. Each guard looks at one sign of it. A guard never deletes silently: what it withholds
is listed in the record with the reason, and each one can be switched off by name.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ...models.recognition import HeardWord, Passage
from ..call import Word
from .spans import Span, covered, merge_spans

GUARDS = ("repetition", "outside-speech", "no-speech", "pace")
"""The guards by name, in the order in which they are asked."""

COMPRESSION = 2.4
"""Whisper's own limit: text that gzips better than this is a loop."""

LOOP_REPEATS = 4
"""A phrase said this often in a row is a loop; people stop at three …"""

LONGEST_PHRASE = 6
"""… if it has at most this many words."""

STRETCH_PAUSE = 1.0
"""Seconds of pause that part one stretch of speech from the next, and so one saying of a phrase
from another."""

SLOWEST = 0.5
"""Words a second of speech below which a short passage does not fit the speech it lies in: even a
single drawn-out "okay" takes less than two seconds."""

UNSURE = 0.3
"""Mean confidence of words below which so few of them are not taken."""

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


def scanty(words: Sequence[HeardWord], seconds: float, *, off: frozenset[str]) -> str:
    """Why words do not fit so many seconds of speech in which none were heard before; or empty.

    Tones and noise that pass for speech yield a word or two that the recogniser itself doubts.
    """
    sure = sum(word.confidence for word in words) / max(1, len(words))
    if "pace" in off or len(words) >= SLOWEST * seconds or sure >= UNSURE:
        return ""
    count = f"{len(words)} doubtful word{'' if len(words) == 1 else 's'}"
    return f"{count} in {seconds:.0f} s of sound"


@dataclass(frozen=True)
class Rejected:
    """Words of a passage that are withheld, and why."""

    words: tuple[HeardWord, ...]
    reason: str


@dataclass(frozen=True)
class Judged:
    """A passage's words that are taken as heard, and those that are not."""

    taken: tuple[HeardWord, ...]
    rejected: tuple[Rejected, ...] = ()


def judge_passage(
    passage: Passage, speech: list[Span], offset: float, *, off: frozenset[str] = frozenset()
) -> Judged:
    """Ask each guard about a passage that begins `offset` seconds into the recording.

    Of a passage that runs into a loop, the words before the loop are asked about on their own.
    """
    if "repetition" not in off and (found := _repetition(passage)) is not None:
        first, reason = found
        looping = Rejected(passage.words[first:], reason)
        if not first:
            return Judged((), (looping,))
        before = judge_passage(
            replace(passage, words=passage.words[:first]),
            speech,
            offset,
            off=off | {"repetition"},
        )
        return Judged(before.taken, (*before.rejected, looping))
    checks: dict[str, Callable[[], str | None]] = {
        "outside-speech": lambda: _outside_speech(passage, speech, offset),
        "no-speech": lambda: _no_speech(passage),
        "pace": lambda: _pace(passage),
    }
    for name, check in checks.items():
        if name not in off and (objection := check()) is not None:
            return Judged((), (Rejected(passage.words, objection),))
    return Judged(passage.words)


def repeated_passages(
    passages: Sequence[Sequence[Word]], speech: list[Span], *, off: frozenset[str] = frozenset()
) -> dict[int, str]:
    """Which of a channel's passages, in order of time, repeat the ones before them, and why.

    Short text over and over, each time as a passage of its own, is a loop like any other; its
    first three stay. People do say such things often ("mm-hm", "yes"), but with pauses in which
    the other side speaks, or in a moment: a passage is a repeat of the recogniser's only where no
    pause parts it from the one before, or where its speech lasts far longer than its words.
    """
    if "repetition" in off:
        return {}
    stretches = merge_spans(speech, pause=STRETCH_PAUSE)
    repeats: dict[int, str] = {}
    phrases = [tuple(plain(word.text) for word in passage) for passage in passages]
    index = 0
    for phrase, group in groupby(phrases):
        count = sum(1 for _ in group)
        run = range(index, index + count)
        index += count
        if len(phrase) > LONGEST_PHRASE or _is_number(phrase):
            continue
        drawn_out = {i for i in run if _drawn_out(passages, i, stretches)}
        run_on = {i for i in run[1:] if not _parted(passages[i - 1], passages[i], stretches)}
        # As within a passage, where single words need more repeats to be a loop.
        if len(run_on) + 1 < _needed(phrase):
            run_on = set()
        if len(drawn_out) < LOOP_REPEATS:
            drawn_out = set()
        reason = f"the recogniser repeated {' '.join(phrase)!r} in {count} passages"
        repeats |= {i: reason for i in run[LOOP_REPEATS - 1 :] if i in drawn_out | run_on}
    return repeats


def plain(text: str) -> str:
    """A word without its marks and capitals."""
    return re.sub(r"\W", "", text).lower()


def _outside_speech(passage: Passage, speech: list[Span], offset: float) -> str | None:
    start, end = offset + passage.words[0].start, offset + passage.words[-1].end
    widened = [(s - MARGIN, e + MARGIN) for s, e in speech]
    near = sum(covered([span], start, end) for span in widened if span[0] < end and span[1] > start)
    if near < SPEECH_SHARE * max(end - start, 0.2):
        return "no speech was detected at these times"
    return None


def _repetition(passage: Passage) -> tuple[int, str] | None:
    """The word at which the first loop begins, and what it is."""
    words = [plain(word.text) for word in passage.words]
    for first in range(len(words)):
        for size in range(1, LONGEST_PHRASE + 1):
            phrase = words[first : first + size]
            repeats = 1
            while words[first + repeats * size : first + (repeats + 1) * size] == phrase:
                repeats += 1
            if repeats >= _needed(phrase) and not _is_number(phrase):
                return first, f"the recogniser repeated {' '.join(phrase)!r} {repeats} times"
    most = Counter(words).most_common(1)[0][1] if words else 0
    if passage.compression > COMPRESSION and most > LOOP_REPEATS:
        return 0, f"the recogniser repeated itself (compression {passage.compression:.1f})"
    return None


def _is_number(phrase: Sequence[str]) -> bool:
    return all(word.isdigit() or word in DIGIT_WORDS for word in phrase)


def _needed(phrase: Sequence[str]) -> int:
    """Repeats that make a loop: "no no no no" is said, so single words need more."""
    return LOOP_REPEATS if len(phrase) > 1 else 2 * LOOP_REPEATS


def _drawn_out(passages: Sequence[Sequence[Word]], index: int, stretches: list[Span]) -> bool:
    """Whether the speech between a passage's neighbours lasts far longer than its words can."""
    start = passages[index - 1][-1].end if index else 0.0
    end = passages[index + 1][0].start if index + 1 < len(passages) else math.inf
    return len(passages[index]) < SLOWEST * covered(stretches, start, max(start, end))


def _parted(before: Sequence[Word], after: Sequence[Word], stretches: list[Span]) -> bool:
    """Whether a pause of speech lies between two passages."""
    return not any(
        start <= before[-1].end + MARGIN and after[0].start - MARGIN <= end
        for start, end in stretches
    )


def _no_speech(passage: Passage) -> str | None:
    if passage.no_speech > NO_SPEECH and passage.log_probability < NO_SPEECH_LOG_PROBABILITY:
        return f"the recogniser itself heard no speech (probability {passage.no_speech:.2f})"
    return None


def _pace(passage: Passage) -> str | None:
    seconds = passage.words[-1].end - passage.words[0].start
    if len(passage.words) >= 4 and len(passage.words) > PACE * max(seconds, 0.05):
        return f"{len(passage.words)} words in {seconds:.1f} s cannot have been said"
    return None
