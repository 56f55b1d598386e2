"""The transcript as numbered lines, the same in every format.

A letter cites "Appendix A, 04:12, line 57"; so lines are cut here, once, by counting characters,
and no renderer breaks them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..call import Call, Moment, Turn, Word
from .parties import Party, heard
from .text import clock, visible, wrap_words

LINE_WIDTH = 64
"""Characters of speech on a line: what an A4 column with number, time and name still takes."""

LOW_CONFIDENCE = 0.5
"""Word confidence below which a word is marked as uncertain."""

OVERLAP_SHOWN = 0.5
"""Seconds spoken over from which a turn says so."""


@dataclass(frozen=True)
class Piece:
    """A word as it is shown."""

    text: str
    start: float
    end: float
    low: bool
    """The recogniser is not sure of this word."""
    shared: bool
    """Spoken while somebody else spoke: more than one voice may have said it."""
    corrected: bool = False
    """Written by a person in place of what the machine heard."""
    marks: tuple[str, ...] = ()
    """Ids of the findings whose quote holds this word."""


@dataclass(frozen=True)
class Line:
    """One numbered line of the transcript."""

    number: int
    turn: int
    party: Party
    start: float
    end: float
    first: bool
    """It opens a turn (name and notes are shown)."""
    notes: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def time(self) -> str:
        """When the line begins."""
        return clock(self.start)

    @property
    def text(self) -> str:
        """The line's words."""
        return " ".join(piece.text for piece in self.pieces)


def pieces_of(words: Sequence[Word], moments: Sequence[Moment] = ()) -> list[Piece]:
    """Words made safe to show; one longer than a line is cut into parts that share its times."""
    pieces = []
    for word in words:
        marks = tuple(
            m.id for m in moments if m.start - 0.001 <= word.start and word.end <= m.end + 0.001
        )
        text = visible(word.text) or "⟨unreadable⟩"
        for offset in range(0, len(text), LINE_WIDTH):
            pieces.append(
                Piece(
                    text=text[offset : offset + LINE_WIDTH],
                    start=word.start,
                    end=word.end,
                    low=word.confidence < LOW_CONFIDENCE,
                    shared=len(word.candidates) > 1,
                    corrected=word.corrected,
                    marks=marks,
                )
            )
    return pieces


def plain(pieces: Sequence[Piece]) -> str:
    """Words with their marks in plain text: `[doubtful?]`, `{written by a person}`."""
    runs = groupby(pieces, key=lambda piece: piece.corrected)
    return " ".join(
        f"{{{text}}}" if corrected else text
        for corrected, run in runs
        for text in [" ".join(f"[{p.text}?]" if p.low else p.text for p in run)]
    )


def notes_of(turn: Turn, party: Party, main_language: str | None) -> tuple[str, ...]:
    """What a reader must know before trusting this turn."""
    notes = []
    if turn.uncertain:
        notes.append("who speaks is uncertain")
    if turn.overlap >= OVERLAP_SHOWN:
        notes.append(f"spoken over for {turn.overlap:.1f} s")
    if turn.tone is not None and turn.tone.raised_voice:
        notes.append("raised voice")
    if turn.language and main_language and turn.language != main_language:
        notes.append(f"language: {visible(turn.language)}")
    if party.role == "system":
        notes.append("recorded announcement")
    if turn.translation:
        notes.append(f"machine translation: “{visible(turn.translation)}”")
    return tuple(notes)


def lines_of(call: Call, parties: Mapping[str, Party]) -> list[Line]:
    """The whole transcript in order of time, numbered from 1."""
    by_turn: dict[int, list[Moment]] = {}
    for moment in call.moments:
        if moment.level != "note" and moment.turn is not None:
            by_turn.setdefault(moment.turn, []).append(moment)
    main = call.language.code if call.language else None
    lines: list[Line] = []
    for turn in sorted(call.turns, key=lambda t: (t.start, t.end, t.id)):
        party = heard(parties, turn.speaker, turn.role)
        pieces = pieces_of(turn.words, by_turn.get(turn.id, ()))
        ranges = wrap_words([len(piece.text) for piece in pieces], width=LINE_WIDTH)
        for first, last in ranges:
            chosen = tuple(pieces[first:last])
            lines.append(
                Line(
                    number=len(lines) + 1,
                    turn=turn.id,
                    party=party,
                    start=chosen[0].start,
                    end=chosen[-1].end,
                    first=first == 0,
                    notes=notes_of(turn, party, main) if first == 0 else (),
                    pieces=chosen,
                )
            )
    return lines


def cite(lines: Sequence[Line], moment: Moment) -> str:
    """The line numbers a moment's quote stands on: `57`, `57–59`, or nothing."""
    numbers = [
        line.number
        for line in lines
        if line.turn == moment.turn and any(moment.id in p.marks for p in line.pieces)
    ] or [
        line.number
        for line in lines
        if (moment.turn is None or line.turn == moment.turn)
        and line.start < moment.end
        and line.end > moment.start
    ]
    if not numbers:
        return ""
    return str(numbers[0]) if numbers[0] == numbers[-1] else f"{numbers[0]}–{numbers[-1]}"
