"""How listening holds up on bad lines: `python bench/degradations.py [--call NAME] [--only PART]`.

Each call is spoiled in each way, in memory and with a fixed seed, written as WAV and analysed like
any other. One table: what the words and speakers lose, and what the record then says about itself
(coverage, doubtful words, withheld text, uncertain seconds, notes).
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from calls import ENGINES, show
from measures import cpwer, der, findings, roles, wer
from scipy.signal import resample_poly
from truth import Spoken, Truth, samples, telephone_sample

Samples = np.ndarray
"""Float samples (channels, n)."""

NARROW = 8000
"""Hertz of the telephone codecs."""

PACKET = 0.02
"""Seconds of sound in a packet."""

AMR_FULL, AMR_LOWEST = 12_200, 4_750
"""Bits a second; AMR-NB's highest rate is the enhanced full-rate codec of GSM."""

CLIPPED_SHARE = 0.02
"""Share of the speaking samples that are cut off where a recorder is set too loud."""


@dataclass(frozen=True)
class Degradation:
    """A way to spoil a call; `speed` is by how much it runs faster than it was spoken."""

    name: str
    spoil: Callable[[Samples, int], tuple[Samples, int]]
    speed: float = 1.0


def noisy(decibels: float) -> Callable[[Samples, int], tuple[Samples, int]]:
    """Pink noise, so many dB below the speech of the whole call."""

    def spoil(sound: Samples, rate: int) -> tuple[Samples, int]:
        rng = np.random.default_rng(0)
        spectrum = np.fft.rfft(rng.standard_normal(sound.shape))
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.shape[1]), 20.0))
        noise = np.fft.irfft(spectrum, sound.shape[1])
        noise *= _speech_level(sound) * 10 ** (-decibels / 20) / np.sqrt((noise**2).mean())
        return sound + noise, rate

    return spoil


def amr(bit_rate: int) -> Callable[[Samples, int], tuple[Samples, int]]:
    """Through AMR-NB at a bit rate and back, each channel on its own."""

    def spoil(sound: Samples, rate: int) -> tuple[Samples, int]:
        narrow = _resampled(sound, rate, NARROW)
        coded = [_through("libopencore_amrnb", "amr", channel, bit_rate) for channel in narrow]
        count = min(narrow.shape[1], *(len(channel) for channel in coded))
        return np.stack([channel[:count] for channel in coded]), NARROW

    return spoil


def lossy(share: float) -> Callable[[Samples, int], tuple[Samples, int]]:
    """Packets lost at random and not concealed."""

    def spoil(sound: Samples, rate: int) -> tuple[Samples, int]:
        rng = np.random.default_rng(0)
        size = round(PACKET * rate)
        heard = sound.copy()
        for channel in heard:
            for packet in np.flatnonzero(rng.random(-(-len(channel) // size)) < share):
                channel[packet * size : (packet + 1) * size] = 0.0
        return heard, rate

    return spoil


def clipped(sound: Samples, rate: int) -> tuple[Samples, int]:
    """Set so loud that the peaks of the speech are cut off."""
    level = np.abs(sound)
    limit = float(np.quantile(level[level > 0.1 * level.max()], 1 - 10 * CLIPPED_SHARE))
    return np.clip(sound, -limit, limit) / max(limit, 1e-6) * 0.99, rate


def faster(factor: float) -> Callable[[Samples, int], tuple[Samples, int]]:
    """Played faster (or slower), pitch and all, as a recorder with a wrong clock does."""

    def spoil(sound: Samples, rate: int) -> tuple[Samples, int]:
        ratio = Fraction(factor).limit_denominator(20)
        return resample_poly(sound, ratio.denominator, ratio.numerator, axis=1), rate

    return spoil


def one_side_quiet(truth: Truth) -> Callable[[Samples, int], tuple[Samples, int]]:
    """The customer's side 15 dB down: its channel, or its turns on one channel."""

    def spoil(sound: Samples, rate: int) -> tuple[Samples, int]:
        gain = 10 ** (-15 / 20)
        quiet = sound.copy()
        if len(sound) == 2:
            quiet[1] *= gain
            return quiet, rate
        who = next((s for s, role in truth.roles.items() if role == "customer"), None)
        who = who or truth.segments[0].speaker
        for segment in truth.segments:
            if segment.speaker == who:
                quiet[:, round(segment.start * rate) : round(segment.end * rate)] *= gain
        return quiet, rate

    return spoil


def degradations(truth: Truth) -> list[Degradation]:
    """Every way, the untouched call first."""
    return [
        Degradation("as it is", lambda sound, rate: (sound, rate)),
        *(Degradation(f"noise {db} dB SNR", noisy(db)) for db in (20, 10, 5)),
        Degradation("GSM-EFR (AMR-NB 12.2)", amr(AMR_FULL)),
        Degradation("AMR-NB 4.75", amr(AMR_LOWEST)),
        *(Degradation(f"packet loss {p} %", lossy(p / 100)) for p in (1, 3, 5)),
        Degradation("clipping", clipped),
        *(Degradation(f"speed x {f}", faster(f), speed=f) for f in (0.8, 1.2)),
        Degradation("customer -15 dB", one_side_quiet(truth)),
    ]


def measure(truth: Truth, only: list[str], models: Any, options: Any) -> list[dict[str, Any]]:
    """One row a degradation of one call."""
    from earwitness.pipeline.analyze import analyze
    from earwitness.pipeline.listen.audio import SpanReader

    sound, rate = SpanReader(truth.path)(0.0, 7200.0)
    rows = []
    for way in degradations(truth):
        if only and not any(part in way.name for part in only):
            continue
        spoiled, new_rate = way.spoil(sound.astype(np.float64), rate)
        moved = at_speed(truth, way.speed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "call.wav"
            write_wav(path, spoiled, new_rate)
            call = analyze(path, models, options)
        right, of = roles(call, moved)
        found = findings(call, moved)
        rows.append(
            {
                "call": truth.name,
                "degradation": way.name,
                "WER": wer(call, moved),
                "cpWER": cpwer(call, moved),
                "DER": der(call, moved, collar=0.25),
                "roles": f"{right}/{of}" if of else "",
                "missed": found.missed if found else None,
                "false": found.false if found else None,
                "coverage": call.coverage.share,
                "doubtful words": call.coverage.low_confidence_words,
                "withheld": len(call.coverage.withheld),
                "uncertain s": sum(t.end - t.start for t in call.turns if t.uncertain),
                "layout": call.recording.layout,
                "notes": " ".join(call.recording.notes),
            }
        )
        print(f"{truth.name}: {way.name} done", file=sys.stderr)
    return rows


def at_speed(truth: Truth, speed: float) -> Truth:
    """The truth of a call that runs faster."""

    def moved(spoken: list[Spoken]) -> list[Spoken]:
        return [replace(s, start=s.start / speed, end=s.end / speed) for s in spoken]

    return replace(
        truth,
        segments=moved(truth.segments),
        utterances=moved(truth.utterances),
        words=moved(truth.words),
        findings=None
        if truth.findings is None
        else [(kind, start / speed, end / speed) for kind, start, end in truth.findings],
    )


def write_wav(path: Path, sound: Samples, rate: int) -> None:
    """16-bit WAV."""
    data = np.clip(np.rint(sound * 32767), -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(sound))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(data.T.tobytes())


def _speech_level(sound: Samples) -> float:
    """Root mean square of the loud frames, as a factor."""
    size = 800
    frames = sound.mean(axis=0)[: sound.shape[1] // size * size].reshape(-1, size)
    power = (frames**2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 10**-2.5].mean()))


def _resampled(sound: Samples, rate: int, target: int) -> Samples:
    ratio = Fraction(target, rate)
    return np.asarray(resample_poly(sound, ratio.numerator, ratio.denominator, axis=1))


def _through(codec: str, container: str, channel: np.ndarray, bit_rate: int) -> np.ndarray:
    """One channel (n,) at `NARROW` encoded and decoded again."""
    import av

    held = io.BytesIO()
    with av.open(held, "w", format=container) as out:
        stream = out.add_stream(codec, rate=NARROW, layout="mono")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(
            np.clip(np.rint(channel * 32767), -32768, 32767).astype(np.int16)[None], "s16", "mono"
        )
        frame.rate, frame.pts, frame.time_base = NARROW, 0, Fraction(1, NARROW)
        resampler = av.AudioResampler(
            stream.format.name, "mono", NARROW, frame_size=stream.codec_context.frame_size or 160
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in stream.encode(piece):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    held.seek(0)
    with av.open(held, "r") as back:
        resampler = av.AudioResampler("flt", "mono", NARROW)
        pieces = [
            piece.to_ndarray()[0]
            for frame in back.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
    return np.concatenate(pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--call", action="append", help="part of a call's name; default: all")
    parser.add_argument("--only", action="append", help="part of a degradation's name")
    parser.add_argument("--engine", choices=ENGINES, default="faster-whisper")
    arguments = parser.parse_args()
    from earwitness.pipeline.analyze import Models, Options

    options = Options(engine=arguments.engine)
    models = Models(options)
    truths = [*samples(), telephone_sample()]
    rows = [
        row
        for truth in truths
        if not arguments.call or any(part in truth.name for part in arguments.call)
        for row in measure(truth, arguments.only or [], models, options)
    ]
    show(rows)


if __name__ == "__main__":
    main()
