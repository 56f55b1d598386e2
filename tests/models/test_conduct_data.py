"""The dialogues' reader and checks, the recogniser's damage, calibration and thresholds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from earwitness.errors import InputError
from earwitness.models.conduct import calibrate, public_sets
from earwitness.models.conduct.dialogues import (
    DEVELOPMENT_BRIEFS,
    FOLDER,
    TEST_BRIEFS,
    problems,
    read_dialogues,
    read_file,
    shared_runs,
)
from earwitness.models.conduct.labels import CONDUCT, KINDS, LABELS, MOMENTS, RUDE
from earwitness.models.conduct.noise import as_recognised

SMALL = """\
## t-01 | telecom | asr=no | a transfer
A: Hello, Priya here. {agent_introduction}
C: My bill is wrong, again. {repeated_request}
D: Tell her about the flat! {}
A: Whatever. {dismissal}
B: Supervisor speaking. {agent_introduction}
C: That fool said "whatever". {hn.reported}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.txt"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_context_is_the_other_sides_last_turn(small: Path) -> None:
    turns = read_file(small)
    assert [turn.context for turn in turns] == [
        "",
        "Hello, Priya here.",
        "Hello, Priya here.",
        "Tell her about the flat!",
        "Tell her about the flat!",
        "Supervisor speaking.",
    ]
    assert turns[4].role == "agent" and turns[2].role == "customer"
    assert turns[5].history[-1] == "Supervisor speaking." and len(turns[5].history) == 5


def test_rude_is_exactly_any_kind(small: Path) -> None:
    turns = read_file(small)
    assert [turn.rude for turn in turns] == [False, False, False, True, False, False]
    assert turns[5].hard_negative == {"reported"}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("A: no braces", "small.txt:8 is not a turn"),
        ("X: who {}", "small.txt:8 is not a turn"),
        ("A: hm {rudeness}", "small.txt:8 has unknown labels: rudeness"),
        ("## t-02 | telecom | maybe", "small.txt:8 is not a header"),
    ],
)
def test_bad_lines_are_named(small: Path, line: str, complaint: str) -> None:
    small.write_text(SMALL + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        read_file(small)


def test_the_committed_dialogues_hold_together() -> None:
    turns = read_dialogues()
    assert problems(turns) == []
    assert len(turns) >= 6000
    seen = {label for turn in turns for label in turn.labels}
    assert seen == set(LABELS) - {"agent"}
    assert 0.25 <= sum(turn.asr for turn in turns) / len(turns) <= 0.45
    for brief in (*TEST_BRIEFS, *DEVELOPMENT_BRIEFS):
        assert (FOLDER / f"{brief}.txt").is_file()
    assert not set(TEST_BRIEFS) & set(DEVELOPMENT_BRIEFS)


def test_shared_runs_finds_five_words_in_a_row(small: Path) -> None:
    small.write_text(
        SMALL + "A: That fool said whatever to me. {}\nC: That fool said whatever to him. {}\n"
    )
    runs = shared_runs(read_file(small))
    assert "that fool said whatever to" in runs


def test_labels_are_unique_and_complete() -> None:
    assert len(set(LABELS)) == len(LABELS)
    assert LABELS[0] == RUDE
    assert {*KINDS, *MOMENTS, *CONDUCT} < set(LABELS)


def test_noise_is_reproducible_and_keeps_something() -> None:
    text = "No. I'm sorry, your account can't be cancelled there, is what they know."
    damaged = [as_recognised(text, random.Random(seed)) for seed in range(50)]
    assert damaged == [as_recognised(text, random.Random(seed)) for seed in range(50)]
    assert len(set(damaged)) > 10
    assert all(line.strip() for line in damaged)
    assert as_recognised("...", random.Random(1))


def test_noise_prints_as_whisper_does_too() -> None:
    said = 'Ha - he said "twenty-one, or \'t you count?"; I said: ten. Call him at half past.'
    damaged = [as_recognised(said, random.Random(seed)) for seed in range(200)]
    pointed = [text for text in damaged if text[:1].isupper() and text != text.lower()]
    assert len(pointed) > 80
    assert not any(mark in text for text in pointed for mark in ('"', " - ", ";", ":"))
    assert any("21" in text and "10" in text for text in pointed)
    assert any("said. " in text or "said, " in text for text in pointed)


def test_threshold_of_f1_is_near_the_best_and_steadier_than_it() -> None:
    dice = np.random.default_rng(5)

    def drawn(count: int) -> tuple[Any, Any]:
        score = calibrate.sigmoid(dice.normal(-4, 2.5, count))
        return score, dice.random(count) < score

    candidates = np.linspace(0.1, 0.8, 141)
    score, truth = drawn(200_000)
    best = candidates[np.argmax([calibrate.f1(score >= c, truth) for c in candidates])]
    samples = [drawn(1500) for _ in range(30)]
    levels = np.array([calibrate.f1_threshold(*sample) for sample in samples])
    seen = [
        candidates[np.argmax([calibrate.f1(score >= c, truth) for c in candidates])]
        for score, truth in samples
    ]
    assert abs(levels.mean() - best) < 0.03
    assert levels.std() < 0.7 * np.std(seen)


def test_finding_threshold_keeps_its_promise() -> None:
    dice = np.random.default_rng(3)
    truth = dice.random(4000) < 0.2
    score = np.clip(dice.normal(0.3, 0.15, 4000) + 0.4 * truth, 0, 1)
    for rate in (0.005, 0.01, 0.1):
        level = calibrate.threshold_at(score, truth, rate)
        false = (score[~truth] >= level).mean()
        assert false <= rate
        assert false >= rate - 2 / (~truth).sum()


def test_a_sure_threshold_keeps_its_promise_on_turns_it_has_not_seen() -> None:
    dice = np.random.default_rng(7)
    kept = 0
    for _ in range(60):
        score, truth = dice.random(1500), np.zeros(1500, bool)
        unseen = dice.random(20000)
        kept += (unseen >= calibrate.sure_threshold_at(score, truth, 0.005)).mean() <= 0.005
    assert kept >= 54
    few = np.array([0.2, 0.6]), np.zeros(2, bool)
    assert calibrate.sure_threshold_at(*few, 0.005) > 0.6


def test_platt_makes_probabilities_honest() -> None:
    dice = np.random.default_rng(4)
    honest = dice.normal(-1, 2, 20000)
    truth = dice.random(20000) < calibrate.sigmoid(honest)
    platt = calibrate.fit_platt(3 * honest + 2, truth)
    assert platt.slope == pytest.approx(1 / 3, abs=0.02)
    assert calibrate.expected_calibration_error(platt(3 * honest + 2), truth) < 0.01
    assert calibrate.expected_calibration_error(calibrate.sigmoid(3 * honest + 2), truth) > 0.05


def test_platt_survives_separable_and_empty_labels() -> None:
    logits = np.linspace(-5, 5, 100)
    for truth in (logits > 0, np.zeros(100, dtype=bool)):
        found = calibrate.fit_platt(logits, truth)(logits)
        assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


def test_roc_auc_counts_ties_half() -> None:
    truth = np.array([True, False, True, False])
    assert calibrate.roc_auc(np.array([1.0, 1.0, 1.0, 1.0]), truth) == 0.5
    assert calibrate.roc_auc(np.array([0.9, 0.1, 0.8, 0.2]), truth) == 1.0


def test_public_sets_may_be_absent(tmp_path: Path) -> None:
    assert public_sets.read_rows(tmp_path) == []
    assert public_sets.read_pairs(tmp_path) == []


def test_held_out_pairs_never_train(tmp_path: Path) -> None:
    folder = tmp_path / "paradetox"
    folder.mkdir()
    lines = "".join(f"rude line {i}\tcivil line {i}\t\t\n" for i in range(200))
    (folder / "paradetox.tsv").write_text("toxic\tneutral1\tneutral2\tneutral3\n" + lines)
    train = {pair.ruder for pair in public_sets.read_pairs(tmp_path)}
    held = {pair.ruder for pair in public_sets.read_pairs(tmp_path, held=True)}
    assert not train & held and len(train | held) == 200
    assert 20 <= len(held) <= 60
