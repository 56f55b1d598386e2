"""One voice that two are expected of: a recording of one person stays one voice."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.models.speakers import Embedder, Segmenter
from earwitness.pipeline.listen.audio import decode
from earwitness.pipeline.listen.cluster import cluster
from earwitness.pipeline.listen.voices import hear_voices
from hypothesis import given, settings
from hypothesis import strategies as st
from support import sample, truth_of

OWN = 0.64
"""Cosine of two windows of one voice, about the median over real calls."""

seeds = st.integers(0, 10_000)


def windows(counts: list[int], *, across: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit windows of voices that are alike by `across`, and whose each is.

    What makes windows of one voice differ (sounds, tone) lies in a few dimensions, as in speech.
    """
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((192, 40)))[0].T
    names = np.sqrt(across) * basis[0] + np.sqrt(OWN - across) * basis[1 : len(counts) + 1]
    noise = rng.standard_normal((sum(counts), 30))
    noise *= np.sqrt(1 - OWN) / np.linalg.norm(noise, axis=1, keepdims=True)
    points = names[np.repeat(np.arange(len(counts)), counts)] + noise @ basis[10:]
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit.astype(np.float32), np.full(sum(counts), 1.5)


def found(counts: list[int], *, across: float, seed: int) -> int:
    return len(cluster(*windows(counts, across=across, seed=seed)).centroids)


@pytest.mark.parametrize("count", [6, 8, 10, 13])
def test_one_voice_is_one_however_little_it_says(count: int) -> None:
    """With a few windows chance may draw a voice apart, but hardly ever."""
    assert [found([count], across=0.0, seed=seed) for seed in range(60)].count(1) >= 58


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(8, 60), st.integers(8, 60), st.floats(0.1, 0.36), seeds)
def test_two_voices_are_two_however_briefly_they_speak(a: int, b: int, across: float, seed) -> None:
    assert found([a, b], across=across, seed=seed) == 2


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(20, 60), st.integers(20, 60), seeds)
def test_two_like_voices_are_two_where_they_say_enough(a: int, b: int, seed: int) -> None:
    """Their windows are alike by 0.5, their centroids by 0.78."""
    assert found([a, b], across=0.5, seed=seed) == 2


def test_a_count_that_is_given_stands() -> None:
    points, seconds = windows([12], across=0.0, seed=0)
    assert len(cluster(points, seconds, num_speakers=2).centroids) == 2


@pytest.mark.weights
def test_one_person_alone_is_one_voice(write_audio) -> None:
    """Eleven seconds of one party's own lines."""
    truth = truth_of("rude_refusal")
    roles = {s["id"]: s["role"] for s in truth["speakers"]}
    _, audio = decode(sample("rude_refusal", "stereo"))
    models = Segmenter(), Embedder()
    with audio:
        for side, role in enumerate(("agent", "customer")):
            lines = [t for t in truth["turns"] if roles[t["speaker"]] == role]
            pieces = [audio.read(t["start"], t["end"] + 0.3, channel=side) for t in lines]
            alone = np.concatenate(pieces)[: 11 * 16_000]
            recording, one = decode(write_audio(alone, f"{role}.flac", codec="flac"))
            with one:
                heard = hear_voices(one, recording.layout, *models)
            assert {s.speaker for s in heard.diarization.segments} == {"SPEAKER_00"}
