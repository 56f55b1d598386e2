"""Blocks, guards and words: properties that hold for whatever a recogniser returns."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from earwitness.models.recognition import HeardWord, Passage
from earwitness.pipeline.call import Word
from earwitness.pipeline.listen.audio import RATE
from earwitness.pipeline.listen.blocks import BLOCK, LEAST, PADDING, blocks_of
from earwitness.pipeline.listen.guards import judge_passage, repeated_passages
from earwitness.pipeline.listen.transcribe import RETRY_BLOCK, transcribe
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
    blocks = blocks_of(speech, duration, _silence)
    for (start, end), following in zip(blocks, [*blocks[1:], (duration, duration)], strict=True):
        assert 0 <= start < end <= following[0] + 1e-6
        assert end - start <= BLOCK + 1e-6
    for start, end in speech:
        inside = sum(max(0.0, min(end, b) - max(start, a)) for a, b in blocks)
        assert inside == pytest.approx(end - start, abs=1e-6)


def test_a_stretch_without_a_pause_is_cut_where_it_is_quietest() -> None:
    sound = 0.2 * np.random.default_rng(0).standard_normal(70 * RATE).astype(np.float32)
    dips = (26.4, 51.8)
    for at in dips:
        sound[round(at * RATE) : round((at + 0.2) * RATE)] *= 0.05
    sound[round(10 * RATE) : round(10.5 * RATE)] = 0  # too early to be of use

    def read(start: float, end: float) -> np.ndarray:
        return sound[round(start * RATE) : round(end * RATE)]

    blocks = blocks_of([(0.0, 70.0)], 70.0, read)
    assert len(blocks) == 3
    for (_, end), at in zip(blocks, dips, strict=False):
        assert at <= end <= at + 0.2


def test_a_stretch_is_cut_at_its_longest_pause_before_its_quietest_moment() -> None:
    speech = [(0.0, 20.5), (20.9, 24.0), (24.2, 48.0)]
    first, second = blocks_of(speech, 48.0, _silence)
    assert first[1] == second[0] == pytest.approx(20.7)


@given(st.floats(BLOCK + 0.01, 4 * BLOCK))
def test_no_cut_leaves_a_scrap(seconds: float) -> None:
    blocks = blocks_of([(0.0, seconds)], seconds, _silence)
    assert all(LEAST - 1e-6 <= end - start <= BLOCK + 1e-6 for start, end in blocks)
    assert all(before[1] == after[0] for before, after in pairwise(blocks))


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
    assert not judge_passage(invented, speech, 0.0).taken
    assert judge_passage(invented, speech, 0.0).rejected[0].reason
    assert judge_passage(invented, speech, 0.0, off=frozenset({guard})).taken == invented.words


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
    assert judge_passage(passage(said), [(0.0, 20.0)], 0.0).taken == passage(said).words


def test_the_words_before_a_loop_are_kept_and_judged_on_their_own() -> None:
    real = "Well I was told that"
    looping = passage(f"{real} " + "it is fine " * 9)
    judged = judge_passage(looping, [(0.0, 20.0)], 0.0)
    assert judged.taken == looping.words[:5]
    assert [r.words for r in judged.rejected] == [looping.words[5:]]
    nowhere = judge_passage(looping, [(50.0, 60.0)], 0.0)
    assert not nowhere.taken
    assert "no speech" in nowhere.rejected[0].reason


def spoken(text: str, start: float) -> list[Word]:
    return [
        Word(text=w, start=start + 0.3 * i, end=start + 0.3 * i + 0.25, confidence=0.9)
        for i, w in enumerate(text.split())
    ]


def test_the_same_text_in_passage_after_passage_is_a_loop_beyond_the_third() -> None:
    run_on = [spoken("Thank you.", 2.4 * i) for i in range(12)]
    assert sorted(repeated_passages(run_on, [(0.0, 29.0)])) == list(range(3, 12))
    assert not repeated_passages(run_on, [(0.0, 29.0)], off=frozenset({"repetition"}))
    # In noise taken for speech: each in a stretch far too long for it.
    apart = [spoken("Okay.", 10.0 * i) for i in range(6)]
    noise = [(10.0 * i, 10.0 * i + 6) for i in range(6)]
    assert sorted(repeated_passages(apart, noise)) == [3, 4, 5]


@pytest.mark.parametrize(
    ("text", "every", "lasts", "count"),
    [
        ("Mm-hm.", 8.0, 0.5, 20),  # a listener's channel
        ("That's right.", 6.0, 0.8, 9),
        ("No.", 0.8, 0.8, 5),  # one after the other
        ("Four.", 0.7, 0.7, 9),  # a number read out
        ("Thank you.", 1.0, 1.0, 3),
    ],
)
def test_short_text_that_people_do_repeat_is_kept(
    text: str, every: float, lasts: float, count: int
) -> None:
    passages = [spoken(text, every * i) for i in range(count)]
    speech = [(every * i, every * i + lasts) for i in range(count)]
    assert not repeated_passages(passages, speech)


class ScriptedEngine:
    """Returns what it is told: a stand-in, since no recogniser errs on demand."""

    name = "scripted"
    multilingual = True

    def __init__(self, passages: list[Passage], again: list[Passage] | None = None) -> None:
        self._passages = passages
        self._again = again or []
        self.calls: list[tuple[float | None, float]] = []

    def detect_language(self, samples):
        return {"en": 1.0}

    def transcribe(self, samples, *, language, temperature=None):
        self.calls.append((temperature, len(samples) / RATE))
        return self._passages if temperature is None else self._again

    @property
    def retries(self) -> list[float]:
        """Seconds of each stretch that was listened to again."""
        return [seconds for temperature, seconds in self.calls if temperature is not None]


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
    assert len(engine.calls) == 3
    ((start, end),) = transcript.silent_speech
    assert (start, end) == (pytest.approx(11.4, abs=0.1), 14.0)
    assert engine.retries == [pytest.approx(end - start + 2 * PADDING, abs=0.01)]


def test_a_stretch_with_words_in_a_part_of_it_has_a_gap_in_the_rest() -> None:
    engine = ScriptedEngine([passage("one two three four five", start=0.3, pace=1.0)])
    transcript = transcribe(engine, _silence, [(0.0, 20.0)], 21.0, language="en")
    assert transcript.silent_speech == [(pytest.approx(5.8, abs=0.1), 20.0)]
    assert len(engine.retries) == 2
    assert max(engine.retries) <= RETRY_BLOCK + 2 * PADDING + 0.01


def test_the_second_listening_adds_only_what_was_not_there() -> None:
    """Its window reaches over the piece's edges, where words have been heard already."""
    first = passage("Hello there.", start=0.2)
    second = passage("there. And now the rest of it.", start=0.0)
    engine = ScriptedEngine([first], [second])
    words = transcribe(engine, _silence, [(0.0, 6.0)], 7.0, language="en").words
    texts = [word.text for word in words]
    assert texts[:2] == ["Hello", "there."]
    assert texts.count("there.") == 1
    assert all(a.end <= b.start for a, b in pairwise(words))


def test_a_doubtful_word_in_much_sound_is_withheld_the_second_time() -> None:
    """Dialling tones pass for speech, and yield a word or two that the recogniser doubts."""

    def heard(confidence: float, seconds: float, *off: str) -> tuple[int, int]:
        word = HeardWord(" I'm", 0.5, 0.8, confidence)
        again = replace(passage("I'm"), words=(word,))
        result = transcribe(
            ScriptedEngine([], [again]), _silence, [(0.0, seconds)], seconds + 1, language="en",
            guards_off=frozenset(off),
        )  # fmt: skip
        return len(result.words), len(result.withheld)

    assert heard(0.1, 8.0) == (0, 1)
    assert heard(0.1, 8.0, "pace") == (1, 0)
    assert heard(0.8, 8.0) == (1, 0)
    assert heard(0.1, 1.5) == (1, 0)  # a mumbled answer


def test_a_stretch_longer_than_a_block_is_tried_once_more_piece_by_piece() -> None:
    engine = ScriptedEngine([])
    transcript = transcribe(engine, _silence, [(0.0, 65.0)], 66.0, language="en")
    assert transcript.silent_speech == [(0.0, 65.0)]
    assert sum(engine.retries) >= 65.0
    assert max(engine.retries) <= RETRY_BLOCK + 2 * PADDING + 0.01


def test_ordinary_speech_is_listened_to_once() -> None:
    said = passage("This is what people say in one go and then", start=0.4)
    engine = ScriptedEngine([said])
    speech = [(0.2, 3.9), (20.2, 23.9)]  # Up to a second before and after words is theirs.
    transcript = transcribe(engine, _silence, speech, 30.0, language="en")
    assert not engine.retries
    assert not transcript.silent_speech


def test_text_withheld_twice_is_listed_once() -> None:
    def looping(times: int) -> list[Passage]:
        return [passage("I am going to go to " * times, start=1.0)]

    engine = ScriptedEngine(looping(6), looping(7))
    transcript = transcribe(engine, _silence, [(0.0, 9.0)], 10.0, language="en")
    assert engine.retries
    assert len(transcript.withheld) == 1


def test_a_loop_over_passages_is_withheld_and_listed() -> None:
    engine = ScriptedEngine([passage("Thank you.", start=2.4 * i) for i in range(10)])
    transcript = transcribe(engine, _silence, [(0.0, 24.0)], 25.0, language="en")
    assert len(transcript.words) == 6
    assert len(transcript.withheld) == 7
    assert all("repeated" in item.reason for item in transcript.withheld)


def test_withheld_text_is_listed_with_its_reason() -> None:
    engine = ScriptedEngine([passage("I am going to go to " * 6)])
    transcript = transcribe(engine, _silence, [(0.0, 20.0)], 21.0, language="en")
    assert transcript.words == []
    assert "repeated" in transcript.withheld[0].reason
