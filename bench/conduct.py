"""Measure the conduct model: `python bench/conduct.py`; tables on stdout.

The test briefs were never trained on. Public sets are read from `../shared/data/text` where it
is there. `--ablations` also trains the model without context, without hard negatives, without
in-domain turns and on public sets alone (with `--epochs 1` three quarters of an hour on one core;
runs are kept and resumed).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from earwitness.models.conduct import calibrate, public_sets
from earwitness.models.conduct.card import table
from earwitness.models.conduct.dialogues import DialogueTurn, read_dialogues, split
from earwitness.models.conduct.fit import Recipe, data_sha256, fit, from_dialogue, from_public
from earwitness.models.conduct.labels import INDEX, RUDE
from earwitness.models.conduct.model import ConductModel
from earwitness.models.conduct.network import WEIGHTS_FILE, TurnInput, load_tokenizer, predict
from earwitness.models.conduct.report import held_out_report
from earwitness.models.conduct.settle import shown
from earwitness.models.conduct.swaps import bias
from earwitness.models.conduct.train import (
    base_folder,
    default_public_folder,
    public_parts,
    run_folder,
)
from earwitness.models.store import file_sha256


def main() -> None:
    """Print every table; write them as JSON with `--json FILE`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ablations", action="store_true")
    parser.add_argument("--epochs", type=int, default=2, help="of each ablation")
    parser.add_argument("--public", type=Path, default=default_public_folder())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    import torch

    torch.set_num_threads(given.threads)
    model = ConductModel.load()
    parts = split(read_dialogues())
    test = parts.test
    found: dict[str, Any] = {"held out": held_out_report(model, test)}
    found["baselines"] = baselines(model, test)
    if given.ablations:
        found["baselines"] |= ablations(parts.training, test, given.public, given.epochs)
    found["out of domain"] = out_of_domain(model, given.public)
    found["bias"] = bias(model, [shown(t, roles=True) for t in test], [t.rude for t in test])
    found["speed"] = speed(test)
    print_tables(found)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def baselines(model: ConductModel, test: Sequence[DialogueTurn]) -> dict[str, dict[str, float]]:
    """Word lists and toxicity models beside ours, on the same turns."""
    truth = np.array([turn.rude for turn in test])
    texts = [turn.text for turn in test]
    rows: dict[str, Any] = {
        "this model": [s.rude for s in model.score([shown(t, roles=True) for t in test])],
        "this model, roles not given": [
            s.rude for s in model.score([shown(t, roles=False) for t in test])
        ],
        "this model, context not given": [
            s.rude for s in model.score([TurnInput(t) for t in texts])
        ],
    }
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        vader = SentimentIntensityAnalyzer()
        rows["VADER"] = [-vader.polarity_scores(text)["compound"] for text in texts]
    except ImportError:
        print("vaderSentiment is not installed: left out")
    try:
        from profanity_check import predict_prob

        rows["alt-profanity-check"] = predict_prob(texts)
    except ImportError:
        print("alt-profanity-check is not installed: left out")
    return {name: ranking(np.asarray(score, dtype=float), truth) for name, score in rows.items()}


def ranking(score: Any, truth: Any) -> dict[str, float]:
    """What can be said of a score without thresholds."""
    return {
        "auc": calibrate.roc_auc(score, truth),
        "recall at 1% fpr": calibrate.recall_at(score, truth, 0.01),
        "recall at 5% fpr": calibrate.recall_at(score, truth, 0.05),
    }


def ablations(
    kept: Sequence[DialogueTurn], test: Sequence[DialogueTurn], public: Path, epochs: int
) -> dict[str, dict[str, float]]:
    """One run of the recipe with something left out, each trained for `epochs`."""
    recipe = Recipe(epochs=epochs)
    rows, pairs = public_parts(public)
    examples = [from_dialogue(turn) for turn in kept]
    plain = [replace_context(turn) for turn in kept]
    easy = [from_dialogue(turn) for turn in kept if not turn.hard_negative]
    written = [from_public(row) for row in rows]
    for pair in pairs[: len(kept) // 2]:
        for text, rude in ((pair.ruder, True), (pair.civil, False)):
            written.append(from_public(public_sets.PublicRow("pair", text, labels={RUDE: rude})))
    variants = {
        "all data, as many epochs": (examples, rows, pairs, True),
        "without public sets": (examples, [], [], True),
        "without context": (plain, rows, pairs, False),
        "without hard negatives": (easy, rows, pairs, True),
        "public sets alone": (written[: len(kept)], [], [], True),
    }
    base = base_folder(kept, rows, pairs)
    tokenizer, begun = load_tokenizer(base), file_sha256(base / WEIGHTS_FILE)
    truth = np.array([turn.rude for turn in test])
    found = {}
    for name, (part, of_rows, of_pairs, context) in variants.items():
        folder = run_folder(recipe, data_sha256(part, of_rows, of_pairs), begun)
        network = fit(part, base=base, rows=of_rows, pairs=of_pairs, recipe=recipe, folder=folder)
        inputs = [shown(turn, roles=context, context=context) for turn in test]
        score = predict(network, tokenizer, inputs)[:, INDEX[RUDE]]
        found[f"trained {epochs} epochs: {name}"] = ranking(score, truth)
    return found


def replace_context(turn: DialogueTurn) -> Any:
    """The turn as an example without its context or role."""
    example = from_dialogue(turn)
    example.context = ""
    example.role = ""
    return example


def out_of_domain(model: ConductModel, public: Path) -> dict[str, Any]:
    """Pairs ranked right and politeness quartiles told apart, on parts that never trained."""
    found: dict[str, Any] = {}
    pairs = [p for p in public_sets.read_pairs(public, held=True) if p.source == "paradetox"]
    if pairs:
        ruder = model.score([TurnInput(pair.ruder) for pair in pairs])
        civil = model.score([TurnInput(pair.civil) for pair in pairs])
        right = [one.rude > two.rude for one, two in zip(ruder, civil, strict=True)]
        found["ParaDetox pairs ranked right"] = {"rows": len(right), "share": float(np.mean(right))}
    rows = [row for row in public_sets.politeness(public) if public_sets.held_out(row[1])]
    for source in sorted({row[0] for row in rows}):
        part = [row for row in rows if row[0] == source]
        truth = np.array([impolite for _, _, impolite in part])
        scores = model.score([TurnInput(text) for _, text, _ in part])
        score = np.array([s.rude for s in scores])
        found_rude = np.array([model.thresholds.passing(s).finding for s in scores])
        middle = float(np.median(score))
        found[f"{source}, outer quartiles"] = {
            "rows": len(part),
            "auc": calibrate.roc_auc(score, truth),
            "accuracy at the median": float(((score >= middle) == truth).mean()),
            "findings among the polite": float(found_rude[~truth].mean()),
        }
    return found


def speed(test: Sequence[DialogueTurn]) -> dict[str, float]:
    """Turns a second after loading, and seconds for a call of 150 turns.

    Side by side with the product of whole numbers done in floats, as where a processor lacks it.
    """
    import torch

    inputs = [shown(turn, roles=True) for turn in test]
    found = {}
    for name, able in (("", torch.backends.mkldnn.is_available()), (" in floats", False)):
        begun = time.perf_counter()
        model = ConductModel.load()
        found[f"seconds to load{name}"] = time.perf_counter() - begun
        with mock.patch("torch.backends.mkldnn.is_available", lambda able=able: able):
            model.score(inputs[:32])
            begun = time.perf_counter()
            model.score(inputs)
            found[f"turns a second{name}"] = len(inputs) / (time.perf_counter() - begun)
            begun = time.perf_counter()
            model.score(inputs[:150])
            found[f"seconds for 150 turns{name}"] = time.perf_counter() - begun
    return found


def print_tables(found: dict[str, Any]) -> None:
    """Everything found, as Markdown."""
    held = found["held out"]
    for name in ("rude", "rude without roles", "by role", "by noise", "by brief"):
        rows = held[name] if name.startswith("by") else {name: held[name]}
        columns = list(next(iter(rows.values())))
        print(table((name, *columns), [[n, *(v[c] for c in columns)] for n, v in rows.items()]))
    print(table(("kind", "[found, of]"), list(held["recall by kind"].items())))
    hard = held["false findings by hard negative"]
    print(table(("hard negative", "[false, of]"), list(hard.items())))
    columns = list(next(iter(held["labels"].values())))
    labels = held["labels"].items()
    print(table(("label", *columns), [[n, *(v[c] for c in columns)] for n, v in labels]))
    for name in ("macro f1 kinds", "macro f1 moments", "macro f1 conduct", "agent"):
        print(name, held[name])
    for name in ("baselines", "out of domain", "bias"):
        rows = found[name]
        columns = sorted({column for values in rows.values() for column in values})
        body = [[n, *(v.get(c, "") for c in columns)] for n, v in rows.items()]
        print("\n" + table((name, *columns), body))
    print(json.dumps(found["speed"]))


if __name__ == "__main__":
    main()
