"""Words with times and confidence, heard only where there is speech.

Speech is packed into blocks of up to thirty seconds that begin and end in pauses, so that no word
is cut and no minute of hold music is ever shown to the recogniser. Speech that comes back without
words, be it a part of a stretch, is tried once more on its own before it is listed as a gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ...models.recognition import Engine, HeardWord, Passage
from ..call import Gap, Withheld, Word
from .blocks import PADDING, Read, blocks_of, cut
from .guards import judge_passage, plain, repeated_passages, scanty
from .languages import Part, parts_of
from .spans import Span, covered, merge_spans, subtract

RETRY_SECONDS = 1.0
"""Speech without words of at least this length is listened to once more."""

WORD_REACH = 0.6
"""Seconds around a word in which speech counts as its own: people breathe and hesitate."""

RETRY_BLOCK = 10.0
"""Seconds listened to at once the second time, fewer than the first."""

RETRY_TEMPERATURE = 0.2
"""Temperature of the second listening; docs/measurements.md says what it recovers."""

MIN_WORD = 0.02
"""Seconds a word lasts at the least: the recogniser's time resolution."""


@dataclass
class Transcript:
    """What was heard of one channel."""

    words: list[Word] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    silent_speech: list[Span] = field(default_factory=list)
    """Speech that carries no words."""
    parts: list[Part] = field(default_factory=list)
    """What was transcribed, in which language."""


def transcribe(
    engine: Engine,
    read: Read,
    speech: list[Span],
    duration: float,
    *,
    language: str,
    likely: frozenset[str] = frozenset(),
    guards_off: frozenset[str] = frozenset(),
    progress: Callable[[float], None] = lambda seconds: None,
) -> Transcript:
    """Listen to one channel's speech in `language`.

    Given the languages `likely` in the call, each stretch is transcribed in the one it is in.
    `progress` gets the seconds listened to, block by block.
    """
    taken = _Taken(speech, guards_off)
    spoken: list[Part] = []
    for block in blocks_of(speech, duration, read):
        parts = [Part(block, language)]
        if likely:
            parts = parts_of(engine, read, block, speech, language, likely=likely)
        for part in parts:
            taken.add(engine.transcribe(read(*part.span), language=part.code), part.span)
        spoken += parts
        progress(block[1] - block[0])
    taken.withhold_repeats()
    for gap in _without_words(speech, taken.words):
        for piece in cut(gap, speech, read, longest=RETRY_BLOCK):
            window = (max(0.0, piece[0] - PADDING), min(duration, piece[1] + PADDING))
            code = language_at(spoken, sum(piece) / 2) or language
            passages = engine.transcribe(
                read(*window), language=code, temperature=RETRY_TEMPERATURE
            )
            taken.add(passages, window, only=piece)
    taken.withhold_repeats()
    words = _monotonic(taken.words, duration)
    return Transcript(words, taken.withheld, _without_words(speech, words), spoken)


def language_at(parts: list[Part], time: float) -> str | None:
    """The language in which this moment was transcribed; None outside every part."""
    index = bisect_right(parts, time, key=lambda part: part.span[0]) - 1
    return parts[index].code if index >= 0 and time <= parts[index].span[1] else None


def gaps_of(transcript: Transcript, loudness: Callable[[float, float], float]) -> list[Gap]:
    """The speech without words, with its level."""
    return [
        Gap(
            start=start,
            end=end,
            loudness=loudness(start, end),
            reason="speech was detected here, no words could be made out",
        )
        for start, end in transcript.silent_speech
    ]


class _Taken:
    """What is taken of one channel's passages, and what is withheld of them."""

    def __init__(self, speech: list[Span], guards_off: frozenset[str]) -> None:
        self._speech = speech
        self._off = guards_off
        self._passages: list[list[Word]] = []
        self.withheld: list[Withheld] = []

    @property
    def words(self) -> list[Word]:
        """All words by start."""
        words = [word for passage in self._passages for word in passage]
        return sorted(words, key=lambda word: (word.start, word.end))

    def add(self, passages: list[Passage], block: Span, *, only: Span | None = None) -> None:
        """Judge the passages of a block.

        Of one that is listened to again, `only` the words whose middle lies in a piece of it and
        that share no time with words already there.
        """
        there = merge_spans((word.start, word.end) for word in self.words) if only else []

        def wanted(heard: HeardWord) -> bool:
            word = _placed(heard, block)
            if only is None or not word.text:
                return bool(word.text)
            inside = only[0] <= (word.start + word.end) / 2 < only[1]
            return inside and not covered(there, word.start, word.end)

        for passage in passages:
            words = tuple(heard for heard in passage.words if wanted(heard))
            if not words:
                continue
            passage = replace(passage, words=words)
            judged = judge_passage(passage, self._speech, block[0], off=self._off)
            for rejected in judged.rejected:
                said = [_placed(heard, block) for heard in rejected.words]
                self._withhold(said, rejected.reason, again=only)
            said = [_placed(heard, block) for heard in judged.taken]
            scant = scanty(judged.taken, only[1] - only[0], off=self._off) if only else ""
            if scant and said:
                self._withhold(said, scant, again=only)
            elif said:
                self._passages.append(said)

    def withhold_repeats(self) -> None:
        """Withhold the passages that only repeat the ones before them."""
        self._passages.sort(key=lambda passage: (passage[0].start, passage[-1].end))
        repeats = repeated_passages(self._passages, self._speech, off=self._off)
        for index, reason in repeats.items():
            self._withhold(self._passages[index], reason)
        self._passages = [p for i, p in enumerate(self._passages) if i not in repeats]

    def _withhold(self, words: list[Word], reason: str, *, again: Span | None = None) -> None:
        """List words as withheld, unless they were there when first listened to."""
        start, end = words[0].start, words[-1].end
        text = " ".join(word.text for word in words)
        near = (min(start, again[0]), max(end, again[1])) if again else (start, end)
        if not any(
            item.start < near[1] and item.end > near[0] and _same_words(item.text, text)
            for item in self.withheld
        ):
            self.withheld.append(Withheld(start=start, end=end, text=text, reason=reason))


def _placed(heard: HeardWord, block: Span) -> Word:
    """A word of a block at its time in the recording, inside the block."""
    start, end = block[0] + heard.start, min(block[0] + heard.end, block[1])
    return Word(
        text=heard.text.strip(), start=start, end=end, confidence=min(1.0, heard.confidence)
    )


def _same_words(one: str, other: str) -> bool:
    """Whether texts have the same words, however often: loops differ in their length."""
    return {plain(word) for word in one.split()} == {plain(word) for word in other.split()}


def _without_words(speech: list[Span], words: list[Word]) -> list[Span]:
    """Speech of at least `RETRY_SECONDS` farther than `WORD_REACH` from any word."""
    heard = [(word.start - WORD_REACH, word.end + WORD_REACH) for word in words]
    left = subtract(merge_spans(speech, pause=0.3), heard)
    return [(start, end) for start, end in left if end - start >= RETRY_SECONDS]


def _monotonic(words: list[Word], duration: float) -> list[Word]:
    """Starts never go back, no word ends before it starts or outside the recording."""
    fixed: list[Word] = []
    floor = 0.0
    for word in words:
        start = min(max(word.start, floor), max(0.0, duration - MIN_WORD))
        end = min(max(word.end, start + MIN_WORD), duration)
        fixed.append(word.model_copy(update={"start": start, "end": end}))
        floor = start
    return fixed
