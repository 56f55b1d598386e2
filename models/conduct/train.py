"""Train the conduct model: `python -m earwitness.models.conduct.train`.

One run on the briefs that are not set apart; then calibration, levels, report and card (`settle`).
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
from .calibrate import roc_auc
from .dialogues import DialogueTurn, read_dialogues, split
from .fit import Recipe, data_sha256, fit, from_dialogue
from .labels import INDEX, RUDE
from .model import WEIGHTS
from .network import TOKENIZER_FILE, WEIGHTS_FILE, load_network, load_tokenizer, predict
from .public_sets import PublicPair, PublicRow, read_pairs, read_rows
from .settle import finish, shown, truth_of

FURTHER = Recipe(seed=21, epochs=1, rate=1e-4, head_rate=1e-3)
"""What weights learn that go on from others, after briefs were added."""

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
    parts = split(read_dialogues())
    rows, pairs = public_parts(public)
    examples = [from_dialogue(turn) for turn in parts.training]
    learned = data_sha256(examples, rows, pairs)
    _say(f"{len(examples)} turns, {len(rows)} public rows, {len(pairs)} public pairs")
    base = start or base_folder(parts.training, rows, pairs)
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
    finish(
        part,
        out,
        {
            "recipe": asdict(recipe),
            "data sha256": learned,
            "started from": f"weights {begun}" if start else "all-mpnet-base-v2",
            "public": {
                "rows": len(rows),
                "pairs": len(pairs),
                "sources": sorted({row.source for row in rows} | {pair.source for pair in pairs}),
            },
            "eight bits": rounding(network, part, parts.test),
        },
    )


def rounding(network: Any, part: Path, turns: Sequence[DialogueTurn]) -> dict[str, float]:
    """What eight bits change of the network's outputs."""
    inputs, tokenizer = [shown(turn, roles=True) for turn in turns], load_tokenizer(part)
    exact, rounded = (predict(n, tokenizer, inputs) for n in (network, load_network(part)))
    auc = roc_auc(exact[:, INDEX[RUDE]], truth_of(turns, RUDE))
    return {
        "largest change of a logit": round(float(np.abs(exact - rounded).max()), 4),
        "auc before": round(auc, 4),
    }


def public_parts(folder: Path) -> tuple[list[PublicRow], list[PublicPair]]:
    """The public rows and pairs that train."""
    rows = [row for row in read_rows(folder) if len(row.text.split()) <= LONGEST_PUBLIC]
    pairs = [pair for pair in read_pairs(folder) if len(pair.ruder.split()) <= LONGEST_PUBLIC]
    return rows, pairs


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


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
