from __future__ import annotations


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


def reasons(moments, script, kind):
    return [m.reasons for m in moments(script) if m.kind == kind]


LEAVE = ("C", "Then I will cancel.", {"cancel_threat": 0.95})
OFFER = ("A", "I can offer half price.", {"solution_offer": 0.9})


def test_no_run_around_without_an_offer_or_an_answer(moments):
    def circles(*script):
        return [any("said" in r for r in why) for why in reasons(moments, script, "cancel_threat")]

    assert circles(LEAVE, OFFER, LEAVE) == [False, True]
    assert circles(LEAVE, LEAVE) == [False, False]
    assert circles(LEAVE, ("A", "Hm."), LEAVE) == [False, False]
    assert circles(LEAVE, ("A", "No, we can't.", {"refusal": 0.9}), LEAVE) == [False, False]
    assert circles(LEAVE, OFFER, LEAVE, LEAVE) == [False, True, False]
    assert circles(OFFER, LEAVE, ("A", "Hm."), LEAVE) == [False, False]


def test_comfort_is_counted_from_the_first_trouble_told(moments):
    sorry = ("A", "I'm sorry.", {"apology": 0.9})
    trouble = ("C", "My line is broken again.", {})
    early, late = reasons(moments, [sorry, trouble, ("A", "Hm."), sorry], "apology")
    assert any("the first apology" in r for r in early)
    assert not any("trouble" in r for r in early)
    assert any("s after the customer first told of trouble, at 0:01" in r for r in late)
    asks = ("C", "Is there a manager?", {"escalation_request": 0.95})
    (none,) = reasons(moments, [sorry, trouble, ("A", "Hm."), asks], "escalation_request")
    assert any("no apology or empathy" in r and "at 0:01, only one before" in r for r in none)
    (never,) = reasons(moments, [trouble, ("A", "Hm."), asks], "escalation_request")
    assert any("no apology or empathy" in r and r.endswith("at 0:00") for r in never)
    calm = ("C", "No problem, not a mistake.", {})
    (flagged,) = reasons(moments, [calm, ("A", "Hm."), asks], "escalation_request")
    assert not any("at 0:00" in r for r in flagged if "no apology" in r)
    (came,) = reasons(moments, [trouble, asks, sorry], "escalation_request")
    assert not any("no apology" in r for r in came)


def test_who_was_flagged_first_is_said_where_both_sides_were(moments):
    agent = ("A", "Did you, now.", {"rude": 0.95})
    customer = ("C", "You clown, you.", {"rude": 0.95})
    first, second, again = reasons(moments, [customer, agent, customer], "rude")
    assert any("first turn of the customer’s side" in r and "before the agent" in r for r in first)
    assert any("first turn of the agent’s side" in r and "after the customer" in r for r in second)
    for why in (again, *reasons(moments, [agent, ("C", "Hm."), agent], "rude")):
        assert not any("first turn of" in r for r in why)
    maybe = ("C", "You clown, you.", {"rude": 0.8})
    listen, _ = reasons(moments, [maybe, agent], "rude")
    assert any("worth a listen" in r and "first turn of" in r for r in listen)
