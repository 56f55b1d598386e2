"""Any recording in, 16 kHz float channels out; the original is only ever read.

PyAV carries FFmpeg, so every container and codec that FFmpeg knows can be given. Samples are laid
down by the time stamps of their frames, so that a gap in the stream stays a gap, and encoder delay
(mp3, aac, opus) is where FFmpeg says it is: already skipped. The decoded copy lies in a temporary
file that is memory-mapped, so a four-hour recording needs no more memory than a short one.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ..call import Recording
from .layout import LayoutFacts, detect_layout

if TYPE_CHECKING:
    import av

Samples = npt.NDArray[np.float32]
"""Float samples between -1 and 1; (n,) for one channel, (channels, n) for several."""

RATE = 16_000
"""Hertz that every model here listens at."""

MIN_DURATION = 0.1
"""Seconds of sound below which there is nothing to listen to."""

GAP_TOLERANCE = 0.05
"""Seconds by which a frame may be late before the hole is filled with silence. Below it lies the
rounding of containers with millisecond clocks (webm, wma)."""

TRUNCATION_TOLERANCE = 2.0
"""Seconds by which the sound may fall short of what the header promises."""

_FULL_SCALE = 32767


class Audio:
    """The decoded channels of one recording at `RATE`, read by spans.

    Use as a context manager: the working copy is deleted on leaving.
    """

    def __init__(self, channels: int, store: IO[bytes]) -> None:
        self.channels = channels
        self._store = store
        store.flush()
        count = store.seek(0, 2) // (2 * channels)
        self._data: npt.NDArray[np.int16] = (
            np.memmap(store, dtype="<i2", mode="r", shape=(count, channels))
            if count
            else np.zeros((0, channels), np.int16)
        )

    @classmethod
    def from_samples(cls, samples: Samples) -> Self:
        """Audio over samples (channels, n) at `RATE` that are in memory already."""
        store = tempfile.TemporaryFile()  # noqa: SIM115 (closed by Audio.close)
        store.write(_to_int16(samples).T.tobytes())
        return cls(samples.shape[0], store)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self._data) / RATE

    def read(self, start: float, end: float, *, channel: int | None = None) -> Samples:
        """Samples (n,) between two times in seconds; the mean of the channels if none is named.

        Times outside the recording are clipped to it.
        """
        first, last = (min(max(round(t * RATE), 0), len(self._data)) for t in (start, end))
        block = self._data[first:last].astype(np.float32) / np.float32(_FULL_SCALE)
        mixed = block.mean(axis=1) if channel is None else block[:, channel]
        picked: Samples = np.asarray(mixed, np.float32)
        return picked

    def read_all(self, *, channel: int | None = None) -> Samples:
        """All samples (n,) of a channel, or of their mean."""
        return self.read(0.0, self.duration, channel=channel)

    def mono(self, channel: int | None = None) -> Audio:
        """One channel, or the mean of all, as audio of its own."""
        store = tempfile.TemporaryFile()  # noqa: SIM115 (closed by Audio.close)
        block = 600.0
        for start in np.arange(0.0, self.duration, block):
            piece = self.read(float(start), float(start) + block, channel=channel)
            store.write(_to_int16(piece).tobytes())
        return Audio(1, store)

    def close(self) -> None:
        """Delete the working copy."""
        self._data = np.zeros((0, self.channels), np.int16)
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class _Stream:
    """What the header says."""

    container: str
    codec: str
    rate: int
    channels: int
    promised: float | None


def recording_sha256(path: Path) -> str:
    """SHA-256 of the file as it lies there."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def decode(
    path: Path, *, progress: Callable[[float], None] = lambda share: None
) -> tuple[Recording, Audio]:
    """Decode a recording.

    Returns what the file is and its channels: one for mono and dual-mono, two for dual.
    `progress` gets the share done where the header states a duration.
    Raises InputError, one sentence, for anything that holds no sound.
    """
    check_recording(path)
    digest = recording_sha256(path)
    notes: list[str] = []
    store = tempfile.TemporaryFile()  # noqa: SIM115 (closed by Audio.close)
    with _open(path) as container:
        stream = _describe(container, path)
        channels = 2 if stream.channels == 2 else 1
        if stream.channels > 2:
            notes.append(f"The {stream.channels} channels were mixed down to one.")
        for block, position in _blocks(container, channels, RATE, notes):
            store.write(_to_int16(block).T.tobytes())
            if stream.promised:
                progress(min(1.0, position / stream.promised))
    audio = Audio(channels, store)
    if audio.duration < MIN_DURATION:
        raise InputError(f"{path} holds no sound: record or export the call again")
    if stream.promised and audio.duration < stream.promised - TRUNCATION_TOLERANCE:
        notes.append(
            f"The file is cut off: its header promises {stream.promised:.0f} s, "
            f"{audio.duration:.0f} s could be decoded."
        )
    facts = detect_layout(audio) if channels == 2 else LayoutFacts("mono", None, ())
    notes.extend(facts.notes)
    if channels == 2 and facts.layout != "dual":
        both, audio = audio, audio.mono(facts.channel)
        both.close()
    recording = Recording(
        name=path.name,
        sha256=digest,
        size=path.stat().st_size,
        container=stream.container,
        codec=stream.codec,
        duration=audio.duration,
        rate=stream.rate,
        channels=stream.channels,
        layout=facts.layout,
        notes=notes,
    )
    return recording, audio


class SpanReader:
    """Spans of a recording at its own rate and with all its channels, for clips.

    Reads forward only and keeps what it may still need; asking for an earlier span starts again
    from the beginning, since seeking in a variable-rate file is not exact.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._buffer: Samples = np.zeros((0, 0), np.float32)
        self._offset = 0
        """Where the buffer begins, in samples."""
        self._restart()

    def __call__(self, start: float, end: float) -> tuple[Samples, int]:
        """Samples (channels, n) and their rate in hertz, between two times in seconds."""
        first, last = round(start * self._rate), round(end * self._rate)
        if first < self._offset:
            self._restart()
        while self._offset + self._buffer.shape[1] < last:
            block = next(self._source, None)
            if block is None:
                break
            self._buffer = np.concatenate([self._buffer, block[0]], axis=1)
            surplus = first - self._offset
            if surplus > 0:
                dropped = min(surplus, self._buffer.shape[1])
                self._buffer = self._buffer[:, dropped:]
                self._offset += dropped
        piece = self._buffer[:, max(0, first - self._offset) : max(0, last - self._offset)]
        return piece, self._rate

    def _restart(self) -> None:
        self._container = _open(self._path)
        stream = _describe(self._container, self._path)
        self._rate = stream.rate
        channels = min(stream.channels, 2)
        self._source = _blocks(self._container, channels, stream.rate, [])
        self._buffer = np.zeros((channels, 0), np.float32)
        self._offset = 0


def check_recording(path: Path) -> None:
    """Refuse what cannot be a recording, before any model is loaded. Raises InputError."""
    if not path.exists():
        raise InputError(f"There is no file {path}: check the name")
    if path.is_dir():
        raise InputError(f"{path} is a folder: name one recording, or use earwitness audit for all")
    if not path.is_file():
        raise InputError(f"{path} is not an ordinary file: save the recording to disk first")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty (zero bytes): copy or export the recording again")


def _open(path: Path) -> av.container.InputContainer:
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


def _describe(container: av.container.InputContainer, path: Path) -> _Stream:
    if not container.streams.audio:
        raise InputError(f"{path} has no sound in it: give the file that carries the call's audio")
    stream = container.streams.audio[0]
    if stream.codec_context is None or not stream.rate or not stream.channels:
        raise InputError(f"{path} has a sound track that cannot be decoded: convert it to wav")
    if stream.duration is not None and stream.time_base is not None:
        promised: float | None = float(stream.duration * stream.time_base)
    else:
        promised = container.duration / 1e6 if container.duration else None
    return _Stream(
        container=container.format.name,
        codec=stream.codec_context.name,
        rate=stream.rate,
        channels=stream.channels,
        promised=promised,
    )


def _blocks(
    container: av.container.InputContainer, channels: int, rate: int, notes: list[str]
) -> Iterator[tuple[Samples, float]]:
    """Resampled blocks (channels, n) in order, each with the position in seconds it ends at."""
    import av

    resampler = av.AudioResampler("fltp", "stereo" if channels == 2 else "mono", rate)
    written, damaged = 0, 0
    origin: float | None = None
    stream = container.streams.audio[0]
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            break
        except av.error.EOFError:
            break
        except av.error.FFmpegError:
            damaged += 1
            if damaged > _MAX_DAMAGED:
                break
            continue
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                begins = float(frame.pts * frame.time_base)
                origin = begins if origin is None else origin
                hole = begins - origin - written / rate
                if GAP_TOLERANCE < hole < _MAX_HOLE:
                    silence = np.zeros((channels, round(hole * rate)), np.float32)
                    written += silence.shape[1]
                    yield silence, written / rate
            frame.pts = None  # the place is known; the resampler must not shift it again
            for piece in resampler.resample(frame):
                block = piece.to_ndarray().astype(np.float32, copy=False)
                written += block.shape[1]
                yield block, written / rate
    for piece in resampler.resample(None) if written else ():
        block = piece.to_ndarray().astype(np.float32, copy=False)
        written += block.shape[1]
        yield block, written / rate
    if damaged:
        notes.append(f"{damaged} damaged packets of the file could not be decoded.")


_MAX_DAMAGED = 10_000
"""Packets; a file with more is noise with a header."""

_MAX_HOLE = 3600.0
"""Seconds; a time stamp further off is a broken clock, not a pause."""


def _to_int16(samples: Samples) -> npt.NDArray[np.int16]:
    scaled: npt.NDArray[np.int16] = np.clip(
        np.rint(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE
    ).astype("<i2")
    return scaled


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__).lower()
