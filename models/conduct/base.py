"""The pretrained network that training starts from: all-mpnet-base-v2, cut to what fits.

Its lower half (Sajjad et al., 2023, "On the effect of dropping layers of pre-trained transformer
models": the upper layers can go before fine-tuning at little loss), and the word pieces that occur
in what is learned from; rarer words fall into the smaller pieces that they are made of.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .network import END, PAD, START, TOKENIZER_FILE, load_tokenizer, quiet_transformers

LAYERS = 6
"""Of twelve: as many as the weights may be large."""

PIECES = 8000
"""Word pieces kept of 30,527."""

POSITIONS = 192
"""More than the longest input has tokens."""

UNKNOWN = "[UNK]"


def cut(source: Path, texts: Iterable[str], folder: Path) -> None:
    """Write the cut network and its tokenizer into `folder`, which must not exist."""
    import torch
    from transformers import MPNetModel

    kept = _kept(load_tokenizer(source), texts)
    with quiet_transformers():
        network = MPNetModel.from_pretrained(
            source, dtype=torch.float32, local_files_only=True, add_pooling_layer=False
        )
    config = network.config
    config.num_hidden_layers = LAYERS
    config.vocab_size = len(kept)
    config.max_position_embeddings = POSITIONS
    smaller = MPNetModel(config, add_pooling_layer=False)
    state = network.state_dict()
    state["embeddings.word_embeddings.weight"] = state["embeddings.word_embeddings.weight"][kept]
    positions = "embeddings.position_embeddings.weight"
    state[positions] = state[positions][:POSITIONS]
    smaller.load_state_dict({name: state[name] for name in smaller.state_dict()})
    part = folder.with_name(folder.name + ".part")
    with quiet_transformers():
        smaller.save_pretrained(part)
    tokenizer = json.loads((source / TOKENIZER_FILE).read_text(encoding="utf-8"))
    (part / TOKENIZER_FILE).write_text(
        json.dumps(_trimmed(tokenizer, kept), ensure_ascii=False), encoding="utf-8"
    )
    part.rename(folder)


def _kept(tokenizer: Any, texts: Iterable[str]) -> list[int]:
    """Old ids of the pieces that stay, ascending: the special ones, single letters, the used."""
    vocabulary = tokenizer.get_vocab()
    used: Counter[int] = Counter()
    for text in texts:
        used.update(tokenizer.encode(text, add_special_tokens=False).ids)
    always = {vocabulary[name] for name in (START, PAD, END, "<unk>", UNKNOWN)}
    always |= {
        number
        for piece, number in vocabulary.items()
        if len(piece.removeprefix("##")) == 1 and piece.isascii()
    }
    ranked = sorted(used.keys() - always, key=lambda number: (-used[number], number))
    return sorted(always | set(ranked[: PIECES - len(always)]))


def _trimmed(tokenizer: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """The tokenizer with the kept pieces alone, numbered anew in their order."""
    new = {old: number for number, old in enumerate(kept)}
    vocabulary = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {
        piece: new[old] for piece, old in sorted(vocabulary.items(), key=lambda item: item[1])
        if old in new
    }  # fmt: skip
    tokenizer["added_tokens"] = [
        {**token, "id": new[token["id"]]}
        for token in tokenizer["added_tokens"]
        if token["id"] in new
    ]
    return {**tokenizer, "truncation": None, "padding": None}
