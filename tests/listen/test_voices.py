"""Stitching, clustering and attribution, on values whose answer is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from earwitness.models.speakers import LocalSpeakers
from earwitness.pipeline.call import SpeakerSegment, Word
from earwitness.pipeline.listen.attribute import (
    attribute,
    build_turns,
    find_overlaps,
)
from earwitness.pipeline.listen.audio import RATE, Audio
from earwitness.pipeline.listen.cluster import Windows, cluster
from earwitness.pipeline.listen.diarize import _voices_along
from earwitness.pipeline.listen.spans import merge_spans, subtract
from earwitness.pipeline.listen.stitch import LocalTurn, stitch
from earwitness.pipeline.listen.voices import hear_voices
from hypothesis import given
from hypothesis import strategies as st

FRAME = 10 / 500


def local_speakers(who: np.ndarray, rng: np.random.Generator) -> LocalSpeakers:
    """Windows over `who` (frames, 2), each with its local speakers in an order of its own."""
    windows, starts = [], []
    for first in range(0, len(who) - 500 + 1, 50):
        window = np.zeros((500, 3), bool)
        window[:, rng.permutation(3)[:2]] = who[first : first + 500]
        windows.append(window)
        starts.append(first * FRAME)
    activity = np.stack(windows)
    return LocalSpeakers(
        activity=activity,
        speech=activity.any(-1).astype(np.float32),
        starts=np.array(starts),
        frame_step=FRAME,
        frame_duration=FRAME,
    )


def test_stitching_undoes_each_windows_own_numbering() -> None:
    rng = np.random.default_rng(1)
    who = np.zeros((3000, 2), bool)
    for first in range(0, 3000, 300):
        who[first : first + 140, 0] = True
        who[first + 130 : first + 280, 1] = True  # ten frames of overlap
    stitched = stitch(local_speakers(who, rng), 60.0)
    turns = stitched.local_turns()
    assert len(turns) == 20
    assert {turn.slot for turn in turns[::2]}.isdisjoint({turn.slot for turn in turns[1::2]})
    for index, turn in enumerate(turns):
        begin = 300 * (index // 2) + (130 if index % 2 else 0)
        assert turn.start == pytest.approx(begin * FRAME, abs=2 * FRAME)


def windows(points: np.ndarray) -> Windows:
    return Windows(points, np.full(len(points), 1.5), np.arange(len(points)))


def voices(counts: list[int], *, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((len(counts), 192))
    points = np.concatenate(
        [c + spread * rng.standard_normal((n, 192)) for c, n in zip(centres, counts, strict=True)]
    )
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32), np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize("counts", [[40, 40], [60, 8], [40, 30, 12], [30, 30, 20, 10]])
def test_voices_are_counted_and_kept_apart(counts: list[int]) -> None:
    points, truth = voices(counts, spread=0.9)
    found = cluster(windows(points))
    assert len(found.centroids) == len(counts)
    for label in range(len(counts)):
        assert len(set(found.labels[truth == label])) == 1


def test_one_voice_is_not_split_in_two() -> None:
    points, _ = voices([50], spread=0.6)
    assert len(cluster(windows(points)).centroids) == 1


def test_a_third_voice_must_speak_long_enough_to_be_believed() -> None:
    points, _ = voices([40, 40, 2], spread=0.9)
    assert len(cluster(windows(points)).centroids) == 2


def test_the_same_windows_give_the_same_voices() -> None:
    points, _ = voices([30, 25, 9], spread=1.2, seed=3)
    first, second = cluster(windows(points)), cluster(windows(points))
    assert np.array_equal(first.labels, second.labels)


def word(text: str, start: float, end: float, speaker: str | None = None) -> Word:
    return Word(text=text, start=start, end=end, confidence=0.9, speaker=speaker)


SEGMENTS = [
    SpeakerSegment(speaker="A", start=0.0, end=5.0),
    SpeakerSegment(speaker="B", start=4.2, end=9.0),
    SpeakerSegment(speaker="A", start=6.0, end=6.4),
]


def test_a_word_in_an_overlap_keeps_both_names_as_candidates() -> None:
    alone, shared = attribute([word("hello", 1, 1.4), word("no", 4.3, 4.8)], SEGMENTS)
    assert (alone.speaker, alone.candidates) == ("A", ["A"])
    assert shared.candidates == ["A", "B"]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.02, 0.5)), max_size=30))
def test_every_word_lands_in_exactly_one_turn_in_order(raw: list[tuple[float, float]]) -> None:
    words = attribute([word(f"w{i}", s, s + d) for i, (s, d) in enumerate(sorted(raw))], SEGMENTS)
    turns = build_turns(words, find_overlaps(SEGMENTS), language="en")
    assert sorted(w.text for t in turns for w in t.words) == sorted(w.text for w in words)
    assert [turn.id for turn in turns] == list(range(len(turns)))
    for turn in turns:
        assert turn.start == turn.words[0].start
        assert all(w.speaker == turn.speaker for w in turn.words)
        assert [w.start for w in turn.words] == sorted(w.start for w in turn.words)


def test_two_who_speak_at_once_are_not_cut_into_each_other() -> None:
    mine = [word(f"a{i}", 0.3 * i, 0.3 * i + 0.2, "A") for i in range(10)]
    other = [word(f"b{i}", 0.7 + 0.3 * i, 0.8 + 0.3 * i, "B") for i in range(4)]
    turns = build_turns([*mine, *other], [], language="en")
    assert [[w.text[0] for w in turn.words] for turn in turns] == [["a"] * 10, ["b"] * 4]


def test_words_in_a_pause_of_the_others_part_its_turns() -> None:
    words = [word("So", 0.0, 0.3, "A"), word("yes?", 0.5, 0.7, "B"), word("I", 1.0, 1.1, "A")]
    assert [t.text for t in build_turns(words, [], language="en")] == ["So", "yes?", "I"]


class Networks:
    """Stand-ins for both networks: speech from 1 to 3 s, and the local speakers they are given."""

    def __init__(self, *who: tuple[float, float]) -> None:
        self._who = who

    def segmenter(self, read, duration, *, step, progress) -> LocalSpeakers:
        times = np.arange(500) * FRAME
        activity = np.zeros((1, 500, 3), bool)
        for start, end in self._who:
            activity[0, (times >= start) & (times < end), 0] = True
        speech = ((times >= 1) & (times < 3)) | activity[0].any(-1)
        return LocalSpeakers(
            activity=activity,
            speech=speech[None].astype(np.float32),
            starts=np.zeros(1),
            frame_step=FRAME,
            frame_duration=FRAME,
        )

    def embedder(self, spans, read, *, progress=None) -> np.ndarray:
        return np.full((len(spans), 4), 0.5, np.float32)


@pytest.mark.parametrize("who", [(), ((6.0, 9.0),)])
def test_speech_without_a_speaker_is_given_one_and_marked(who: tuple[tuple[float, float], ...]):
    networks = Networks(*who)
    sound = 0.1 * np.random.default_rng(0).standard_normal((1, 10 * RATE)).astype(np.float32)
    with Audio.from_samples(sound) as audio:
        heard = hear_voices(audio, "mono", networks.segmenter, networks.embedder)
    spoken = [word("Hello?", 1.5, 2.0), *(word("Yes?", s, s + 0.5) for s, _ in who)]
    attributed = attribute(spoken, heard.diarization.segments)
    assert {w.speaker for w in attributed} == {"SPEAKER_00"}
    turns = build_turns(attributed, [], language="en", uncertain=heard.diarization.uncertain)
    assert turns[0].uncertain
    assert not any(turn.uncertain for turn in turns[1:])


@given(st.integers(2, 40), st.integers(1, 4), st.floats(0.5, 30), st.integers(0, 2**32 - 1))
def test_the_voices_along_a_turn_fill_it_one_after_the_other(
    count: int, some: int, seconds: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    turn = LocalTurn(0, 5.0, 5.0 + seconds)
    middles = np.sort(rng.uniform(turn.start, turn.end, count))
    spans = [(max(turn.start, m - 0.5), min(turn.end, m + 0.5)) for m in middles]
    scores = rng.uniform(-1, 1, (count, some)).astype(np.float32)

    def read(start: float, end: float) -> np.ndarray:
        return rng.standard_normal(max(0, round((end - start) * RATE))).astype(np.float32)

    parts = _voices_along(turn, spans, scores, read)
    assert parts[0].start == turn.start
    assert parts[-1].end == turn.end
    assert all(part.start < part.end for part in parts)
    assert all(before.end == after.start for before, after in pairwise(parts))


def test_a_back_channel_is_an_overlap_but_no_interruption() -> None:
    first, second = find_overlaps(SEGMENTS)
    assert (first.holder, first.entrant, first.interruption) == ("A", "B", True)
    assert (second.holder, second.entrant, second.interruption) == ("B", "A", False)


def test_spans() -> None:
    assert merge_spans([(3, 4), (0, 1), (1.2, 2)], pause=0.5) == [(0, 2), (3, 4)]
    assert subtract([(0, 10)], [(2, 3), (5, 12)]) == [(0, 2), (3, 5)]
