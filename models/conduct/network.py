"""The network and its input: an MPNet encoder with one output per label, read in pairs of turns.

Input is `<s> role: other party's previous turn </s> role: this turn </s>`; a part that is not
known is left out. Nothing here trains or decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import packed
from .labels import INDEX, KINDS, RUDE

MODEL_TYPE = "earwitness-conduct"
"""Named in config.json, so that no other class loads the weights and pools them otherwise."""

WEIGHTS_FILE, TOKENIZER_FILE = "model.safetensors", "tokenizer.json"

START, PAD, END = "<s>", "<pad>", "</s>"
"""The tokenizer's own names of the start, of filling and of the end of a part."""

PAD_ID = 1
"""Fixed in MPNet, which counts positions by what is no filling."""

CONTEXT_TOKENS = 40
"""The end of the context is kept: what was said last is what is answered."""

TURN_TOKENS = 110
"""Longer turns are read in windows of this many tokens."""

WINDOW_STEP = 80
"""Tokens from the start of one window to the next."""

OTHER_ROLE = {"agent": "customer", "customer": "agent", "": ""}
"""The other side of a call; not known of a side that is not known."""


@dataclass(frozen=True)
class TurnInput:
    """A turn to be judged, with what is known around it."""

    text: str
    context: str = ""
    """The other party's previous turn, or empty."""
    role: str = ""
    """`agent`, `customer`, or anything else for not known."""
    context_role: str = ""
    """As `role`; where it is empty and the role is known, the other side is taken."""


def side(role: str) -> str:
    """The role if it is one of the two sides, else empty."""
    return role if role in OTHER_ROLE else ""


@cache
def network_class() -> Any:
    """The sequence classifier, made known to transformers' Auto classes under `MODEL_TYPE`."""
    import torch
    from transformers import (
        AutoConfig,
        AutoModelForSequenceClassification,
        MPNetConfig,
        MPNetModel,
        MPNetPreTrainedModel,
    )

    class TurnConfig(MPNetConfig):  # type: ignore[misc]
        model_type = MODEL_TYPE

    class TurnClassifier(MPNetPreTrainedModel):  # type: ignore[misc]
        """MPNet with one linear head over the mean of the turn's own states, without context."""

        config_class = TurnConfig

        def __init__(self, config: TurnConfig) -> None:
            super().__init__(config)
            self.mpnet = MPNetModel(config, add_pooling_layer=False)
            self.dropout = torch.nn.Dropout(config.hidden_dropout_prob)
            self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)
            self.post_init()

        def forward(self, input_ids: Any, attention_mask: Any, turn_mask: Any) -> Any:
            """Logits, float32 of shape (turns, labels)."""
            states = self.mpnet(input_ids=input_ids, attention_mask=attention_mask)
            states = states.last_hidden_state
            own = turn_mask.unsqueeze(-1).to(states.dtype)
            return self.classifier(self.dropout((states * own).sum(1) / own.sum(1).clamp(min=1)))

    AutoConfig.register(MODEL_TYPE, TurnConfig)
    AutoModelForSequenceClassification.register(TurnConfig, TurnClassifier)
    return TurnClassifier


def load_network(folder: Path) -> Any:
    """The network in `folder`, its encoder in eight bits, in evaluation mode."""
    network = empty_network(folder)
    packed.load(network, "mpnet.encoder", folder / WEIGHTS_FILE)
    return network.eval()


def empty_network(folder: Path) -> Any:
    """The network that `folder` describes, its weights still to be read."""
    from transformers import AutoConfig, AutoModelForSequenceClassification
    from transformers.initialization import no_init_weights

    network_class()
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    with no_init_weights():  # every weight is read: drawing them first would only take time
        return AutoModelForSequenceClassification.from_config(config)


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """No progress bars or load reports from transformers meanwhile."""
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()


def load_tokenizer(folder: Path) -> Any:
    """The fast tokenizer in `folder`, without padding or truncation of its own."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def windows(tokenizer: Any, turn: TurnInput) -> list[tuple[list[int], int]]:
    """Token ids of each window of a turn, and how many of them come before the turn proper."""
    start, separator = tokenizer.token_to_id(START), tokenizer.token_to_id(END)
    role = side(turn.role)
    context_role = side(turn.context_role) or OTHER_ROLE[role]
    context: list[int] = []
    if turn.context:
        context = tokenizer.encode(turn.context, add_special_tokens=False).ids[-CONTEXT_TOKENS:]
        if context_role:
            context = _prefix(tokenizer, context_role) + context
    own = tokenizer.encode(turn.text, add_special_tokens=False).ids
    marker = _prefix(tokenizer, role) if role else []
    head = [start, *context, separator]
    found = []
    for begin in range(0, max(1, len(own) - TURN_TOKENS + WINDOW_STEP), WINDOW_STEP):
        piece = own[begin : begin + TURN_TOKENS]
        found.append(([*head, *marker, *piece, separator], len(head)))
    return found


def _prefix(tokenizer: Any, role: str) -> list[int]:
    ids: list[int] = tokenizer.encode(f"{role}:", add_special_tokens=False).ids
    return ids


def batch_tensors(rows: Sequence[tuple[list[int], int]], device: str = "cpu") -> dict[str, Any]:
    """Padded input tensors of shape (rows, longest)."""
    import torch

    longest = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), longest), PAD_ID, dtype=torch.long)
    mask, own = torch.zeros_like(ids), torch.zeros_like(ids)
    for position, (tokens, head) in enumerate(rows):
        ids[position, : len(tokens)] = torch.tensor(tokens)
        mask[position, : len(tokens)] = 1
        own[position, head : len(tokens)] = 1
    tensors = {"input_ids": ids, "attention_mask": mask, "turn_mask": own}
    return {name: tensor.to(device) for name, tensor in tensors.items()}


def predict(
    network: Any, tokenizer: Any, turns: Sequence[TurnInput], *, batch: int = 32
) -> npt.NDArray[np.float64]:
    """Outputs of shape (turns, labels), logits; a long turn gives the highest of its windows.

    For `rude` its kinds speak too (`with_kinds`).
    """
    import torch

    pieces = [(n, piece) for n, turn in enumerate(turns) for piece in windows(tokenizer, turn)]
    # Batches of like lengths waste little on padding; ties keep a fixed order.
    pieces.sort(key=lambda item: (len(item[1][0]), item[1][0]))
    found = np.full((len(turns), network.config.num_labels), -np.inf)
    device = str(next(network.parameters()).device)
    with torch.inference_mode():
        for start in range(0, len(pieces), batch):
            part = pieces[start : start + batch]
            rows = network(**batch_tensors([piece for _, piece in part], device))
            each = with_kinds(rows.double().cpu().numpy())
            for (number, _), row in zip(part, each, strict=True):
                found[number] = np.maximum(found[number], row)
    return found


def with_kinds(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The outputs with what the kinds say added to `rude`: the log of the sum of their odds.

    A turn is rude exactly when it carries a kind, and nine outputs err less than one.
    """
    kinds = np.logaddexp.reduce(rows[:, [INDEX[kind] for kind in KINDS]], axis=1)
    rows = rows.copy()
    rows[:, INDEX[RUDE]] += kinds
    return rows
