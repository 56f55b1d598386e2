from __future__ import annotations

import pytest
from earwitness.pipeline.judge.prompts import is_announcement, system_voices

ANNOUNCED = [
    "All our agents are busy at the moment. Please stay on the line.",
    "All of our representatives are currently assisting other callers.",
    "You are next in line.",
    "You are now number one in the queue.",
    "Your call is important to us, and it will be answered as soon as possible.",
    "This call may be monitored or recorded for training.",
    "For billing, press two.",
    "Todos nuestros agentes están ocupados. Su llamada es muy importante.",
    "Tous nos conseillers sont en ligne, veuillez patienter.",
    "Все операторы заняты, оставайтесь на линии.",
    "Alle Mitarbeiter sind im Gespräch. Bitte warten Sie.",
]

SAID = [
    "It kept telling me all our agents are busy.",
    "Your call is important to us, they say, and then I wait an hour.",
    "Please stay on the line while I check that for you.",
    "This call is recorded, just so you know.",
    "All our engineers are great.",
    "I was number three in the queue.",
    "Thank you for holding.",
]


@pytest.mark.parametrize("text", ANNOUNCED)
def test_recorded_wordings(text):
    assert is_announcement(text)


@pytest.mark.parametrize("text", SAID)
def test_what_people_say_about_them(text):
    assert not is_announcement(text)


def test_a_voice_that_only_announces_is_a_recording(talk):
    turns = talk(
        [
            ("S", "Welcome to Larch Energy. This call may be recorded."),
            ("A", "Good morning, this is Tom in billing, how can I help?"),
            ("C", "I was told all our agents are busy, for an hour."),
            ("A", "This call is recorded, by the way."),
            ("C", "Fine."),
        ]
    )
    assert set(system_voices(turns)) == {"S"}


def test_an_agent_with_a_formal_greeting_is_no_recording(talk):
    turns = talk([("A", "Welcome to Larch Energy. This call is recorded."), ("C", "Hello.")])
    assert system_voices(turns) == {}
