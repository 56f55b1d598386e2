"""Training end to end on a toy: a tiny encoder, forty turns, two epochs."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from earwitness.errors import InputError
from earwitness.models.conduct import averaged, packed, settle, train
from earwitness.models.conduct.base import cut
from earwitness.models.conduct.calibrate import Platt
from earwitness.models.conduct.card import write_card
from earwitness.models.conduct.dialogues import (
    DEVELOPMENT_BRIEFS,
    TEST_BRIEFS,
    DialogueTurn,
    counts,
)
from earwitness.models.conduct.fit import Recipe, data_sha256, fit, from_dialogue, from_public
from earwitness.models.conduct.labels import HARD_NEGATIVES, KINDS, LABELS, MOMENTS
from earwitness.models.conduct.model import (
    SETTINGS,
    WEIGHTS,
    ConductModel,
    Scores,
    Thresholds,
    both_readings,
)
from earwitness.models.conduct.network import (
    WEIGHTS_FILE,
    TurnInput,
    load_tokenizer,
    predict,
    with_kinds,
)
from earwitness.models.conduct.public_sets import PublicPair, PublicRow
from earwitness.models.conduct.report import held_out_report
from earwitness.models.conduct.settle import publish, write_report
from earwitness.models.conduct.train import run_folder, written
from earwitness.models.store import file_sha256

RECIPE = Recipe(epochs=2, batch=16)
ROWS = [PublicRow("s", "thank you very much", labels={"thanks": True})]
PAIRS = [PublicPair("p", "you fool", "you are mistaken")]


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(11)


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
    return tiny_encoder(tmp_path_factory.mktemp("base"), layers=2)


def tiny_encoder(folder: Path, layers: int) -> Path:
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(1)
    tokenizer = load_tokenizer(WEIGHTS)
    MPNetModel(
        MPNetConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=32,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=64,
        ),
        add_pooling_layer=False,
    ).save_pretrained(folder)
    shutil.copyfile(WEIGHTS / "tokenizer.json", folder / "tokenizer.json")
    return folder


def trained(base: Path, folder: Path, say: Any = lambda message: None) -> Any:
    examples = [from_dialogue(turn) for turn in made_turns()]
    return fit(examples, base=base, rows=ROWS, pairs=PAIRS, recipe=RECIPE, folder=folder, say=say)


def test_a_run_resumed_is_the_run_uninterrupted(tmp_path: Path, base: Path) -> None:
    whole = trained(base, tmp_path / "whole")

    def stop(message: str) -> None:
        if message.startswith("epoch 1 of 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(base, tmp_path / "cut", stop)
    told: list[str] = []
    resumed = trained(base, tmp_path / "cut", told.append)
    assert told[0] == "going on after epoch 1" and len(told) == 2
    one, two = whole.state_dict(), resumed.state_dict()
    assert one.keys() == two.keys()
    assert all(torch.equal(value, two[name]) for name, value in one.items())


def test_what_is_saved_scores_the_same_when_loaded(tmp_path: Path, base: Path) -> None:
    network = trained(base, tmp_path / "run")
    settings = {
        "labels": list(LABELS),
        "calibration": {label: asdict(Platt(1.0, 0.0)) for label in LABELS},
        "thresholds": {"finding": 0.9, "review": 0.5, "labels": dict.fromkeys(LABELS, 0.5)},
    }
    publish(written(network, base, tmp_path / "part"), tmp_path / "out", settings)
    model = ConductModel.load(folder=tmp_path / "out")
    turns = [TurnInput(t.text, t.context, t.role) for t in made_turns(8)]
    assert np.allclose(model.logits(turns), predict(network, model._tokenizer, turns), atol=0.05)
    assert model.score(turns) == ConductModel.load(folder=tmp_path / "out").score(turns)


def test_the_whole_way_writes_weights_card_and_report(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    briefs = ("learned", DEVELOPMENT_BRIEFS[0], TEST_BRIEFS[0])
    turns = [replace(t, brief=briefs[int(t.dialogue[1:]) % 3]) for t in made_turns(120)]
    for module in (train, settle, averaged):
        monkeypatch.setattr(module, "read_dialogues", lambda: turns)
    monkeypatch.setattr(train, "public_parts", lambda folder: (ROWS, PAIRS))
    monkeypatch.setattr(train, "base_folder", lambda *learned: base)
    monkeypatch.setattr(train, "RUNS", tmp_path / "runs")
    train.train(RECIPE, public=tmp_path, out=tmp_path / "weights")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["split"]["training turns"] == sum(t.brief == "learned" for t in turns)
    assert report["rude"]["turns"] == sum(t.brief == briefs[2] for t in turns)
    assert report["eight bits"]["largest change of a logit"] < 0.05
    assert "# Model card" in (tmp_path / "CARD.md").read_text(encoding="utf-8")
    # A run that is done is read back: the same weights, settings and words about them.
    before = {path: path.read_bytes() for path in sorted(tmp_path.glob("weights/*"))}
    train.train(RECIPE, public=tmp_path, out=tmp_path / "weights")
    assert {path: path.read_bytes() for path in sorted(tmp_path.glob("weights/*"))} == before
    assert ConductModel.load(folder=tmp_path / "weights").thresholds.finding > 0
    assert json.loads(before[tmp_path / "weights" / SETTINGS])["started from"] == (
        "all-mpnet-base-v2"
    )
    # Settled again, nothing else has changed.
    report_before = (tmp_path / "report.json").read_text(encoding="utf-8")
    settle.main(["--out", str(tmp_path / "weights")])
    assert {path: path.read_bytes() for path in sorted(tmp_path.glob("weights/*"))} == before
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == report_before
    # So do weights that are the mean of several.
    averaged.main([str(tmp_path / "weights"), str(tmp_path / "weights"), "--out",
                   str(tmp_path / "mean" / "weights")])  # fmt: skip
    assert (tmp_path / "mean" / "weights" / WEIGHTS_FILE).read_bytes() == (
        before[tmp_path / "weights" / WEIGHTS_FILE]
    )
    settle.main(["--out", str(tmp_path / "mean" / "weights")])
    settings = json.loads((tmp_path / "mean" / "weights" / SETTINGS).read_text(encoding="utf-8"))
    assert settings["mean of"] == 2 * [file_sha256(tmp_path / "weights" / WEIGHTS_FILE)]
    assert settings["mean of"][0] in (tmp_path / "mean" / "CARD.md").read_text(encoding="utf-8")
    # Weights that go on from these say so, also where they take their place.
    begun = file_sha256(tmp_path / "weights" / WEIGHTS_FILE)
    out = tmp_path / "weights"
    train.train(replace(RECIPE, epochs=1), public=tmp_path, out=out, start=out)
    settings = json.loads((out / SETTINGS).read_text(encoding="utf-8"))
    assert settings["started from"] == f"weights {begun}"
    assert ConductModel.load(folder=out).sha256 != begun


def test_the_level_of_a_finding_is_that_of_both_readings() -> None:
    turns = made_turns(2000)
    rude = settle.truth_of(turns, "rude")
    logits = np.zeros((len(turns), len(LABELS)))
    alone = np.where(rude, 4.0, -4.0) + np.linspace(-1, 1, len(turns))
    logits[:, LABELS.index("rude")] = alone
    # Many civil turns that only what was said before them lets pass: no level rises for them.
    lifted = np.flatnonzero(~rude)[::10]
    logits[lifted, LABELS.index("rude")] = 6.0
    calibration, levels = settle.settle(logits, alone, turns)
    inside, outside = (calibration["rude"](x) for x in (logits[:, LABELS.index("rude")], alone))
    passes = both_readings(inside, outside) >= levels["finding"]
    assert passes[rude].all() and passes[~rude].mean() <= 0.005
    assert inside[lifted].min() >= levels["finding"]


def test_a_run_goes_on_from_weights_that_are_stored(tmp_path: Path, base: Path) -> None:
    network = trained(base, tmp_path / "run")
    stored = written(network, base, tmp_path / "stored")
    still = replace(RECIPE, epochs=1, rate=0.0, head_rate=0.0)
    examples = [from_dialogue(turn) for turn in made_turns()]
    again = fit(examples, base=stored, recipe=still, folder=tmp_path / "again")
    turns = [TurnInput(t.text, t.context, t.role) for t in made_turns(8)]
    one, two = (predict(n, load_tokenizer(base), turns) for n in (network, again))
    assert np.allclose(one, two, atol=0.02)
    moved = fit(examples, base=stored, recipe=RECIPE, folder=tmp_path / "moved")
    assert not np.allclose(one, predict(moved, load_tokenizer(base), turns), atol=0.05)


def test_the_mean_of_weights(tmp_path: Path, base: Path) -> None:
    network = trained(base, tmp_path / "run")
    folders = [tmp_path / "one", tmp_path / "two"]
    written(network, base, folders[0])
    with torch.no_grad():
        for value in network.parameters():
            value.mul_(2)
    written(network, base, folders[1])
    one, two = (packed.read(folder / WEIGHTS_FILE) for folder in folders)
    mean = averaged.mean_network(folders).state_dict()
    assert all(torch.allclose(mean[name], (one[name] + two[name]) / 2) for name in one)
    (folders[1] / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="different tokenizers"):
        averaged.mean_network(folders)


def test_the_kinds_speak_for_rudeness() -> None:
    rows = np.zeros((2, len(LABELS)))
    rows[0, LABELS.index("threat")] = 4.0
    rows[1, LABELS.index("apology")] = 4.0
    found = with_kinds(rows)
    rude = LABELS.index("rude")
    assert found[0, rude] > found[1, rude] + 1
    assert np.array_equal(np.delete(found, rude, axis=1), np.delete(rows, rude, axis=1))


def test_eight_bits_compute_what_the_matrix_does(tmp_path: Path) -> None:
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 48), torch.nn.GELU(), torch.nn.Linear(48, 8))
    whole = torch.nn.ModuleDict({"encoder": encoder, "head": torch.nn.Linear(8, 3)}).eval()
    packed.write(whole.state_dict(), tmp_path / "w.safetensors")
    loaded = copy.deepcopy(whole)
    for parameter in loaded.parameters():
        torch.nn.init.zeros_(parameter)
    packed.load(loaded, "encoder", tmp_path / "w.safetensors")
    x = torch.randn(5, 7, 64) * torch.tensor([1e-3, 1.0, 30.0, 0.2, 0.0])[:, None, None]
    expected = whole["head"](whole["encoder"](x))
    found = loaded["head"](loaded["encoder"](x))
    assert (found - expected).abs().max() < 0.02 * expected.abs().max()
    # What else is in the batch changes nothing.
    assert torch.equal(loaded["encoder"](x[1:2]), loaded["encoder"](x)[1:2])


def test_eight_bits_are_the_same_whole_numbers_without_the_fast_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight = torch.randint(-127, 128, (24, 96), dtype=torch.int8)
    layer = packed.linear_class()(weight, torch.rand(24), torch.randn(24))
    x = torch.randn(33, 96)
    fast = layer(x)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert torch.equal(layer(x), fast)


def test_weights_that_lack_a_matrix_are_refused(tmp_path: Path) -> None:
    encoder = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.LayerNorm(4))
    network = torch.nn.ModuleDict({"encoder": encoder, "head": torch.nn.Linear(4, 2)})
    state = network.state_dict()
    for lost in ("head.weight", "encoder.0.weight", "encoder.1.bias"):
        packed.write({k: v for k, v in state.items() if k != lost}, tmp_path / "w.safetensors")
        with pytest.raises(KeyError, match=lost):
            packed.load(copy.deepcopy(network), "encoder", tmp_path / "w.safetensors")


def test_a_cut_network_reads_what_it_keeps_as_the_whole_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import MPNetModel

    monkeypatch.setattr("earwitness.models.conduct.base.LAYERS", 2)
    monkeypatch.setattr("earwitness.models.conduct.base.PIECES", 400)
    (tmp_path / "whole").mkdir()
    whole = tiny_encoder(tmp_path / "whole", layers=4)
    text = "Well, you had better sit down and listen to me."
    cut(whole, [text], tmp_path / "cut")
    before, after = load_tokenizer(whole), load_tokenizer(tmp_path / "cut")
    assert after.encode(text).tokens == before.encode(text).tokens
    assert after.get_vocab_size() < before.get_vocab_size()
    assert after.encode("zzyzx qwertyish").tokens.count("[UNK]") == 0
    states = []
    for folder, tokenizer, layer in ((whole, before, 2), (tmp_path / "cut", after, -1)):
        network = MPNetModel.from_pretrained(folder, add_pooling_layer=False).eval()
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            states.append(network(ids, output_hidden_states=True).hidden_states[layer])
    assert torch.allclose(*states, atol=1e-6)


def test_labels_that_no_example_knows_leave_the_rest_to_be_learned(
    tmp_path: Path, base: Path
) -> None:
    rows = [from_public(row) for row in ROWS] * 20
    network = fit(rows, base=base, recipe=replace(RECIPE, epochs=1), folder=tmp_path / "run")
    assert all(value.isfinite().all() for value in network.state_dict().values())


def test_other_data_is_another_run() -> None:
    turns = made_turns()

    def key(turns: list[DialogueTurn], rows: Any = ROWS, pairs: Any = PAIRS) -> Path:
        learned = data_sha256([from_dialogue(t) for t in turns], rows, pairs)
        return run_folder(RECIPE, learned, "a" * 64)

    first = key(turns)
    assert key(made_turns()) == first
    changed = [
        key([replace(turns[0], labels=frozenset({"thanks"})), *turns[1:]]),
        key([replace(turns[0], context="another"), *turns[1:]]),
        key(turns, rows=[replace(ROWS[0], labels={"thanks": False})]),
        key(turns, pairs=[replace(PAIRS[0], ruder="you silly fool")]),
        run_folder(replace(RECIPE, seed=21), data_sha256([], (), ()), "a" * 64),
        run_folder(RECIPE, data_sha256([], (), ()), "a" * 64),
        run_folder(RECIPE, data_sha256([], (), ()), "b" * 64),
    ]
    assert len({first, *changed}) == len(changed) + 1


def test_the_card_says_what_the_report_says(tmp_path: Path) -> None:
    turns = made_turns(120)
    dice = np.random.default_rng(3)
    model: Any = ConductModel(
        network=None,
        tokenizer=None,
        calibration={},
        thresholds=Thresholds(finding=0.9, review=0.5, labels=dict.fromkeys(LABELS, 0.5)),
        sha256="",
    )
    chance = {t.text: dict(zip(LABELS, dice.random(len(LABELS)), strict=True)) for t in turns}
    model.score = lambda given: [
        Scores(chance[t.text], alone=chance[t.text]["rude"]) for t in given
    ]
    report = {
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
    assert "| a name | 3 | 0.250 |" in card and f"{report['rude']['auc']:.3f}" in card
