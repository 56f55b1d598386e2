"""Calls that switch language, and engines that say the same thing twice for one encoding."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.models.encodings import remembering
from earwitness.models.recognition import HeardWord, Passage
from earwitness.models.whisper import load
from earwitness.pipeline.call import Language, SpeakerSegment, Turn, Word
from earwitness.pipeline.listen.attribute import attribute, build_turns
from earwitness.pipeline.listen.audio import RATE, Audio, decode
from earwitness.pipeline.listen.languages import Part, most_spoken, parts_of
from earwitness.pipeline.listen.transcribe import language_at, transcribe
from earwitness.pipeline.listen.translate import pieces_of, translate_turns
from support import sample

SPEECH = [(0.0, 8.0), (9.0, 12.0), (12.5, 20.0), (21.0, 28.0)]


class Bilingual:
    """English up to 12.2 s, Spanish after it; sound is its own times, so it can be asked."""

    name = "bilingual"
    multilingual = True

    def __init__(self, change: float = 12.2) -> None:
        self.change = change
        self.asked: list[tuple[float, float]] = []
        self.heard: list[tuple[float, float, str]] = []

    def detect_language(self, samples):
        start, end = float(samples[0]), float(samples[-1])
        self.asked.append((start, end))
        english = max(0.0, min(end, self.change) - start) / (end - start)
        return {"en": english, "es": 1 - english}

    def transcribe(self, samples, *, language, temperature=None):
        start, end = float(samples[0]), float(samples[-1])
        self.heard.append((start, end, language))
        words = tuple(
            HeardWord(f"{language}{i}", float(t), float(t) + 0.4, 0.9)
            for i, t in enumerate(np.arange(0.3, end - start - 0.4, 0.5))
        )
        return [Passage(words, -0.2, 1.0, 0.0, 0.0)]

    def translate(self, samples, *, language):
        return f"{language} {float(samples[0]):.1f}-{float(samples[-1]):.1f}"


def times(start: float, end: float) -> np.ndarray:
    return np.linspace(start, end, 50, dtype=np.float32)


def test_a_block_in_two_languages_is_cut_at_the_pause_between_them() -> None:
    parts = parts_of(Bilingual(), times, (0.0, 28.3), SPEECH, "en")
    assert [part.code for part in parts] == ["en", "es"]
    assert parts[0].span[0] == 0.0
    assert 12.0 <= parts[0].span[1] == parts[1].span[0] <= 12.5
    assert parts[1].span[1] == 28.3
    told = most_spoken(parts, Language(code="en", confidence=0.5))
    assert (told.code, told.others) == ("es", ["en"])  # 16 of 28 s


def test_a_block_plainly_in_the_calls_language_is_asked_once() -> None:
    engine = Bilingual(change=100.0)
    assert parts_of(engine, times, (0.0, 28.3), SPEECH, "en") == [Part((0.0, 28.3), "en")]
    assert len(engine.asked) == 1


def test_short_or_doubtful_stretches_keep_the_calls_language() -> None:
    assert parts_of(Bilingual(0.0), times, (0.0, 2.0), [(0.2, 1.8)], "en") == [
        Part((0.0, 2.0), "en")
    ]

    class Unsure(Bilingual):
        def detect_language(self, samples):
            return {"en": 0.4, "cy": 0.6}

    assert parts_of(Unsure(), times, (0.0, 28.3), SPEECH, "en") == [Part((0.0, 28.3), "en")]


def test_each_part_is_transcribed_in_its_language_and_turns_say_so() -> None:
    engine = Bilingual()
    transcript = transcribe(engine, times, SPEECH, 28.3, language="en", likely=frozenset({"en"}))
    assert [code for *_, code in engine.heard] == ["en", "es"]
    one = [SpeakerSegment(speaker="A", start=0, end=28)]
    turns = build_turns(
        attribute(transcript.words, one),
        [],
        language="en",
        language_of=lambda word: language_at(transcript.parts, (word.start + word.end) / 2),
    )
    assert [turn.language for turn in turns] == ["en", "es"]
    for turn in turns:
        assert all(word.text.startswith(str(turn.language)) for word in turn.words)


def test_a_fixed_language_is_never_asked_for() -> None:
    engine = Bilingual()
    transcribe(engine, times, SPEECH, 28.3, language="en")
    assert engine.asked == []
    assert {code for *_, code in engine.heard} == {"en"}


def long_turn(seconds: float, language: str | None) -> Turn:
    words = [
        Word(text="palabra", start=float(t), end=float(t) + 0.4, confidence=0.9)
        for t in np.arange(1.0, 1.0 + seconds, 0.5)
    ]
    return Turn(
        id=0, speaker="A", start=words[0].start, end=words[-1].end, words=words, language=language
    )


def test_translation_stands_beside_the_words_of_other_languages_only() -> None:
    turns = [long_turn(5, "es"), long_turn(5, "en"), long_turn(5, None)]
    done = translate_turns(turns, Bilingual(), lambda turn, a, b: times(a, b))  # type: ignore[arg-type]
    assert [turn.translation is not None for turn in done] == [True, False, False]
    assert [turn.words for turn in done] == [turn.words for turn in turns]


def test_a_long_turn_is_translated_in_pieces_the_recogniser_can_hear() -> None:
    turn = long_turn(70, "es")
    pieces = pieces_of(turn)
    assert len(pieces) == 3
    assert all(end - start <= 29.5 for start, end in pieces)
    assert all(any(a <= w.start and w.end <= b for a, b in pieces) for w in turn.words)


def test_the_same_sound_is_encoded_once_and_another_anew() -> None:
    calls = []
    encode = remembering(lambda x: calls.append(1) or float(x.sum()))
    one, two = np.ones((80, 30), np.float32), np.zeros((80, 30), np.float32)
    assert [encode(one), encode(one.copy()), encode(two), encode(one)] == [2400, 2400, 0, 2400]
    assert len(calls) == 2


@pytest.mark.weights
@pytest.mark.parametrize("name", ["faster-whisper", "openai-whisper"])
def test_asking_for_the_language_costs_no_second_encoding(name: str) -> None:
    engine = load(name)  # type: ignore[arg-type]
    model = engine._model  # type: ignore[attr-defined]
    holder, method = (model, "encode") if name == "faster-whisper" else (model.encoder, "forward")
    remembering = getattr(holder, method)
    keys = remembering.__closure__
    kept = next(c.cell_contents for c in keys if hasattr(c.cell_contents, "popitem"))
    _, audio = decode(sample("civil"))
    with audio:
        samples = audio.read(5.0, 13.0)
    assert max(engine.detect_language(samples).items(), key=lambda kv: kv[1])[0] == "en"
    assert len(kept) == 1
    assert engine.transcribe(samples, language="en")
    assert len(kept) <= 2 if name == "openai-whisper" else len(kept) == 1


@pytest.mark.weights
def test_english_gets_no_translation_and_silence_none_either() -> None:
    engine = load("faster-whisper")
    with Audio.from_samples(np.zeros((1, 3 * RATE), np.float32)) as audio:
        assert isinstance(engine.translate(audio.read_all(), language="es"), str)
