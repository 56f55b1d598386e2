"""What made a record: versions of the libraries and hashes of the weights that took part."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from .. import __version__
from .call import ModelUsed, Provenance

if TYPE_CHECKING:
    from .analyze import Models

LIBRARIES = ("av", "faster-whisper", "openai-whisper", "pyannote.audio", "torch", "transformers")


def provenance(models: Models, parameters: dict[str, Any]) -> Provenance:
    """The record of versions, weights and parameters; the same for every run on one set-up."""
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    resolved = [models.engine.weights, models.segmenter.weights, models.embedder.weights]
    used = [
        ModelUsed(name=w.name, sha256=w.main_sha256, origin=w.origin, licence=w.licence)
        for w in resolved
    ]
    used.append(
        ModelUsed(
            name="conduct",
            sha256=models.conduct.sha256,
            origin="earwitness, fine-tuned from sentence-transformers/all-mpnet-base-v2",
            licence="MIT; base Apache-2.0; data see models/conduct/CARD.md",
        )
    )
    return Provenance(earwitness=__version__, versions=versions, models=used, parameters=parameters)
