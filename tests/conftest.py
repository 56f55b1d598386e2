"""Shared fixtures."""

from __future__ import annotations

import signal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from support import Write

# A shell that starts the tests in the background has them ignore Ctrl-C, and every command they
# start with them: its tests would wait for nothing.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def write_audio(tmp_path: Path) -> Write:
    """Encode samples (channels, n) with any codec that this FFmpeg has."""

    def write(
        samples: Any, name: str, *, rate: int = 16_000, codec: str = "pcm_s16le", bit_rate: int = 0
    ) -> Path:
        samples = np.atleast_2d(samples)
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            layout = "stereo" if len(samples) == 2 else "mono"
            stream = container.add_stream(codec, rate=rate, layout=layout)
            if bit_rate:
                stream.bit_rate = bit_rate
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples, np.float32), "fltp", layout
            )
            frame.rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            resampler = av.AudioResampler(
                stream.format.name if stream.format else "s16",
                layout,
                rate,
                frame_size=stream.codec_context.frame_size or 1024,
            )
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                for packet in stream.encode(piece):
                    container.mux(packet)
            for packet in stream.encode(None):
                container.mux(packet)
        return path

    return write
