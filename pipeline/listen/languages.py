"""Which language is spoken where: the call's, and the stretches that are in another.

Whisper translates, or makes words up, when it is told the wrong language. So each block is asked
for its own; one that is not plainly in the call's language is cut at its pauses and asked again
piece by piece. Short pieces and weak answers keep the language around them: telephone speech with
an accent is easily taken for a neighbour of the language it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...models.recognition import Engine
from ..call import Language
from .blocks import Read, blocks_of
from .spans import Span, intersect

PROBED_BLOCKS = 4
"""Blocks of each channel, spread over the call, by which its language is told first."""

PLAIN = 0.7
"""Probability of the call's language from which a block is not looked at any closer."""

SURE = 0.8
"""Probability from which a piece is in another language than the call, whichever that is."""

LIKELY = 0.6
"""Share among the call's likely languages from which a piece is in one of them …"""

AUDIBLE = 0.3
"""… provided its own probability is at least this."""

HINTED = 0.1
"""Mean probability over the call from which a further language is likely to be spoken in it."""

LONG_ENOUGH = 2.5
"""Seconds below which a piece cannot be told."""

PIECE = 7.0
PIECE_PAUSE = 0.5
"""Seconds a piece of a doubtful block may last, and of pause inside it."""

PIECE_PADDING = 0.1
"""Seconds of sound kept around a piece's speech: pieces lie closer together than blocks."""


@dataclass(frozen=True)
class Part:
    """A stretch that is transcribed in one language."""

    span: Span
    code: str


def call_language(
    engine: Engine, sources: list[tuple[Read, list[Span]]]
) -> tuple[Language | None, frozenset[str]]:
    """The language most probable over a few blocks of every channel; None without speech.

    The set are the languages likely to be spoken in the call, that one included.
    """
    picked = [
        read(*span)
        for read, blocks in sources
        for span in _spread_over(sorted(blocks, key=lambda b: b[0]), PROBED_BLOCKS)
    ]
    if not picked:
        return None, frozenset()
    if not engine.multilingual:
        # Nothing was told: whoever chose English-only weights chose the language.
        return Language(code="en", confidence=1.0, chosen=True), frozenset()
    totals: dict[str, float] = {}
    for samples in picked:
        for code, probability in engine.detect_language(samples).items():
            totals[code] = totals.get(code, 0.0) + probability / len(picked)
    code = max(sorted(totals), key=lambda c: totals[c])
    likely = frozenset(c for c, share in totals.items() if share >= HINTED)
    return Language(code=code, confidence=totals[code]), likely | {code}


def parts_of(
    engine: Engine,
    read: Read,
    block: Span,
    speech: list[Span],
    language: str,
    *,
    likely: frozenset[str] = frozenset(),
) -> list[Part]:
    """A block in parts of one language each, in order; nearly always one, in the call's.

    `speech` is the channel's, `language` the call's, `likely` the languages to expect in it.
    """
    if not engine.multilingual:
        return [Part(block, language)]
    told = engine.detect_language(read(*block))
    if told.get(language, 0.0) >= PLAIN or block[1] - block[0] < LONG_ENOUGH:
        return [Part(block, language)]
    likely = likely | {language}
    pieces = blocks_of(
        intersect(speech, [block]),
        block[1],
        read,
        padding=PIECE_PADDING,
        pause=PIECE_PAUSE,
        longest=PIECE,
    )
    codes = [
        _told(engine.detect_language(read(*piece)), likely)
        if piece[1] - piece[0] >= LONG_ENOUGH
        else None
        for piece in pieces
    ]
    if len(pieces) < 2 or not any(codes):
        # Pieces too short to tell: the block as a whole may still be plain.
        return [Part(block, _told(told, likely) or language)]
    return _joined(block, pieces, _filled(codes))


def most_spoken(parts: Iterable[Part], told: Language) -> Language:
    """The call's language by how long each was transcribed in, with the others after it."""
    seconds: dict[str, float] = {told.code: 0.0}
    for part in parts:
        seconds[part.code] = seconds.get(part.code, 0.0) + part.span[1] - part.span[0]
    total = sum(seconds.values())
    order = sorted(seconds, key=lambda code: (-seconds[code], code))
    if len(order) == 1 or told.chosen or not total:
        return told
    others = [code for code in order[1:] if seconds[code]]
    if order[0] == told.code:
        return told.model_copy(update={"others": others})
    # Told wrong at first, and found out block by block.
    return Language(code=order[0], confidence=seconds[order[0]] / total, others=others)


def _told(told: dict[str, float], likely: frozenset[str]) -> str | None:
    """The language of a stretch; None where that cannot be said."""
    first = max(sorted(told), key=lambda c: told[c])
    if told[first] >= SURE:
        return first
    among = {code: told.get(code, 0.0) for code in sorted(likely)}
    code = max(among, key=lambda c: among[c])
    if among[code] >= AUDIBLE and among[code] >= LIKELY * sum(among.values()):
        return code
    return None


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
