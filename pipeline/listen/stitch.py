"""Local speakers of overlapping windows, stitched into local turns over the whole recording.

The segmentation network tells up to three voices apart inside ten seconds, well enough for edges
and overlaps, but numbers them afresh in each window. Neighbouring windows share most of their
frames, so their numbering can be aligned; the aligned activities are averaged, which also smooths
single windows' errors. A stitched slot means the same voice only as long as it keeps speaking
within a window's reach: who it is over the call is decided by clustering (`diarize.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from ...models.speakers import LOCAL_SPEAKERS, LocalSpeakers

ACTIVE = 0.5
"""Mean activity over the windows from which a slot counts as speaking."""

MIN_ON = 0.12
"""Seconds; a local turn shorter than this is a flicker of one window."""

MIN_OFF = 0.15
"""Seconds; a pause shorter than this inside one voice's speech does not end a local turn."""


EDGE_WEIGHT = 0.05
"""Weight of a window's first and last frames against its middle's 1; not 0, since the
recording's own edges lie in one window only."""


@dataclass(frozen=True)
class LocalTurn:
    """A stretch in which one stitched slot speaks; others may speak at the same time."""

    slot: int
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Stitched:
    """Activity over the whole recording: float (frames, LOCAL_SPEAKERS), mean over windows."""

    activity: npt.NDArray[np.float32]
    speech: npt.NDArray[np.float32]
    """Mean probability (frames,) that anybody speaks."""
    frame_step: float
    offset: float
    """Seconds of the first frame's middle."""
    duration: float

    def time(self, frame: int) -> float:
        """The begin of a frame in seconds, inside the recording."""
        edge = self.offset + (frame - 0.5) * self.frame_step
        return min(max(edge, 0.0), self.duration)

    def local_turns(self) -> list[LocalTurn]:
        """Every slot's stretches of speech, by start."""
        turns = [
            LocalTurn(slot, self.time(first), self.time(last))
            for slot in range(LOCAL_SPEAKERS)
            for first, last in runs(
                self.activity[:, slot] >= ACTIVE,
                min_on=round(MIN_ON / self.frame_step),
                min_off=round(MIN_OFF / self.frame_step),
            )
        ]
        turns = [turn for turn in turns if turn.duration > 0]
        return sorted(turns, key=lambda turn: (turn.start, turn.end, turn.slot))

    def speech_regions(self, *, threshold: float = ACTIVE) -> list[tuple[float, float]]:
        """(start, end) wherever anybody speaks."""
        spans = runs(
            self.speech >= threshold,
            min_on=round(MIN_ON / self.frame_step),
            min_off=round(MIN_OFF / self.frame_step),
        )
        return [(self.time(a), self.time(b)) for a, b in spans if self.time(b) > self.time(a)]


def stitch(local: LocalSpeakers, duration: float) -> Stitched:
    """Align the windows' local speakers one after the other and average them."""
    step = local.frame_step
    windows, frames, slots = local.activity.shape
    firsts = np.rint(local.starts / step).astype(int)
    total = int(firsts[-1]) + frames
    votes = np.zeros((total, slots), np.float32)
    speech = np.zeros(total, np.float32)
    count = np.zeros(total, np.float32)
    # The network knows the middle of a window best: its edges lack what comes before or after.
    weight = (EDGE_WEIGHT + np.hanning(frames)).astype(np.float32)
    for index in range(windows):
        first = int(firsts[index])
        here = slice(first, first + frames)
        activity = local.activity[index].astype(np.float32)
        known = count[here] > 0
        if known.any():
            so_far = (votes[here][known] / count[here][known][:, None]).astype(np.float32)
            activity = activity[:, _best_order(so_far, activity[known])]
        votes[here] += weight[:, None] * activity
        speech[here] += weight * local.speech[index]
        count[here] += weight
    seen = np.maximum(count, EDGE_WEIGHT)
    return Stitched(
        activity=(votes / seen[:, None]).astype(np.float32),
        speech=(speech / seen).astype(np.float32),
        frame_step=step,
        offset=local.frame_duration / 2,
        duration=duration,
    )


def _best_order(reference: npt.NDArray[np.float32], activity: npt.NDArray[np.float32]) -> list[int]:
    """The order of `activity`'s columns that agrees best with `reference` on shared frames."""
    columns = range(activity.shape[1])
    differences = np.abs(reference[:, :, None] - activity[:, None, :]).sum(axis=0)
    best = min(
        permutations(columns), key=lambda order: sum(differences[c, order[c]] for c in columns)
    )
    return list(best)


def runs(active: npt.NDArray[np.bool_], *, min_on: int, min_off: int) -> list[tuple[int, int]]:
    """Half-open frame spans where `active` holds, short pauses closed, flickers dropped."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    spans: list[tuple[int, int]] = []
    for first, last in edges.reshape(-1, 2):
        if spans and first - spans[-1][1] < min_off:
            spans[-1] = (spans[-1][0], int(last))
        else:
            spans.append((int(first), int(last)))
    return [span for span in spans if span[1] - span[0] >= min_on]
