"""How many voices, and which stretch belongs to which: clustering of short-window embeddings.

Two parties is the prior of a support call. A further voice is admitted only when it earns its
place (`people.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .people import Pair, pairs

Embeddings = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

PRIOR = 2
"""Parties of a call."""

MAX_VOICES = 6
"""More voices than this in a support call are noise."""

MAX_CLUSTERED = 1500
"""Windows that take part in the clustering; in longer recordings the rest join a centroid."""

_NEIGHBOURS = 0.12
"""Share of each window's affinities that the spectral graph keeps, its nearest."""

_MIN_NEIGHBOURS = 6
_REFINEMENTS = 5


@dataclass(frozen=True)
class Windows:
    """Stretches of speech that a voice each is to be found for."""

    embeddings: Embeddings
    """Unit vectors (n, dimensions)."""
    seconds: npt.NDArray[np.float64]
    """How long each lasts (n,)."""
    turns: Labels
    """The local turn that each lies in (n,); windows of one turn follow each other."""

    def __len__(self) -> int:
        return len(self.seconds)

    def spread(self, most: int) -> Windows:
        """At most so many of them, from everywhere."""
        if len(self) <= most:
            return self
        chosen = np.unique(np.linspace(0, len(self) - 1, most).astype(np.intp))
        return Windows(self.embeddings[chosen], self.seconds[chosen], self.turns[chosen])


@dataclass(frozen=True)
class Voices:
    """Clusters of windows: a label each, and the voices' unit-length centroids."""

    labels: Labels
    centroids: Embeddings
    doubtful: frozenset[int] = frozenset()
    """Voices that may be two people each: the line leaves them too alike to be told apart."""
    finer: Voices | None = None
    """Where some are doubtful: the voices if they are two people; its own doubtful are those."""


def cluster(windows: Windows, *, num_speakers: int | None = None, prior: int = PRIOR) -> Voices:
    """The voices of windows.

    `num_speakers` fixes the count; otherwise it is `prior` unless more (or only one) are earned.
    """
    if len(windows) == 0:
        return Voices(np.zeros(0, np.intp), windows.embeddings[:0])
    sample = windows.spread(MAX_CLUSTERED)
    most = max(1, min(num_speakers or MAX_VOICES, len(sample)))
    vectors = _spectrum(sample.embeddings, most)
    if num_speakers is not None:
        return _refined(windows, _centroids(sample, _partition(vectors, most)))
    scale = float(windows.seconds.sum() / sample.seconds.sum())
    best, finer = None, None
    for count in range(min(prior, most), most + 1):
        voices = _refined(sample, _centroids(sample, _partition(vectors, count)))
        found = pairs(voices.labels, voices.centroids, sample, scale=scale)
        if count > prior and any(pair.one_voice for pair in found):
            continue
        if count <= prior or all(pair.earned for pair in found):
            best, finer = voices, None
        elif finer is None and all(pair.earned or pair.doubtful for pair in found):
            finer = voices, [pair for pair in found if not pair.earned]
    assert best is not None
    if len(best.centroids) == PRIOR:
        pair = pairs(best.labels, best.centroids, sample, scale=scale)[0]
        if pair.one_voice:
            alone = _refined(windows, _centroids(sample, np.zeros(len(sample), np.intp)))
            return _in_doubt(alone, best, [pair], windows) if pair.hardly_one else alone
    voices = _refined(windows, best.centroids)
    return voices if finer is None else _in_doubt(voices, *finer, windows)


def _in_doubt(voices: Voices, finer: Voices, pairs: Sequence[Pair], windows: Windows) -> Voices:
    """The voices, with those that hold both parts of a pair in doubt, and the finer ones."""
    every = _refined(windows, finer.centroids)
    count = len(voices.centroids)

    def home(part: int) -> int:
        return int(np.bincount(voices.labels[every.labels == part], minlength=count).argmax())

    split = [pair for pair in pairs if home(pair.first) == home(pair.second)]
    if not split or len(every.centroids) != len(finer.centroids):
        return voices
    parts = frozenset(part for pair in split for part in (pair.first, pair.second))
    return replace(
        voices,
        doubtful=frozenset(home(part) for part in parts),
        finer=replace(every, doubtful=parts),
    )


def _spectrum(embeddings: Embeddings, count: int) -> npt.NDArray[np.float64]:
    """The leading eigenvectors (n, count) of the normalised nearest-neighbour graph.

    Ng, Jordan & Weiss (2001), with the row-wise pruning that Wang et al. (2018) use for speakers.
    """
    from scipy.linalg import eigh

    affinity = np.clip(embeddings @ embeddings.T, 0.0, 1.0).astype(np.float64)
    keep = max(_MIN_NEIGHBOURS, int(_NEIGHBOURS * len(affinity)))
    if keep < len(affinity):
        floor = np.partition(affinity, -keep, axis=1)[:, -keep][:, None]
        affinity = np.where(affinity >= floor, affinity, 0.0)
    affinity = (affinity + affinity.T) / 2
    np.fill_diagonal(affinity, 0.0)
    scale = 1.0 / np.sqrt(np.maximum(affinity.sum(axis=1), 1e-9))
    normalised = affinity * scale[:, None] * scale[None, :]
    size = len(normalised)
    _, vectors = eigh(normalised, subset_by_index=(size - count, size - 1))
    leading: npt.NDArray[np.float64] = vectors[:, ::-1]
    return leading


def _partition(vectors: npt.NDArray[np.float64], count: int) -> Labels:
    from sklearn.cluster import KMeans

    rows = vectors[:, :count]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    labels: Labels = KMeans(count, n_init=10, random_state=0).fit_predict(rows).astype(np.intp)
    return labels


def _centroids(windows: Windows, labels: Labels) -> Embeddings:
    weighted = windows.embeddings * windows.seconds[:, None]
    sums = np.stack([weighted[labels == label].sum(axis=0) for label in np.unique(labels)])
    unit: Embeddings = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return unit.astype(np.float32)


def _refined(windows: Windows, centroids: Embeddings) -> Voices:
    """Spherical k-means from given centroids: each window joins its nearest voice."""
    labels = (windows.embeddings @ centroids.T).argmax(axis=1)
    for _ in range(_REFINEMENTS):
        centroids = _centroids(windows, labels)
        moved = (windows.embeddings @ centroids.T).argmax(axis=1)
        if (moved == labels).all():
            break
        labels = moved
    _, labels = np.unique(labels, return_inverse=True)
    return Voices(labels.astype(np.intp), _centroids(windows, labels))
