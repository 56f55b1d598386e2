"""Training end to end on a toy: a tiny encoder, forty turns, two epochs."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from earwitness.models.conduct.calibrate import Platt
from earwitness.models.conduct.card import write_card
from earwitness.models.conduct.dialogues import DialogueTurn, counts
from earwitness.models.conduct.fit import Recipe, data_sha256, fit, from_dialogue, from_public
from earwitness.models.conduct.labels import HARD_NEGATIVES, KINDS, LABELS, MOMENTS
from earwitness.models.conduct.model import WEIGHTS, ConductModel
from earwitness.models.conduct.network import TurnInput, predict
from earwitness.models.conduct.public_sets import PublicPair, PublicRow
from earwitness.models.conduct.report import held_out_report
from earwitness.models.conduct.train import averaged, run_folder, save, write_report

RECIPE = Recipe(epochs=2, batch=16)
ROWS = [PublicRow("s", "thank you very much", labels={"thanks": True})]
PAIRS = [PublicPair("p", "you fool", "you are mistaken")]


def made_turns(count: int = 40) -> list[DialogueTurn]:
    turns = []
    for n in range(count):
        rude, agent = n % 5 < 2, n % 4 < 2
        labels = {KINDS[n % len(KINDS)], "rude"} if rude else {MOMENTS[n % len(MOMENTS)]}
        turns.append(
            DialogueTurn(
                id=f"d{n // 4}.{n}",
                brief=f"b{n // 20}",
                dialogue=f"d{n // 4}",
                industry="x",
                asr=n % 3 == 0,
                role="agent" if agent else "customer",
                text=f"{'you fool' if rude else 'good day'} number {n} and so on",
                context="hello there" if n % 2 else "",
                history=(),
                labels=frozenset(labels),
                hard_negative=frozenset({HARD_NEGATIVES[n % len(HARD_NEGATIVES)]} - labels)
                if not rude
                else frozenset(),
            )
        )
    return turns


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer encoder with weights of chance, beside the tokenizer that ships."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(1)
    BertModel(
        BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    ).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(WEIGHTS / name, folder / name)
    return folder


@pytest.fixture(autouse=True)
def _tiny(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from earwitness.models import store

    monkeypatch.setattr(store, "resolve", lambda name: SimpleNamespace(folder=base))


def trained(folder: Path, say: Any = lambda message: None) -> Any:
    examples = [from_dialogue(turn) for turn in made_turns()]
    return fit(examples, rows=ROWS, pairs=PAIRS, recipe=RECIPE, folder=folder, say=say)


def test_a_run_resumed_is_the_run_uninterrupted(tmp_path: Path) -> None:
    import torch

    whole = trained(tmp_path / "whole")

    def stop(message: str) -> None:
        if message.startswith("epoch 1 of 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "cut", stop)
    told: list[str] = []
    resumed = trained(tmp_path / "cut", told.append)
    assert told[0] == "going on after epoch 1" and len(told) == 2
    one, two = whole.state_dict(), resumed.state_dict()
    assert one.keys() == two.keys()
    assert all(torch.equal(value, two[name]) for name, value in one.items())


def test_what_is_saved_scores_the_same_when_loaded(tmp_path: Path, base: Path) -> None:
    network = trained(tmp_path / "run")
    settings = {
        "labels": list(LABELS),
        "calibration": {label: asdict(Platt(1.0, 0.0)) for label in LABELS},
        "thresholds": {"finding": 0.9, "review": 0.5, "labels": dict.fromkeys(LABELS, 0.5)},
    }
    save(network, tmp_path / "out", settings)
    model = ConductModel.load(folder=tmp_path / "out")
    turns = [TurnInput(t.text, t.context, t.role) for t in made_turns(8)]
    # Saving rounds the network to half precision, and that network is what is read back.
    here = predict(network, model._tokenizer, turns)
    assert np.allclose(model.logits(turns), here, atol=1e-5)
    assert model.score(turns) == ConductModel.load(folder=tmp_path / "out").score(turns)


def test_labels_that_no_example_knows_leave_the_rest_to_be_learned(
    tmp_path: Path,
) -> None:
    rows = [from_public(row) for row in ROWS] * 20
    network = fit(rows, recipe=replace(RECIPE, epochs=1), folder=tmp_path / "run")
    assert all(value.isfinite().all() for value in network.state_dict().values())


def test_other_data_is_another_run() -> None:
    turns = made_turns()

    def key(turns: list[DialogueTurn], rows: Any = ROWS, pairs: Any = PAIRS) -> Path:
        return run_folder(RECIPE, data_sha256([from_dialogue(t) for t in turns], rows, pairs))

    first = key(turns)
    assert key(made_turns()) == first
    changed = [
        key([replace(turns[0], labels=frozenset({"thanks"})), *turns[1:]]),
        key([replace(turns[0], context="another"), *turns[1:]]),
        key(turns, rows=[replace(ROWS[0], labels={"thanks": False})]),
        key(turns, pairs=[replace(PAIRS[0], ruder="you silly fool")]),
        run_folder(replace(RECIPE, seed=21), data_sha256([], (), ())),
    ]
    assert len({first, *changed}) == len(changed) + 1


def test_the_card_says_what_the_report_says(tmp_path: Path) -> None:
    turns = made_turns(120)
    dice = np.random.default_rng(3)
    model: Any = ConductModel(
        network=None,
        tokenizer=None,
        calibration={},
        thresholds=SimpleNamespace(finding=0.9, review=0.5, labels=dict.fromkeys(LABELS, 0.5)),  # type: ignore[arg-type]
        sha256="",
    )
    chance = {t.text: dict(zip(LABELS, dice.random(len(LABELS)), strict=True)) for t in turns}
    model.score = lambda given: [
        SimpleNamespace(
            probabilities=chance[t.text], rude=chance[t.text]["rude"], agent=chance[t.text]["agent"]
        )
        for t in given
    ]
    report = {
        "members": [{"share": 0.2}, {"share": 0.8}],
        "data": dict(counts(turns)),
        "public": {"rows": 1, "pairs": 1, "sources": ["s"]},
        "split": {"test": ["b0"], "development": ["b1"]},
        "bias": {"a name": {"turns": 3, "mean change": 0.25}},
        **held_out_report(model, turns),
    }
    write_report(report, tmp_path)
    card = (tmp_path / "CARD.md").read_text(encoding="utf-8")
    write_card(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")), tmp_path / "c")
    assert card == (tmp_path / "c").read_text(encoding="utf-8")
    write_card(report, tmp_path / "c")
    assert card == (tmp_path / "c").read_text(encoding="utf-8")
    assert "a mean of the weights of 2 runs" in card
    assert "| a name | 3 | 0.250 |" in card and f"{report['rude']['auc']:.3f}" in card


def test_the_mean_of_runs_weighs_each_by_its_share() -> None:
    ones, fives = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    for network, value in ((ones, 1.0), (fives, 5.0)):
        for parameter in network.parameters():
            torch.nn.init.constant_(parameter, value)
    mean = averaged([ones, fives], [1, 3])
    assert all(parameter.eq(4.0).all() for parameter in mean.parameters())
