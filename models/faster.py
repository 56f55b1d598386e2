"""faster-whisper behind the interface of `recognition.py`."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from .chance import Unsampled
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


class FasterWhisper:
    """SYSTRAN/faster-whisper (CTranslate2): 8-bit weights on the CPU, the fast one."""

    name = "faster-whisper"

    def __init__(self, weights: Resolved, *, device: Device = "auto", threads: int = 0) -> None:
        self.weights = weights
        self._device = device
        self._threads = threads

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        folder, threads = str(self.weights.folder), self._threads or os.cpu_count() or 1
        how = {
            "device": self._device,
            "compute_type": "default" if self._device == "cuda" else "int8",
        }
        model = WhisperModel(folder, cpu_threads=threads, local_files_only=True, **how)
        model.model = Unsampled(model.model)
        model.encode = remembering(model.encode)
        return model

    @property
    def multilingual(self) -> bool:
        """Whether it knows more than English."""
        return bool(self._model.model.is_multilingual)

    def detect_language(self, samples: Samples) -> dict[str, float]:
        """Probability by language code."""
        if not self.multilingual:
            return {"en": 1.0}
        # Without the last frame, as transcription has it: what is encoded is then the same.
        features = self._model.feature_extractor(samples)[..., :-1]
        _, _, probabilities = self._model.detect_language(features=features)
        return dict(probabilities)

    def translate(self, samples: Samples, *, language: str) -> str:
        """English text of up to thirty seconds."""
        if not self.multilingual:
            return ""
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            task="translate",
            beam_size=BEAM,
            condition_on_previous_text=False,
            vad_filter=False,
            **TRANSLATION_LIMITS,
        )
        return sound_text((s.text, s.compression_ratio) for s in segments)

    def transcribe(
        self, samples: Samples, *, language: str, temperature: float | None = None
    ) -> list[Passage]:
        """Words of up to thirty seconds."""
        ladder = {} if temperature is None else {"temperature": temperature}
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=BEAM,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
            **LEAVE_SILENCE,
            **ladder,
        )
        return [
            Passage(
                words=tuple(
                    heard_word(w.word, float(w.start), float(w.end), float(w.probability))
                    for w in segment.words or ()
                ),
                log_probability=float(segment.avg_logprob),
                compression=float(segment.compression_ratio),
                no_speech=float(segment.no_speech_prob),
                temperature=float(segment.temperature or 0.0),
            )
            for segment in segments
        ]
