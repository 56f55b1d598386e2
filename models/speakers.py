"""pyannote.audio's segmentation network and the CAM++ embedding, as two small functions.

Both take raw samples, so that nothing here needs FFmpeg or a file. pyannote.audio's telemetry is
on by default; it is switched off before the import.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import store

if TYPE_CHECKING:
    import torch

# Every length of speech is another shape, and torch keeps what it compiles for a thousand of them:
# 0.26 GB more after eight minutes. A few are as fast (docs/measurements.md).
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")

RATE = 16_000
"""Hertz both networks expect."""

WINDOW = 10.0
"""Seconds that segmentation-3.0 sees at once: what it was trained on."""

STEP = 2.0
"""Seconds between windows. docs/measurements.md says what shorter steps earn."""

LOCAL_SPEAKERS = 3
"""Speakers that segmentation-3.0 keeps apart inside one window."""

FRAME_LENGTH, FRAME_STEP = 400, 160
"""Samples of a filter bank's frame, and from one to the next."""

_SEGMENT_BATCH = 8
_EMBED_BATCH = 32

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LocalSpeakers:
    """What the segmentation network hears, window by window.

    `activity` is boolean (windows, frames, LOCAL_SPEAKERS): who of three local speakers is
    active. Local speakers of different windows are not related to each other yet. `speech` is
    float (windows, frames): the probability that anybody speaks.
    """

    activity: npt.NDArray[np.bool_]
    speech: npt.NDArray[np.float32]
    starts: npt.NDArray[np.float64]
    """Seconds at which each window begins."""
    frame_step: float
    """Seconds between frames."""
    frame_duration: float
    """Seconds that the first frame's middle lies behind the window's begin, doubled."""

    def frame_time(self, frame: int) -> float:
        """The middle of a frame, in seconds from its window's start."""
        return frame * self.frame_step + self.frame_duration / 2


class Segmenter:
    """pyannote segmentation-3.0 over a sliding window."""

    def __init__(self, *, device: str = "cpu") -> None:
        self.weights = store.resolve("segmentation-3.0")
        self._device = device

    @cached_property
    def _model(self) -> Any:
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyannote.audio import Model

            model = Model.from_pretrained(self.weights.folder / "pytorch_model.bin")
        return model.eval().to(self._device)

    def __call__(
        self,
        read: Callable[[float, float], Samples],
        duration: float,
        *,
        step: float = STEP,
        progress: Callable[[float], None] = lambda share: None,
    ) -> LocalSpeakers:
        """Segment a recording.

        `read(start, end)` gives samples (n,) at 16 kHz between two times in seconds, `duration`
        is the recording's, and `progress` gets the share done.
        """
        import torch

        starts = np.arange(0.0, max(duration - WINDOW, 0.0) + step, step)
        classes = _local_speakers_of_classes(self._model.specifications)
        # Laid down once: over four hours, lists joined at the end would take twice the room.
        activity = np.zeros((len(starts), 0, LOCAL_SPEAKERS), np.bool_)
        speech = np.zeros((len(starts), 0), np.float32)
        with torch.inference_mode():
            for first in range(0, len(starts), _SEGMENT_BATCH):
                batch = starts[first : first + _SEGMENT_BATCH]
                waves = np.stack([_padded(read(s, s + WINDOW), WINDOW) for s in batch])
                scores = self._model(torch.from_numpy(waves)[:, None].to(self._device))
                scores = scores.exp().cpu().numpy()  # (batch, frames, classes), a distribution
                if not speech.size:
                    activity = np.zeros((len(starts), scores.shape[1], LOCAL_SPEAKERS), np.bool_)
                    speech = np.zeros((len(starts), scores.shape[1]), np.float32)
                here = slice(first, first + len(batch))
                activity[here] = classes[scores.argmax(-1)]
                speech[here] = 1.0 - scores[..., 0]
                progress(min(1.0, (first + len(batch)) / len(starts)))
        field = self._model.receptive_field
        return LocalSpeakers(
            activity=activity,
            speech=speech,
            starts=starts,
            frame_step=float(field.step),
            frame_duration=float(field.duration),
        )


class Embedder:
    """CAM++ embeddings of short stretches of speech."""

    dimensions = 192

    def __init__(self, *, device: str = "cpu") -> None:
        self.weights = store.resolve("campplus")
        self._device = device

    @cached_property
    def _model(self) -> torch.nn.Module:
        import torch

        from .campplus import CAMPlusPlus

        model = CAMPlusPlus(dimensions=self.dimensions)
        path = self.weights.folder / "campplus_cn_en_common.pt"
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return model.eval().to(self._device)

    def __call__(
        self,
        spans: Sequence[tuple[float, float]],
        read: Callable[[float, float], Samples],
        *,
        progress: Callable[[float], None] = lambda share: None,
    ) -> npt.NDArray[np.float32]:
        """Unit-length embeddings (len(spans), 192) of stretches of speech.

        `read(start, end)` gives samples (n,) at 16 kHz between two times in seconds; it is asked
        for one batch of like length at a time. Stretches should be 0.4 s or longer.
        """
        import torch

        embeddings = np.zeros((len(spans), self.dimensions), np.float32)
        done = 0
        with torch.inference_mode():
            for indices in _batches_of_like_length(spans):
                features = [_filter_banks(read(*spans[i])) for i in indices]
                least = min(len(rows) for rows in features)  # the last may end with the recording
                batch = torch.stack([rows[:least] for rows in features])
                embeddings[indices] = self._model(batch.to(self._device)).cpu().numpy()
                done += len(indices)
                progress(done / len(spans))
        norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
        unit: npt.NDArray[np.float32] = (embeddings / np.maximum(norms, 1e-9)).astype(np.float32)
        return unit


def _local_speakers_of_classes(specifications: Any) -> npt.NDArray[np.bool_]:
    """Which local speakers each output class stands for: boolean (classes, LOCAL_SPEAKERS)."""
    from pyannote.audio.utils.powerset import Powerset

    powerset = Powerset(len(specifications.classes), specifications.powerset_max_classes)
    mapping: npt.NDArray[np.bool_] = powerset.mapping.numpy() > 0
    return mapping


def _padded(samples: Samples, seconds: float) -> Samples:
    missing = round(seconds * RATE) - len(samples)
    return np.pad(samples, (0, max(0, missing)))[: round(seconds * RATE)]


def _batches_of_like_length(spans: Sequence[tuple[float, float]]) -> Iterator[list[int]]:
    """Indices of stretches with as many frames: over hours, each shape costs room and time once."""
    by_length: dict[int, list[int]] = {}
    for index, (start, end) in enumerate(spans):
        samples = round(end * RATE) - round(start * RATE)
        by_length.setdefault((samples - FRAME_LENGTH) // FRAME_STEP, []).append(index)
    for indices in by_length.values():
        for first in range(0, len(indices), _EMBED_BATCH):
            yield indices[first : first + _EMBED_BATCH]


def _filter_banks(samples: Samples) -> torch.Tensor:
    """80 mean-normalised Kaldi filter banks (frames, 80), as CAM++ was trained on."""
    import torch
    from torchaudio.compliance import kaldi

    wave = torch.from_numpy(np.ascontiguousarray(samples))[None]
    banks: torch.Tensor = kaldi.fbank(
        wave, num_mel_bins=80, sample_frequency=RATE, dither=0.0, window_type="povey"
    )
    return banks - banks.mean(0, keepdim=True)
