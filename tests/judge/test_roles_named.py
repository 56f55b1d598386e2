"""The user's word on who the agent is stands; words that say the opposite are told."""

from __future__ import annotations

import json

import pytest
from earwitness.models.conduct.model import shared_model
from earwitness.pipeline.call import Speaker, Turn, Word
from earwitness.pipeline.judge.named import NAMED, reason_of, with_doubts
from earwitness.pipeline.judge.roles import assign_roles
from support import NAMES, SAMPLES

OPPOSITE = f"{NAMED}, though 14 of 17 turns sound like the customer’s side"


def named(reason: str, channel: int | None = 0) -> Speaker:
    return Speaker(id="A", role="agent", role_reasons=[reason], channel=channel)


def test_only_words_that_clearly_say_the_opposite_are_told() -> None:
    assert reason_of(behind=12.0, turns=17, customers=14) == OPPOSITE
    assert reason_of(behind=2.0, turns=17, customers=14) == NAMED
    assert reason_of(behind=12.0, turns=17, customers=8) == NAMED
    assert reason_of(behind=12.0, turns=0, customers=0) == NAMED


@pytest.mark.parametrize(("channel", "where"), [(0, "left channel"), (1, "right channel")])
def test_the_note_says_which_channel_and_how_much(channel: int, where: str) -> None:
    (note,) = with_doubts([], [named(OPPOSITE, channel), named(NAMED, 1 - channel)])
    assert where in note and "14 of 17 turns" in note


def test_a_mono_call_has_the_note_without_a_channel() -> None:
    (note,) = with_doubts([], [named(OPPOSITE, None)])
    assert "channel" not in note


def test_notes_of_the_recording_stay_and_a_doubt_is_told_once_and_taken_back() -> None:
    notes = with_doubts(["The file is cut off."], [named(OPPOSITE)])
    assert with_doubts(notes, [named(OPPOSITE)]) == notes
    assert with_doubts(notes, [named(NAMED)]) == ["The file is cut off."]
    assert with_doubts(notes, [named("given by A. Reader")]) == ["The file is cut off."]


@pytest.mark.weights
@pytest.mark.parametrize("name", NAMES)
def test_a_side_named_wrongly_stays_and_is_doubted(name: str) -> None:
    truth = json.loads((SAMPLES / f"{name}.json").read_text())
    turns = [
        Turn(
            id=number,
            speaker=turn["speaker"],
            start=turn["start"],
            end=turn["end"],
            words=[Word(**word, confidence=0.9) for word in turn["words"]],
        )
        for number, turn in enumerate(truth["turns"])
    ]
    speakers = [
        Speaker(id=s["id"], channel=int(s["role"] == "customer")) for s in truth["speakers"]
    ]
    for channel, side in enumerate(("left", "right")):
        ruled, _ = assign_roles(turns, speakers, shared_model(), agent=side)
        assert {s.role for s in ruled if s.channel == channel} <= {"agent", "system"}
        notes = with_doubts([], ruled)
        assert len(notes) == (side == "right")
