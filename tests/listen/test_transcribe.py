"""Blocks, guards and words: properties that hold for whatever a recogniser returns."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.models.whisper import HeardWord, Passage
from earwitness.pipeline.listen.blocks import BLOCK, blocks_of
from earwitness.pipeline.listen.guards import judge_passage
from earwitness.pipeline.listen.transcribe import transcribe
from hypothesis import given
from hypothesis import strategies as st

spans = st.lists(st.tuples(st.floats(0, 300), st.floats(0.1, 60)), min_size=1, max_size=30).map(
    lambda raw: _in_order([(s, s + d) for s, d in raw])
)


def _in_order(raw: list[tuple[float, float]]) -> list[tuple[float, float]]:
    ordered, at = [], 0.0
    for start, end in sorted(raw):
        start = max(start, at)
        ordered.append((start, start + (end - start if end > start else 0.1)))
        at = ordered[-1][1] + 0.5
    return ordered


@given(spans)
def test_blocks_hold_all_speech_in_order_and_fit_the_recogniser(
    speech: list[tuple[float, float]],
) -> None:
    duration = speech[-1][1] + 1
    blocks = blocks_of(speech, duration)
    for (start, end), following in zip(blocks, [*blocks[1:], (duration, duration)], strict=True):
        assert 0 <= start < end <= following[0] + 1e-6
        assert end - start <= BLOCK + 1e-6
    for start, end in speech:
        inside = sum(max(0.0, min(end, b) - max(start, a)) for a, b in blocks)
        assert inside == pytest.approx(end - start, abs=1e-6)


def passage(text: str, *, start: float = 0.0, pace: float = 3.0, **signs: float) -> Passage:
    words = text.split()
    heard = tuple(
        HeardWord(f" {w}", start + i / pace, start + (i + 0.9) / pace, 0.9)
        for i, w in enumerate(words)
    )
    given_signs = {
        "log_probability": -0.2, "compression": 1.2, "no_speech": 0.0, "temperature": 0.0
    } | signs  # fmt: skip
    return Passage(words=heard, **given_signs)


@pytest.mark.parametrize(
    ("guard", "invented"),
    [
        ("outside-speech", passage("Thank you for watching.", start=50.0)),
        ("repetition", passage("I am going to go to " * 6)),
        ("repetition", passage("you " * 12)),
        ("no-speech", passage("Thank you.", no_speech=0.9, log_probability=-1.4)),
        ("pace", passage("all of this in no time at all", pace=60.0)),
    ],
)
def test_each_guard_withholds_its_sign_of_trouble_and_can_be_switched_off(
    guard: str, invented: Passage
) -> None:
    speech = [(0.0, 20.0)]
    assert judge_passage(invented, speech, 0.0).reason is not None
    assert judge_passage(invented, speech, 0.0, off=frozenset({guard})).reason is None


@pytest.mark.parametrize(
    "said",
    [
        "No, no, no, I did not say that.",
        "The number is four four four four four four four four two.",
        "7 7 7 7 7 7 7 7 7",
        "Okay.",
        "Hello? Hello? Can you hear me?",
    ],
)
def test_what_people_say_is_not_withheld(said: str) -> None:
    assert judge_passage(passage(said), [(0.0, 20.0)], 0.0).reason is None


class ScriptedEngine:
    """Returns what it is told: a stand-in, since no recogniser errs on demand."""

    name = "scripted"
    multilingual = True

    def __init__(self, passages: list[Passage]) -> None:
        self._passages = passages
        self.calls: list[float | None] = []

    def detect_language(self, samples):
        return {"en": 1.0}

    def transcribe(self, samples, *, language, temperature=None):
        self.calls.append(temperature)
        return self._passages if temperature is None else []


def _silence(start: float, end: float) -> np.ndarray:
    return np.zeros(round((end - start) * 16_000), np.float32)


@given(
    st.lists(
        st.tuples(st.floats(-1, 40), st.floats(-0.5, 5), st.floats(0, 1.2)), min_size=1, max_size=20
    )
)
def test_word_times_are_monotonic_and_inside_the_recording(
    raw: list[tuple[float, float, float]],
) -> None:
    words = tuple(HeardWord(f"w{i}", s, s + d, c) for i, (s, d, c) in enumerate(raw))
    engine = ScriptedEngine([Passage(words, -0.2, 1.0, 0.0, 0.0)])
    heard = transcribe(
        engine, _silence, [(0.0, 20.0)], 21.0, language="en",
        guards_off=frozenset({"outside-speech", "pace", "repetition"}),
    ).words  # fmt: skip
    starts = [word.start for word in heard]
    assert starts == sorted(starts)
    assert all(0 <= w.start < w.end <= 21.0 and 0 <= w.confidence <= 1 for w in heard)


def test_speech_without_words_is_tried_once_more_and_then_listed() -> None:
    engine = ScriptedEngine([passage("Hello there.", start=0.5)])
    transcript = transcribe(engine, _silence, [(0.5, 2.0), (10.0, 14.0)], 15.0, language="en")
    assert transcript.silent_speech == [(10.0, 14.0)]
    assert engine.calls.count(None) == 2
    assert len(engine.calls) == 3


def test_withheld_text_is_listed_with_its_reason() -> None:
    engine = ScriptedEngine([passage("I am going to go to " * 6)])
    transcript = transcribe(engine, _silence, [(0.0, 20.0)], 21.0, language="en")
    assert transcript.words == []
    assert "repeated" in transcript.withheld[0].reason
