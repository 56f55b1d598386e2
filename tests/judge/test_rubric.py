"""A rubric says what is wrong with it, and the shipped one stands."""

from __future__ import annotations

import pytest
from earwitness.errors import InputError
from earwitness.pipeline.judge import rubric as rubrics

HEAD = 'name = "x"\n[[items]]\nid = "a"\ntitle = "A"\nby = "agent"\n'


def test_the_shipped_rubric_covers_both_sides() -> None:
    rubric, _ = rubrics.load(rubrics.DEFAULT)
    ids = {item.id for item in rubric.items}
    assert {item.side for item in rubric.items} == {"agent", "customer"}
    assert {
        "greeting", "offer_of_help", "restating", "empathy", "apology", "options",
        "honest_limits", "hold_announced", "callback_for_long_hold", "manager_when_asked",
        "next_steps", "thanks_and_close", "calm", "no_sarcasm", "respect",
        "customer_civil", "request_stated", "asked_once",
    } <= ids  # fmt: skip
    assert rubric.sentences


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "not TOML"),
        ('name = "x"\n', "items"),
        (HEAD, "item 'a' look_for"),
        (HEAD + "look_for = []", "item 'a' look_for"),
        (HEAD + 'look_for = [{ label = "politeness" }]', "no label"),
        (HEAD + 'look_for = [{ moment = "politeness" }]', "no moment"),
        (HEAD + 'look_for = [{ label = "thanks", phrase = "thanks" }]', "exactly one"),
        (HEAD + 'look_for = [{ phrase = "" }]', "need words"),
        (HEAD + 'look_for = [{ phrase = "x" }]\npart = { first = "30" }', "`30 s`"),
        (HEAD + 'look_for = [{ phrase = "x" }]\npart = { after = true }', "need called_for"),
        (HEAD + 'look_for = [{ phrase = "x" }]\nat_least = 3\nat_most = 1', "at_least is more"),
        (HEAD + 'look_for = [{ phrase = "x" }]\nwheight = 3', "wheight"),
        (HEAD + 'look_for = [{ phrase = "x" }]\n' + HEAD.partition("\n")[2]
         + 'look_for = [{ phrase = "x" }]', "two items have the id 'a'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        rubrics.parse(text, "my.toml")
    assert told in str(error.value)
    assert "my.toml" in str(error.value)


def test_lengths_are_seconds_minutes_or_a_share() -> None:
    for text, seconds in (("30 s", 30), ("2 min", 120), ("10 %", 20)):
        part = f'look_for = [{{ phrase = "x" }}]\npart = {{ first = "{text}" }}'
        first = rubrics.parse(HEAD + part, "x").items[0].part.first
        assert first is not None
        assert first.of(200.0) == pytest.approx(seconds)
