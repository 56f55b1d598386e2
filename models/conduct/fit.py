"""Fine-tuning: examples with masked labels and ranked pairs in, an averaged network out.

Seeded by epoch, so that a run resumed from an epoch's checkpoint goes on as it would have.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import packed
from .dialogues import DialogueTurn
from .labels import AGENT, INDEX, KINDS, LABELS, RUDE
from .network import (
    MODEL_TYPE,
    OTHER_ROLE,
    WEIGHTS_FILE,
    TurnInput,
    batch_tensors,
    empty_network,
    load_tokenizer,
    network_class,
    quiet_transformers,
    windows,
)
from .noise import as_recognised
from .public_sets import PublicPair, PublicRow

MASKED = float("nan")


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes a training run besides its data."""

    seed: int = 20
    epochs: int = 2
    batch: int = 32
    rate: float = 2e-4
    head_rate: float = 4e-3
    layer_decay: float = 0.9
    """Learning rate of each layer as a share of the one above it."""
    dropout: float = 0.1
    average: float = 0.99
    """Decay of the running mean of weights that becomes the model."""
    noise: float = 0.3
    """Share of turns damaged as a recogniser would, drawn anew each epoch."""
    drop_role: float = 0.5
    drop_context: float = 0.1
    public_rows: int = 1
    """Partly labelled public rows added to each batch."""
    public_pairs: int = 2
    """Ranked public pairs added to each batch."""
    rude_weight: float = 3.0

    def key(self) -> str:
        """A short name for the recipe, for its run's folder."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:10]


@dataclass
class Example:
    """A turn to learn from."""

    text: str
    context: str = ""
    role: str = ""
    target: npt.NDArray[np.float32] = field(
        default_factory=lambda: np.full(len(LABELS), MASKED, dtype=np.float32)
    )
    """One value a label; NaN where nothing is known."""
    weight: float = 1.0


def from_dialogue(turn: DialogueTurn) -> Example:
    """Every label of an in-domain turn is known."""
    target = np.zeros(len(LABELS), dtype=np.float32)
    for label in turn.labels:
        target[INDEX[label]] = 1
    target[INDEX[AGENT]] = turn.role == "agent"
    return Example(turn.text, turn.context, turn.role, target)


def from_public(row: PublicRow) -> Example:
    """Only what the set says is known."""
    example = Example(row.text, row.context, row.role, weight=row.weight)
    for label, value in row.labels.items():
        example.target[INDEX[label]] = value
    return example


def data_sha256(
    examples: Sequence[Example], rows: Sequence[PublicRow] = (), pairs: Sequence[PublicPair] = ()
) -> str:
    """Hash of everything that a run learns from, in its order: words, labels and weights."""
    found = hashlib.sha256()
    for example in examples:
        known = {
            label: float(value)
            for label, value in zip(LABELS, example.target, strict=True)
            if not np.isnan(value)
        }
        row = [example.text, example.context, example.role, known, example.weight]
        found.update(json.dumps(row).encode() + b"\n")
    for part in (rows, pairs):
        for public in part:
            found.update(json.dumps(asdict(public), sort_keys=True).encode() + b"\n")
    return found.hexdigest()


def fit(
    examples: Sequence[Example],
    *,
    base: Path,
    rows: Sequence[PublicRow] = (),
    pairs: Sequence[PublicPair] = (),
    recipe: Recipe,
    folder: Path,
    say: Callable[[str], None] = print,
) -> Any:
    """Train the network in `base` and return the averaged one in evaluation mode.

    `base` holds a pretrained encoder (`base.cut`) or weights of the conduct model (`packed.write`).
    `folder` keeps one checkpoint, written after each epoch; a run that finds it goes on from it.
    """
    import torch

    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer(base)
    network = _network_in(base, examples, recipe)
    optimizer, schedule = _optimizer(network, recipe, math.ceil(len(examples) / recipe.batch))
    mean = {name: value.clone() for name, value in network.state_dict().items()}
    checkpoint, done = folder / "checkpoint.pt", 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        mean, done = state["mean"], int(state["epoch"])
        say(f"going on after epoch {done}")
    folder.mkdir(parents=True, exist_ok=True)
    for epoch in range(done, recipe.epochs):
        torch.manual_seed(recipe.seed * 1000 + epoch)
        network.train()
        losses = []
        for batch in _batches(
            examples, rows, pairs, tokenizer=tokenizer, recipe=recipe, epoch=epoch
        ):
            loss = _loss(network, batch, recipe)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            _update_mean(mean, network, recipe.average, schedule.last_epoch)
            losses.append(loss.item())
            if len(losses) % 50 == 0:
                say(f"epoch {epoch + 1} step {len(losses)} loss {np.mean(losses[-50:]):.3f}")
        state = {
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "mean": mean,
            "epoch": epoch + 1,
        }
        torch.save(state, checkpoint.with_suffix(".part"))
        checkpoint.with_suffix(".part").replace(checkpoint)
        say(f"epoch {epoch + 1} of {recipe.epochs}: loss {np.mean(losses):.3f}")
    network.load_state_dict(mean)
    return network.eval()


def _network_in(base: Path, examples: Sequence[Example], recipe: Recipe) -> Any:
    """A new head on the encoder in `base`, or the trained network there to go on with."""
    trained = json.loads((base / "config.json").read_text(encoding="utf-8"))
    if trained["model_type"] == MODEL_TYPE:
        network = empty_network(base)
        network.load_state_dict(packed.read(base / WEIGHTS_FILE))
    else:
        network = _fresh_network(base, examples)
    network.dropout.p = recipe.dropout
    network.mpnet.embeddings.requires_grad_(False)  # what words mean was learned on more than this
    return network


def _fresh_network(base: Path, examples: Sequence[Example]) -> Any:
    import torch

    with quiet_transformers():
        network = network_class().from_pretrained(
            base,
            num_labels=len(LABELS),
            problem_type="multi_label_classification",
            id2label=dict(enumerate(LABELS)),
            label2id=INDEX,
            dtype=torch.float32,
        )
    # Each output starts at its label's own frequency, so that rare labels do not start with shouts.
    known = np.stack([example.target for example in examples])
    counts = np.maximum((~np.isnan(known)).sum(axis=0), 1).astype(np.float32)
    share = np.nansum(known, axis=0) / counts
    share = np.clip(share, 1e-3, 1 - 1e-3)  # a label that no example knows stays silent
    with torch.no_grad():
        network.classifier.bias.copy_(torch.tensor(np.log(share / (1 - share))))
        network.classifier.weight.mul_(0.2)
    return network


def _optimizer(network: Any, recipe: Recipe, steps_per_epoch: int) -> tuple[Any, Any]:
    import torch

    layers = list(network.mpnet.encoder.layer)
    groups = []
    for height, layer in enumerate(reversed(layers)):
        rate = recipe.rate * recipe.layer_decay**height
        groups.append({"params": list(layer.parameters()), "lr": rate})
    lowest = recipe.rate * recipe.layer_decay ** len(layers)
    relative = network.mpnet.encoder.relative_attention_bias  # what all layers share
    groups.append({"params": list(relative.parameters()), "lr": lowest})
    groups.append({"params": list(network.classifier.parameters()), "lr": recipe.head_rate})
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    total = steps_per_epoch * recipe.epochs
    warm = max(1, int(0.08 * total))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.02, (total - step) / (total - warm)))
    )
    return optimizer, schedule


def _update_mean(mean: dict[str, Any], network: Any, decay: float, step: int) -> None:
    import torch

    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                mean[name].lerp_(value, 1 - decay)


@dataclass
class _Batch:
    inputs: dict[str, Any]
    target: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    pairs: npt.NDArray[np.float32]
    """Weights of the ranked pairs, whose texts stand last: ruder, civil, ruder, civil …"""


def _batches(
    examples: Sequence[Example],
    rows: Sequence[PublicRow],
    pairs: Sequence[PublicPair],
    *,
    tokenizer: Any,
    recipe: Recipe,
    epoch: int,
) -> Iterator[_Batch]:
    dice = random.Random(f"{recipe.seed} {epoch}")
    seen = [_seen(example, recipe, dice) for example in examples]
    encoded = [windows(tokenizer, turn)[0] for turn, _ in seen]
    # Near lengths go together, or half of the work would be padding; the order stays random.
    order = sorted(range(len(seen)), key=lambda i: len(encoded[i][0]) + dice.random() * 6)
    chunks = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
    dice.shuffle(chunks)
    for chunk in chunks:
        inputs = [encoded[i] for i in chunk]
        targets = [seen[i][1] for i in chunk]
        weights = [examples[i].weight for i in chunk]
        if rows:
            for row in dice.choices(rows, k=recipe.public_rows):
                turn, target = _seen(from_public(row), recipe, dice)
                inputs.append(windows(tokenizer, turn)[0])
                targets.append(target)
                weights.append(row.weight)
        ranked = dice.choices(pairs, k=recipe.public_pairs) if pairs else []
        for pair in ranked:
            damage = dice.random() < recipe.noise
            for text in (pair.ruder, pair.civil):
                shown = as_recognised(text, dice) if damage else text
                inputs.append(windows(tokenizer, TurnInput(shown))[0])
        yield _Batch(
            batch_tensors(inputs),
            np.stack(targets),
            np.array(weights, dtype=np.float32),
            np.array([pair.weight for pair in ranked], dtype=np.float32),
        )


def _seen(
    example: Example, recipe: Recipe, dice: random.Random
) -> tuple[TurnInput, npt.NDArray[np.float32]]:
    """The example as one epoch shows it, and its targets; a shown role is not asked for."""
    text, context = example.text, example.context
    if dice.random() < recipe.noise:
        text = as_recognised(text, dice)
        context = as_recognised(context, dice) if context else context
    if dice.random() < recipe.drop_context:
        context = ""
    show = bool(example.role) and dice.random() >= recipe.drop_role
    target = example.target
    if show:
        target = target.copy()
        target[INDEX[AGENT]] = MASKED
    role = example.role if show else ""
    return TurnInput(text, context, role, OTHER_ROLE[role]), target


def _loss(network: Any, batch: _Batch, recipe: Recipe) -> Any:
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, softplus

    logits = network(**batch.inputs)
    known = torch.tensor(~np.isnan(batch.target))
    target = torch.tensor(np.nan_to_num(batch.target))
    weight = torch.ones(len(LABELS))
    weight[INDEX[RUDE]] = recipe.rude_weight
    for kind in KINDS:
        weight[INDEX[kind]] = 1.0
    rows = len(batch.target)
    each = binary_cross_entropy_with_logits(logits[:rows], target, reduction="none")
    each = each * known * weight * torch.tensor(batch.weight)[:, None]
    loss = each.sum() / rows
    if len(batch.pairs):
        rude = logits[rows:, INDEX[RUDE]]
        loss = loss + (softplus(rude[1::2] - rude[0::2]) * torch.tensor(batch.pairs)).mean()
    return loss
