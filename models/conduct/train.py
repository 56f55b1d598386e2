"""Train the conduct model: `python -m earwitness.models.conduct.train`.

One run on the briefs that are not set apart. On the development briefs, with the weights as they
will ship, probabilities are calibrated and thresholds set; the test briefs are read only to report.
Runs are kept under `runs/` and resumed from their last epoch.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .. import store
from . import packed
from .base import LAYERS, PIECES, POSITIONS, cut
from .calibrate import (
    FINDING_FALSE_POSITIVES,
    NAMED_RIGHT,
    REVIEW_FALSE_POSITIVES,
    THREATS_RIGHT,
    Platt,
    f1_threshold,
    fit_platt,
    precise_threshold,
    sure_threshold_at,
    threshold_at,
)
from .card import write_card
from .dialogues import DialogueTurn, counts, read_dialogues
from .fit import Recipe, data_sha256, fit, from_dialogue
from .labels import AGENT, INDEX, KINDS, LABELS, RUDE
from .model import SETTINGS, WEIGHTS, ConductModel
from .network import (
    OTHER_ROLE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    TurnInput,
    load_network,
    load_tokenizer,
    predict,
)
from .public_sets import PublicPair, PublicRow, read_pairs, read_rows
from .report import held_out_report
from .swaps import bias

TEST_BRIEFS = (
    "bank_cards",
    "health_clinic",
    "telecom_us",
    "ride_food_delivery",
    "uk_household",
    "shops_online",
)
"""Whole briefs that no training run, threshold or choice of recipe ever sees."""

DEVELOPMENT_BRIEFS = (
    "public_office",
    "software_saas",
    "parcel_delivery",
    "utilities_us",
    "travel_changes",
    "electricals_and_repairs",
    "tickets_and_holidays",
)
"""Briefs on which recipes are compared, probabilities calibrated and thresholds set."""

FURTHER = Recipe(seed=21, epochs=1, rate=1e-4, head_rate=1e-3)
"""What weights learn that go on from others, after briefs were added."""

BIAS_STEP = 6
"""Every sixth test turn is enough to see a swap's effect."""

HERE = Path(__file__).parent
RUNS = HERE / "runs"
PUBLIC_VARIABLE = "EARWITNESS_PUBLIC_SETS"
LONGEST_PUBLIC = 18
"""Words in a public row; longer ones cost time and are no phone turns."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, calibrate, write weights, card and report."""
    parser = argparse.ArgumentParser(prog="python -m earwitness.models.conduct.train")
    parser.add_argument("--public", type=Path, default=default_public_folder())
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch chooses")
    parser.add_argument("--quick", action="store_true", help="one epoch, to try the whole path")
    parser.add_argument(
        "--further",
        type=Path,
        help="go on for one epoch from the weights in this folder, after turns were added",
    )
    given = parser.parse_args(arguments)
    recipe = Recipe(epochs=1) if given.quick else Recipe() if not given.further else FURTHER
    train(recipe, public=given.public, out=given.out, start=given.further, threads=given.threads)


def default_public_folder() -> Path:
    """Where the public sets are: the variable, or `../shared/data/text` beside the checkout."""
    named = os.environ.get(PUBLIC_VARIABLE)
    return Path(named) if named else HERE.parents[1].parent / "shared" / "data" / "text"


def train(
    recipe: Recipe, *, public: Path, out: Path, start: Path | None = None, threads: int = 0
) -> None:
    """The run and everything that is written of it; from the weights in `start`, if given."""
    import torch

    if threads:
        torch.set_num_threads(threads)
    turns = read_dialogues()
    rows, pairs = public_parts(public)
    development = [turn for turn in turns if turn.brief in DEVELOPMENT_BRIEFS]
    kept = [turn for turn in turns if turn.brief not in (*DEVELOPMENT_BRIEFS, *TEST_BRIEFS)]
    test = [turn for turn in turns if turn.brief in TEST_BRIEFS]
    examples = [from_dialogue(turn) for turn in kept]
    learned = data_sha256(examples, rows, pairs)
    _say(f"{len(kept)} turns, {len(rows)} public rows, {len(pairs)} public pairs")
    base = start or base_folder(kept, rows, pairs)
    begun = store.file_sha256(base / WEIGHTS_FILE)
    network = fit(
        examples,
        base=base,
        rows=rows,
        pairs=pairs,
        recipe=recipe,
        folder=run_folder(recipe, learned, begun),
        say=_say,
    )
    part = written(network, base, out.with_name(out.name + ".part"))
    logits = logits_both_ways(load_network(part), load_tokenizer(part), development)
    calibration, thresholds = settle(logits, [*development, *development])
    origin = {
        "recipe": asdict(recipe),
        "data sha256": learned,
        "started from": f"weights {begun}" if start else "all-mpnet-base-v2",
    }
    publish(
        part,
        out,
        {
            "labels": list(LABELS),
            "calibration": {label: asdict(platt) for label, platt in calibration.items()},
            "thresholds": thresholds,
            **origin,
        },
    )
    model = ConductModel.load(folder=out)
    report = {
        **origin,
        "data": dict(counts(turns)),
        "public": {
            "rows": len(rows),
            "pairs": len(pairs),
            "sources": sorted({row.source for row in rows} | {pair.source for pair in pairs}),
        },
        "split": {
            "test": list(TEST_BRIEFS),
            "development": list(DEVELOPMENT_BRIEFS),
            "training turns": len(kept),
        },
        "bias": bias(
            model,
            [shown(turn, roles=True) for turn in test[::BIAS_STEP]],
            [turn.rude for turn in test[::BIAS_STEP]],
        ),
        **held_out_report(
            model,
            test,
            predict(network, load_tokenizer(base), [shown(turn, roles=True) for turn in test]),
        ),
    }
    write_report(report, out.parent)
    _say(f"{out}: ROC-AUC {report['rude']['auc']:.3f} on the test briefs")


def public_parts(folder: Path) -> tuple[list[PublicRow], list[PublicPair]]:
    """The public rows and pairs that train."""
    rows = [row for row in read_rows(folder) if len(row.text.split()) <= LONGEST_PUBLIC]
    pairs = [pair for pair in read_pairs(folder) if len(pair.ruder.split()) <= LONGEST_PUBLIC]
    return rows, pairs


def shown(turn: DialogueTurn, *, roles: bool, context: bool = True) -> TurnInput:
    """A dialogue's turn as input."""
    role = turn.role if roles else ""
    return TurnInput(turn.text, turn.context if context else "", role, OTHER_ROLE[role])


READINGS = 2
"""Each development turn is read with its role and without."""


def logits_both_ways(network: Any, tokenizer: Any, turns: Sequence[DialogueTurn]) -> Any:
    """Logits with the roles shown, then without them: both uses share one calibration."""
    both = [[shown(turn, roles=roles) for turn in turns] for roles in (True, False)]
    return np.concatenate([predict(network, tokenizer, part) for part in both])


def truth_of(turns: Sequence[DialogueTurn], label: str) -> Any:
    """Whether each turn carries the label, a bool array."""
    if label == AGENT:
        return np.array([turn.role == "agent" for turn in turns])
    return np.array([label in turn.labels for turn in turns])


def settle(logits: Any, turns: Sequence[DialogueTurn]) -> tuple[dict[str, Platt], dict[str, Any]]:
    """Calibration and thresholds from the logits of turns not trained on."""
    calibration, levels = {}, {}
    for label in LABELS:
        truth = truth_of(turns, label)
        calibration[label] = fit_platt(logits[:, INDEX[label]], truth)
        scores = calibration[label](logits[:, INDEX[label]])
        if label in KINDS:  # an accusation: rather none named than a wrong one
            right = THREATS_RIGHT if label == "threat" else NAMED_RIGHT
            levels[label] = precise_threshold(scores, truth, right)
        else:
            levels[label] = f1_threshold(scores, truth)
    rude, truth = calibration[RUDE](logits[:, INDEX[RUDE]]), truth_of(turns, RUDE)
    sides = [np.array([turn.role == role for turn in turns]) for role in OTHER_ROLE if role]
    # Sure for all turns together, and on neither side's own more often than promised.
    finding = max(
        sure_threshold_at(rude, truth, FINDING_FALSE_POSITIVES, readings=READINGS),
        *(threshold_at(rude[side], truth[side], FINDING_FALSE_POSITIVES) for side in sides),
    )
    return calibration, {
        "finding": round(finding, 6),
        "review": round(threshold_at(rude, truth, REVIEW_FALSE_POSITIVES), 6),
        "labels": levels,
    }


def written(network: Any, base: Path, part: Path) -> Path:
    """Weights in eight bits, config and tokenizer, in a folder to be published."""
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    network.config.save_pretrained(part)
    packed.write(network.state_dict(), part / WEIGHTS_FILE)
    shutil.copyfile(base / TOKENIZER_FILE, part / TOKENIZER_FILE)
    for path in part.iterdir():
        path.chmod(0o644)
    return part


def publish(part: Path, out: Path, settings: dict[str, Any]) -> None:
    """Add the settings with the hashes of the other files, and put the folder in place."""
    hashes = {path.name: store.file_sha256(path) for path in sorted(part.iterdir())}
    (part / SETTINGS).write_text(
        json.dumps({"sha256": hashes, **settings}, indent=1) + "\n", encoding="utf-8"
    )
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)


def base_folder(
    turns: Sequence[DialogueTurn], rows: Sequence[PublicRow], pairs: Sequence[PublicPair]
) -> Path:
    """The pretrained network cut to the words of what trains, made where it is not kept."""
    texts = [turn.text for turn in turns] + [row.text for row in rows]
    texts += [text for pair in pairs for text in (pair.ruder, pair.civil)]
    known = json.dumps([LAYERS, PIECES, POSITIONS, texts]).encode()
    folder = RUNS / f"base-{hashlib.sha256(known).hexdigest()[:16]}"
    if not folder.is_dir():
        RUNS.mkdir(exist_ok=True)
        cut(store.resolve("mpnet").folder, texts, folder)
    return folder


def run_folder(recipe: Recipe, learned: str, begun: str) -> Path:
    """Where a run is kept: another recipe, other data or another start is another run.

    `learned` is the hash of the data (`data_sha256`), `begun` that of the weights started from.
    """
    return RUNS / f"{recipe.key()}-{learned[:16]}-{begun[:8]}"


def write_report(report: dict[str, Any], folder: Path) -> None:
    """Write `report.json` and, from what it says, `CARD.md`."""
    text = json.dumps(report, indent=1)  # in the order in which the card tells it
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    write_card(json.loads(text), folder / "CARD.md")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
