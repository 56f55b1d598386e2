"""One ruler for all calls of an audit: the engine, weights and version that measure them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ... import __version__

if TYPE_CHECKING:
    from ...models.meaning import MeaningModel
    from ..analyze import Models

Facts = Mapping[str, str]
"""Name of a part to what it is: an engine's name, a version, SHA-256 of weights."""


def facts_of(models: Models, encoder: MeaningModel) -> dict[str, str]:
    """What the loaded models of one worker measure by, `auto` resolved."""
    return {
        "earwitness": __version__,
        "engine": models.engine.name,
        "recogniser": models.engine.weights.main_sha256,
        "segmenter": models.segmenter.weights.main_sha256,
        "embedder": models.embedder.weights.main_sha256,
        "conduct": models.conduct.sha256,
        "meaning": encoder.sha256,
    }


class Ruler:
    """Holds every worker against the first, or against what the finished calls were measured by."""

    def __init__(self, known: Facts | None = None) -> None:
        self.facts = known

    def difference(self, found: Facts) -> str:
        """How a worker's ruler differs, in words without a full stop; empty where it does not."""
        if self.facts is None:
            self.facts = found
        known = self.facts
        differing = [
            f"{name} {_short(found.get(name))} instead of {_short(known.get(name))}"
            for name in sorted(known.keys() | found.keys())
            if known.get(name) != found.get(name)
        ]
        return ", ".join(differing)


def _short(fact: str | None) -> str:
    if not fact:
        return "nothing"
    return fact[:12] if len(fact) == 64 else fact
