from __future__ import annotations

from earwitness.pipeline.judge.conduct import contexts_of, turn_input


def _texts(turns):
    return [context.text if context else None for context in contexts_of(turns)]


def test_context_is_the_other_sides_last_turn(talk):
    turns = talk([("A", "one"), ("C", "two"), ("C", "three"), ("A", "four")])
    assert _texts(turns) == [None, "one", "one", "three"]


def test_announcements_are_nobodys_side(talk):
    turns = talk([("A", "one"), ("S", "all agents are busy"), ("C", "two"), ("S", "again")])
    assert _texts(turns) == [None, None, "one", None]


def test_a_second_agent_answers_the_customer(talk):
    turns = talk([("C", "one"), ("A", "two"), ("B", "three"), ("C", "four")])
    assert _texts(turns) == [None, "one", "one", "three"]


def test_voices_of_unknown_role_answer_each_other(talk):
    turns = [t.model_copy(update={"role": "unknown"}) for t in talk([("A", "one"), ("C", "two")])]
    assert _texts(turns) == [None, "one"]
    given = turn_input(turns[1], turns[0])
    assert (given.text, given.context) == ("two", "one")
