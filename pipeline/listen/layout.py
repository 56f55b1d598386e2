"""Whether two channels are two parties, or one signal twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..call import Layout

if TYPE_CHECKING:
    from .audio import Audio

FRAME = 0.5
"""Seconds; long enough for a stable correlation, short enough to hold one speaker."""

ACTIVE_DBFS = -50.0
"""Frames quieter than this on both channels say nothing about the layout."""

DEAD_DBFS = -70.0
"""A channel whose loudest frames stay below this carries no voice."""

SAME_CORRELATION = 0.9
"""Median correlation above which two channels are the same signal (at whatever gain)."""

SEPARATION_DB = 6.0
"""A frame belongs to one channel when it is louder there by this much."""

SEPARATED_SHARE = 0.5
"""Share of active frames that must belong to one channel for the channels to be two parties."""

_LAGS = 400
"""Samples at 16 kHz (25 ms): a delay between copies of the same signal."""

_AT_ONCE = 100
"""Frames correlated at once: their spectra take room."""

_MAX_FRAMES = 2400
"""Frames looked at, spread over the recording: enough to decide, at bounded cost."""


@dataclass(frozen=True)
class LayoutFacts:
    """The layout, which channel to listen to if it is not dual (None: their mean), and notes."""

    layout: Layout
    channel: int | None
    notes: tuple[str, ...]


def detect_layout(audio: Audio) -> LayoutFacts:
    """Decide what the two channels of a recording are.

    Level differences by frame separate two parties; correlation, allowing for a delay, finds one
    signal recorded twice; a silent channel is said and left out.
    """
    left, right = _frames(audio, 0), _frames(audio, 1)
    levels = np.stack([_dbfs(left), _dbfs(right)])
    loudest = np.percentile(levels, 98, axis=1) if levels.shape[1] else np.full(2, -120.0)
    if loudest.max() > DEAD_DBFS >= loudest.min():
        quiet = int(loudest.argmin())
        side = ("left", "right")[quiet]
        return LayoutFacts("mono", 1 - quiet, (f"The {side} channel is silent and was left out.",))
    active = levels.max(axis=0) > ACTIVE_DBFS
    if not active.any():
        return LayoutFacts("dual-mono", None, ())
    correlation = _correlation(left[active], right[active])
    if np.median(correlation) >= SAME_CORRELATION:
        return LayoutFacts("dual-mono", None, ())
    apart = np.abs(levels[0] - levels[1])[active] >= SEPARATION_DB
    if apart.mean() >= SEPARATED_SHARE:
        return LayoutFacts("dual", None, ())
    return LayoutFacts(
        "dual-mono",
        None,
        ("Both channels carry both voices; their mean was listened to.",),
    )


def _frames(audio: Audio, channel: int) -> npt.NDArray[np.float32]:
    """Frames (count, samples) spread evenly over a channel."""
    total = int(audio.duration / FRAME)
    starts = np.unique(np.linspace(0, max(0, total - 1), min(total, _MAX_FRAMES)).astype(int))
    pieces = [audio.read(s * FRAME, (s + 1) * FRAME, channel=channel) for s in starts]
    return np.stack(pieces) if pieces else np.zeros((0, 1), np.float32)


def _dbfs(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    return np.asarray(10 * np.log10(power + 1e-12))


def _correlation(
    left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """The highest normalised cross-correlation of each pair of frames within `_LAGS`."""
    parts = [
        _correlated(left[i : i + _AT_ONCE], right[i : i + _AT_ONCE])
        for i in range(0, len(left), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _correlated(
    left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    size = 2 * left.shape[1]
    spectrum = np.fft.rfft(left, size) * np.conj(np.fft.rfft(right, size))
    cross = np.fft.irfft(spectrum, size)
    near = np.concatenate([cross[:, : _LAGS + 1], cross[:, -_LAGS:]], axis=1)
    energy = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1) + 1e-9
    return np.asarray(np.abs(near).max(axis=1) / energy)
