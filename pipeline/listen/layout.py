"""Whether two channels are two parties, or one signal twice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..call import Layout
from .speech import LEVEL_FRAME, frame_levels

if TYPE_CHECKING:
    from .audio import Audio

FRAME = 0.5
"""Seconds; long enough for a stable correlation, short enough to hold one speaker."""

ACTIVE_DBFS = -50.0
"""Frames quieter than this on both channels say nothing about the layout."""

DEAD_DBFS = -70.0
"""Sound below this is no voice."""

ABOVE_NOISE_DB = 12.0
"""Sound that is quieter than `ACTIVE_DBFS` is a voice only this far above the channel's own noise;
a hum or hiss keeps its level."""

NOISE = 25
"""Percentile of the levels above `DEAD_DBFS` that stands for that noise: between words, too."""

ALIVE_SECONDS = 0.3
"""Seconds of such sound, over the whole recording, that make a channel one with a voice in it: one
"yes". Clicks are shorter."""

SAME_CORRELATION = 0.9
"""Median correlation above which two channels are the same signal (at whatever gain)."""

SEPARATION_DB = 6.0
"""A frame belongs to one channel when it is louder there by this much."""

SEPARATED_SHARE = 0.5
"""Share of active frames that must belong to one channel for the channels to be two parties."""

_LAGS = 400
"""Samples at 16 kHz (25 ms): a delay between copies of the same signal."""

_STRETCH, _STRETCHES = 4.0, 4
"""Seconds of the loudest stretches, and how many of each channel, by which a longer delay between
copies is found …"""

_DELAY = 2.0
"""… up to this many seconds …"""

_DELAY_SPREAD = 0.005
_DELAY_AGREED = 0.75
"""… if this share of them has the same one, give or take these seconds."""

_AT_ONCE = 100
"""Frames correlated at once: their spectra take room."""

_MAX_FRAMES = 2400
"""Frames looked at, spread over the recording: enough to decide, at bounded cost."""


SIDES = ("left", "right")

Levels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LayoutFacts:
    """The layout, which channel to listen to if it is not dual (None: their mean), and notes."""

    layout: Layout
    channel: int | None
    notes: tuple[str, ...]


def detect_layout(audio: Audio) -> LayoutFacts:
    """Decide what the two channels of a recording are.

    Level differences by frame separate two parties; correlation, allowing for a delay, finds one
    signal recorded twice, however late; a channel without a voice is said and left out.
    """
    all_levels = [
        frame_levels(partial(audio.read, channel=channel), audio.duration) for channel in (0, 1)
    ]
    alive = [_has_voice(levels) for levels in all_levels]
    if any(alive) and not all(alive):
        dead = alive.index(False)
        return LayoutFacts("mono", 1 - dead, (_of_dead(SIDES[dead], all_levels[dead]),))
    left, right = _frames(audio, 0), _frames(audio, 1)
    levels = np.stack([_dbfs(left), _dbfs(right)])
    active = levels.max(axis=0) > ACTIVE_DBFS
    if not active.any():
        return LayoutFacts("dual-mono", None, ())
    correlation = _correlation(left[active], right[active])
    if np.median(correlation) >= SAME_CORRELATION:
        return LayoutFacts("dual-mono", None, ())
    delay = _delay(audio, all_levels)
    if delay is not None:
        first = 0 if delay > 0 else 1
        note = (
            f"The {SIDES[1 - first]} channel repeats the {SIDES[first]} one {abs(delay):.2f} s "
            "later and was left out."
        )
        return LayoutFacts("dual-mono", first, (note,))
    apart = np.abs(levels[0] - levels[1])[active] >= SEPARATION_DB
    if apart.mean() >= SEPARATED_SHARE:
        return LayoutFacts("dual", None, ())
    return LayoutFacts(
        "dual-mono",
        None,
        ("Both channels carry both voices; their mean was listened to.",),
    )


def _has_voice(levels: Levels) -> bool:
    """Whether anything in a channel may be a voice, be it quiet and rare."""
    sound = levels[levels > DEAD_DBFS]
    if not len(sound):
        return False
    least = min(ACTIVE_DBFS, float(np.percentile(sound, NOISE)) + ABOVE_NOISE_DB)
    return bool((sound > least).sum() * LEVEL_FRAME >= ALIVE_SECONDS)


def _of_dead(side: str, levels: Levels) -> str:
    sound = levels[levels > DEAD_DBFS]
    if len(sound) * LEVEL_FRAME < ALIVE_SECONDS:
        return f"The {side} channel is silent and was left out."
    return (
        f"The {side} channel carries nothing but a steady noise "
        f"({np.median(sound):.0f} dBFS) and was left out."
    )


def _delay(audio: Audio, levels: list[Levels]) -> float | None:
    """Seconds by which the right channel repeats the left one; negative where it goes first.

    Looked for from the loudest stretches of either channel, so that an echo of one party in the
    other's channel is no copy: that party's own words are nowhere in the first.
    """
    frames = round(_STRETCH / LEVEL_FRAME)
    delays = []
    for channel, own in enumerate(levels):
        power = (10 ** (own[: len(own) // frames * frames] / 10)).reshape(-1, frames).mean(axis=1)
        starts = np.arange(len(power)) * _STRETCH
        power[(starts < _DELAY) | (starts + _STRETCH + _DELAY > audio.duration)] = 0.0
        for index in np.argsort(-power, kind="stable")[:_STRETCHES]:
            if power[index] > 0:
                found = _found_in(audio, channel, float(starts[index]))
                delays.append(math.nan if found is None else found * (1 - 2 * channel))
    if not delays or np.isnan(delays).all():
        return None
    delay = float(np.nanmedian(delays))
    agreed = np.abs(np.array(delays) - delay) <= _DELAY_SPREAD
    return delay if agreed.mean() >= _DELAY_AGREED else None


def _found_in(audio: Audio, channel: int, start: float) -> float | None:
    """Seconds later at which a stretch of one channel is heard in the other one, if it is."""
    from scipy.signal import correlate

    end = start + _STRETCH
    piece = audio.read(start, end, channel=channel).astype(np.float64)
    other = audio.read(start - _DELAY, end + _DELAY, channel=1 - channel).astype(np.float64)
    cross = np.abs(correlate(other, piece, mode="valid", method="fft"))
    total = np.concatenate([[0.0], np.cumsum(other**2)])
    energy = np.sqrt((total[len(piece) :] - total[: -len(piece)]).clip(0.0))
    similar = cross / (energy * np.linalg.norm(piece) + 1e-6)
    best = int(similar.argmax())
    return best / 16_000 - _DELAY if similar[best] >= SAME_CORRELATION else None


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
