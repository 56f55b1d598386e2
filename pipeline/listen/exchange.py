"""Channels that change places in the middle of a recording: found by the voices, and undone.

A recorder that starts again, or two parts joined the wrong way round, puts the voice that was on
the left channel on the right one from some moment on, and the other way about. Then a channel is
no party's, and each one's words would stand under the other's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .diarize import HeardTurn, cluster_turns
from .people import ONE_VOICE_SIMILARITY

LEAST = 4.0
"""Seconds that each of two voices must speak on its one channel before an exchange, and on the
other one after it."""

COST = 2 * LEAST
"""Seconds of speech on the wrong channel that one exchange must explain."""

STRAY = 0.1
"""Share of all speech on the wrong channel in spite of the exchanges, above which the voices do not
keep to channels anyway (both are heard on both)."""


@dataclass(frozen=True)
class _Heard:
    """Windows of both channels by their middles: arrays (n,)."""

    channel: npt.NDArray[np.intp]
    voice: npt.NDArray[np.intp]
    start: npt.NDArray[np.float64]
    end: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]
    """Of speech that each stands for: windows overlap."""


def find_exchanges(heard: Sequence[Sequence[HeardTurn]]) -> list[float]:
    """Seconds at which the channels change places, given the turns heard on each; nearly always [].

    Every voice has a channel of its own and keeps it between two exchanges; of all the ways to give
    them one, and all moments, those are taken that leave the least speech on a wrong channel.
    """
    turns = [turn for channel in heard for turn in channel]
    if len(heard) != 2 or not all(any(turn.windows for turn in channel) for channel in heard):
        return []
    voices = cluster_turns(turns)
    windows = _windows(heard, voices.labels)
    homes, state = _least_astray(windows, len(voices.centroids))
    cuts = np.flatnonzero(np.diff(state)) + 1
    if not len(cuts):
        return []
    kept = np.where((homes[windows.voice] ^ state) == windows.channel, windows.seconds, 0.0)
    if kept.sum() < (1 - STRAY) * windows.seconds.sum():
        return []
    spoken = np.stack(
        [
            np.bincount(windows.voice[a:b], kept[a:b], minlength=len(homes))
            for a, b in pairwise([0, *cuts, len(state)])
        ]
    )
    for before, after in pairwise(spoken >= LEAST):
        moved = [np.flatnonzero(before & after & (homes == side)) for side in (0, 1)]
        likeness = voices.centroids[moved[0]] @ voices.centroids[moved[1]].T
        if not likeness.size or likeness.min() > ONE_VOICE_SIMILARITY:
            return []
    return [float(windows.end[cut - 1] + windows.start[cut]) / 2 for cut in cuts]


def note_of(moments: Sequence[float]) -> str:
    """One sentence for the record."""
    tenths = [divmod(round(moment * 10), 600) for moment in moments]
    times = [f"{minutes}:{rest / 10:04.1f}" for minutes, rest in tenths]
    at = times[0] if len(times) == 1 else f"{', '.join(times[:-1])} and {times[-1]}"
    return (
        f"The channels change places at about {at}: by its sound, the voice of each goes on in the "
        "other one. Words are given to the voice; left and right are as at the beginning."
    )


def _windows(heard: Sequence[Sequence[HeardTurn]], voices: npt.NDArray[np.intp]) -> _Heard:
    rows = [
        (channel, start, end, sum(b - a for a, b in turn.alone) / len(turn.windows))
        for channel, turns in enumerate(heard)
        for turn in turns
        for start, end in turn.windows
    ]
    channel, start, end, seconds = (np.array(column) for column in zip(*rows, strict=True))
    order = np.argsort(start + end, kind="stable")
    return _Heard(channel[order], voices[order], start[order], end[order], seconds[order])


def _least_astray(
    windows: _Heard, voices: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Each voice's channel (voices,), and whether the channels are exchanged (windows,), 0 or 1."""
    # Six voices can be given channels in 64 ways: all are followed at once (Viterbi).
    ways = (np.arange(2**voices)[:, None] >> np.arange(voices)) & 1
    total = np.zeros((len(ways), 2))
    total[:, 1] = np.inf  # the beginning is what left and right mean
    stayed = np.zeros((len(windows.voice), *total.shape), np.bool_)
    for i, (voice, channel) in enumerate(zip(windows.voice, windows.channel, strict=True)):
        switched = total[:, ::-1] + COST
        stayed[i] = total <= switched
        total = np.where(stayed[i], total, switched)
        astray = (ways[:, voice] != channel) * windows.seconds[i]
        total[:, 0] += astray
        total[:, 1] += windows.seconds[i] - astray
    way, last = np.unravel_index(int(total.argmin()), total.shape)
    state = np.zeros(len(windows.voice), np.intp)
    for i in range(len(state) - 1, -1, -1):
        state[i] = last
        last = last if stayed[i, way, last] else 1 - last
    return ways[way], state
