"""Telephone sound for the sample calls: band, room, levels, G.711, noise, hold music, FLAC."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfiltfilt

Audio = NDArray[np.float64]

RATE = 8000  # Hz
BAND = (300.0, 3400.0)  # Hz, the telephone band
SPEECH_DBFS = -23.0  # level of a speaker's sounding parts before that side's own gain
NOISE_DBFS = -65.0  # line noise of each side
CROSSTALK_DB = -45.0  # how much of one side leaks into the other, two-channel files
ROOM_SECONDS = 0.09  # length of the little room behind each speaker
ROOM_DB = -20.0  # its energy against the direct sound
MU = 255.0
STEP = 16  # of 32768: the step of the written samples, the smallest one of a G.711 line
CHORDS = ((220.0, 277.18, 329.63), (196.0, 246.94, 293.66), (174.61, 220.0, 261.63))
BEAT = 0.42  # seconds a note of the hold music


def gain(db: float) -> float:
    """Decibels to a factor."""
    return float(10.0 ** (db / 20.0))


def resampled(audio: Audio, rate: int) -> Audio:
    """Bring audio to 8 kHz."""
    ratio = Fraction(RATE, rate)
    return np.asarray(resample_poly(audio, ratio.numerator, ratio.denominator), dtype=float)


def telephone_band(audio: Audio) -> Audio:
    """Keep 300 to 3400 Hz, without shifting anything in time."""
    sections = butter(4, BAND, btype="bandpass", fs=RATE, output="sos")
    return np.asarray(sosfiltfilt(sections, audio), dtype=float)


def levelled(audio: Audio, dbfs: float) -> Audio:
    """Set the level of the sounding parts (20 ms frames within 25 dB of the loudest) to `dbfs`."""
    size = RATE // 50
    frames = audio[: len(audio) // size * size].reshape(-1, size)
    power = (frames**2).mean(axis=1)
    loud = power[power > power.max() * gain(-25.0) ** 2]
    return audio * float(gain(dbfs) / np.sqrt(loud.mean()))


def in_room(audio: Audio, rng: np.random.Generator) -> Audio:
    """Add a short, quiet tail of reflections behind the direct sound."""
    count = int(ROOM_SECONDS * RATE)
    tail = rng.standard_normal(count) * np.exp(-5.0 * np.arange(count) / count)
    tail[: int(0.004 * RATE)] = 0.0
    tail *= gain(ROOM_DB) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return np.asarray(fftconvolve(audio, tail)[: len(audio)], dtype=float)


def line_noise(count: int, rng: np.random.Generator) -> Audio:
    """Light noise in the telephone band at NOISE_DBFS."""
    noise = telephone_band(rng.standard_normal(count))
    return np.asarray(noise * (gain(NOISE_DBFS) / np.sqrt((noise**2).mean())), dtype=float)


def g711(audio: Audio) -> Audio:
    """Through 8-bit mu-law and back, as a telephone exchange does."""
    clipped = np.clip(audio, -1.0, 1.0)
    small = np.sign(clipped) * np.log1p(MU * np.abs(clipped)) / np.log1p(MU)
    coarse = np.round(small * 127.0) / 127.0
    return np.asarray(np.sign(coarse) * ((1 + MU) ** np.abs(coarse) - 1) / MU, dtype=float)


def hold_music(seconds: float) -> Audio:
    """A plain plucked arpeggio over three chords, made here, so free of anybody's rights."""
    count = int(seconds * RATE)
    music = np.zeros(count + RATE * 2)
    for beat in range(int(seconds / BEAT)):
        chord = CHORDS[(beat // 6) % len(CHORDS)]
        pitch = chord[(0, 1, 2, 1, 2, 1)[beat % 6]] * (2.0 if beat % 4 == 2 else 1.5)
        when = np.arange(int(1.4 * RATE)) / RATE
        waves = sum(np.sin(2 * np.pi * pitch * k * when) / k**1.5 for k in (1, 2, 3, 4))
        note = np.asarray(waves * np.exp(-3.0 * when) * np.minimum(when / 0.01, 1.0))
        at = int(beat * BEAT * RATE)
        music[at : at + len(note)] += note[: len(music) - at]
    ramp = np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.15 * RATE)
    return levelled(telephone_band(music[:count] * np.minimum(ramp, 1.0)), SPEECH_DBFS - 3.0)


def place(track: Audio, audio: Audio, start: float) -> None:
    """Add audio to a track at `start` seconds."""
    at = round(start * RATE)
    track[at : at + len(audio)] += audio


def with_crosstalk(left: Audio, right: Audio) -> tuple[Audio, Audio]:
    """Let a little of each side be heard on the other."""
    leak = gain(CROSSTALK_DB)
    return left + leak * right, right + leak * left


def write_flac(path: Path, channels: Sequence[Audio]) -> None:
    """Write 8 kHz 16-bit FLAC, one or two channels; whole steps keep the file small."""
    soundfile = importlib.import_module("soundfile")
    samples = STEP * np.round(np.stack(channels, axis=1) * 32768.0 / STEP)
    samples = samples.clip(-32768, 32768 - STEP)
    soundfile.write(path, samples.astype(np.int16), RATE, subtype="PCM_16", compression_level=1.0)


def read_flac(path: Path) -> Audio:
    """Read a FLAC as (samples, channels) in -1 to 1."""
    soundfile = importlib.import_module("soundfile")
    samples, rate = soundfile.read(path, always_2d=True)
    if rate != RATE:
        raise ValueError(f"{path} is at {rate} Hz, not {RATE}")
    return np.asarray(samples, dtype=float)
