"""Clips: the seconds around a finding as an audio file of their own.

FLAC, 16 bits, at the recording's own rate and channels, so that a clip is sample for sample what
was recorded (a 16-bit recording loses nothing) and can be compared with it again later.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..call import Moment
from .text import slug

Samples = NDArray[np.float32]
ReadAudio = Callable[[float, float], tuple[Samples, int]]
"""`read_audio(start, end)`: float32 samples (channels, n) and the rate in hertz."""

MARGIN = 2.0
"""Seconds of sound before and after a finding, so that it is heard in its context."""

LONGEST = 120.0
"""Seconds of a clip at most; a longer event (a hold) is cut after this much."""

PAGE_RATE = 16_000
"""Hertz; clips inside the page are brought down to this rate, to keep the page small."""


def clip_span(moment: Moment, *, duration: float) -> tuple[float, float]:
    """Start and end in seconds of the clip for `moment`, kept inside the recording."""
    start = max(0.0, moment.start - MARGIN)
    end = min(duration, max(moment.end, moment.start) + MARGIN, start + LONGEST)
    return round(start, 3), round(max(end, start), 3)


def clip_name(moment: Moment) -> str:
    """File name of the clip: id, place in the recording, kind. `F03_00m41s_rude.flac`."""
    whole = int(moment.start)
    place = f"{whole // 60:02d}m{whole % 60:02d}s"
    return f"{slug(moment.id)}_{place}_{slug(moment.kind)}.flac"


def to_pcm16(samples: Samples) -> NDArray[np.int16]:
    """Float samples between -1 and 1 as 16-bit integers; exact for sound that was 16-bit."""
    scaled = np.rint(np.asarray(samples, dtype=np.float64) * 32768.0)
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def encode(samples: Samples, rate: int) -> bytes:
    """Samples (channels, n) as the bytes of a FLAC file, the same bytes every time."""
    return encode_parts([samples], rate)


def encode_parts(parts: Iterable[Samples], rate: int) -> bytes:
    """Samples in parts (each (channels, n)) as the bytes of one FLAC file."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="flac", options={"fflags": "+bitexact"}) as container:
        stream = None
        position = 0
        for samples in parts:
            pcm = to_pcm16(samples)
            layout = {1: "mono", 2: "stereo"}.get(pcm.shape[0], f"{pcm.shape[0]}c")
            if stream is None:
                stream = container.add_stream("flac", rate=rate)
                stream.codec_context.options = {"flags": "+bitexact"}
                stream.codec_context.layout = layout
                stream.codec_context.format = "s16"
            for offset in range(0, pcm.shape[1], BLOCK):
                part = np.ascontiguousarray(pcm[:, offset : offset + BLOCK].T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(part, format="s16", layout=layout)
                frame.sample_rate = rate
                frame.pts = position
                position += frame.samples
                container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))
    return buffer.getvalue()


def decode(data: bytes | Path) -> tuple[NDArray[np.int16], int]:
    """A clip's bytes (or file) back as 16-bit samples (channels, n) and its rate in hertz."""
    import av

    source = io.BytesIO(data) if isinstance(data, bytes) else str(data)
    parts: list[NDArray[np.int16]] = []
    with av.open(source) as container:
        stream = container.streams.audio[0]
        rate = int(stream.rate)
        channels = int(stream.codec_context.channels)
        resampler = av.AudioResampler(format="s16", layout=stream.codec_context.layout, rate=rate)
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray().reshape(-1, channels).T)
    empty = np.zeros((channels, 0), dtype=np.int16)
    return (np.concatenate(parts, axis=1) if parts else empty), rate


def for_page(samples: Samples, rate: int) -> tuple[Samples, int]:
    """Samples as they are embedded in the page: at most `PAGE_RATE`."""
    if rate <= PAGE_RATE:
        return samples, rate
    from scipy.signal import resample_poly

    divisor = int(np.gcd(rate, PAGE_RATE))
    lowered = resample_poly(samples, PAGE_RATE // divisor, rate // divisor, axis=1)
    return lowered.astype(np.float32), PAGE_RATE


BLOCK = 4096
"""Samples handed to the encoder at a time."""

WHOLE_RATE = 16_000
"""Hertz of the whole call in the page."""

WHOLE_BITS = 32_000
"""Bits a second of the whole call in the page: clear speech, 14 MB an hour."""

WINDOW = 60.0
"""Seconds of sound in memory at a time while the whole call is compressed."""


def compress(read_audio: ReadAudio, duration: float) -> bytes:
    """The whole call as MP3, which every browser plays and seeks in; read in windows."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libmp3lame", rate=WHOLE_RATE)
        stream.codec_context.options = {"flags": "+bitexact", "compression_level": "7"}
        stream.codec_context.bit_rate = WHOLE_BITS
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "s16p"
        resampler: av.AudioResampler | None = None
        fifo = av.AudioFifo()
        start = position = 0.0
        count = 0
        while start < duration:
            end = min(start + WINDOW, duration)
            samples, rate = read_audio(start, end)
            if resampler is None:
                resampler = av.AudioResampler(format="s16p", layout="mono", rate=WHOLE_RATE)
            mono = to_pcm16(samples.mean(axis=0, keepdims=True))
            if mono.shape[1]:
                frame = av.AudioFrame.from_ndarray(mono, format="s16p", layout="mono")
                frame.sample_rate = rate
                frame.pts = count
                count += mono.shape[1]
                for piece in resampler.resample(frame):
                    piece.pts = None
                    fifo.write(piece)
            start = end
            while (piece := fifo.read(stream.codec_context.frame_size or 576)) is not None:
                piece.pts = int(position)
                position += piece.samples
                container.mux(stream.encode(piece))
        rest = [*(resampler.resample(None) if resampler else [])]
        for piece in rest:
            piece.pts = None
            fifo.write(piece)
        while (
            piece := fifo.read(stream.codec_context.frame_size or 576, partial=True)
        ) is not None:
            piece.pts = int(position)
            position += piece.samples
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return buffer.getvalue()
