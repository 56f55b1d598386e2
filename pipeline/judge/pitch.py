"""Pitch of a stretch of speech by YIN (de Cheveigné and Kawahara 2002, J. Acoust. Soc. Am. 111).

The difference function is computed by FFT and normalised by its cumulative mean; the first dip
under a threshold is the period. It needs no fundamental, which telephone lines cut off: the
spacing of the harmonics is period enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

RATE = 16_000
"""Hertz of the samples read."""

STEP = 2
"""Every second sample serves for pitch: telephone speech ends below 4 kHz."""

LOWEST, HIGHEST = 65.0, 500.0
"""Hertz searched."""

WINDOW = 0.032
"""Seconds compared with themselves one period later."""

HOP = 0.02
"""Seconds from one frame to the next."""

DIP = 0.15
"""Normalised difference under which a frame is voiced. On telephone speech a laxer one (0.2) took
the second harmonic of low voices for the pitch in some turns, 0.3 in many."""

BLOCK = 500
"""Frames worked on at a time, so that long turns take no more memory than short ones."""


def track(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pitch in hertz (0 where unvoiced) and mean power of each frame, both of shape (frames,).

    `samples` are float of shape (n,) at 16 kHz. Sound shorter than a frame gives none.
    """
    import numpy as np

    sound = np.asarray(samples, dtype=np.float64).reshape(-1)
    # Averaging neighbours before halving the rate keeps what lies above from folding down.
    sound = sound[: sound.size // STEP * STEP].reshape(-1, STEP).mean(axis=1)
    rate = RATE // STEP
    window, longest = round(WINDOW * rate), round(rate / LOWEST)
    span, hop = window + longest, round(HOP * rate)
    if sound.size < span:
        return np.zeros(0), np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(sound, span)[::hop]
    pitch, power = [], []
    for start in range(0, len(frames), BLOCK):
        block = frames[start : start + BLOCK]
        pitch.append(_yin(block - block.mean(axis=1, keepdims=True), window, longest, rate))
        power.append((block[:, :window] ** 2).mean(axis=1))
    return np.concatenate(pitch), np.concatenate(power)


def _yin(frames: np.ndarray, window: int, longest: int, rate: int) -> np.ndarray:
    import numpy as np

    size = 1 << (frames.shape[1] + window - 1).bit_length()
    whole = np.fft.rfft(frames, size)
    head = np.fft.rfft(frames[:, :window], size)
    alike = np.fft.irfft(whole * head.conj(), size)[:, : longest + 1]
    sums = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(frames**2, axis=1)], axis=1)
    lags = np.arange(longest + 1)
    energy = sums[:, lags + window] - sums[:, lags]
    difference = np.maximum(energy[:, :1] + energy - 2 * alike, 0.0)
    mean = np.cumsum(difference[:, 1:], axis=1) / lags[1:]
    normal = np.ones_like(difference)
    normal[:, 1:] = difference[:, 1:] / np.maximum(mean, 1e-12)
    shortest = int(rate / HIGHEST)
    silent = energy[:, 0] < 1e-9
    pitch = np.zeros(len(frames))
    for row in range(len(frames)):
        under = np.flatnonzero(normal[row, shortest:longest] < DIP)
        if silent[row] or under.size == 0:
            continue
        lag = int(under[0]) + shortest
        while lag + 1 < longest and normal[row, lag + 1] < normal[row, lag]:
            lag += 1
        a, b, c = normal[row, lag - 1], normal[row, lag], normal[row, lag + 1]
        bend = a - 2 * b + c
        shift = 0.5 * (a - c) / bend if bend > 0 else 0.0
        pitch[row] = rate / (lag + max(-0.5, min(0.5, shift)))
    return pitch
