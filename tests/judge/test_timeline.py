from __future__ import annotations

import pytest
from earwitness.pipeline.judge.timeline import when_of


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("It'll be in your account by Friday, and I'm blocking the card.", "by Friday"),
        ("I'll call you within two hours.", "within two hours"),
        ("It takes five working days.", "five working days"),
        ("He will ring you back before five o'clock today.", "before five o'clock today"),
        ("I’ll write to you tomorrow morning.", "tomorrow morning"),
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


def test_the_first_comfort_and_the_first_request(moments):
    script = [
        ("C", "Is there a manager?", {"escalation_request": 0.95}),
        ("A", "I'm sorry about this.", {"apology": 0.9}),
        ("C", "A manager, please.", {"escalation_request": 0.95}),
        ("A", "I'm so sorry.", {"apology": 0.9}),
    ]
    found = moments(script)
    firsts = [m for m in found if any("the first" in reason for reason in m.reasons)]
    assert [m.turn for m in firsts] == [0, 1]
    assert any("s after the customer" in reason for reason in firsts[1].reasons)


def test_a_wish_to_leave_said_again_after_offers(moments):
    leave = ("C", "Then I will cancel.", {"cancel_threat": 0.95})
    offer = ("A", "I can offer half price.", {"solution_offer": 0.9})
    found = [m for m in moments([leave, offer, leave]) if m.kind == "cancel_threat"]
    assert any(
        "said 2 times" in reason and reason.endswith("between: 1") for reason in found[1].reasons
    )
    assert found[1].related == [found[0].id]
