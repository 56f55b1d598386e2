"""What passes the levels, without any weights."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.models.conduct.calibrate import precise_threshold
from earwitness.models.conduct.labels import KINDS, LABELS
from earwitness.models.conduct.model import EVIDENT, Passing, Scores, Thresholds, accused
from hypothesis import given
from hypothesis import strategies as st

LEVELS = Thresholds(0.9, 0.6, dict.fromkeys(LABELS, 0.5))


def passing(alone: float | None = 1.0, **scores: float) -> Passing:
    return LEVELS.passing(Scores({**dict.fromkeys(LABELS, 0.0), **scores}, alone))


def test_only_kinds_that_pass_are_named() -> None:
    none = passing(rude=0.95, threat=0.05, blame=0.49)
    assert none.finding and none.review and none.kinds == ()
    both = passing(rude=0.7, insult=0.7, sarcasm=0.9)
    assert both.kinds == ("sarcasm", "insult") and both.review and not both.finding
    assert passing(rude=0.5, insult=0.9).kinds == ()


def test_what_was_said_before_accuses_nobody() -> None:
    assert passing(rude=0.95, alone=0.82).finding  # half the odds of 0.9
    for alone in (0.81, None):
        found = passing(rude=0.95, insult=0.9, alone=alone)
        assert not found.finding and found.review and found.kinds == ("insult",)
    assert not passing(rude=0.5, alone=0.95).finding


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1)), max_size=8))
def test_one_more_turn_accuses_nobody_less(findings: list[tuple[str, float]]) -> None:
    assert accused(findings[:-1]) <= accused(findings)
    for speaker in accused(findings):
        own = [sure for name, sure in findings if name == speaker]
        assert max(own) > EVIDENT and speaker in accused([(speaker, sure) for sure in own])


@pytest.mark.parametrize(
    ("sure", "stands"),
    [([0.99], False), ([0.992], True), ([0.96] * 2, False), ([0.963] * 2, True),
     ([0.94] * 3, True), ([0.93] * 3, False), ([0.85] * 99, False), ([1.0], True)],
)  # fmt: skip
def test_evidence_adds_up(sure: list[float], stands: bool) -> None:
    assert bool(accused([("a", certainty) for certainty in sure])) == stands


@given(st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1)))
def test_nothing_below_its_level_is_named(scores: dict[str, float]) -> None:
    found = passing(**scores)
    assert all(scores[kind] >= 0.5 for kind in found.kinds) and set(found.kinds) <= set(KINDS)
    assert not found.kinds or scores["rude"] >= 0.6
    assert found.review or not found.finding


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60), st.floats(0.5, 1))
def test_a_kind_is_named_where_most_of_those_named_carry_it(
    turns: list[tuple[float, bool]], precision: float
) -> None:
    scores = np.array([score for score, _ in turns])
    truth = np.array([carries for _, carries in turns], dtype=bool)
    level = precise_threshold(scores, truth, precision)
    assert 0.5 <= level <= 0.95
    named = scores >= level
    assert level == 0.95 or not named.any() or truth[named].mean() >= precision
