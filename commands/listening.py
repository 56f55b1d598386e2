"""What `analyze` and `audit` make of the options that they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .choices import DeviceChoice, EngineChoice, GuardChoice

if TYPE_CHECKING:
    from ..pipeline.analyze import Options


def listen_options(
    *,
    engine: EngineChoice,
    model: str,
    language: str,
    translate: bool,
    device: DeviceChoice,
    agent: str | None,
    no_guard: Sequence[GuardChoice] | None,
    speakers: int | None = None,
) -> Options:
    """How to listen. Raises InputError for a language that there is not."""
    from ..pipeline.analyze import Options

    if language != "auto":
        from ..models.whisper import check_language

        check_language(language)
    return Options(
        engine=engine.value,
        model=model,
        language=language,
        device=device.value,
        agent=agent,
        speakers=speakers,
        guards_off=frozenset(guard.value for guard in no_guard or ()),
        translate=translate,
    )


def withheld(redact: Sequence[str] | None, *, no_redact: bool) -> frozenset[str]:
    """Kinds of sensitive data to withhold. Raises InputError for a kind that there is not."""
    from ..pipeline.evidence.redact import kinds_of

    return frozenset() if no_redact else kinds_of(redact or ["default"])
