"""Which language is spoken where: the call's, and the stretches that are in another.

Whisper translates, or makes words up, when it is told the wrong language. So each block is asked
for its own; one that is not plainly in the call's language is cut at its pauses and asked again
piece by piece. Short pieces and weak answers keep the language around them: telephone speech with
an accent is easily taken for a neighbour of the language it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...models.whisper import Engine
from ..call import Language
from .blocks import Read, blocks_of
from .spans import Span, intersect

PROBED_BLOCKS = 4
"""Blocks of each channel, spread over the call, by which its language is told first."""

PLAIN = 0.7
"""Probability of the call's language from which a block is not looked at any closer."""

SURE = 0.8
"""Probability from which a piece is in another language than the call …"""

LONG_ENOUGH = 3.0
"""… if it lasts this many seconds."""

PIECE = 10.0
"""Seconds a piece of a doubtful block may last."""

PIECE_PADDING = 0.1
"""Seconds of sound kept around a piece's speech: pieces lie closer together than blocks."""


@dataclass(frozen=True)
class Part:
    """A stretch that is transcribed in one language."""

    span: Span
    code: str


def call_language(engine: Engine, sources: list[tuple[Read, list[Span]]]) -> Language | None:
    """The language most probable over a few blocks of every channel; None without speech."""
    picked = [
        read(*span)
        for read, blocks in sources
        for span in _spread_over(sorted(blocks, key=lambda b: b[0]), PROBED_BLOCKS)
    ]
    if not picked:
        return None
    totals: dict[str, float] = {}
    for samples in picked:
        for code, probability in engine.detect_language(samples).items():
            totals[code] = totals.get(code, 0.0) + probability / len(picked)
    code = max(sorted(totals), key=lambda c: totals[c])
    return Language(code=code, confidence=totals[code])


def parts_of(
    engine: Engine, read: Read, block: Span, speech: list[Span], language: str
) -> list[Part]:
    """A block in parts of one language each, in order; nearly always one, in the call's.

    `speech` is the channel's, `language` the call's.
    """
    if not engine.multilingual:
        return [Part(block, language)]
    told = engine.detect_language(read(*block))
    if told.get(language, 0.0) >= PLAIN or block[1] - block[0] < LONG_ENOUGH:
        return [Part(block, language)]
    pieces = blocks_of(intersect(speech, [block]), block[1], padding=PIECE_PADDING, longest=PIECE)
    if len(pieces) < 2:
        return [Part(block, _sure(told, block) or language)]
    codes = [_sure(engine.detect_language(read(*piece)), piece) for piece in pieces]
    if not any(codes):
        # Pieces too short to tell: the block as a whole may still be plain.
        return [Part(block, _sure(told, block) or language)]
    return _joined(block, pieces, _filled(codes))


def other_languages(parts: Iterable[Part], language: str) -> list[str]:
    """The further languages of a call, by how long they are spoken."""
    seconds: dict[str, float] = {}
    for part in parts:
        if part.code != language:
            seconds[part.code] = seconds.get(part.code, 0.0) + part.span[1] - part.span[0]
    return sorted(seconds, key=lambda code: (-seconds[code], code))


def _sure(told: dict[str, float], span: Span) -> str | None:
    code = max(sorted(told), key=lambda c: told[c])
    return code if told[code] >= SURE and span[1] - span[0] >= LONG_ENOUGH else None


def _filled(codes: list[str | None]) -> list[str]:
    """Pieces that could not be told take the language before them, or else the first after."""
    current = next(code for code in codes if code is not None)
    filled = []
    for code in codes:
        current = code or current
        filled.append(current)
    return filled


def _joined(block: Span, pieces: list[Span], codes: list[str]) -> list[Part]:
    """Neighbouring pieces of one language as one part; together the parts fill the block."""
    parts: list[Part] = []
    at = block[0]
    for index, code in enumerate(codes):
        last = index == len(codes) - 1
        if not last and codes[index + 1] == code:
            continue
        end = block[1] if last else (pieces[index][1] + pieces[index + 1][0]) / 2
        parts.append(Part((at, end), code))
        at = end
    return parts


def _spread_over(blocks: list[Span], count: int) -> list[Span]:
    if len(blocks) <= count:
        return blocks
    step = (len(blocks) - 1) / (count - 1)
    return [blocks[round(i * step)] for i in range(count)]
