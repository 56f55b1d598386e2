"""Probabilities that mean what they say, and the thresholds that follow from them.

Platt scaling (Platt 1999) per label on turns the model did not see; thresholds at a false-positive
rate for `rude`, at a precision for its kinds, near the best F1 for the other labels. All functions
take numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]

FINDING_FALSE_POSITIVES = 0.004
"""A finding of rudeness: at most one false flag in 250 civil turns."""

REVIEW_FALSE_POSITIVES = 0.025
"""The lower level, "listen to this"."""

NAMED_RIGHT = 0.75
"""A kind of rudeness is named where at least so many of the turns it was named for carry it."""

THREATS_RIGHT = 0.9
"""… and a threat, the gravest thing to be accused of."""

FEWEST_POSITIVES = 20
"""Labels with fewer positives are calibrated by their offset alone."""


@dataclass(frozen=True)
class Platt:
    """probability = sigmoid(slope · logit + offset)."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, logits: Floats) -> Floats:
        """Calibrated probabilities of raw logits."""
        return sigmoid(self.slope * logits + self.offset)


def sigmoid(values: Floats) -> Floats:
    """The logistic function, safe for large values."""
    clipped: Floats = np.clip(values, -40, 40)
    return 1 / (1 + np.exp(-clipped))


def fit_platt(logits: Floats, truth: Bools, steps: int = 100) -> Platt:
    """Slope and offset by Newton's method on the log loss with Platt's smoothed targets."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    free_slope = positives >= FEWEST_POSITIVES
    slope, offset = 1.0, 0.0
    for _ in range(steps):
        guess = sigmoid(slope * logits + offset)
        error, curve = guess - target, guess * (1 - guess) + 1e-9
        if not free_slope:
            offset -= float(error.sum() / curve.sum())
            continue
        # A weak pull of the slope towards 1 keeps separable labels finite.
        gradient = np.array([(error * logits).sum() + (slope - 1), error.sum()])
        hessian = np.array(
            [
                [(curve * logits**2).sum() + 1, (curve * logits).sum()],
                [(curve * logits).sum(), curve.sum()],
            ]
        )
        step = np.clip(np.linalg.solve(hessian, gradient), -1, 1)
        slope, offset = slope - float(step[0]), offset - float(step[1])
        if float(np.abs(step).max()) < 1e-8:
            break
    return Platt(slope, offset)


def expected_calibration_error(probability: Floats, truth: Bools, bins: int = 10) -> float:
    """Mean distance of probability and frequency over bins of equal count (Naeini et al. 2015)."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, bins)
    gaps = [
        abs(float(probability[part].mean()) - float(truth[part].mean())) * len(part)
        for part in parts
        if len(part)
    ]
    return float(sum(gaps) / max(1, len(order)))


def threshold_at(probability: Floats, truth: Bools, rate: float) -> float:
    """The lowest threshold whose false-positive rate among civil turns is at most `rate`."""
    civil = np.sort(probability[~truth])[::-1]
    allowed = int(rate * len(civil))
    if allowed >= len(civil):
        return 0.0
    # Just above the first civil turn that must stay below.
    return float(np.nextafter(civil[allowed], 2))


def sure_threshold_at(
    probability: Floats, truth: Bools, rate: float, *, readings: int = 1, sure: float = 0.95
) -> float:
    """The lowest threshold of which one may be `sure` that its false-positive rate is `rate`.

    A few false flags among some thousand civil turns are a matter of luck: the rate's one-sided
    upper bound (Clopper & Pearson 1934) is held to it, not the rate itself. `readings` is how often
    each turn was read; readings of one turn are not independent.
    """
    from scipy.stats import beta

    count = int((~truth).sum()) // readings
    if not count:
        return 1.0
    flags = np.arange(count)
    bounds = beta.ppf(sure, flags + 1, count - flags)
    allowed = int((bounds <= rate).sum()) - 1
    if allowed < 0:  # too few turns to be sure of anything: above every civil one
        return float(np.nextafter(probability[~truth].max(), 2))
    return threshold_at(probability, truth, (allowed + 0.5) / count)


def recall_at(probability: Floats, truth: Bools, rate: float) -> float:
    """Share of rude turns found at a false-positive rate of at most `rate`."""
    return float((probability[truth] >= threshold_at(probability, truth, rate)).mean())


def f1_threshold(probability: Floats, truth: Bools) -> float:
    """Midway between the threshold of the best F1 seen and that of the best F1 to be expected.

    The first leans on which turns happen to stand near it, the second on the calibration alone:
    where probabilities are right, half the best F1 is its threshold (Lipton et al. 2014).
    """
    return round((_best_seen(probability, truth) + _best_expected(probability)) / 2, 4)


def _best_seen(probability: Floats, truth: Bools) -> float:
    """Drawn halfway to 0.4 where positives are few."""
    candidates = np.linspace(0.15, 0.75, 61)
    scores = np.array([f1(probability >= candidate, truth) for candidate in candidates])
    # The middle of the flat top is steadier than its edge.
    top = candidates[scores >= scores.max() - 0.005]
    trust = min(1.0, truth.sum() / 60)
    return float(trust * np.median(top) + (1 - trust) * 0.4)


def _best_expected(probability: Floats) -> float:
    likely = np.sort(probability)[::-1]
    named = np.arange(1, len(likely) + 1)
    return float((np.cumsum(likely) / (named + likely.sum())).max())


def precise_threshold(probability: Floats, truth: Bools, precision: float) -> float:
    """The lowest threshold, 0.5 or more, at which so large a share of what passes is right.

    Where there is none, 0.95: named only where the model is all but sure.
    """
    for candidate in np.linspace(0.5, 0.95, 46).round(4):
        named = probability >= candidate
        if named.any() and truth[named].mean() >= precision:
            return float(candidate)
    return 0.95


def f1(guess: Bools, truth: Bools) -> float:
    """F1 of a yes-or-no guess; 0 where nothing is right."""
    hits = int((guess & truth).sum())
    wrong = int((guess ^ truth).sum())
    return 2 * hits / (2 * hits + wrong) if hits else 0.0


def roc_auc(score: Floats, truth: Bools) -> float:
    """Area under the ROC curve by ranks, ties counted half."""
    from scipy.stats import rankdata

    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))
