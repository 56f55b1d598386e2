"""The words of all channels with their speakers, in one order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ...models.recognition import Engine
from ..call import Language, SpeakerSegment, Word
from .attribute import attribute
from .audio import Audio
from .blocks import Read, blocks_of
from .echo import withhold_echoes
from .languages import call_language, most_spoken
from .seams import mend_seams
from .transcribe import Transcript, language_at, transcribe
from .voices import Voices


@dataclass(frozen=True)
class Spoken:
    """What was said: attributed words by start, and each channel's transcript."""

    words: list[Word]
    transcripts: list[Transcript]
    speakers: list[frozenset[str | None]]
    """Whose words each transcript has: a channel's own voices, or everybody's."""
    language: Language | None

    def language_of(self, word: Word) -> str | None:
        """The language in which a word was transcribed."""
        code = self.language.code if self.language else None
        for transcript, speakers in zip(self.transcripts, self.speakers, strict=True):
            if word.speaker in speakers:
                code = language_at(transcript.parts, (word.start + word.end) / 2) or code
        return code


def hear_words(
    audio: Audio,
    voices: Voices,
    engine: Engine,
    *,
    language: str = "auto",
    guards_off: frozenset[str] = frozenset(),
    progress: Callable[[float], None] = lambda share: None,
) -> Spoken:
    """Transcribe the speech of every channel and give each word its speaker.

    `language` is a code or `auto`. Without speech there are no words and no language.
    """
    dual = len(voices.activities) == 2
    readers: list[Read] = [
        partial(audio.read, channel=channel if dual else None)
        for channel in range(len(voices.activities))
    ]
    speech = [activity.speech for activity in voices.activities]
    blocks = [
        blocks_of(spans, audio.duration, read) for spans, read in zip(speech, readers, strict=True)
    ]
    if language == "auto":
        told, likely = call_language(engine, list(zip(readers, blocks, strict=True)))
    else:
        told, likely = Language(code=language, confidence=1.0, chosen=True), frozenset()
    if told is None or not any(speech):
        return Spoken([], [Transcript() for _ in readers], [frozenset() for _ in readers], told)
    total = sum(end - start for spans in blocks for start, end in spans)
    done = 0.0

    def listened(seconds: float) -> None:
        nonlocal done
        done += seconds
        progress(min(1.0, done / total))

    transcripts = []
    for channel, read in enumerate(readers):
        transcript = transcribe(
            engine,
            read,
            speech[channel],
            audio.duration,
            language=told.code,
            likely=likely,
            guards_off=guards_off,
            progress=listened,
        )
        transcripts.append(transcript)
    for echo in voices.echoes:
        heard = transcripts[echo.channel]
        heard.words, echoed = withhold_echoes(heard.words, transcripts[echo.source].words, echo)
        heard.withheld += echoed
    told = most_spoken((part for t in transcripts for part in t.parts), told)
    return attributed(transcripts, voices.diarization.segments, told)


def attributed(
    transcripts: list[Transcript], segments: list[SpeakerSegment], language: Language | None
) -> Spoken:
    """The words of every channel under the names of those whose speech they lie in."""
    words: list[Word] = []
    speakers: list[frozenset[str | None]] = []
    for channel, transcript in enumerate(transcripts):
        own = [s for s in segments if len(transcripts) == 1 or s.channel == channel]
        speakers.append(frozenset(s.speaker for s in own))
        heard_as = attribute(transcript.words, own)
        # Only where voices share a channel can a word have fallen to the other one.
        words.extend(mend_seams(heard_as) if len(speakers[-1]) > 1 else heard_as)
    words.sort(key=lambda word: (word.start, word.end))
    return Spoken(words, transcripts, speakers, language)
