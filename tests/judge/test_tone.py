from __future__ import annotations

import numpy as np
import pytest
from earwitness.pipeline.judge.pitch import RATE, track
from earwitness.pipeline.judge.tone import measure_tone

LINES = ["this is an ordinary turn of speech here"] * 6


def voice(seconds: float, *, pitch: float = 120.0, gain: float = 1.0, slope: float = 1.0):
    """Harmonics of `pitch` within the telephone band; `slope` is how fast they fall off."""
    t = np.arange(int(seconds * RATE)) / RATE
    numbers = np.arange(1, 60)
    numbers = numbers[(numbers * pitch > 300) & (numbers * pitch < 3400)]
    sound = sum(np.sin(2 * np.pi * pitch * k * t) / k**slope for k in numbers)
    return 0.05 * gain * sound


def tones(talk, last: dict[str, float], lines=LINES):
    turns = talk([("A", line) for line in lines])
    odd = turns[-1].id
    return measure_tone(turns, lambda t: voice(t.end - t.start, **(last if t.id == odd else {})))


@pytest.mark.parametrize("hertz", [80, 110, 180, 250, 400])
def test_pitch_of_a_voice_without_its_fundamental(hertz):
    pitch, _ = track(voice(1.0, pitch=hertz))
    assert np.median(pitch) == pytest.approx(hertz, rel=0.01)


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(1).normal(size=RATE) * 0.1
    assert (track(noise)[0] > 0).mean() < 0.02
    assert not track(np.zeros(RATE))[0].any()
    assert track(np.zeros(10))[0].size == 0


EFFORT = {"gain": 1.2, "pitch": 160.0, "slope": 0.5}
"""What a raised voice does at once: level, pitch, and a spectrum that falls off less."""


def test_louder_higher_and_brighter_is_a_raised_voice(talk):
    turns = tones(talk, EFFORT)
    assert [t.tone.raised_voice for t in turns] == [False] * 5 + [True]
    assert turns[-1].tone.loudness_change == pytest.approx(10, abs=4)
    assert turns[-1].tone.pitch_change == pytest.approx(5, abs=0.3)


@pytest.mark.parametrize("gain", [0.1, 3.0, 10.0])
def test_a_level_change_of_the_line_is_not(talk, gain):
    turn = tones(talk, {"gain": gain})[-1]
    assert abs(turn.tone.loudness_change) > 5 and not turn.tone.raised_voice
    assert turn.tone.pitch_change == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("gain", [2.0, 4.0, 10.0])
@pytest.mark.parametrize("pitch", [140.0, 150.0, 160.0, 180.0])
def test_nor_is_one_with_a_lively_melody(talk, gain, pitch):
    turn = tones(talk, {"gain": gain, "pitch": pitch})[-1]
    assert turn.tone.loudness_change > 5 and turn.tone.pitch_change > 2.5
    assert not turn.tone.raised_voice


def test_nor_is_a_higher_pitch_or_a_duller_sound(talk):
    assert not tones(talk, {"pitch": 160.0})[-1].tone.raised_voice
    assert not tones(talk, {"gain": 12.0, "pitch": 160.0, "slope": 2.5})[-1].tone.raised_voice


def test_each_speaker_has_an_own_baseline(talk):
    turns = talk([("A", LINES[0]), ("C", LINES[0])] * 4)
    made = measure_tone(
        turns,
        lambda t: voice(t.end - t.start, pitch=110 if t.speaker == "A" else 220, gain=1 + t.id % 2),
    )
    assert all(abs(t.tone.loudness_change) < 0.5 and abs(t.tone.pitch_change) < 0.1 for t in made)


def test_too_little_voice_is_not_measured(talk):
    turns = talk([("A", "yes"), *[("A", line) for line in LINES], ("S", LINES[0])])
    made = measure_tone(turns, lambda t: voice(t.end - t.start))
    assert made[0].tone is None and made[-1].tone is None and made[1].tone is not None
    assert turns[1].tone is None, "the turns given are not changed"
    few = measure_tone(turns[1:3], lambda t: voice(t.end - t.start))
    assert few[0].tone.pitch_change is None and not few[0].tone.raised_voice
    silent = measure_tone(turns[1:3], lambda t: np.zeros(int((t.end - t.start) * RATE)))
    assert [t.tone for t in silent] == [None, None]


def test_spoken_over_turns_are_never_raised(talk):
    turns = talk([("A", line) for line in LINES])
    turns[-1] = turns[-1].model_copy(update={"overlap": 2.0})
    made = measure_tone(
        turns,
        lambda t: voice(t.end - t.start, **(EFFORT if t.overlap else {})),
    )
    assert made[-1].tone is not None and not made[-1].tone.raised_voice


def test_pace(talk):
    turns = tones(talk, {})
    words = len(LINES[0].split())
    assert turns[0].tone.pace == pytest.approx(60 * words / (0.33 * (words - 1) + 0.28), abs=0.1)
    assert turns[0].tone.pace_change == pytest.approx(1)
