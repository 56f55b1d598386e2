"""Any recording in, 16 kHz float channels out; the original is only ever read.

PyAV carries FFmpeg, so every container and codec that FFmpeg knows can be given. Samples are laid
down by the time stamps of their frames (`stream.py`). The decoded copy lies in a temporary
file that is memory-mapped, so a four-hour recording needs no more memory than a short one.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ..call import Recording
from .layout import LayoutFacts, detect_layout
from .stream import Samples, blocks, describe, open_recording

RATE = 16_000
"""Hertz that every model here listens at."""

MIN_DURATION = 0.1
"""Seconds of sound below which there is nothing to listen to."""

TRUNCATION_TOLERANCE = 2.0
"""Seconds by which the sound may fall short of what the header promises."""

_FULL_SCALE = 32767

_AT_ONCE = 60 * RATE
"""Samples of both channels exchanged at once: a copy of a long call would take room."""


class Audio:
    """The decoded channels of one recording at `RATE`, read by spans.

    Use as a context manager: the working copy is deleted on leaving.
    """

    def __init__(self, channels: int, store: IO[bytes]) -> None:
        self.channels = channels
        self._store = store
        store.flush()
        count = store.seek(0, 2) // (2 * channels)
        self.exchanges: tuple[float, ...] = ()
        """Seconds at which the two channels of the recording were found to change places."""
        self._data: npt.NDArray[np.int16] = (
            np.memmap(store, dtype="<i2", mode="r+", shape=(count, channels))
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

    def exchange(self, moments: Sequence[float]) -> None:
        """Let the two channels take each other's place from each of these seconds to the next."""
        ends = [*moments, self.duration] if len(moments) % 2 else moments
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            edges = np.arange(round(start * RATE), round(end * RATE), _AT_ONCE)
            for first, last in pairwise([*edges, round(end * RATE)]):
                self._data[first:last] = self._data[first:last, ::-1].copy()
        self.exchanges = tuple(moments)

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
    with ExitStack() as refused:
        store = refused.enter_context(tempfile.TemporaryFile())
        container = refused.enter_context(open_recording(path))
        stream = describe(container, path)
        channels = 2 if stream.channels == 2 else 1
        if stream.channels > 2:
            notes.append(f"The {stream.channels} channels were mixed down to one.")
        for block, position in blocks(container, channels, RATE, notes, promised=stream.promised):
            store.write(_to_int16(block).T.tobytes())
            if stream.promised:
                progress(min(1.0, position / stream.promised))
        audio = Audio(channels, store)
        if audio.duration < MIN_DURATION:
            raise InputError(f"{path} holds no sound: record or export the call again")
        refused.pop_all()  # the working copy is the audio's from here on
        container.close()
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
        self._container = open_recording(self._path)
        stream = describe(self._container, self._path)
        self._rate = stream.rate
        channels = min(stream.channels, 2)
        self._source = blocks(self._container, channels, stream.rate, [], promised=stream.promised)
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


def _to_int16(samples: Samples) -> npt.NDArray[np.int16]:
    scaled: npt.NDArray[np.int16] = np.clip(
        np.rint(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE
    ).astype("<i2")
    return scaled
