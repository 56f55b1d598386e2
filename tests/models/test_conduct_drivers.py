"""Spans are the turn's own words, and the ones that carry the score."""

from __future__ import annotations

from collections.abc import Sequence

from earwitness.models.conduct.drivers import LONGEST_SPAN, MOST_SPANS, driving_spans
from hypothesis import given
from hypothesis import strategies as st


def _counts(word: str, value: float = 2.0) -> object:
    def score(texts: Sequence[str]) -> list[float]:
        return [value * text.lower().split().count(word) for text in texts]

    return score


def test_the_word_that_carries_the_score_is_in_the_first_span() -> None:
    text = "Well  you had better sit down, idiot and let me finish my sentence for once"
    spans = driving_spans(text, _counts("idiot"))  # type: ignore[arg-type]
    assert "idiot" in spans[0]
    assert len(spans[0].split()) <= 5


def test_two_places_give_two_spans() -> None:
    text = "fool one two three four five six seven eight nine ten eleven fool"
    spans = driving_spans(text, _counts("fool"))  # type: ignore[arg-type]
    assert len(spans) == 2


def test_what_is_said_twice_over_is_found_where_it_carries_the_score_alone() -> None:
    text = "no is what I said an hour ago on this very line and no is what it stays"

    def score(texts: Sequence[str]) -> list[float]:
        return [float("no" in one.split()) + 0.01 * ("stays" in one) for one in texts]

    spans = driving_spans(text.replace("stays", "remains"), score)
    assert len(spans) == 1 and "no" in spans[0].split()


def test_nothing_drives_a_flat_score() -> None:
    assert driving_spans("one two three four", lambda texts: [1.0 for _ in texts]) == []
    assert driving_spans("", lambda texts: [1.0 for _ in texts]) == []
    assert driving_spans("Chop chop.", lambda texts: [1.0 for _ in texts]) == ["Chop chop."]


@given(st.text(alphabet="abc .,\n\t'é", max_size=400))
def test_spans_stand_in_the_text_and_stay_short(text: str) -> None:
    def score(texts: Sequence[str]) -> list[float]:
        return [one.count("a") - 0.5 * one.count("b") for one in texts]

    spans = driving_spans(text, score)
    assert spans == driving_spans(text, score)
    assert len(spans) <= MOST_SPANS
    for span in spans:
        assert span in text
        assert 1 <= len(span.split()) <= LONGEST_SPAN
