"""Which Whisper hears: the engines that are installed, loaded with the same weights."""

from __future__ import annotations

import importlib.util

from ..errors import DependencyMissing, InputError, ModelError
from . import store
from .catalogue import DEFAULT_WHISPER
from .faster import FasterWhisper
from .recognition import Device, Engine, EngineName
from .reference import OpenAIWhisper


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
