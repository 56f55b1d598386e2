"""Findings and places to listen to, as every renderer shows them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ..call import Call, Moment, Role, Turn
from .clips import clip_span
from .lines import Line, Piece, cite, pieces_of
from .parties import Party, heard
from .reviewed import Answer, Decision, Reviewed
from .text import clock, visible
from .wording import GRAVE, RUDE_KINDS, title_of, weight_of


@dataclass(frozen=True)
class Item:
    """A finding, or a place to listen to, as it is shown."""

    id: str
    number: str
    """`1`, `2` … for findings in order of time; `a`, `b` … for places to listen to."""
    kind: str
    level: str
    title: str
    detail: str
    """Kinds of rudeness in words, or nothing."""
    party: Party
    role: Role
    start: float
    end: float
    time: str
    lines: str
    quote: tuple[Piece, ...]
    sentence: str
    """`At 00:41 the agent said:`"""
    before: tuple[str, str] | None
    """The other party's turn before it: introduction and text."""
    why: tuple[str, ...]
    score: str
    related: tuple[str, ...]
    clip: str | None
    clip_from: float
    clip_to: float
    clip_sha256: str | None
    weight: float
    decision: Decision | None
    answer: Answer | None

    @property
    def told(self) -> tuple[str, ...]:
        """What people say of it: the reviewer's decision, and the answer of the one concerned."""
        said = []
        if self.decision is not None and (self.decision.verdict or self.decision.note):
            parts = [part for part in (self.decision.verdict, self.decision.note) if part]
            said.append(_sentence(f"Reviewed: {': '.join(parts)}"))
        if self.answer is not None:
            said.append(f"{self.answer.by} answers, {self.answer.date}: “{self.answer.text}”")
        return tuple(said)

    @property
    def scored(self) -> str:
        """The score as a sentence; empty where a reason has told it already."""
        if any(f"score {self.score}" in reason for reason in self.why):
            return ""
        below = ", below the threshold for a finding" if self.level == "review" else ""
        return f"Score {self.score}{below}."

    @property
    def text(self) -> str:
        """The quote as plain text."""
        return " ".join(piece.text for piece in self.quote)

    @property
    def grave(self) -> bool:
        """It speaks against the one who said it, rather than marking an event."""
        return self.weight >= GRAVE

    @property
    def dismissed(self) -> bool:
        """A person listened and dismissed it."""
        return self.decision is not None and self.decision.verdict == "dismissed"


def _sentence(text: str) -> str:
    """A reason as a sentence: a capital at its head, a full stop at its end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "”", ")")) else text + "."


class Turns:
    """Turns by id, and those before a time, for many look-ups."""

    def __init__(self, call: Call) -> None:
        self.by_id = {turn.id: turn for turn in call.turns}
        self.ordered = sorted(call.turns, key=lambda t: (t.start, t.end, t.id))
        self._starts = [turn.start for turn in self.ordered]

    def before(self, moment: Moment) -> Iterator[Turn]:
        """Turns that began before the moment, the latest first."""
        for index in range(bisect_left(self._starts, moment.start) - 1, -1, -1):
            yield self.ordered[index]


LOOK_BACK = 12
"""Turns before a moment among which its context is looked for."""


def _quote(turns: Turns, moment: Moment) -> tuple[Piece, ...]:
    """The quote's words with their marks; the bare quote where they do not spell it."""
    turn = turns.by_id.get(moment.turn) if moment.turn is not None else None
    if turn is not None:
        words = [
            w for w in turn.words if w.start >= moment.start - 0.001 and w.end <= moment.end + 0.001
        ]
        if " ".join(w.text for w in words).split() == moment.quote.split():
            return tuple(pieces_of(words))
    text = visible(moment.quote)
    return (Piece(text, moment.start, moment.end, low=False, shared=False),) if text else ()


def _before(turns: Turns, moment: Moment, parties: Mapping[str, Party]) -> tuple[str, str] | None:
    if not moment.context:
        return None
    for turn in islice(turns.before(moment), LOOK_BACK):
        if turn.speaker != moment.speaker and turn.text == moment.context:
            party = heard(parties, turn.speaker, turn.role)
            said = f"Before it, at {clock(turn.start)}, {party.subject} said:"
            return said, visible(moment.context)
    return "Before it, the other side said:", visible(moment.context)


def _detail(turns: Turns, moment: Moment) -> list[str]:
    turn = turns.by_id.get(moment.turn) if moment.turn is not None else None
    if moment.kind != "rude" or turn is None or turn.conduct is None:
        return []
    return [kind for kind in turn.conduct.kinds if kind in RUDE_KINDS]


def item_of(
    call: Call,
    moment: Moment,
    number: str,
    *,
    turns: Turns,
    parties: Mapping[str, Party],
    lines: Mapping[int, Sequence[Line]],
    every_line: Sequence[Line],
    numbers: Mapping[str, str],
    hashes: Mapping[str, str],
    reviewed: Reviewed | None,
) -> Item:
    """A moment of `call` as it is shown under `number`; the mappings go by id and by path."""
    party = heard(parties, moment.speaker, moment.role)
    kinds = _detail(turns, moment)
    why = [_sentence(visible(reason)) for reason in moment.reasons]
    if moment.drivers:
        words = ", ".join(f"“{visible(driver).rstrip(',;:.')}”" for driver in moment.drivers)
        why.append(f"Words that weighed most: {words}.")
    start, end = clip_span(moment, duration=call.recording.duration)
    return Item(
        id=moment.id,
        number=number,
        kind=moment.kind,
        level=moment.level,
        title=title_of(moment.kind, moment.level),
        detail=", ".join(RUDE_KINDS[kind][0] for kind in kinds),
        party=party,
        role=moment.role,
        start=moment.start,
        end=moment.end,
        time=clock(moment.start),
        lines=cite(every_line if moment.turn is None else lines.get(moment.turn, ()), moment),
        quote=_quote(turns, moment),
        sentence=f"At {clock(moment.start)} {party.subject} said:",
        before=_before(turns, moment, parties),
        why=tuple(why),
        score=f"{moment.score:.2f}",
        related=tuple(numbers[other] for other in moment.related if other in numbers),
        clip=moment.clip,
        clip_from=start,
        clip_to=end,
        clip_sha256=hashes.get(moment.clip) if moment.clip else None,
        weight=weight_of(moment.kind, kinds, moment.score),
        decision=reviewed.decisions.get(moment.id) if reviewed else None,
        answer=reviewed.answers.get(moment.id) if reviewed else None,
    )
