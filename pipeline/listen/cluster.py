"""How many voices, and which stretch belongs to which: clustering of short-window embeddings.

Two parties is the prior of a support call. A further voice is admitted only when it earns its
place: enough speech, and far enough from every other voice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

Embeddings = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

PRIOR = 2
"""Parties of a call."""

MAX_VOICES = 6
"""More voices than this in a support call are noise."""

EARNED_SPEECH = 4.0
"""Seconds a further voice must speak."""

EARNED_SIMILARITY = 0.68
"""Cosine between a further voice's centroid and any other's; above it they are one voice.
docs/measurements.md has the sweep."""

ONE_VOICE_SIMILARITY = 0.85
"""Two centroids closer than this are one voice even against the prior of two."""

SURE_SPEECH = 10.0
"""Seconds of windows from which a centroid is the voice's. With less, its own noise keeps the
halves of one voice apart: then it is windows that are compared, not centroids."""

ONE_VOICE_SHARE = 0.8
"""Two parts are one voice if a window of one and a window of the other are more alike than this
share of how alike two windows of the same part are."""

OWN_LIKENESS = 0.75
"""The most that two windows of one voice are alike over a call; those of the same few seconds,
which overlap, are more so, and say nothing."""

MAX_CLUSTERED = 1500
"""Windows that take part in the clustering; in longer recordings the rest join a centroid."""

_NEIGHBOURS = 0.12
"""Share of each window's affinities that the spectral graph keeps, its nearest."""

_MIN_NEIGHBOURS = 6
_REFINEMENTS = 5


@dataclass(frozen=True)
class Voices:
    """Clusters of windows: a label each, and the voices' unit-length centroids."""

    labels: Labels
    centroids: Embeddings


def cluster(
    embeddings: Embeddings,
    seconds: npt.NDArray[np.float64],
    *,
    num_speakers: int | None = None,
    prior: int = PRIOR,
) -> Voices:
    """Cluster windows (n, dimensions) that last `seconds` (n,).

    `num_speakers` fixes the count; otherwise it is `prior` unless more (or only one) are earned.
    """
    if len(embeddings) == 0:
        return Voices(np.zeros(0, np.intp), np.zeros((0, embeddings.shape[1]), np.float32))
    chosen = _spread(len(embeddings))
    sample, weights = embeddings[chosen], seconds[chosen]
    most = num_speakers or MAX_VOICES
    most = max(1, min(most, len(sample)))
    vectors = _spectrum(sample, most)
    if num_speakers is not None:
        labels = _partition(vectors, most)
        return _refined(embeddings, seconds, _centroids(sample, weights, labels))
    scale = seconds.sum() / weights.sum()
    best = None
    for count in range(min(prior, most), most + 1):
        voices = _refined(sample, weights, _centroids(sample, weights, _partition(vectors, count)))
        if count <= prior or (
            _earned(voices, weights, scale=scale) and not _one_voice_twice(voices, sample, weights)
        ):
            best = voices
    assert best is not None
    centroids = best.centroids
    if len(centroids) == PRIOR and _one_voice_twice(best, sample, weights):
        centroids = _centroids(sample, weights, np.zeros(len(sample), np.intp))
    return _refined(embeddings, seconds, centroids)


def _spread(count: int) -> Labels:
    if count <= MAX_CLUSTERED:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, MAX_CLUSTERED).astype(np.intp))


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


def _centroids(
    embeddings: Embeddings, seconds: npt.NDArray[np.float64], labels: Labels
) -> Embeddings:
    sums = np.stack(
        [
            (embeddings[labels == label] * seconds[labels == label, None]).sum(axis=0)
            for label in np.unique(labels)
        ]
    )
    unit: Embeddings = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return unit.astype(np.float32)


def _refined(
    embeddings: Embeddings, seconds: npt.NDArray[np.float64], centroids: Embeddings
) -> Voices:
    """Spherical k-means from given centroids: each window joins its nearest voice."""
    labels = (embeddings @ centroids.T).argmax(axis=1)
    for _ in range(_REFINEMENTS):
        centroids = _centroids(embeddings, seconds, labels)
        moved = (embeddings @ centroids.T).argmax(axis=1)
        if (moved == labels).all():
            break
        labels = moved
    _, labels = np.unique(labels, return_inverse=True)
    return Voices(labels.astype(np.intp), _centroids(embeddings, seconds, labels))


def _earned(voices: Voices, seconds: npt.NDArray[np.float64], *, scale: float) -> bool:
    """Whether every voice speaks enough and is unlike every other."""
    count = len(voices.centroids)
    speech = np.bincount(voices.labels, weights=seconds, minlength=count) * scale
    likeness = voices.centroids @ voices.centroids.T - 2 * np.eye(count)
    return bool(speech.min() >= EARNED_SPEECH and likeness.max() <= EARNED_SIMILARITY)


def _one_voice_twice(
    voices: Voices, embeddings: Embeddings, seconds: npt.NDArray[np.float64]
) -> bool:
    """Whether two of the voices are one that was split because more are expected."""
    count = len(voices.centroids)
    speech = np.bincount(voices.labels, weights=seconds, minlength=count)
    parts = [embeddings[voices.labels == label] for label in range(count)]
    for a, b in combinations(range(count), 2):
        if float(voices.centroids[a] @ voices.centroids[b]) > ONE_VOICE_SIMILARITY:
            return True
        between = float(parts[a].mean(axis=0) @ parts[b].mean(axis=0))
        own = _own_likeness(parts[a], parts[b])
        if min(speech[a], speech[b]) < SURE_SPEECH and between > ONE_VOICE_SHARE * own:
            return True
    return False


def _own_likeness(*parts: Embeddings) -> float:
    """Mean cosine of two windows of one part; `OWN_LIKENESS` at most, and where none has two."""
    pairs = sum(len(part) * (len(part) - 1) for part in parts)
    if not pairs:
        return OWN_LIKENESS
    # All pairs of unit vectors, each with itself left out.
    total = sum(float((part.sum(axis=0) ** 2).sum()) - len(part) for part in parts)
    return min(total / pairs, OWN_LIKENESS)
