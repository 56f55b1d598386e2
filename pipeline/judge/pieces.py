"""The part of a long turn that carries a label: whole sentences, never cut words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..call import Turn, Word

LONG_TURN = 25
"""Words above which a turn is quoted by the sentences that carry the label."""

PAUSE = 0.7
"""Seconds of silence that end a sentence where the recogniser wrote no full stop."""

SHORT = 3
"""Words under which a sentence is read together with the one after it."""

ABBREVIATED = frozenset({"mr.", "mrs.", "ms.", "dr.", "st.", "no.", "e.g.", "i.e.", "prof."})

Piece = tuple[int, int]
"""First word and past the last one, counted within the turn."""


def sentences_of(turn: Turn) -> list[Piece]:
    """The sentences of a turn, which together are all its words in order."""
    words = turn.words
    pieces: list[Piece] = []
    begin = 0
    for i, word in enumerate(words):
        last = i + 1 == len(words)
        ends = last or _ends(word) or words[i + 1].start - word.end >= PAUSE
        if ends and (last or i + 1 - begin >= SHORT):
            pieces.append((begin, i + 1))
            begin = i + 1
    if len(pieces) > 1 and pieces[-1][1] - pieces[-1][0] < SHORT:
        tail = pieces.pop()
        pieces[-1] = (pieces[-1][0], tail[1])
    return pieces


def _ends(word: Word) -> bool:
    text = word.text.rstrip("\"'”’)")
    return bool(re.search(r"[.?!…]$", text)) and text.lower() not in ABBREVIATED


def carrying(pieces: Sequence[Piece], scores: Sequence[float], level: float) -> Piece | None:
    """The unbroken run of sentences around the strongest that each pass `level`, or None."""
    best = max(range(len(pieces)), key=lambda i: (scores[i], -i))
    if scores[best] < level:
        return None
    first = last = best
    while first > 0 and scores[first - 1] >= level:
        first -= 1
    while last + 1 < len(pieces) and scores[last + 1] >= level:
        last += 1
    return pieces[first][0], pieces[last][1]


def text_of(turn: Turn, piece: Piece) -> str:
    """The words of a piece, joined as `Turn.text` joins them."""
    return " ".join(word.text for word in turn.words[piece[0] : piece[1]])
