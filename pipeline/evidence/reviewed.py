"""What people say of the machine's findings, shown beside them; the record stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Decision:
    """What a person who listened says of one finding."""

    verdict: str
    """`confirmed`, `dismissed`, or empty where there is only a note."""
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """What the one concerned says to a finding."""

    by: str
    date: str
    text: str


@dataclass(frozen=True)
class Reviewed:
    """Who went through the findings, when, and what they decided."""

    by: str
    date: str
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By id of the finding, as the decisions are."""

    @property
    def dismissed(self) -> frozenset[str]:
        """Ids of the moments that were dismissed."""
        return frozenset(k for k, d in self.decisions.items() if d.verdict == "dismissed")
