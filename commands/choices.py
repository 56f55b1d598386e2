"""The values that options accept, spelled the same in every command."""

from __future__ import annotations

from enum import StrEnum


class EngineChoice(StrEnum):
    """`--engine`."""

    auto = "auto"
    openai = "openai-whisper"
    faster = "faster-whisper"


class DeviceChoice(StrEnum):
    """`--device`."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class GuardChoice(StrEnum):
    """`--no-guard`: the guards of `pipeline/listen/guards.py` by name."""

    outside_speech = "outside-speech"
    repetition = "repetition"
    no_speech = "no-speech"
    pace = "pace"
