"""The sound of a file, decoded block by block.

Samples are laid down by the time stamps of their frames, so that a gap in the stream stays a gap,
and encoder delay (mp3, aac, opus) is where FFmpeg says it is: already skipped. A clock that jumps
farther than the file is long is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...errors import InputError

if TYPE_CHECKING:
    import av

Samples = npt.NDArray[np.float32]
"""Float samples between -1 and 1; (n,) for one channel, (channels, n) for several."""

GAP_TOLERANCE = 0.05
"""Seconds by which a frame may be late before the hole is filled with silence. Below it lies the
rounding of containers with millisecond clocks (webm, wma)."""

MAX_FILLED = 3600.0
"""Seconds of holes filled in one recording at the most …"""

UNSTATED_FILLED = 600.0
"""… and where the header states no duration; where it does, they cannot last longer than that."""

WORTH_SAYING = 0.1
"""Seconds filled from which it is said."""

_PIECE = 10.0
"""Seconds of silence laid down at once."""

_MAX_DAMAGED = 10_000
"""Packets; a file with more is noise with a header."""


@dataclass(frozen=True)
class Stream:
    """What the header says."""

    container: str
    codec: str
    rate: int
    channels: int
    promised: float | None


def open_recording(path: Path) -> av.container.InputContainer:
    """The file's container. Raises InputError for what holds no sound that can be found."""
    import av

    # FFmpeg's own complaints would reach the terminal beside our one sentence.
    av.logging.set_level(av.logging.PANIC)
    try:
        return av.open(str(path), mode="r", metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(
            f"{path} is not a recording that can be read ({_reason(error)}): "
            "give an audio or video file"
        ) from error


def describe(container: av.container.InputContainer, path: Path) -> Stream:
    """What the header says. Raises InputError where there is no sound that can be decoded."""
    if not container.streams.audio:
        raise InputError(f"{path} has no sound in it: give the file that carries the call's audio")
    stream = container.streams.audio[0]
    if stream.codec_context is None or not stream.rate or not stream.channels:
        raise InputError(f"{path} has a sound track that cannot be decoded: convert it to wav")
    if stream.duration is not None and stream.time_base is not None:
        promised: float | None = float(stream.duration * stream.time_base)
    else:
        promised = container.duration / 1e6 if container.duration else None
    return Stream(
        container=container.format.name,
        codec=stream.codec_context.name,
        rate=stream.rate,
        channels=stream.channels,
        promised=promised,
    )


def blocks(
    container: av.container.InputContainer,
    channels: int,
    rate: int,
    notes: list[str],
    *,
    promised: float | None,
) -> Iterator[tuple[Samples, float]]:
    """Resampled blocks (channels, n) in order, each with the position in seconds it ends at.

    `promised` is the duration that the header states. What was amiss is added to `notes` at the
    end.
    """
    clock = _Clock(rate, min(promised or UNSTATED_FILLED, MAX_FILLED))
    resampler = _Resampler(channels, rate)
    for frame in _frames(container, clock, notes):
        if frame.pts is not None and frame.time_base is not None:
            left = clock.hole(float(frame.pts * frame.time_base))
            while left:
                silence = np.zeros((channels, min(left, round(_PIECE * rate))), np.float32)
                left -= silence.shape[1]
                yield silence, clock.advance(silence)
        frame.pts = None  # the place is known; the resampler must not shift it again
        for block in resampler(frame):
            yield block, clock.advance(block)
    for block in resampler(None):
        yield block, clock.advance(block)
    notes.extend(clock.notes())


def _frames(
    container: av.container.InputContainer, clock: _Clock, notes: list[str]
) -> Iterator[av.AudioFrame]:
    """Decoded frames in order; what is damaged is left out and noted."""
    import av

    packets = container.demux(container.streams.audio[0])
    damaged = 0
    while damaged <= _MAX_DAMAGED:
        try:
            packet = next(packets, None)
        except av.error.EOFError:
            break
        except av.error.FFmpegError as error:
            notes.append(f"Reading stopped at {clock.position:.1f} s: {_reason(error)}.")
            break
        if packet is None:
            break
        try:
            yield from packet.decode()
        except av.error.EOFError:
            break
        except av.error.FFmpegError:
            damaged += 1
    if damaged:
        notes.append(f"{damaged} damaged packets of the file could not be decoded.")


class _Resampler:
    """Frames to blocks of one rate and number of channels, whatever the frames' own become."""

    def __init__(self, channels: int, rate: int) -> None:
        self._target = ("fltp", "stereo" if channels == 2 else "mono", rate)
        self._resampler: Any = None
        self._source: tuple[str, str, int] | None = None

    def __call__(self, frame: av.AudioFrame | None) -> Iterator[Samples]:
        """Blocks (channels, n); with None what is still held back."""
        import av

        source = frame and (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is not None and source != self._source:
            yield from self._through(None)
            self._resampler = None
        if frame is None:
            return
        if self._resampler is None:
            self._resampler, self._source = av.AudioResampler(*self._target), source
        yield from self._through(frame)

    def _through(self, frame: av.AudioFrame | None) -> Iterator[Samples]:
        for piece in self._resampler.resample(frame):
            yield piece.to_ndarray().astype(np.float32, copy=False)


class _Clock:
    """Where in the recording the next sample belongs, by the frames' time stamps."""

    def __init__(self, rate: int, allowed: float) -> None:
        self._rate = rate
        self._allowed = allowed
        """Seconds of holes that may still be filled."""
        self._origin: float | None = None
        self._written = 0
        self._filled = 0.0
        self._jumped: float | None = None

    @property
    def position(self) -> float:
        """Seconds laid down."""
        return self._written / self._rate

    def advance(self, block: Samples) -> float:
        """Count a block (channels, n) as laid down; the position in seconds after it."""
        self._written += block.shape[1]
        return self.position

    def hole(self, stamp: float) -> int:
        """Samples of silence to lay down before a frame that begins at `stamp` seconds."""
        if self._origin is None:
            self._origin = stamp
        hole = stamp - self._origin - self.position
        if hole <= GAP_TOLERANCE:
            return 0
        if hole > self._allowed:
            # From here on the frames follow each other by their own length.
            self._origin += hole
            self._jumped = self.position if self._jumped is None else self._jumped
            return 0
        self._allowed -= hole
        self._filled += hole
        return round(hole * self._rate)

    def notes(self) -> list[str]:
        """What was amiss with the time stamps, in sentences."""
        notes = []
        if self._filled >= WORTH_SAYING:
            notes.append(
                f"{self._filled:.1f} s in which the file holds nothing were filled with silence, "
                "so that times stay true."
            )
        if self._jumped is not None:
            notes.append(
                f"The file's clock jumps at {self._jumped:.1f} s by more than can be true: later "
                "times are counted by the sound itself."
            )
        return notes


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__).lower()
