"""An ask made again is one only where the first was not met."""

from __future__ import annotations

import pytest
from earwitness.pipeline.judge.asks import Asks, says_done

AGAIN = {"repeated_request": 0.8}
REFUND = "Can I have a refund for the washing machine?"
KIND = "repeated_request"


def made(moments, script, **more):
    return [m for m in moments(script, **more) if m.kind == KIND]


@pytest.mark.parametrize(
    "reply",
    [
        ("A", "Yes, I've refunded it."),
        ("A", "That has now gone through."),
        ("A", "I'll see to the washing machine today.", {"promise": 0.9}),
        ("A", "We could take half off.", {"solution_offer": 0.9}),
    ],
)
def test_another_ask_about_what_was_met_is_none(moments, reply):
    other = ("C", "Can you email me a slip of the washing machine refund by Monday morning?", AGAIN)
    assert made(moments, [("C", REFUND), ("A", "Order number?"), other])
    assert made(moments, [("C", REFUND), reply, other]) == []


def test_the_same_ask_stays_one_whatever_was_promised(moments):
    promise = ("A", "I'll refund the washing machine.", {"promise": 0.9})
    (found,) = made(moments, [("C", REFUND), promise, ("C", REFUND, AGAIN)])
    assert found.level == "finding" and any("asked 2 times" in r for r in found.reasons)


def test_a_settled_request_is_counted_no_more(moments):
    script = [
        ("C", "Can I have a refund for the broken kettle and its lead?"),
        ("A", "Yes, I've refunded it."),
        ("C", "And please send a refund form for the toaster."),
        ("A", "Hm."),
        ("C", "I want a refund form for the toaster, please.", AGAIN),
    ]
    (found,) = made(moments, script)
    assert any("asked 2 times" in r and "before at 0:0" in r for r in found.reasons)


def test_the_same_words_are_heard_without_a_label(moments):
    script = [("C", REFUND), ("A", "Hm."), ("C", "A refund for the washing machine, please.", {})]
    (found,) = made(moments, script)
    assert found.level == "review" and "likeness" in found.reasons[0]
    assert made(moments, [*script[:1], ("A", "Yes, I've refunded it."), script[2]]) == []
    assert made(moments, [*script[:2], ("C", "Can you hear me now?", {})]) == []
    swapped = [({"A": "C", "C": "A"}[line[0]], *line[1:]) for line in script]
    assert made(moments, swapped) == [], "an agent who asks for a detail again requests nothing"


def test_another_voice_of_the_same_side_counts(talk):
    turns = talk([("A", "Can you read me the meter number?"), ("C", "Now?"),
                  ("B", "Could you read the meter number, please?")])  # fmt: skip
    assert [e.at for e in Asks(turns).earlier(2)] == [0]
    turns[2] = turns[2].model_copy(update={"role": "customer"})
    assert Asks(turns).earlier(2) == []


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("Yes, I’ve refunded it.", True),
        ("That's all sorted for you.", True),
        ("I have not refunded it.", False),
        ("It hasn't been sent.", False),
        ("I'll look into it.", False),
    ],
)
def test_words_that_say_it_is_done(talk, text, done):
    assert says_done(talk([("A", text)])[0]) is done
