"""What the shipped model does on dialogues that nobody trained on, as plain numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .calibrate import (
    Bools,
    Floats,
    expected_calibration_error,
    f1,
    recall_at,
    roc_auc,
)
from .dialogues import DialogueTurn
from .labels import CONDUCT, HARD_NEGATIVES, KINDS, MOMENTS
from .model import ConductModel, Scores, Thresholds, accused, certainty
from .network import OTHER_ROLE, TurnInput

# The moments a record names for every call; `promise` and `escalation_deflected` are reported too.
CORE_MOMENTS = tuple(m for m in MOMENTS if m not in {"promise", "escalation_deflected"})


def held_out_report(model: ConductModel, turns: Sequence[DialogueTurn]) -> dict[str, Any]:
    """Metrics by label, role, kind, noise and hard negative; JSON-ready, rounded to 4 digits."""
    known = [TurnInput(t.text, t.context, t.role, OTHER_ROLE[t.role]) for t in turns]
    plain = [TurnInput(t.text, t.context) for t in turns]
    bare = [TurnInput(t.text) for t in turns]
    scores, no_roles, no_context = (model.score(part) for part in (known, plain, bare))
    truth = np.array([t.rude for t in turns])
    levels = model.thresholds
    passing = [levels.passing(s) for s in scores]
    finding, review = (np.array([getattr(p, n) for p in passing]) for n in ("finding", "review"))
    found = {
        "rude": rude_metrics(scores, truth, levels),
        "rude without roles": rude_metrics(no_roles, truth, levels),
        "rude without context": rude_metrics(no_context, truth, levels),
        "in calls": _in_calls(turns, scores, finding),
        "by role": _slices(turns, scores, levels, lambda t: t.role),
        "by noise": _slices(turns, scores, levels, lambda t: "asr" if t.asr else "clean"),
        "by brief": _slices(turns, scores, levels, lambda t: t.brief),
        "recall by kind": {
            kind: _share(finding, [kind in t.labels for t in turns]) for kind in KINDS
        },
        "recall by kind, review": {
            kind: _share(review, [kind in t.labels for t in turns]) for kind in KINDS
        },
        "false findings by hard negative": {
            name: _share(finding, [name in t.hard_negative for t in turns])
            for name in HARD_NEGATIVES
        },
    }
    labels = {
        label: _label_metrics(
            np.array([s.probabilities[label] for s in scores]),
            np.array([label in t.labels for t in turns]),
            levels.labels[label],
        )
        for label in (*KINDS, *dict.fromkeys((*MOMENTS, *CONDUCT)))
    }
    found["labels"] = labels
    for name, group in (("kinds", KINDS), ("moments", CORE_MOMENTS), ("conduct", CONDUCT)):
        found[f"macro f1 {name}"] = round(float(np.mean([labels[m]["f1"] for m in group])), 4)
    agent = np.array([s.agent for s in no_roles])
    is_agent = np.array([t.role == "agent" for t in turns])
    found["agent"] = {
        "turn accuracy": _round(((agent >= 0.5) == is_agent).mean()),
        "auc": _round(roc_auc(agent, is_agent)),
        "dialogue accuracy": _round(_dialogue_accuracy(turns, agent)),
    }
    return found


def rude_metrics(scores: Sequence[Scores], truth: Bools, levels: Thresholds) -> dict[str, float]:
    """Ranking, recall at fixed false-positive rates, and what the thresholds give."""
    score = np.array([s.rude for s in scores])
    finding = np.array([levels.passing(s).finding for s in scores])
    return {
        "turns": len(truth),
        "rude": int(truth.sum()),
        "auc": _round(roc_auc(score, truth)),
        "recall at 1% fpr": _round(recall_at(score, truth, 0.01)),
        "recall at 0.5% fpr": _round(recall_at(score, truth, 0.005)),
        "finding recall": _round(finding[truth].mean()),
        "finding fpr": _round(finding[~truth].mean()),
        "review recall": _round((score[truth] >= levels.review).mean()),
        "review fpr": _round((score[~truth] >= levels.review).mean()),
        "ece": _round(expected_calibration_error(score, truth)),
    }


def _in_calls(
    turns: Sequence[DialogueTurn], scores: Sequence[Scores], finding: Bools
) -> dict[str, list[int]]:
    """What findings come to where each dialogue is a call: nobody is accused by a faint one alone.

    [found, all]: rude turns; those of speakers who are rude once; civil turns; civil speakers.
    """
    speakers = [f"{turn.dialogue} {turn.role}" for turn in turns]
    sure = accused(
        (speaker, certainty(s.rude, s.alone))
        for speaker, s, passes in zip(speakers, scores, finding, strict=True)
        if passes
    )
    stands = finding & np.array([speaker in sure for speaker in speakers])
    often = Counter(s for s, turn in zip(speakers, turns, strict=True) if turn.rude)
    civil = set(speakers) - set(often)
    return {
        "rude turns": _share(stands, [turn.rude for turn in turns]),
        "of speakers rude once": _share(
            stands, [t.rude and often[s] == 1 for s, t in zip(speakers, turns, strict=True)]
        ),
        "civil turns": _share(stands, [not turn.rude for turn in turns]),
        "civil speakers": [len(civil & sure), len(civil)],
    }


def _label_metrics(score: Floats, truth: Bools, threshold: float) -> dict[str, float]:
    guess = score >= threshold
    hits = int((guess & truth).sum())
    return {
        "turns": int(truth.sum()),
        "f1": round(f1(guess, truth), 4),
        "precision": round(hits / max(1, int(guess.sum())), 4),
        "recall": round(hits / max(1, int(truth.sum())), 4),
        "auc": _round(roc_auc(score, truth)),
        "ece": _round(expected_calibration_error(score, truth)),
    }


def _slices(
    turns: Sequence[DialogueTurn],
    scores: Sequence[Scores],
    levels: Thresholds,
    name: Callable[[DialogueTurn], str],
) -> dict[str, dict[str, float]]:
    found = {}
    for each in sorted({name(turn) for turn in turns}):
        of = [i for i, turn in enumerate(turns) if name(turn) == each]
        truth = np.array([turns[i].rude for i in of])
        found[each] = rude_metrics([scores[i] for i in of], truth, levels)
    return found


def _share(guess: Bools, of: Sequence[bool]) -> list[int]:
    """[flagged, all] of the turns chosen."""
    chosen = np.array(of)
    return [int((guess & chosen).sum()), int(chosen.sum())]


def _dialogue_accuracy(turns: Sequence[DialogueTurn], agent: Floats) -> float:
    """Share of dialogues in which the agent's side has the higher mean log-odds."""
    odds = np.log(np.clip(agent, 1e-6, 1 - 1e-6) / np.clip(1 - agent, 1e-6, 1 - 1e-6))
    right = []
    for name in sorted({turn.dialogue for turn in turns}):
        of = [i for i, turn in enumerate(turns) if turn.dialogue == name]
        one = [odds[i] for i in of if turns[i].role == "agent"]
        other = [odds[i] for i in of if turns[i].role == "customer"]
        if one and other:
            right.append(float(np.mean(one)) > float(np.mean(other)))
    return float(np.mean(right))


def _round(value: Any) -> float:
    return round(float(value), 4)
