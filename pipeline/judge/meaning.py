"""What turns mean, as vectors: kept beside a call, so that a rubric can be changed later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..call import Call


class Encoder(Protocol):
    """Texts to vectors of length 1: `models.meaning.MeaningModel`."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of shape (texts, width)."""
        ...


def turn_meanings(call: Call, encoder: Encoder) -> npt.NDArray[np.float16]:
    """Vectors of the turns' texts, float16 of shape (turns, 384), in the order of `call.turns`."""
    vectors: Any = encoder.encode([turn.text for turn in call.turns])
    return np.asarray(vectors, dtype=np.float16)
