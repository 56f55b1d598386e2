"""Random numbers that begin alike: the same samples give the same words, whatever came before.

Above a temperature of 0 both engines sample what they write.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

SEED = 0
"""Where the numbers of every stretch of sound begin."""


class Seeded:
    """A CTranslate2 model that samples alike in every stretch.

    A seed reaches only those of its threads that have not drawn a number yet. So where a stretch
    is sampled after another one was, which is rare, the model is loaded anew.
    """

    def __init__(self, model: Any, load_again: Callable[[], Any]) -> None:
        self._model = model
        self._load_again = load_again
        self._drawn = self._drawn_here = False

    def begin(self) -> None:
        """What comes now is another stretch."""
        self._drawn_here = False

    def generate(self, *features: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        if options.get("sampling_temperature") and not self._drawn_here:
            import ctranslate2

            if self._drawn:
                self._model = None  # Two at once might not fit.
                self._model = self._load_again()
            ctranslate2.set_random_seed(SEED)
            self._drawn = self._drawn_here = True
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
