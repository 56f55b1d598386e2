"""Words alone are judged as the same words in a recording are."""

from __future__ import annotations

import pytest
from earwitness.models.conduct.labels import KINDS, LABELS, MOMENTS
from earwitness.models.conduct.model import Scores, Thresholds
from earwitness.pipeline.judge.written import Judged, judge_call, judge_words, written_turn
from hypothesis import given, settings
from hypothesis import strategies as st

LEVELS = Thresholds(finding=0.9, review=0.7, labels=dict.fromkeys(LABELS, 0.3))
ROLE = {"A": "agent", "C": "customer", "U": ""}


def judged(role: str, text: str, **scores: float) -> Judged:
    found = Scores({**dict.fromkeys(LABELS, 0.01), **scores}, alone=scores.get("rude"))
    return judge_words(role, text, found, LEVELS)


def test_a_label_that_the_role_cannot_carry_is_none() -> None:
    text = "Shall I get my supervisor for you?"
    assert judged("agent", text, escalation_request=0.95).moments == ()
    assert judged("customer", text, escalation_request=0.95).moments == ("escalation_request",)


def test_empty_words_are_no_finding() -> None:
    for text in ("Okay.", "Mm-hm.", "F -I -T", "Yeah, bye."):
        found = judged("agent", text, rude=0.99, insult=0.9)
        assert (found.finding, found.review, found.kinds) == (False, False, ())
    found = judged("agent", "You fool.", rude=0.99, insult=0.9, threat=0.1)
    assert (found.finding, found.review, found.kinds) == (True, True, ("insult",))


def test_what_somebody_else_said_is_no_finding() -> None:
    found = judged("customer", "And the driver called me a fat cow.", rude=0.99, insult=0.9)
    assert (found.finding, found.review) == (False, True)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("That lazy boy finally gets a use.", False),
        ("Oh, my useless brother-in-law wired it.", False),
        ("That lazy boy and you, what a pair.", True),
        ("Wow, so he does listen.", True),
        ("Let the boys play, then.", True),
    ],
)
def test_what_is_said_of_the_absent_is_no_finding(text: str, finding: bool) -> None:
    found = judged("customer", text, rude=0.99, insult=0.9)
    assert (found.finding, found.review) == (finding, True)


def test_a_call_is_judged_as_a_whole() -> None:
    faint, sure = (judged("agent", "You fool.", rude=score, alone=score) for score in (0.91, 0.99))
    for turns, names, found in (
        ([faint, faint], ["Kim", "Kim"], [False, False]),
        ([faint, sure], ["Kim", "Kim"], [True, True]),
        ([sure, sure], ["Kim", "Lee"], [False, False]),
        ([faint, sure], ["", ""], [True, True]),
    ):
        assert [turn.finding for turn in judge_call(turns, names)] == found


def test_an_ask_in_the_history_is_a_moment() -> None:
    scores = Scores(dict.fromkeys(LABELS, 0.01))
    assert judge_words("customer", "x", scores, LEVELS, repeats=True).moments == (
        "repeated_request",
    )


@pytest.mark.parametrize(
    ("role", "text", "side"),
    [("agent", "Hello.", "agent"), ("", "Hello.", "unknown"), ("system", "Hello.", "system"),
     ("agent", "Your call is important to us.", "system")],
)  # fmt: skip
def test_whose_words_they_are(role: str, text: str, side: str) -> None:
    assert written_turn(0, "x", role, text).role == side
    assert written_turn(0, "x", role, f"  {text} \n").text == text


NEEDS_OTHERS = {
    "repeated_request", "hangup_threat_or_disconnect", "escalation_granted",
}  # fmt: skip
"""Moments that analysis weighs by the turns around them as well."""


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from("ACU"),
    st.sampled_from(
        ["Could I speak to your supervisor?", "I need to call my boss.", "Okay, bye.", "No.",
         "Press and hold the button.", "I'm cancelling.", "Could you hold the line?", "It rained."]
    ),
    st.dictionaries(st.sampled_from(["rude", *KINDS, *MOMENTS]), st.floats(0, 1), max_size=8),
)  # fmt: skip
def test_analysis_and_score_agree_on_the_same_words(moments, who, text, scores) -> None:
    heard = moments([(who, text, scores)])
    found = judged(ROLE[who], text, **scores)
    assert {m.kind for m in heard if m.kind in MOMENTS} - NEEDS_OTHERS == (
        set(found.moments) - NEEDS_OTHERS
    )
    assert any(m.kind == "rude" for m in heard) == found.review
