"""Nothing left to chance: the same samples give the same words, whatever came before.

Where the best hypothesis looks bad, a loop or hardly likely, both engines climb a ladder of
temperatures and sample what they write. openai-whisper does so from a fixed seed. CTranslate2's
numbers belong to its threads and cannot be set back, so faster-whisper does without.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

SEED = 0
"""Where torch's numbers of every stretch of sound begin."""

PENALTY = 0.5
"""How much a temperature of 1 adds to the penalty on tokens that were written before."""


class Unsampled:
    """A CTranslate2 model that climbs the ladder by a penalty on repetition instead of by chance.

    Every rung then writes something else, as sampling would, and less of a loop. How likely the
    text is, is told without the temperature.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def generate(self, *features: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        if options.get("sampling_topk") == 0:
            hot = options["sampling_temperature"]
            options |= {
                "sampling_topk": 1,
                "sampling_temperature": 1.0,
                "num_hypotheses": 1,
                "repetition_penalty": 1 + PENALTY * hot,
            }
        return self._model.generate(*features, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


@contextlib.contextmanager
def seeded(device: Any) -> Iterator[None]:
    """torch's random numbers from `SEED`; others' numbers go on as if nothing had been drawn."""
    import torch

    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(SEED)
        yield
