"""Voices that share a channel of a two-channel call, with the real embeddings."""

from __future__ import annotations

import json

import pytest
from earwitness.models.speakers import Embedder
from earwitness.pipeline.listen.audio import decode
from earwitness.pipeline.listen.channels import diarize_channels, hear_channels
from support import SAMPLES

pytestmark = pytest.mark.weights


def heard(name: str, **options):
    """The segments of a sample whose speech is known, and who speaks in truth at each middle."""
    truth = json.loads((SAMPLES / f"{name}.json").read_text())
    sides = {s["id"]: 1 if s["role"] == "customer" else 0 for s in truth["speakers"]}
    speech = [
        sorted((t["start"], t["end"]) for t in truth["turns"] if sides[t["speaker"]] == side)
        for side in (0, 1)
    ]
    _, audio = decode(SAMPLES / f"{name}.stereo.flac")
    with audio:
        embedder = Embedder()
        turns = hear_channels(audio, speech, embedder)
        found = diarize_channels(audio, turns, embedder, **options)

    def speaker(at: float) -> set[str]:
        return {t["speaker"] for t in truth["turns"] if t["start"] <= at < t["end"]}

    return found.segments, speaker, sides


def test_an_announcement_and_two_agents_on_one_channel_are_three_voices():
    segments, speaker, sides = heard("hold_transfer")
    voices = {}
    for segment in segments:
        there = {s for s in speaker((segment.start + segment.end) / 2)}
        mine = {s for s in there if sides[s] == segment.channel}
        voices.setdefault(segment.speaker, set()).update(mine)
    assert all(len(who) == 1 for who in voices.values()), voices
    assert len(voices) == 4
    assert {s.speaker: s.channel for s in segments}["SPEAKER_01"] == 1
    assert [s.start for s in segments] == sorted(s.start for s in segments)


@pytest.mark.parametrize("name", ["civil", "same_gender_women"])
def test_one_party_stays_one_voice_a_channel(name):
    segments, _, _ = heard(name)
    assert {(s.speaker, s.channel) for s in segments} == {("SPEAKER_00", 0), ("SPEAKER_01", 1)}


def test_two_speakers_leave_each_channel_to_one():
    segments, _, _ = heard("hold_transfer", num_speakers=2)
    assert {s.speaker for s in segments} == {"SPEAKER_00", "SPEAKER_01"}
