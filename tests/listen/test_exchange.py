"""Channels that change places: found by the voices, undone, and said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from earwitness.models.speakers import Embedder, Segmenter
from earwitness.pipeline.listen.audio import RATE, Audio, decode
from earwitness.pipeline.listen.diarize import HeardTurn, slide
from earwitness.pipeline.listen.exchange import find_exchanges, note_of
from earwitness.pipeline.listen.stitch import LocalTurn
from earwitness.pipeline.listen.voices import hear_voices
from support import NAMES, sample, truth_of

TURN = 4.0
"""Seconds of a turn of the calls made here."""

Line = tuple[str, int]
"""Who speaks, and on which channel."""


def voice(name: str) -> np.ndarray:
    """Two voices of one call are about as far from each other as in the samples (cosine 0.5)."""
    common = np.random.default_rng(0).standard_normal(192)
    own = np.random.default_rng(sum(map(ord, name))).standard_normal(192)
    return (common + own) / np.sqrt(2 * 192)


def heard(lines: Sequence[Line]) -> list[list[HeardTurn]]:
    """The turns of both channels, one after the other, four seconds each."""
    rng = np.random.default_rng(1)
    channels: list[list[HeardTurn]] = [[], []]
    for number, (name, channel) in enumerate(lines):
        start = 1.25 * TURN * number
        span = (start, start + TURN)
        windows = slide([span], 1.5, 0.75)
        noisy = voice(name) + 0.6 * rng.standard_normal((len(windows), 192)) / np.sqrt(192)
        unit = (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)
        channels[channel].append(HeardTurn(LocalTurn(0, *span), [span], windows, unit))
    return channels


def moment(line: int) -> float:
    """Seconds of the pause before a line, at its middle."""
    return 1.25 * TURN * line - 0.125 * TURN


TALK: list[Line] = [("agent", 0), ("customer", 1)] * 8


def moved(lines: Sequence[Line], first: int, last: int | None = None) -> list[Line]:
    """The lines from one to another on the other channel."""
    span = range(first, len(lines) if last is None else last)
    return [(who, 1 - c if i in span else c) for i, (who, c) in enumerate(lines)]


@pytest.mark.parametrize("line", [3, 4, 8, 12])
def test_channels_that_change_places_are_found_at_the_moment(line: int) -> None:
    assert find_exchanges(heard(moved(TALK, line))) == [pytest.approx(moment(line), abs=0.1)]


def test_there_and_back_are_two_moments() -> None:
    expected = [pytest.approx(moment(5), abs=0.1), pytest.approx(moment(11), abs=0.1)]
    assert find_exchanges(heard(moved(TALK, 5, 11))) == expected


@pytest.mark.parametrize(
    "lines",
    [
        TALK,
        # another agent takes over, after an announcement, on the same channel
        [*TALK[:6], ("announcement", 0), *[("second", 0), ("customer", 1)] * 5],
        # … and somebody else comes to the customer's telephone in the same moment
        [*TALK[:8], *[("second", 0), ("daughter", 1)] * 4],
        # both are heard on both channels
        [(who, side) for who, _ in TALK for side in (0, 1)],
        # one voice on both: an announcement on hold, a recording of a recording
        [("agent", 0), ("agent", 1)] * 8,
        # one of them speaks on one side of the moment only
        [*[("agent", 0)] * 4, *[("agent", 1), ("customer", 0)] * 2],
        # too little after it
        moved(TALK, 15),
        [("agent", 0)] * 4,
        [],
    ],
)
def test_ordinary_calls_and_what_cannot_be_told_have_no_such_moment(lines: list[Line]) -> None:
    assert find_exchanges(heard(lines)) == []


def test_the_note_says_when() -> None:
    assert "at about 0:57.3:" in note_of([57.312])
    assert "at about 0:57.3, 2:03.0 and 61:00.0:" in note_of([57.312, 123.0, 3660.0])
    assert "at about 1:00.0:" in note_of([59.97])


@pytest.mark.parametrize("moments", [[2.0], [1.0, 2.0], [0.5, 1.0, 130.0]])
def test_channels_are_exchanged_from_each_moment_to_the_next(moments: list[float]) -> None:
    sound = np.stack([np.full(140 * RATE, 0.25, np.float32), np.full(140 * RATE, -0.5, np.float32)])
    with Audio.from_samples(sound) as audio:
        audio.exchange(moments)
        assert audio.exchanges == tuple(moments)
        edges = [0.0, *moments, audio.duration]
        for number, start in enumerate(edges[:-1]):
            for channel in (0, 1):
                inside = audio.read(start, edges[number + 1], channel=channel)
                assert len(inside)
                assert inside == pytest.approx((0.25, -0.5)[(channel + number) % 2], abs=1e-3)


@pytest.fixture(scope="module")
def models() -> tuple[Segmenter, Embedder]:
    return Segmenter(), Embedder()


def sides_right(path: Path, name: str, models: tuple[Segmenter, Embedder]) -> tuple[float, list]:
    """Share of the speech found at one's lines that goes to one's side's voices, and the notes."""
    truth = truth_of(name)
    roles = {s["id"]: s["role"] for s in truth["speakers"]}
    recording, audio = decode(path)
    with audio:
        voices = hear_voices(audio, recording.layout, *models)
    right = total = 0.0
    for turn in truth["turns"]:
        side = int(roles[turn["speaker"]] == "customer")
        alone = [t for t in truth["turns"] if t["start"] < turn["end"] and turn["start"] < t["end"]]
        if len(alone) > 1:
            continue
        for s in voices.diarization.segments:
            shared = max(0.0, min(s.end, turn["end"]) - max(s.start, turn["start"]))
            total += shared
            right += shared * (s.channel == side)
    return right / total, voices.notes


@pytest.mark.weights
@pytest.mark.parametrize("name", ["rude_refusal", "same_gender_women"])
def test_a_call_exchanged_at_half_time_gives_each_its_words(name: str, write_audio, models) -> None:
    _, audio = decode(sample(name, "stereo"))
    with audio:
        sound = np.stack([audio.read_all(channel=channel) for channel in (0, 1)])
    half = sound.shape[1] // 2
    sound[:, half:] = sound[::-1, half:].copy()
    right, notes = sides_right(write_audio(sound, "call.flac", codec="flac"), name, models)
    assert right > 0.97
    assert len(notes) == 1 and "change places at about 0:5" in notes[0]


@pytest.mark.weights
@pytest.mark.parametrize("name", NAMES)
def test_a_call_as_it_is_has_no_exchange(name: str, models) -> None:
    right, notes = sides_right(sample(name, "stereo"), name, models)
    assert right > 0.97
    assert notes == []
