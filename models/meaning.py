"""Sentences as vectors: the frozen all-MiniLM-L6-v2, so that wordings can be compared by meaning.

Mean pooling over all tokens and length 1, as the model's own card has it: then the dot product of
two vectors is their cosine similarity.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from . import store
from .conduct.network import load_tokenizer, quiet_transformers

WIDTH = 384
"""Numbers in a vector."""

LONGEST = 256
"""Tokens read of a text; the model was trained on no more."""

BATCH = 32


class MeaningModel:
    """The sentence encoder. A text's vector depends on the text alone, beyond rounding."""

    def __init__(self, *, network: Any, tokenizer: Any, sha256: str, device: str = "cpu") -> None:
        self._network = network
        self._tokenizer = tokenizer
        self.sha256 = sha256
        """Hash of the weights file, for provenance."""
        self.device = device

    @classmethod
    def load(cls, device: str = "cpu") -> MeaningModel:
        """The pinned weights (`minilm`). Raises ModelError where they are not on this machine."""
        found = store.resolve("minilm")
        import torch
        from transformers import AutoModel

        with quiet_transformers():
            network = AutoModel.from_pretrained(
                found.folder, dtype=torch.float32, local_files_only=True
            )
        return cls(
            network=network.eval().to(device),
            tokenizer=load_tokenizer(found.folder),
            sha256=found.main_sha256,
            device=device,
        )

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of shape (texts, 384) and length 1; a text without words has zeros."""
        import torch

        vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
        rows = [
            (n, self._tokenizer.encode(text).ids[:LONGEST])
            for n, text in enumerate(texts)
            if text.strip()
        ]
        # Batches of like lengths waste little on padding.
        rows.sort(key=lambda row: (len(row[1]), row[1]))
        with torch.inference_mode():
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                longest = max(len(ids) for _, ids in part)
                ids = torch.zeros((len(part), longest), dtype=torch.long)
                mask = torch.zeros_like(ids)
                for at, (_, tokens) in enumerate(part):
                    ids[at, : len(tokens)] = torch.tensor(tokens)
                    mask[at, : len(tokens)] = 1
                ids, mask = ids.to(self.device), mask.to(self.device)
                states = self._network(input_ids=ids, attention_mask=mask).last_hidden_state
                weight = mask.unsqueeze(-1).to(states.dtype)
                means = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
                means = torch.nn.functional.normalize(means, dim=1).cpu().numpy()
                for (number, _), vector in zip(part, means, strict=True):
                    vectors[number] = vector
        return vectors


@lru_cache(maxsize=2)
def shared_encoder(device: str = "cpu") -> MeaningModel:
    """The encoder, loaded once a process."""
    return MeaningModel.load(device)
