"""The mean of several weights: `python -m earwitness.models.conduct.averaged FOLDER FOLDER …`.

Runs that went on from one another lie in one basin; the mean of their weights errs where they do
not err alike, and costs nothing at run time (Wortsman et al. 2022, uniform soup). Calibration,
levels, report and card follow (`settle`); the last folder is the run that the report tells of.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from .. import store
from . import packed
from .dialogues import read_dialogues, split
from .model import WEIGHTS
from .network import TOKENIZER_FILE, WEIGHTS_FILE, empty_network
from .settle import finish, told_by_training
from .train import rounding, written


def main(arguments: Sequence[str] | None = None) -> None:
    """Average, settle and publish."""
    parser = argparse.ArgumentParser(prog="python -m earwitness.models.conduct.averaged")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="of weights")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    last = given.folders[-1]
    network = mean_network(given.folders)
    part = written(network, last, given.out.with_name(given.out.name + ".part"))
    training = told_by_training(last)
    training["mean of"] = [store.file_sha256(folder / WEIGHTS_FILE) for folder in given.folders]
    training["eight bits"] = rounding(network, part, split(read_dialogues()).test)
    finish(part, given.out, training)


def mean_network(folders: Sequence[Path]) -> Any:
    """The network whose every weight is the mean over the folders, in evaluation mode.

    Raises InputError where they do not read the same pieces of words.
    """
    if len({store.file_sha256(folder / TOKENIZER_FILE) for folder in folders}) > 1:
        names = ", ".join(str(folder) for folder in folders)
        raise InputError(f"{names} have different tokenizers: only runs from one base have a mean.")
    states = [packed.read(folder / WEIGHTS_FILE) for folder in folders]
    network = empty_network(folders[-1])
    network.load_state_dict(
        {name: sum(state[name] for state in states) / len(states) for name in states[0]}
    )
    return network.eval()


if __name__ == "__main__":
    main()
