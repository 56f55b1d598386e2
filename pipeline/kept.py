"""What an audit keeps between two writings of its documents, so that the next one is quick."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .. import __version__
from ..models import catalogue
from .call import Call
from .evidence.redact import redact
from .judge.looks import Sentences

SENTENCES = "meanings/sentences.npz"
"""In the audit's folder: texts and vectors of every sentence that was asked for so far."""

CHECKED = "meanings/checked.json"
"""Hashes of records in which nothing had to be withheld; most have nothing, and once is enough."""


def sentence_vectors(folder: Path, sentences: Sequence[str]) -> Sentences:
    """The vector of each sentence; only new ones are encoded. Raises ModelError."""
    if not sentences:
        return {}
    path = folder / SENTENCES
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


class Withholding:
    """Redaction of an audit's records; one that needs none is not searched again."""

    def __init__(self, folder: Path, kinds: frozenset[str]) -> None:
        self._path = folder / CHECKED
        self._kinds = kinds
        # Another version may know more.
        self._about = f"{__version__} {' '.join(sorted(kinds))}"
        self._before = self._load()
        self._clean: set[str] = set()

    def _load(self) -> frozenset[str]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return frozenset(data["records"]) if data["about"] == self._about else frozenset()
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def redacted(self, call: Call, record: bytes) -> Call:
        """The call without its sensitive words; `record` is the file it was read from."""
        if not self._kinds:
            return call
        key = hashlib.sha256(record).hexdigest()
        if key not in self._before:
            call, places = redact(call, self._kinds)
            if places:
                return call
        self._clean.add(key)
        return call

    def keep(self) -> None:
        """Remember which records were clean."""
        data = {"about": self._about, "records": sorted(self._clean)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(self._path.name + ".part")
        part.write_text(json.dumps(data) + "\n", encoding="utf-8")
        part.replace(self._path)
