"""The conduct model as the pipeline uses it: turns in, calibrated probabilities out."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError
from ..store import file_sha256
from .calibrate import Platt
from .labels import AGENT, CONDUCT, INDEX, KINDS, LABELS, MOMENTS, RUDE
from .network import WEIGHTS_FILE, TurnInput, load_network, load_tokenizer, predict, side

WEIGHTS = Path(__file__).parent / "weights"
SETTINGS = "conduct.json"
"""Calibration, thresholds and the hashes of the other files, beside the weights."""

EVIDENT = 0.85
"""Certainty from which a turn is evidence that its speaker is disrespectful at all."""

ENOUGH = 20.0
"""To one: the evidence of a speaker's turns together from which their findings stand."""


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities of one turn."""

    probabilities: dict[str, float]
    """One for each of `labels.LABELS`, 0 to 1."""
    alone: float | None = None
    """`rude` of the turn's own words, read without the turn before; None below a finding."""

    @property
    def rude(self) -> float:
        """Probability that the turn is disrespectful to the other person."""
        return self.probabilities[RUDE]

    @property
    def agent(self) -> float:
        """Probability that the agent's side speaks; 1 or 0 where the role was given."""
        return self.probabilities[AGENT]


@dataclass(frozen=True)
class Passing:
    """What a turn's probabilities amount to at the thresholds."""

    finding: bool
    """`rude` passes the operating point, read with the turn before it and without."""
    review: bool
    """`rude` passes the lower level: worth listening to."""
    kinds: tuple[str, ...]
    """Kinds of rudeness, strongest first; empty below the review level."""
    moments: tuple[str, ...]
    conduct: tuple[str, ...]


@dataclass(frozen=True)
class Thresholds:
    """Levels from which a probability counts."""

    finding: float
    review: float
    labels: dict[str, float]

    @property
    def alone(self) -> float:
        """What a turn's own words have to pass for a finding: half the odds of `finding`."""
        return self.finding / (2 - self.finding)

    def accuses(self, rude: float, alone: float | None) -> bool:
        """Whether a turn is a finding: with what was said before it, and on its own words."""
        return certainty(rude, alone) >= self.finding

    def passing(self, scores: Scores) -> Passing:
        """The labels that pass. A finding whose kind is not certain names none."""
        probability = scores.probabilities
        review = scores.rude >= self.review
        kinds: tuple[str, ...] = ()
        if review:
            ranked = sorted(KINDS, key=lambda kind: -probability[kind] / self.labels[kind])
            kinds = tuple(kind for kind in ranked if probability[kind] >= self.labels[kind])
        return Passing(
            finding=self.accuses(scores.rude, scores.alone),
            review=review,
            kinds=kinds,
            moments=tuple(name for name in MOMENTS if probability[name] >= self.labels[name]),
            conduct=tuple(name for name in CONDUCT if probability[name] >= self.labels[name]),
        )


def certainty(rude: float, alone: float | None) -> float:
    """How sure both readings of a turn are together; 0 where it was not read twice."""
    return 0.0 if alone is None else float(both_readings(rude, alone))


def accused(findings: Iterable[tuple[str, float]]) -> frozenset[str]:
    """The speakers whose findings of disrespect together are sure enough to accuse them at all.

    `findings` are speakers with the certainty of each turn (`certainty`). Of the many civil turns
    of a call a machine takes one or another for rude; a speaker who is rude is so in several turns,
    or plainly in one. So the odds of a speaker's turns, each against those of `EVIDENT`, have to
    multiply to `ENOUGH`: one turn at 0.992, two at 0.963, three at 0.94.
    """
    evidence: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for speaker, sure in findings:
        evidence[speaker] *= max(1.0, _odds(sure) / _odds(EVIDENT))
    return frozenset(speaker for speaker, found in evidence.items() if found >= ENOUGH)


def _odds(probability: float) -> float:
    return probability / max(1e-9, 1 - probability)


def both_readings(rude: Any, alone: Any) -> npt.NDArray[np.float64]:
    """What a finding is decided on: the lower of two readings, the odds of the second doubled.

    What was said before may clear words, and may double the odds of what they say by themselves;
    further than that it accuses nobody. Probabilities, numbers or arrays of one shape.
    """
    lower: npt.NDArray[np.float64] = np.minimum(rude, 2 * alone / (1 + alone))
    return lower


class ConductModel:
    """The network with its tokenizer, calibration and thresholds.

    Scores depend on the turn alone: neither the order nor the company of a batch matters beyond
    rounding to eight bits, which the last digits of a batch can tip (docs/measurements.md).
    """

    def __init__(
        self,
        *,
        network: Any,
        tokenizer: Any,
        calibration: dict[str, Platt],
        thresholds: Thresholds,
        sha256: str,
        device: str = "cpu",
    ) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._calibration = calibration
        self.thresholds = thresholds
        self.sha256 = sha256
        """Hash of the weights file, for provenance."""
        self.device = device

    @classmethod
    def load(cls, device: str = "cpu", folder: Path = WEIGHTS) -> ConductModel:
        """The shipped model, or another in `folder`. Raises ModelError."""
        try:
            settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"The conduct model in {folder} cannot be read: {error}") from None
        for name, pinned in settings["sha256"].items():
            path = folder / name
            found = file_sha256(path) if path.is_file() else "nothing there"
            if found != pinned:
                raise ModelError(f"{path} should have SHA-256 {pinned} but has {found}")
        if tuple(settings["labels"]) != LABELS:
            raise ModelError(f"The conduct model in {folder} was trained for other labels")
        network = load_network(folder)
        return cls(
            network=network.to(device),
            tokenizer=load_tokenizer(folder),
            calibration={
                label: Platt(**values) for label, values in settings["calibration"].items()
            },
            thresholds=Thresholds(**settings["thresholds"]),
            sha256=settings["sha256"][WEIGHTS_FILE],
            device=device,
        )

    def score(self, turns: Sequence[TurnInput]) -> list[Scores]:
        """Calibrated probabilities of each turn, in the order given.

        What may be a finding is read again without what was said before (`both_readings`).
        """
        first = self._calibrated(turns)
        alone = {n: s.rude for n, s in enumerate(first) if s.rude >= self.thresholds.finding}
        again = [n for n in alone if turns[n].context]
        read = self._calibrated([replace(turns[n], context="") for n in again])
        alone |= {n: scores.rude for n, scores in zip(again, read, strict=True)}
        return [replace(scores, alone=alone.get(n)) for n, scores in enumerate(first)]

    def _calibrated(self, turns: Sequence[TurnInput]) -> list[Scores]:
        scores = []
        for turn, row in zip(turns, self.logits(turns), strict=True):
            found = {
                label: round(float(self._calibration[label](row[INDEX[label]])), 6)
                for label in LABELS
            }
            # Dots and dashes are no words either.
            if not any(char.isalnum() for char in turn.text):
                found = dict.fromkeys(LABELS, 0.0)
                found[AGENT] = 0.5
            if side(turn.role):
                found[AGENT] = float(turn.role == "agent")
            scores.append(Scores(found))
        return scores

    def logits(self, turns: Sequence[TurnInput]) -> npt.NDArray[np.float64]:
        """Raw outputs of shape (turns, labels), in the order of `labels.LABELS`."""
        return predict(self._network, self._tokenizer, turns)

    def drivers(self, turn: TurnInput, label: str = RUDE) -> list[str]:
        """The spans of the turn's own words that drove a label's score, strongest first."""
        from .drivers import driving_spans

        def score(texts: Sequence[str]) -> list[float]:
            variants = [
                TurnInput(text, turn.context, turn.role, turn.context_role) for text in texts
            ]
            return [float(row[INDEX[label]]) for row in self.logits(variants)]

        return driving_spans(turn.text, score)


@lru_cache(maxsize=2)
def shared_model(device: str = "cpu") -> ConductModel:
    """The shipped model, loaded once a process."""
    return ConductModel.load(device)
