"""openai-whisper, the reference, behind the interface of `recognition.py`."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from . import convert
from .chance import seeded
from .encodings import remembering
from .recognition import (
    BEAM,
    LEAVE_SILENCE,
    TRANSLATION_LIMITS,
    Device,
    Passage,
    Samples,
    heard_word,
    sound_text,
)
from .store import Resolved


def _reference() -> Any:
    """The module `whisper`, its threads kept to those that torch was given."""
    import torch

    if "numba" not in sys.modules:
        # It aligns words with all cores, and leaves OpenMP, which torch shares, set to them: beside
        # other work on those cores every later step would wait for threads in vain. Never a default
        # only: a worker inherits what its parent set here for a greater number of threads.
        os.environ["NUMBA_NUM_THREADS"] = str(torch.get_num_threads())
    return importlib.import_module("whisper")


class OpenAIWhisper:
    """openai/whisper (PyTorch), full precision: the reference."""

    name = "openai-whisper"

    def __init__(self, weights: Resolved, *, device: Device = "auto") -> None:
        self.weights = weights
        self._device = device

    @cached_property
    def _model(self) -> Any:
        import torch

        whisper = _reference()

        device = self._device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        folder = self.weights.folder
        if folder.is_file():
            model = whisper.load_model(str(folder), device=device)
            model.encoder.forward = remembering(model.encoder.forward)
            return model
        checkpoint = convert.checkpoint_from_ctranslate2(folder)
        model = whisper.model.Whisper(whisper.model.ModelDimensions(**checkpoint.dims))
        model.load_state_dict(checkpoint.state_dict)
        heads = torch.zeros(checkpoint.dims["n_text_layer"], checkpoint.dims["n_text_head"])
        for layer, head in convert.alignment_heads(folder):
            heads[layer, head] = 1
        model.register_buffer("alignment_heads", heads.bool().to_sparse(), persistent=False)
        model = model.eval().to(device)
        # Language, words and word times each encode the same sound again: once is enough.
        model.encoder.forward = remembering(model.encoder.forward)
        return model

    @property
    def multilingual(self) -> bool:
        """Whether it knows more than English."""
        return bool(self._model.is_multilingual)

    def detect_language(self, samples: Samples) -> dict[str, float]:
        """Probability by language code."""
        whisper = _reference()

        if not self.multilingual:
            return {"en": 1.0}
        # As `whisper.transcribe` makes it, so that what is encoded is the same.
        padding, frames = whisper.audio.N_SAMPLES, whisper.audio.N_FRAMES
        mel = whisper.log_mel_spectrogram(samples, self._model.dims.n_mels, padding=padding)
        mel = whisper.pad_or_trim(mel[:, : max(1, mel.shape[-1] - frames)], frames)
        _, probabilities = self._model.detect_language(mel.to(self._model.device))
        return dict(probabilities)

    def translate(self, samples: Samples, *, language: str) -> str:
        """English text of up to thirty seconds."""
        whisper = _reference()

        if not self.multilingual:
            return ""
        with seeded(self._model.device), _quiet():
            result = whisper.transcribe(
                self._model,
                samples,
                language=language,
                task="translate",
                beam_size=BEAM,
                best_of=BEAM,
                condition_on_previous_text=False,
                fp16=self._model.device.type == "cuda",
                verbose=None,
                **TRANSLATION_LIMITS,
            )
        return sound_text((s["text"], s["compression_ratio"]) for s in result["segments"])

    def transcribe(
        self, samples: Samples, *, language: str, temperature: float | None = None
    ) -> list[Passage]:
        """Words of up to thirty seconds."""
        whisper = _reference()

        ladder = {} if temperature is None else {"temperature": temperature}
        with seeded(self._model.device), _quiet():
            result = whisper.transcribe(
                self._model,
                samples,
                language=language,
                beam_size=BEAM,
                best_of=BEAM,
                word_timestamps=True,
                condition_on_previous_text=False,
                fp16=self._model.device.type == "cuda",
                verbose=None,
                **LEAVE_SILENCE,
                **ladder,
            )
        return [
            Passage(
                words=tuple(
                    heard_word(
                        w["word"], float(w["start"]), float(w["end"]), float(w["probability"])
                    )
                    for w in segment.get("words", ())
                ),
                log_probability=float(segment["avg_logprob"]),
                compression=float(segment["compression_ratio"]),
                no_speech=float(segment["no_speech_prob"]),
                temperature=float(segment["temperature"]),
            )
            for segment in result["segments"]
        ]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the reference engine's own remarks."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(None):
        warnings.simplefilter("ignore")
        yield
