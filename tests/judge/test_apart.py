"""Two people whose voices are too alike are told apart by their words, with the real model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from earwitness.models.conduct.model import ConductModel
from earwitness.pipeline.call import SpeakerSegment, Word
from earwitness.pipeline.judge.apart import tell_apart
from earwitness.pipeline.listen.diarize import Diarization
from earwitness.pipeline.listen.transcribe import Transcript
from earwitness.pipeline.listen.voices import Voices
from earwitness.pipeline.listen.words import Spoken, attributed
from support import truth_of


def spoken_turns(count: int) -> list[dict]:
    turns = sorted(truth_of("same_gender_men")["turns"], key=lambda turn: turn["start"])
    return turns[:count]


def call_of(sides: list[int]) -> tuple[Voices, Spoken]:
    """A call of one doubtful speaker, who if there are two says the n-th turn as `sides[n]`."""
    words, one, two = [], [], []
    for number, (turn, side) in enumerate(zip(spoken_turns(len(sides)), sides, strict=True)):
        said = turn["text"].split()
        words += [
            Word(text=text, start=10 * number + n / 4, end=10 * number + n / 4 + 0.2, confidence=1)
            for n, text in enumerate(said)
        ]
        span = {"start": 10.0 * number, "end": 10.0 * number + len(said) / 4}
        one.append(SpeakerSegment(speaker="SPEAKER_00", **span))
        two.append(SpeakerSegment(speaker=f"SPEAKER_0{side}", **span))
    finer = Diarization(two, doubtful=("SPEAKER_00", "SPEAKER_01"))
    merged = Diarization(one, [(0.0, 1e6)], ("SPEAKER_00",), finer)
    transcripts = [Transcript(words=words)]
    return Voices([], merged), attributed(transcripts, one, None)


def true_sides(count: int) -> list[int]:
    turns = spoken_turns(count)
    return [int(turn["speaker"] != turns[0]["speaker"]) for turn in turns]


@pytest.fixture(scope="module")
def model() -> ConductModel:
    return ConductModel.load()


def test_who_speaks_for_two_sides_is_two(model: ConductModel) -> None:
    voices, spoken = call_of(true_sides(20))
    assert "may be two people" in voices.notes[0]
    found, again = tell_apart(voices, spoken, model)
    assert {s.speaker for s in found.diarization.segments} == {"SPEAKER_00", "SPEAKER_01"}
    assert {w.speaker for w in again.words} == {"SPEAKER_00", "SPEAKER_01"}
    assert not found.diarization.uncertain and "sound alike" in found.notes[0]
    assert [w.text for w in again.words] == [w.text for w in spoken.words]


def test_parts_that_speak_for_both_sides_stay_one_in_doubt(model: ConductModel) -> None:
    sides = true_sides(20)
    agents = [n for n, side in enumerate(sides) if side == 0]
    customers = [n for n, side in enumerate(sides) if side == 1]
    mixed = [0] * 20
    for n in (*agents[::2], *customers[::2]):
        mixed[n] = 1
    voices, spoken = call_of(mixed)
    assert tell_apart(voices, spoken, model) == (voices, spoken)


def test_too_few_turns_settle_nothing(model: ConductModel) -> None:
    voices, spoken = call_of(true_sides(5))
    assert tell_apart(voices, spoken, model) == (voices, spoken)


def test_where_nobody_is_in_doubt_nothing_changes(model: ConductModel) -> None:
    voices, spoken = call_of(true_sides(20))
    sure = replace(voices, diarization=replace(voices.diarization, finer=None))
    assert tell_apart(sure, spoken, model) == (sure, spoken)
