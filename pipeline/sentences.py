"""A rubric's sentences as vectors, kept in the audit so that the encoder rarely has to be loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..models import catalogue
from .judge.looks import Sentences

KEPT = "meanings/sentences.npz"
"""In the audit's folder: texts and vectors of every sentence that was asked for so far."""


def sentence_vectors(folder: Path, sentences: Sequence[str]) -> Sentences:
    """The vector of each sentence; only new ones are encoded. Raises ModelError."""
    if not sentences:
        return {}
    path = folder / KEPT
    known = _read(path)
    new = [text for text in sentences if text not in known]
    if new:
        from ..models.meaning import shared_encoder

        known |= dict(zip(new, shared_encoder().encode(new), strict=True))
        _write(path, known)
    return {text: known[text] for text in sentences}


def _model() -> str:
    weights = catalogue.find("minilm")
    return str(weights.files[0].sha256) if weights else ""


def _read(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """What was kept for these very weights; nothing where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            if about["model"] != _model():
                return {}
            return dict(zip(about["texts"], kept["vectors"].astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(path: Path, known: dict[str, npt.NDArray[np.float32]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"model": _model(), "texts": list(known)})
    part = path.with_name(path.name + ".part.npz")
    np.savez(part, about=np.array(about), vectors=np.stack(list(known.values())))
    part.replace(path)
