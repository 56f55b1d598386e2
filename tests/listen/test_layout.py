"""What two channels are: parties, copies, or a line without a voice on it."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.pipeline.listen.audio import RATE, Audio, decode
from earwitness.pipeline.listen.layout import LayoutFacts, detect_layout
from support import sample

SECONDS = 300
RNG = np.random.default_rng(0)


def level(dbfs: float) -> float:
    return float(10 ** (dbfs / 20))


def utterances(starts: list[float], dbfs: float, *, lasts: float = 0.8) -> np.ndarray:
    """Noise in syllables at these times."""
    sound = np.zeros(SECONDS * RATE, np.float32)
    syllables = np.abs(np.sin(2 * np.pi * 3 * np.arange(round(lasts * RATE)) / RATE))
    for start in starts:
        first = round(start * RATE)
        noise = level(dbfs) * RNG.standard_normal(len(syllables))
        sound[first : first + len(syllables)] = syllables * noise
    return sound


def facts(left: np.ndarray, right: np.ndarray) -> LayoutFacts:
    with Audio.from_samples(np.stack([left, right]).astype(np.float32)) as audio:
        return detect_layout(audio)


AGENT = utterances([float(t) for t in range(0, SECONDS - 2, 2)], -20, lasts=1.5)


@pytest.mark.parametrize("dbfs", [-25.0, -48.0])
@pytest.mark.parametrize("noise", [-120.0, -66.0])
def test_a_few_quiet_words_in_a_long_call_are_a_party(dbfs: float, noise: float) -> None:
    customer = utterances([20.3, 81.7, 140.2, 200.9, 260.4], dbfs, lasts=0.4)
    customer += level(noise) * RNG.standard_normal(len(customer)).astype(np.float32)
    assert facts(AGENT, customer) == LayoutFacts("dual", None, ())


hum = level(-60) * np.sqrt(2) * np.sin(2 * np.pi * 50 * np.arange(SECONDS * RATE) / RATE)
clicks = np.zeros(SECONDS * RATE)
clicks[[RATE, 9 * RATE, 100 * RATE]] = 0.9


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (np.zeros(SECONDS * RATE), "silent"),
        (clicks, "silent"),
        (hum, "steady noise (-60 dBFS)"),
        (level(-60) * RNG.standard_normal(SECONDS * RATE), "steady noise (-60 dBFS)"),
    ],
)
def test_a_dead_line_is_said_and_left_out(line: np.ndarray, says: str) -> None:
    found = facts(AGENT, line)
    assert (found.layout, found.channel) == ("mono", 0)
    assert found.notes[0].startswith("The right channel ")
    assert says in found.notes[0]


@pytest.fixture(scope="module")
def both() -> np.ndarray:
    _, audio = decode(sample("civil", "stereo"))
    with audio:
        return np.stack([audio.read_all(channel=channel) for channel in (0, 1)])


@pytest.mark.parametrize("delay", [-1.5, -0.2, 0.06, 0.5, 1.9])
def test_a_copy_that_comes_late_is_found_and_the_earlier_one_is_taken(
    both: np.ndarray, delay: float
) -> None:
    early = both.mean(axis=0)
    late = 0.4 * np.roll(early, round(abs(delay) * RATE))
    late += level(-60) * RNG.standard_normal(len(late)).astype(np.float32)
    left, right = (early, late) if delay > 0 else (late, early)
    found = facts(left, right)
    assert (found.layout, found.channel) == ("dual-mono", 0 if delay > 0 else 1)
    assert f"{abs(delay):.2f} s later" in found.notes[0]


def test_two_parties_who_echo_in_each_others_channel_are_no_copies(both: np.ndarray) -> None:
    echoed = both + 0.15 * np.roll(both[::-1], round(0.3 * RATE), axis=1)
    assert facts(*echoed) == LayoutFacts("dual", None, ())
