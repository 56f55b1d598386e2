"""What is said to have come of a request for a supervisor."""

from __future__ import annotations

import pytest

ASK = ("C", "Could I speak to your supervisor, please?", {"escalation_request": 0.95})
NO = ("A", "No, you can't speak to a manager.", {"escalation_refused": 0.95})
YES = ("A", "All right, my manager will take over.", {"escalation_granted": 0.95})
DODGE = ("A", "Let us look at the bill first.", {"escalation_deflected": 0.95})
WELL = ("C", "I am waiting.")


@pytest.fixture
def told(moments):
    """Reasons of the first request that tell of an answer, and the kinds it is tied to."""

    def of(script):
        found = moments(script)
        request = next(m for m in found if m.kind == "escalation_request")
        kinds = {m.id: m.kind for m in found}
        answers = [r for r in request.reasons if " at 0:" in r or "no answer" in r]
        answers = [r for r in answers if "apology" not in r]
        return answers, [kinds[i] for i in request.related]

    return of


@pytest.mark.parametrize(
    ("answers", "first", "final"),
    [
        ([NO], "declined", None),
        ([YES], "granted", None),
        ([DODGE, NO], "yes or a no", "declined"),
        ([DODGE, YES], "yes or a no", "granted"),
        ([NO, YES], "declined", "granted"),
        ([YES, NO], "granted", "declined"),
        ([NO, DODGE], "declined", None),
        ([NO, NO], "declined", None),
        ([DODGE, NO, YES], "yes or a no", "granted"),
    ],
)
def test_the_first_answer_and_the_one_that_stood(told, answers, first, final):
    script = [ASK, *[line for answer in answers for line in (answer, WELL)]]
    reasons, related = told(script)
    assert first in reasons[0] and not reasons[0].startswith("in the end")
    assert len(reasons) == len(related) == (2 if final else 1)
    assert final is None or (reasons[1].startswith("in the end") and final in reasons[1])


@pytest.mark.parametrize(
    ("granted", "refused", "says"),
    [(0.95, 0.6, "granted"), (0.6, 0.95, "declined"), (0.9, 0.9, "granted")],
)
def test_of_two_answers_in_one_turn_the_stronger_stands(told, granted, refused, says):
    both = ("A", "No need, the manager is not far: I'll get her.",
            {"escalation_granted": granted, "escalation_refused": refused})  # fmt: skip
    reasons, _ = told([ASK, both])
    assert len(reasons) == 1 and says in reasons[0]


def test_a_doubtful_answer_is_no_fact(told):
    doubtful = ("A", "It is only me in today.", {"escalation_refused": 0.45})
    reasons, _ = told([ASK, doubtful])
    assert reasons[0].startswith("it may have been declined: listen at 0:")


def test_a_refusal_of_something_else_is_no_answer(told):
    refusal = ("A", "No, I'm afraid we can't refund that.", {"refusal": 0.95})
    assert told([ASK, refusal])[1] == ["refusal"]
    assert told([ASK, ("A", "Hm.", {}), refusal])[1] == []
    assert told([ASK, ("C", "And can I have my refund?"), refusal])[1] == []
    assert told([ASK, ("C", "A supervisor, please."), refusal])[1] == ["refusal"]
    away = ("A", "I'll pass you to billing.", {"transfer": 0.95})
    assert told([ASK, ("A", "Hm.", {}), away])[1] == []
    up = ("A", "I'll pass you to my supervisor.", {"transfer": 0.95})
    assert told([ASK, ("A", "Hm.", {}), up])[1] == ["transfer"]


def test_answers_come_within_the_next_turns(told):
    late = [("A", "Hm.", {}), WELL] * 3
    assert told([ASK, *late, YES]) == (["no answer to it was heard in the next turns"], [])
