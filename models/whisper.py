"""openai-whisper and faster-whisper behind one small interface, listening with the same weights.

An engine takes up to thirty seconds of 16 kHz samples and gives back passages of words with times,
confidence and the recogniser's own signs of trouble. What to do about trouble is decided in
`pipeline/listen`, alike for both.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import os
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import DependencyMissing, InputError, ModelError
from . import convert, store
from .catalogue import DEFAULT_WHISPER
from .chance import Unsampled, seeded
from .store import Resolved

RATE = 16_000
"""Hertz that Whisper hears at."""

MAX_SECONDS = 30.0
"""What Whisper hears at once."""

BEAM = 5
"""Beam width of both engines; docs/measurements.md has what narrower ones lose."""

EARLY_START = 0.08
EARLY_END = 0.05
"""Seconds by which a word's start and end are placed too early, at the median, since the attention
they are read from looks ahead. Measured with faster-whisper on the samples' word times by
bench/calls.py, and taken over for openai-whisper, which reads them the same way; added back, so
that clips cut at these times contain the word."""

LOOP_COMPRESSION = 2.4
"""Whisper's own limit: text that gzips better than this is a loop."""

TRANSLATION_LIMITS: dict[str, Any] = {"temperature": (0.0, 0.2, 0.4), "word_timestamps": False}
"""A translation that only a hot temperature gives is made up."""

LEAVE_SILENCE: dict[str, Any] = {"no_speech_threshold": None}
"""By default both engines drop text themselves where they believe in silence and are unsure, and
nobody would learn of it. `pipeline/listen/guards.py` decides that with the same limits, and lists
it. What else changes by it: such a stretch, and no other, goes up the ladder of temperatures."""

_KEPT_ENCODINGS = 4

EngineName = Literal["auto", "openai-whisper", "faster-whisper"]
Device = Literal["auto", "cpu", "cuda"]
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class HeardWord:
    """A word with its times in seconds from the start of the samples given."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Passage:
    """A stretch the recogniser put down as one piece, with its own signs of trouble."""

    words: tuple[HeardWord, ...]
    log_probability: float
    """Mean log-probability of its tokens."""
    compression: float
    """Ratio of raw to gzipped text; repetition loops exceed 2.4."""
    no_speech: float
    """Probability the recogniser gave to there being no speech."""
    temperature: float


def heard_word(text: str, start: float, end: float, confidence: float) -> HeardWord:
    """A word with the engines' common bias in time removed."""
    return HeardWord(text, start + EARLY_START, end + EARLY_END, confidence)


class Engine(Protocol):
    """A recogniser."""

    name: str
    weights: Resolved

    @property
    def multilingual(self) -> bool:
        """Whether it knows more than English."""

    def detect_language(self, samples: Samples) -> dict[str, float]:
        """Probability by language code of up to thirty seconds (n,) at 16 kHz.

        To transcribe the same samples next costs no second encoding.
        """

    def translate(self, samples: Samples, *, language: str) -> str:
        """English text of up to thirty seconds (n,) at 16 kHz spoken in `language`.

        Empty where nothing could be made of them; the text has no times, since a translation has
        no words that were said.
        """

    def transcribe(
        self, samples: Samples, *, language: str, temperature: float | None = None
    ) -> list[Passage]:
        """Words of up to thirty seconds (n,) at 16 kHz.

        A `temperature` fixes the one to decode at; without, the recogniser's own ladder is used.
        """


def installed_engines() -> list[str]:
    """The engines that can be imported here, preferred first."""
    modules = {"faster-whisper": "faster_whisper", "openai-whisper": "whisper"}
    return [name for name, module in modules.items() if importlib.util.find_spec(module)]


def load(
    engine: EngineName = "auto",
    *,
    model: str = DEFAULT_WHISPER,
    device: Device = "auto",
    threads: int = 0,
) -> Engine:
    """The engine asked for, with its weights found and verified.

    `threads` 0 means all cores. Raises DependencyMissing or ModelError.
    """
    chosen = installed_engines()[0] if engine == "auto" else engine
    weights = store.resolve(model)
    checkpoint = weights.folder if weights.folder.is_file() else None
    if chosen == "faster-whisper":
        if "faster-whisper" not in installed_engines():
            raise DependencyMissing(
                package="faster-whisper", extra="fast", purpose="--engine faster-whisper"
            )
        if checkpoint is not None:
            if engine == "auto":
                return OpenAIWhisper(weights, device=device)
            raise ModelError(
                f"{checkpoint} is a checkpoint of openai-whisper: use --engine openai-whisper"
            )
        return FasterWhisper(weights, device=device, threads=threads)
    return OpenAIWhisper(weights, device=device)


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
        model.encode = _remembering(model.encode)
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
        return _sound_text((s.text, s.compression_ratio) for s in segments)

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
            model.encoder.forward = _remembering(model.encoder.forward)
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
        model.encoder.forward = _remembering(model.encoder.forward)
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
        return _sound_text((s["text"], s["compression_ratio"]) for s in result["segments"])

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


def _sound_text(segments: Iterable[tuple[str, float]]) -> str:
    """The text of all segments that are no repetition loops."""
    texts = [text.strip() for text, compression in segments if compression <= LOOP_COMPRESSION]
    return " ".join(text for text in texts if text)


def _remembering(encode: Callable[..., Any]) -> Callable[..., Any]:
    """An encoder that keeps its last few results, so that the same sound is encoded once."""
    kept: OrderedDict[bytes, Any] = OrderedDict()

    def encoded(features: Any) -> Any:
        raw = features if isinstance(features, np.ndarray) else features.detach().cpu().numpy()
        # A batch of one and its only member are the same sound, but not the same shape of result.
        digest = hashlib.blake2b(np.ascontiguousarray(raw).tobytes())
        digest.update(str(raw.shape).encode())
        key = digest.digest()
        if key in kept:
            kept.move_to_end(key)
        else:
            kept[key] = encode(features)
            if len(kept) > _KEPT_ENCODINGS:
                kept.popitem(last=False)
        return kept[key]

    return encoded


def languages() -> list[str]:
    """The language codes Whisper knows."""
    from whisper.tokenizer import LANGUAGES

    return sorted(LANGUAGES)


def check_language(code: str) -> str:
    """The code, if Whisper knows it; InputError names those it knows."""
    if code not in languages():
        raise InputError(
            f"--language {code} is not a language Whisper knows: use auto or one of "
            + " ".join(languages())
        )
    return code


def check_weights(engine: Engine, *, language: str, translate: bool) -> None:
    """InputError where English-only weights are to hear another language, or to translate.

    `language` is a code or `auto`. Loads the weights where that has to be known.
    """
    if (language in ("auto", "en") and not translate) or engine.multilingual:
        return
    asked = "--translate" if translate else f"--language {language}"
    raise InputError(
        f"{asked} needs weights that know more than English, which {engine.weights.name} do not: "
        "leave it out or use --model base"
    )
