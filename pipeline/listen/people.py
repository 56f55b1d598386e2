"""Whether two clusters of windows are two people, one, or either: what a further voice must show.

Docs/measurements.md has the distances that the levels were chosen on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .cluster import Embeddings, Labels, Windows

EARNED_SPEECH = 4.0
"""Seconds a further voice must speak."""

EARNED_SIMILARITY = 0.68
"""Cosine between a further voice's centroid and any other's; above it they are one voice."""

LONG_SPEECH = 12.0
"""Seconds of both voices from which their centroids can be trusted more …"""

LONG_SIMILARITY = 0.76
"""… so that voices which a bad line brings closer together are still told apart."""

DOUBTFUL_SIMILARITY = 0.82
"""Up to here two long parts that never change within a turn may be two people: nobody can say."""

APART_SIMILARITY = 0.6
"""Below it two voices are so unlike that nothing else is asked of them."""

MIXED_SHARE = 0.1
"""Share of neighbouring windows of one turn that change between two parts, above which they are
one voice: two people do not take turns within a breath."""

CHANCE_CHANGES = 1
"""Changes within turns that say nothing: the end of a turn may be the other's first word."""

STEADY_SHARE, STEADY_PLACES = 0.03, 12
"""At most so many changes, in at least so many places for one, and two parts may be two people."""

ONE_VOICE_SIMILARITY = 0.85
"""Two centroids closer than this are one voice even against the prior of two."""

ALONE_SIMILARITY, ALONE_SPEECH = 0.88, 30.0
"""… up to here with a doubt, where both parts last so many seconds: a call has two parties."""

SURE_SPEECH = 10.0
"""Seconds of windows from which a centroid is the voice's. With less, its own noise keeps the
halves of one voice apart: then it is windows that are compared, not centroids."""

ONE_VOICE_SHARE = 0.8
"""Two parts are one voice if a window of one and a window of the other are more alike than this
share of how alike two windows of the same part are."""

OWN_LIKENESS = 0.75
"""The most that two windows of one voice are alike over a call; those of the same few seconds,
which overlap, are more so, and say nothing."""


@dataclass(frozen=True)
class Pair:
    """Two clusters, and what speaks for their being two people."""

    first: int
    second: int
    likeness: float
    """Cosine of their centroids."""
    speech: float
    """Seconds of the one that speaks less, in the whole recording."""
    places: int
    """Neighbouring windows of one turn that both belong to the pair."""
    changes: int
    """… and not to the same of the two."""
    own_share: float
    """How alike a window of each are, as a share of how alike windows of the same one are."""
    sampled: float
    """Seconds of windows of the one with fewer."""

    @property
    def earned(self) -> bool:
        """Whether they are two people beyond the parties that are expected anyway."""
        limit = LONG_SIMILARITY if self.speech >= LONG_SPEECH else EARNED_SIMILARITY
        mixed = self.changes > max(CHANCE_CHANGES, MIXED_SHARE * self.places)
        told = self.likeness <= (APART_SIMILARITY if mixed else limit)
        return self.speech >= EARNED_SPEECH and told

    @property
    def doubtful(self) -> bool:
        """Whether they may be two people or one."""
        steady = self.places >= STEADY_PLACES and self.changes <= STEADY_SHARE * self.places
        return self.speech >= LONG_SPEECH and self.likeness <= DOUBTFUL_SIMILARITY and steady

    @property
    def one_voice(self) -> bool:
        """Whether they are one voice that was split because more are expected."""
        little = self.sampled < SURE_SPEECH and self.own_share > ONE_VOICE_SHARE
        return self.likeness > ONE_VOICE_SIMILARITY or little

    @property
    def hardly_one(self) -> bool:
        """Whether the one voice they are may yet be the two parties of the call."""
        return self.speech >= ALONE_SPEECH and self.likeness <= ALONE_SIMILARITY


def pairs(labels: Labels, centroids: Embeddings, windows: Windows, *, scale: float) -> list[Pair]:
    """Every two clusters of the windows; `scale` is the recording's speech by that of windows."""
    count = len(centroids)
    seconds = np.bincount(labels, weights=windows.seconds, minlength=count)
    parts = [windows.embeddings[labels == label] for label in range(count)]
    before, after = labels[:-1], labels[1:]
    within = windows.turns[:-1] == windows.turns[1:]
    found = []
    for a, b in combinations(range(count), 2):
        of_pair = within & np.isin(before, (a, b)) & np.isin(after, (a, b))
        sampled = float(min(seconds[a], seconds[b]))
        between = float(parts[a].mean(axis=0) @ parts[b].mean(axis=0))
        found.append(
            Pair(
                first=a,
                second=b,
                likeness=float(centroids[a] @ centroids[b]),
                speech=sampled * scale,
                places=int(of_pair.sum()),
                changes=int((of_pair & (before != after)).sum()),
                own_share=between / max(_own_likeness(parts[a], parts[b]), 1e-9),
                sampled=sampled,
            )
        )
    return found


def _own_likeness(*parts: npt.NDArray[np.float32]) -> float:
    """Mean cosine of two windows of one part; `OWN_LIKENESS` at most, and where none has two."""
    count = sum(len(part) * (len(part) - 1) for part in parts)
    if not count:
        return OWN_LIKENESS
    # All pairs of unit vectors, each with itself left out.
    total = sum(float((part.sum(axis=0) ** 2).sum()) - len(part) for part in parts)
    return min(total / count, OWN_LIKENESS)
