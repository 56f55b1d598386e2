"""One voice that two are expected of: a recording of one person stays one voice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from earwitness.models.speakers import Embedder, Segmenter
from earwitness.pipeline.listen.audio import decode
from earwitness.pipeline.listen.cluster import Voices, Windows, cluster
from earwitness.pipeline.listen.people import Pair
from earwitness.pipeline.listen.voices import hear_voices
from hypothesis import given, settings
from hypothesis import strategies as st
from support import sample, truth_of

OWN = 0.64
"""Cosine of two windows of one voice, about the median over real calls."""

seeds = st.integers(0, 10_000)


def windows(counts: list[int], *, across: float, seed: int) -> Windows:
    """Unit windows of voices that are alike by `across`, each a turn of its own.

    What makes windows of one voice differ (sounds, tone) lies in a few dimensions, as in speech.
    """
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((192, 40)))[0].T
    names = np.sqrt(across) * basis[0] + np.sqrt(OWN - across) * basis[1 : len(counts) + 1]
    noise = rng.standard_normal((sum(counts), 30))
    noise *= np.sqrt(1 - OWN) / np.linalg.norm(noise, axis=1, keepdims=True)
    points = names[np.repeat(np.arange(len(counts)), counts)] + noise @ basis[10:]
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return Windows(unit.astype(np.float32), np.full(sum(counts), 1.5), np.arange(sum(counts)))


def found(counts: list[int], *, across: float, seed: int) -> int:
    return len(cluster(windows(counts, across=across, seed=seed)).centroids)


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
    assert len(cluster(windows([12], across=0.0, seed=0), num_speakers=2).centroids) == 2


def third(*, across: float, breath: bool = False, seed: int = 0) -> Voices:
    """Two voices and a third like the second by `across` (windows), in turns of six windows.

    With `breath` second and third change within turns, as parts of one voice do.
    """
    like = windows([30, 30], across=across, seed=seed)
    first = windows([60], across=0.0, seed=seed + 1).embeddings
    first = np.concatenate([first, np.zeros_like(first)], axis=1)
    other = np.concatenate([np.zeros_like(like.embeddings), like.embeddings], axis=1)
    order = np.arange(60).reshape(2, 30).T.ravel() if breath else np.arange(60)
    points = np.concatenate([first, other[order]])
    return cluster(Windows(points, np.full(120, 1.5), np.repeat(np.arange(20), 6)))


@pytest.mark.parametrize("seed", range(5))
def test_a_third_voice_that_is_heard_at_length_may_be_like_another(seed: int) -> None:
    """Centroids alike by 0.72, as on a narrow line."""
    assert len(third(across=0.46, seed=seed).centroids) == 3


def test_a_short_third_voice_must_be_less_like_another() -> None:
    long = Pair(0, 1, likeness=0.72, speech=20, places=20, changes=0, own_share=0.7, sampled=20)
    assert long.earned and not replace(long, speech=6.0).earned
    assert replace(long, speech=6.0, likeness=0.6).earned
    assert not replace(long, speech=3.0, likeness=0.1).earned
    merged = replace(long, likeness=0.86, speech=40)
    assert merged.one_voice and merged.hardly_one and not replace(merged, speech=20).hardly_one
    assert not replace(long, changes=3).earned and replace(long, changes=3, likeness=0.5).earned


@pytest.mark.parametrize("seed", range(5))
def test_parts_that_change_within_a_breath_are_one_voice(seed: int) -> None:
    found = third(across=0.46, breath=True, seed=seed)
    assert len(found.centroids) == 2 and not found.doubtful


@pytest.mark.parametrize("seed", range(5))
def test_where_nobody_can_tell_two_people_it_is_said(seed: int) -> None:
    found = third(across=0.515, seed=seed)
    assert len(found.centroids) == 2
    (doubtful,) = found.doubtful
    assert (found.labels[60:] == doubtful).all() and (found.labels[:60] != doubtful).all()


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
