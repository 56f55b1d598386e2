from __future__ import annotations

import pytest
from earwitness.pipeline.judge.promises import when_of, who_of


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("It'll be in your account by Friday, and I'm blocking the card.", "by Friday"),
        ("I'll call you within two hours.", "within two hours"),
        ("It takes five working days.", "five working days"),
        ("He will ring you back before five o'clock today.", "before five o'clock today"),
        ("I’ll write to you tomorrow morning.", "tomorrow morning"),
        ("You will have it on the tenth.", "on the tenth"),
        ("You'll get it by the 14th of March.", "by the 14th of March"),
        ("It will be with you by March 14th, sir.", "by March 14th"),
        ("We'll do that within five working days.", "within five working days"),
        ("I'll ring you tomorrow before noon.", "tomorrow before noon"),
        ("The engineer comes next Tuesday at five o'clock.", "next Tuesday at five o'clock"),
        ("He will call by next Friday.", "by next Friday"),
        ("We are on the tenth floor.", None),
        ("I put it on the second shelf.", None),
        ("I'll look into it.", None),
        ("On my honour, we may march on.", None),
    ],
)
def test_the_time_a_promise_names(text, when):
    assert when_of(text) == when


def test_promises_say_whether_a_time_was_named(moments):
    (dated,) = moments([("A", "I'll refund it by Friday.", {"promise": 0.9})])
    assert any("by Friday" in reason for reason in dated.reasons)
    (undated,) = moments([("A", "I'll look into it.", {"promise": 0.9})])
    assert "no time was named" in undated.reasons


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("I'll refund it by Friday.", "I"),
        ("We will call you back.", "We"),
        ("It'll be in your account by Friday, and I'm blocking the card.", "I"),
        ("My manager will ring you.", "My manager"),
        ("Okay, the billing team is going to write to you.", "the billing team"),
        ("Somebody from claims will be in touch.", "Somebody from claims"),
        ("Maria will call you tomorrow.", "Maria"),
        ("He’ll ring you before five.", "He"),
        ("I'm ending the call. Mister Khan will ring you before five.", "Mister Khan"),
        ("I'm ending the call. It will be sent by Friday.", None),
        ("I'll tell Maria, and she'll ring you by five.", "she"),
        ("It will be there on Friday.", None),
        ("Your money will be there on Friday.", None),
        ("You will get a letter.", None),
    ],
)
def test_who_is_to_do_it(text, who):
    assert who_of(text) == who


def test_promises_keep_who_is_to_do_it(moments):
    (found,) = moments([("A", "Maria will refund it by Friday.", {"promise": 0.9})])
    assert "to be done by: “Maria”" in found.reasons
    (nobody,) = moments([("A", "It will be refunded by Friday.", {"promise": 0.9})])
    assert not any("to be done by" in reason for reason in nobody.reasons)
