from __future__ import annotations

import pytest
from earwitness.pipeline.judge.pieces import carrying, sentences_of, text_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def parts(talk):
    def split(text):
        (turn,) = talk([("A", text)])
        return [text_of(turn, piece) for piece in sentences_of(turn)]

    return split


def test_sentences(parts):
    assert parts("I see it here. It was sent on Monday. Is that right?") == [
        "I see it here.",
        "It was sent on Monday.",
        "Is that right?",
    ]
    assert parts("Ask for Mr. Khan at the desk.") == ["Ask for Mr. Khan at the desk."]
    assert parts("No. That is all there is. Bye.") == ["No. That is all there is. Bye."]


def test_a_pause_ends_a_sentence_where_nothing_is_punctuated(talk):
    (turn,) = talk([("A", "one two three four five six")])
    words = [
        w.model_copy(update={"start": w.start + 2 * (i >= 3), "end": w.end + 2 * (i >= 3)})
        for i, w in enumerate(turn.words)
    ]
    turn = turn.model_copy(update={"words": words})
    assert [text_of(turn, p) for p in sentences_of(turn)] == ["one two three", "four five six"]


@given(st.lists(st.sampled_from(["yes.", "no", "Mr.", "why?", "and", "…", "so!"]), min_size=1))
def test_nothing_is_lost(talk, words):
    (turn,) = talk([("A", " ".join(words))])
    pieces = sentences_of(turn)
    assert [i for a, b in pieces for i in range(a, b)] == list(range(len(words)))


def test_the_run_around_the_strongest_sentence():
    pieces = [(0, 3), (3, 6), (6, 9), (9, 12), (12, 15)]
    assert carrying(pieces, [0.9, 0.1, 0.8, 0.95, 0.2], 0.5) == (6, 12)
    assert carrying(pieces, [0.1] * 5, 0.5) is None
