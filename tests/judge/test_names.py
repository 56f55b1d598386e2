from __future__ import annotations

import pytest
from earwitness.pipeline.judge.names import names_in, said_names

GIVEN = {
    "Hello Derek, my name is Alice Moreno. I bought a machine.": "Alice Moreno",
    "Larkfield Appliances, returns desk, this is Derek. How can I help?": "Derek",
    "You're speaking with Emma, and calls are recorded.": "Emma",
    "Good morning, Meridian Bank, Tom speaking.": "Tom",
    "Fairmont Energy, billing team, Laura here.": "Laura",
    "Hi Colin, Samuel Price here.": "Samuel Price",
    "Hi, this is Sofia in card disputes.": "Sofia",
    "My name's Zoë van der Berg, I ordered a lamp.": "Zoë van der Berg",
    "My name’s O'Brien, hello.": "O'Brien",
    "Здравствуйте, меня зовут Айгуль.": "Айгуль",
    "Guten Tag, mein Name ist Jürgen.": "Jürgen",
}

NONE = [
    "My name is on the account.",
    "This is ridiculous.",
    "This is Ridiculous.",
    "Hello, this is Vodafone, how can I help?",
    "He said my name is Karl and hung up.",
    "Right here, on my desk.",
    "Nobody here knows anything.",
    "Who's speaking, please?",
    "Look here, I want my money.",
    "I'm sorry about that.",
    "I'm Sorry about that.",
    "I spoke to Peter on Monday.",
    "Pharmacist speaking, one moment.",
    "my name is derek",
    "Customer Services speaking.",
    "",
]


@pytest.mark.parametrize(("text", "name"), GIVEN.items())
def test_a_name_that_is_given_is_taken_as_printed(text, name):
    assert names_in(text) == [name]


@pytest.mark.parametrize("text", NONE)
def test_no_name_is_invented(text):
    assert names_in(text) == []


def test_a_doubtful_wording_counts_when_another_voice_uses_the_name(talk):
    script = [("A", "Hello, how can I help?"), ("C", "Hi, it's Martin Webb.")]
    assert said_names(talk(script)) == {}
    assert said_names(talk([*script, ("A", "Okay, Martin, one moment.")])) == {"C": "Martin Webb"}


def test_two_names_from_one_voice_give_none(talk):
    turns = talk([("A", "My name is Grace."), ("A", "Billing desk, this is Peter.")])
    assert said_names(turns) == {}
    turns = talk([("C", "My name is Alice."), ("C", "My name is Alice Moreno.")])
    assert said_names(turns) == {"C": "Alice Moreno"}


def test_turns_of_an_uncertain_voice_name_nobody(talk):
    turns = [t.model_copy(update={"uncertain": True}) for t in talk([("A", "My name is Grace.")])]
    assert said_names(turns) == {}
