"""An English line under each turn of another language: a machine's, and marked as one."""

from __future__ import annotations

from collections.abc import Callable

from ...models.recognition import Engine
from ..call import Turn
from .blocks import BLOCK, PADDING
from .spans import Span
from .stream import Samples

TARGET = "en"
"""The only language Whisper translates into."""

LEAST = 0.5
"""Seconds below which there is nothing to translate."""


def translate_turns(
    turns: list[Turn],
    engine: Engine,
    read: Callable[[Turn, float, float], Samples],
    *,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Turn]:
    """The turns, with `translation` on those that are not in English.

    `read` gives the sound of a turn's speaker between two times in seconds.
    """
    done = []
    for number, turn in enumerate(turns, start=1):
        text = ""
        if turn.language not in (None, TARGET) and turn.end - turn.start >= LEAST:
            texts = [
                engine.translate(read(turn, start, end), language=str(turn.language))
                for start, end in pieces_of(turn)
            ]
            text = " ".join(part for part in texts if part)
        done.append(turn.model_copy(update={"translation": text or None}))
        progress(number / len(turns))
    return done


def pieces_of(turn: Turn) -> list[Span]:
    """A turn in pieces that fit the recogniser, cut between words and padded a little."""
    longest = BLOCK - 2 * PADDING
    pieces: list[Span] = []
    for word in turn.words:
        if pieces and word.end - pieces[-1][0] <= longest:
            pieces[-1] = (pieces[-1][0], max(pieces[-1][1], word.end))
        else:
            pieces.append((word.start, word.end))
    margin = PADDING / 2
    return [(max(0.0, start - margin), end + margin) for start, end in pieces]
