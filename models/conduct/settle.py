"""Settle what trained weights mean: `python -m earwitness.models.conduct.settle`.

On the development briefs, with the weights as they ship, probabilities are calibrated and levels
set; the test briefs are read only to report. Training ends with this; alone it needs no training:
it does the same again for the shipped weights, after labels or levels were changed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .. import store
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
from .dialogues import (
    DEVELOPMENT_BRIEFS,
    TEST_BRIEFS,
    DialogueTurn,
    counts,
    read_dialogues,
    split,
)
from .labels import AGENT, INDEX, KINDS, LABELS, RUDE
from .model import SETTINGS, WEIGHTS, ConductModel, both_readings
from .network import OTHER_ROLE, TurnInput, load_network, load_tokenizer, predict
from .report import held_out_report
from .swaps import bias

REPORT = "report.json"

OF_TRAINING = ("recipe", "data sha256", "started from", "mean of", "public", "eight bits")
"""Entries of the report that only the training can tell; `mean of` where weights were averaged."""

OF_SETTINGS = ("recipe", "data sha256", "started from", "mean of")
"""Those of them that stand beside the weights too."""

BIAS_STEP = 6
"""Every sixth test turn is enough to see a swap's effect."""

READINGS = 2
"""Each development turn is read with its role and without."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Calibrate, set levels and report anew; the weights stay as they are."""
    parser = argparse.ArgumentParser(prog="python -m earwitness.models.conduct.settle")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder of the weights")
    out = parser.parse_args(arguments).out
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(out, part, ignore=shutil.ignore_patterns(SETTINGS))
    finish(part, out, told_by_training(out))


def told_by_training(weights: Path) -> dict[str, Any]:
    """The entries `OF_TRAINING` of the report beside these weights."""
    report = json.loads((weights.parent / REPORT).read_text(encoding="utf-8"))
    return {name: report[name] for name in OF_TRAINING if name in report}


def finish(part: Path, out: Path, training: dict[str, Any]) -> None:
    """Publish the weights in `part` as `out`, with settings, and beside it report and card.

    `training` has the entries `OF_TRAINING`.
    """
    turns = read_dialogues()
    parts = split(turns)
    network, tokenizer = load_network(part), load_tokenizer(part)
    logits, alone = (
        logits_both_ways(network, tokenizer, parts.development, context=context)
        for context in (True, False)
    )
    twice = [*parts.development, *parts.development]
    calibration, thresholds = settle(logits, alone[:, INDEX[RUDE]], twice)
    publish(
        part,
        out,
        {
            "labels": list(LABELS),
            "calibration": {label: asdict(platt) for label, platt in calibration.items()},
            "thresholds": thresholds,
            **{name: training[name] for name in OF_SETTINGS if name in training},
        },
    )
    model = ConductModel.load(folder=out)
    some = parts.test[::BIAS_STEP]
    report = {
        **training,
        "data": dict(counts(turns)),
        "split": {
            "test": list(TEST_BRIEFS),
            "development": list(DEVELOPMENT_BRIEFS),
            "training turns": len(parts.training),
        },
        "bias": bias(model, [shown(t, roles=True) for t in some], [t.rude for t in some]),
        **held_out_report(model, parts.test),
    }
    write_report(report, out.parent)
    found = report["rude"]["auc"]
    print(f"{out}: ROC-AUC {found:.3f} on the test briefs", file=sys.stderr, flush=True)


def shown(turn: DialogueTurn, *, roles: bool, context: bool = True) -> TurnInput:
    """A dialogue's turn as input."""
    role = turn.role if roles else ""
    return TurnInput(turn.text, turn.context if context else "", role, OTHER_ROLE[role])


def logits_both_ways(
    network: Any, tokenizer: Any, turns: Sequence[DialogueTurn], *, context: bool = True
) -> Any:
    """Logits with the roles shown, then without them: both uses share one calibration."""
    both = [[shown(t, roles=roles, context=context) for t in turns] for roles in (True, False)]
    return np.concatenate([predict(network, tokenizer, part) for part in both])


def truth_of(turns: Sequence[DialogueTurn], label: str) -> Any:
    """Whether each turn carries the label, a bool array."""
    if label == AGENT:
        return np.array([turn.role == "agent" for turn in turns])
    return np.array([label in turn.labels for turn in turns])


def settle(
    logits: Any, alone: Any, turns: Sequence[DialogueTurn]
) -> tuple[dict[str, Platt], dict[str, Any]]:
    """Calibration and thresholds from the logits of turns not trained on.

    `alone` are those of `rude` without the turn before; a finding has to pass both ways.
    """
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
    both = both_readings(rude, calibration[RUDE](alone))
    sides = [np.array([turn.role == role for turn in turns]) for role in OTHER_ROLE if role]
    # Sure for all turns together, and on neither side's own more often than promised.
    finding = max(
        sure_threshold_at(both, truth, FINDING_FALSE_POSITIVES, readings=READINGS),
        *(threshold_at(both[side], truth[side], FINDING_FALSE_POSITIVES) for side in sides),
    )
    return calibration, {
        "finding": round(finding, 6),
        "review": round(threshold_at(rude, truth, REVIEW_FALSE_POSITIVES), 6),
        "labels": levels,
    }


def publish(part: Path, out: Path, settings: dict[str, Any]) -> None:
    """Add the settings with the hashes of the other files, and put the folder in place."""
    hashes = {path.name: store.file_sha256(path) for path in sorted(part.iterdir())}
    (part / SETTINGS).write_text(
        json.dumps({"sha256": hashes, **settings}, indent=1) + "\n", encoding="utf-8"
    )
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)


def write_report(report: dict[str, Any], folder: Path) -> None:
    """Write `report.json` and, from what it says, `CARD.md`."""
    text = json.dumps(report, indent=1)  # in the order in which the card tells it
    (folder / REPORT).write_text(text + "\n", encoding="utf-8")
    write_card(json.loads(text), folder / "CARD.md")


if __name__ == "__main__":
    main()
