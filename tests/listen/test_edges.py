"""Edges of speech by level: on sound whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.pipeline.call import SpeakerSegment
from earwitness.pipeline.listen.edges import FRAME, speech_with_edges, within_speech
from earwitness.pipeline.listen.stitch import Stitched
from hypothesis import given
from hypothesis import strategies as st

SECONDS = 20.0
QUIET = -80.0


def heard(spans: list[tuple[float, float, float]]) -> Stitched:
    """What the network says: (start, end, probability), on frames of 20 ms."""
    speech = np.zeros(round(SECONDS / 0.02), np.float32)
    for start, end, probability in spans:
        speech[round(start / 0.02) : round(end / 0.02)] = probability
    return Stitched(np.zeros((len(speech), 3), np.float32), speech, 0.02, 0.01, SECONDS)


def levels(spans: list[tuple[float, float, float]], *, quiet: float = QUIET) -> np.ndarray:
    """Level of each frame: (start, end, dBFS) above the line's own quiet."""
    found = np.full(round(SECONDS / FRAME), quiet)
    for start, end, level in spans:
        found[round(start / FRAME) : round(end / FRAME)] = level
    return found


def test_a_bridged_pause_is_cut_out_and_the_edges_follow_the_level():
    network = heard([(1.9, 8.2, 0.9)])
    found = speech_with_edges(network, levels([(2.0, 4.0, -20), (4.6, 8.0, -20)]))
    assert found == [pytest.approx((2.0, 4.0), abs=0.03), pytest.approx((4.6, 8.0), abs=0.03)]


def test_a_stop_consonant_is_no_pause():
    network = heard([(2.0, 8.0, 0.9)])
    assert len(speech_with_edges(network, levels([(2.0, 4.0, -20), (4.2, 8.0, -20)]))) == 1


def test_a_quiet_voice_is_held_against_itself():
    network = heard([(2.0, 5.0, 0.9), (6.0, 9.0, 0.9)])
    found = speech_with_edges(network, levels([(2.0, 5.0, -15), (6.0, 9.0, -45)]))
    assert found[1] == pytest.approx((6.0, 9.0), abs=0.03)


def test_a_soft_ending_is_heard_only_beside_certain_speech():
    network = heard([(2.0, 4.0, 0.9), (4.0, 4.4, 0.45), (10.0, 11.0, 0.45)])
    found = speech_with_edges(network, levels([(2.0, 4.4, -20), (10.0, 11.0, -20)]))
    assert found == [pytest.approx((2.0, 4.4), abs=0.03)]


def test_on_a_noisy_line_the_network_decides_alone():
    network = heard([(2.0, 4.0, 0.9), (4.0, 4.4, 0.45), (4.6, 8.0, 0.9)])
    loud = levels([(2.0, 8.0, -20)], quiet=-40)
    assert speech_with_edges(network, loud) == network.speech_regions()


@given(st.integers(0, 1000))
def test_edges_stay_in_order_and_inside_what_the_network_heard(seed):
    noise = np.random.default_rng(seed).uniform(-60, 0, 2000)
    network = heard([(1.0, 6.0, 0.9), (6.0, 7.0, 0.42), (9.0, 15.0, 0.8)])
    likely = network.speech_regions(threshold=0.4)
    found = speech_with_edges(network, noise - 40 * (np.arange(2000) % 300 > 200))
    flat = [time for span in found for time in span]
    assert flat == sorted(flat)
    assert all(any(a <= s and e <= b for a, b in likely) for s, e in found)


def test_segments_lose_their_pauses_and_nothing_else():
    segments = [
        SpeakerSegment(speaker="A", start=1, end=5),
        SpeakerSegment(speaker="B", start=4, end=6),
    ]
    cut = within_speech(segments, [(0.0, 2.0), (3.0, 5.5)])
    assert [(s.speaker, s.start, s.end) for s in cut] == [
        ("A", 1, 2),
        ("A", 3, 5),
        ("B", 4, 5.5),
    ]
