"""Which words drove a score: occlusion over the turn's own words.

Single words and windows of four are left out of the turn, and each word is credited with the mean
fall of the score over the windows that hold it (Zeiler and Fergus 2014, on words). Runs of words
with most credit are the spans. Where a thing is said twice over, so that the score falls with no
window, the one that scores highest by itself is the span. Nothing is drawn by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

WINDOW, WINDOW_STEP = 4, 2
"""Words of a window, and from one to the next. docs/measurements.md says what more would add."""

LONGEST_TURN = 80
"""Words beyond which single words are not tried: time stays bounded."""

LEAST_SHARE = 0.35
"""Words with at least this share of the strongest word's credit belong to a span."""

LEAST_FALL = 1e-3
"""Fall of the logit under which no word can be said to have driven the score."""

MOST_SPANS = 3
LONGEST_SPAN = 12
"""Words in a span."""


def driving_spans(text: str, score: Callable[[Sequence[str]], list[float]]) -> list[str]:
    """Up to three stretches of `text`, quoted as they stand, strongest first.

    `score` gives the raw score of each wording. A turn of one or two words is its own driver.
    """
    words = [match.span() for match in re.finditer(r"\S+", text)]
    if not words:
        return []
    if len(words) <= 2:
        return [text[words[0][0] : words[-1][1]]]
    starts = range(0, len(words) - 1, WINDOW_STEP)
    gaps = [(start, min(start + WINDOW, len(words))) for start in starts]
    gaps = [(first, last) for first, last in gaps if last - first < len(words)]
    if len(words) <= LONGEST_TURN:
        gaps += [(word, word + 1) for word in range(len(words))]
    scores = score([text, *(_without(text, words[a:b]) for a, b in gaps)])
    credit = [0.0] * len(words)
    tries = [0] * len(words)
    for (begin, end), value in zip(gaps, scores[1:], strict=True):
        for word in range(begin, end):
            credit[word] += (scores[0] - value) / (end - begin)
            tries[word] += 1
    credit = [total / max(1, count) for total, count in zip(credit, tries, strict=True)]
    strongest = max(credit)
    if strongest < LEAST_FALL:
        return _by_itself(text, [words[a:b] for a, b in gaps if b - a == WINDOW], score)
    runs = _runs([value >= LEAST_SHARE * strongest for value in credit])
    runs.sort(key=lambda run: (-sum(credit[run[0] : run[1]]), run))
    return [text[words[a][0] : words[b - 1][1]] for a, b in runs[:MOST_SPANS]]


def _by_itself(
    text: str,
    windows: Sequence[Sequence[tuple[int, int]]],
    score: Callable[[Sequence[str]], list[float]],
) -> list[str]:
    """The window that scores highest alone, if they differ at all."""
    alone = [text[window[0][0] : window[-1][1]] for window in windows]
    scores = score(alone) if alone else []
    if not scores or max(scores) - min(scores) < LEAST_FALL:
        return []
    return [alone[scores.index(max(scores))]]


def _without(text: str, gap: Sequence[tuple[int, int]]) -> str:
    return " ".join((text[: gap[0][0]] + " " + text[gap[-1][1] :]).split())


def _runs(chosen: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of chosen words as (first, past the last); single words left out between are bridged."""
    picked = list(chosen)
    for i in range(1, len(picked) - 1):
        if picked[i - 1] and chosen[i + 1]:
            picked[i] = True
    runs: list[tuple[int, int]] = []
    begin = None
    for i, yes in enumerate([*picked, False]):
        if begin is not None and (not yes or i - begin == LONGEST_SPAN):
            runs.append((begin, i))
            begin = None
        if yes and begin is None:
            begin = i
    return runs
