"""Moments in the making: what rules may read and change before ids are given."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...models.conduct.labels import RUDE
from ..call import Level, Moment, Turn
from .pieces import Piece, text_of

SURE_WORDS = 0.5
"""Mean confidence of the quoted words under which nothing is more than worth a listen."""

SURE_ROLE = 0.6
"""Role confidence under which what belongs to one role alone is no finding."""


def clock(seconds: float) -> str:
    """Minutes and seconds, as a reason quotes a time."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@dataclass(eq=False)
class Draft:
    """One moment, by the position of its turn in the call."""

    kind: str
    level: Level
    at: int
    """Position of the turn in the list of turns."""
    turn: Turn
    piece: Piece
    score: float
    reasons: list[str] = field(default_factory=list)
    drivers: list[str] = field(default_factory=list)
    related: list[Draft] = field(default_factory=list)
    context: Turn | None = None
    driven_by: str = ""
    """The label whose words count, where a rule made this moment from another."""

    @property
    def start(self) -> float:
        """Start of the first word quoted, seconds."""
        return self.turn.words[self.piece[0]].start

    @property
    def end(self) -> float:
        """End of the last word quoted, seconds."""
        return max(word.end for word in self.turn.words[self.piece[0] : self.piece[1]])

    @property
    def quote(self) -> str:
        """Exactly the words."""
        return text_of(self.turn, self.piece)

    @property
    def confidence(self) -> float:
        """Mean confidence of the words quoted."""
        words = self.turn.words[self.piece[0] : self.piece[1]]
        return sum(word.confidence for word in words) / len(words)

    def lower(self, reason: str) -> None:
        """Make a finding a place to listen to, and say why."""
        if self.level == "finding":
            self.level = "review"
        if self.level != "note":
            self.reasons.append(reason)

    def relate(self, other: Draft) -> None:
        """Tie two moments together, both ways."""
        if other not in self.related:
            self.related.append(other)
        if self not in other.related:
            other.related.append(self)

    def restrain(self, role_confidence: float) -> None:
        """Where words, voice or role are not certain, nobody is accused."""
        if self.turn.uncertain:
            self.lower("who speaks here is not certain, so this is a place to listen to")
        if self.turn.role == "unknown":
            self.lower("the speaker’s role is not known, so this is a place to listen to")
        elif self.kind != RUDE and role_confidence < SURE_ROLE:
            self.lower("the speaker’s role is not certain, so this is a place to listen to")
        if self.confidence < SURE_WORDS:
            self.lower("the words were not heard clearly, so this is a place to listen to")


def numbered(drafts: list[Draft], extra: list[Moment]) -> list[Moment]:
    """Moments in order of start with ids m001 …; `extra` are those without words."""
    rows: list[tuple[float, str, Draft | Moment]] = [(d.start, d.kind, d) for d in drafts]
    rows += [(moment.start, moment.kind, moment) for moment in extra]
    rows.sort(key=lambda row: (row[0], row[1]))
    ids = {id(row[2]): f"m{number:03d}" for number, row in enumerate(rows, 1)}
    moments = []
    for _, _, item in rows:
        if isinstance(item, Moment):
            moments.append(item.model_copy(update={"id": ids[id(item)]}))
            continue
        moments.append(
            Moment(
                id=ids[id(item)],
                kind=item.kind,
                level=item.level,
                start=item.start,
                end=item.end,
                speaker=item.turn.speaker,
                role=item.turn.role,
                turn=item.turn.id,
                quote=item.quote,
                context=item.context.text if item.context else None,
                score=item.score,
                reasons=list(dict.fromkeys(item.reasons)),
                drivers=item.drivers,
                related=sorted(ids[id(other)] for other in item.related if id(other) in ids),
            )
        )
    return moments
