"""Words with times and confidence, heard only where there is speech.

Speech is packed into blocks of up to thirty seconds that begin and end in pauses, so that no word
is cut and no minute of hold music is ever shown to the recogniser. Speech that comes back without
words is tried once more on its own before it is listed as a gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from ...models.whisper import Engine, Passage
from ..call import Gap, Withheld, Word
from .blocks import BLOCK, PADDING, Read, blocks_of
from .guards import judge_passage
from .languages import Part, parts_of
from .spans import Span, covered, merge_spans

RETRY_SECONDS = 1.0
"""Speech without words of at least this length is listened to once more."""

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
    transcript = Transcript()
    for block in blocks_of(speech, duration):
        parts = [Part(block, language)]
        if likely:
            parts = parts_of(engine, read, block, speech, language, likely=likely)
        for part in parts:
            passages = engine.transcribe(read(*part.span), language=part.code)
            _take(transcript, passages, part.span, speech, guards_off)
        transcript.parts += parts
        progress(block[1] - block[0])
    for span in _without_words(speech, transcript.words):
        window = (max(0.0, span[0] - PADDING), min(duration, span[1] + PADDING))
        if window[1] - window[0] > BLOCK:
            continue
        code = language_at(transcript.parts, (span[0] + span[1]) / 2) or language
        passages = engine.transcribe(read(*window), language=code, temperature=RETRY_TEMPERATURE)
        _take(transcript, passages, window, [span], guards_off, only=span)
    transcript.words.sort(key=lambda word: (word.start, word.end))
    transcript.words = _monotonic(transcript.words, duration)
    transcript.silent_speech = _without_words(speech, transcript.words)
    return transcript


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


def _take(
    transcript: Transcript,
    passages: list[Passage],
    block: Span,
    speech: list[Span],
    guards_off: frozenset[str],
    *,
    only: Span | None = None,
) -> None:
    """Add a block's passages to the transcript, or to what is withheld from it."""
    offset = block[0]
    for passage in passages:
        if not passage.words:
            continue
        judged = judge_passage(passage, speech, offset, off=guards_off)
        if judged.reason is not None:
            transcript.withheld.append(
                Withheld(
                    start=offset + passage.words[0].start,
                    end=min(offset + passage.words[-1].end, block[1]),
                    text=" ".join(word.text.strip() for word in passage.words),
                    reason=judged.reason,
                )
            )
            continue
        for heard in passage.words:
            text = heard.text.strip()
            start, end = offset + heard.start, min(offset + heard.end, block[1])
            middle = (start + end) / 2
            if not text or (only is not None and not only[0] - 0.2 <= middle <= only[1] + 0.2):
                continue
            transcript.words.append(
                Word(text=text, start=start, end=end, confidence=min(1.0, heard.confidence))
            )


def _without_words(speech: list[Span], words: list[Word]) -> list[Span]:
    heard = merge_spans(((word.start, word.end) for word in words), pause=0.6)
    return [
        (start, end)
        for start, end in merge_spans(speech, pause=0.3)
        if end - start >= RETRY_SECONDS and covered(heard, start, end) < 0.2 * (end - start)
    ]


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
