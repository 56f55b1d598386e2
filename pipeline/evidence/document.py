"""One view-model that every renderer reads.

A `Document` holds text that is ready to show (`text.visible` has been applied) but not escaped:
each renderer escapes for its own format. Nothing is decided in a template that is not here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..call import Call, Moment, Role, Turn
from . import account
from .chronology import Event, chronology_of
from .clips import clip_span
from .ledger import Ledger, ledger_of
from .lines import Line, Piece, cite, lines_of, pieces_of
from .pace import PaceTable, pace_of
from .parties import Party, heard, parties_of
from .text import clock, size, visible
from .wording import GRAVE, NOT_REVIEWED, RUDE_KINDS, title_of, weight_of


@dataclass(frozen=True)
class Decision:
    """What a person who listened says of one finding."""

    verdict: str
    """`confirmed` or `dismissed`."""
    note: str = ""


@dataclass(frozen=True)
class Reviewed:
    """Who went through the findings, when, and what they decided."""

    by: str
    date: str
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def dismissed(self) -> frozenset[str]:
        """Ids of the moments that were dismissed."""
        return frozenset(k for k, d in self.decisions.items() if d.verdict == "dismissed")


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


@dataclass(frozen=True)
class Hash:
    """One file and what it hashes to."""

    what: str
    sha256: str
    detail: str = ""


@dataclass(frozen=True)
class Document:
    """Everything the documents show, in the order they show it."""

    title: str
    duration: float
    facts: tuple[tuple[str, str], ...]
    parties: tuple[Party, ...]
    status: str
    findings: tuple[Item, ...]
    """In order of time."""
    review: tuple[Item, ...]
    chronology: tuple[Event, ...]
    ledger: Ledger
    pace: PaceTable | None
    lines: tuple[Line, ...]
    method: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    coverage: tuple[tuple[str, str], ...]
    holes: tuple[tuple[str, str, str], ...]
    limits: tuple[str, ...]
    notices: tuple[tuple[str, str], ...]
    hashes: tuple[Hash, ...]
    versions: tuple[tuple[str, str], ...]
    models: tuple[tuple[str, str, str, str], ...]
    """Name, SHA-256, origin and licence of every set of weights."""
    reference: str = ""
    """Case number or heading shown on every page, where one was given."""
    amendments: tuple[str, ...] = ()
    """What was changed after the machine's record: corrections, redactions."""
    language: str = "en"

    @property
    def corrected(self) -> bool:
        """Whether any of the words are a person's."""
        return any(piece.corrected for line in self.lines for piece in line.pieces)

    @property
    def by_weight(self) -> tuple[Item, ...]:
        """Findings with the heaviest first; dismissed ones last."""
        return tuple(sorted(self.findings, key=lambda i: (i.dismissed, -i.weight, i.start)))

    @property
    def items(self) -> tuple[Item, ...]:
        """Findings and places to listen to, in order of time."""
        return tuple(sorted(self.findings + self.review, key=lambda i: (i.start, i.number)))

    @property
    def headline(self) -> str:
        """One sentence that says what was found."""
        if not self.lines:
            return "No speech was found in this recording."
        live = [item for item in self.findings if not item.dismissed]
        if not live:
            return "Nothing in this call passed the threshold for a finding."
        rude = [item for item in live if item.kind == "rude"]
        sides = [
            (name, sum(1 for item in rude if item.role == role))
            for role, name in (("agent", "the agent"), ("customer", "the customer"))
        ]
        others = len(rude) - sum(count for _, count in sides)
        if rude:
            parts = [f"{_number(count)} of {name}" for name, count in sides]
            parts += [f"{_number(others)} of other voices"] if others else []
            first = "Turns flagged as disrespectful: " + ", ".join(parts) + "."
        else:
            first = "No turn was flagged as disrespectful."
        asked = sum(1 for item in live if item.kind == "escalation_request")
        refused = sum(1 for item in live if item.kind == "escalation_refused")
        granted = sum(1 for item in live if item.kind == "escalation_granted")
        second = ""
        if asked or refused or granted:
            second = f" A supervisor was asked for {_times(asked)}"
            second += f", declined {_times(refused)}" if refused else ""
            second += f", granted {_times(granted)}" if granted else ""
            second += "."
        rest = len(live) - len(rude) - asked - refused - granted
        third = f" {_number(rest).capitalize()} more {'finding' if rest == 1 else 'findings'}."
        return first + second + (third if rest else "")


def _number(count: int) -> str:
    return "none" if count == 0 else str(count)


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _sentence(text: str) -> str:
    """A reason as a sentence: a capital at its head, a full stop at its end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "”", ")")) else text + "."


def _letters(index: int) -> str:
    """0 → a, 25 → z, 26 → aa …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(97 + rest) + text
    return text


class _Turns:
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


def _quote(turns: _Turns, moment: Moment) -> tuple[Piece, ...]:
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


def _before(turns: _Turns, moment: Moment, parties: Mapping[str, Party]) -> tuple[str, str] | None:
    if not moment.context:
        return None
    for turn in islice(turns.before(moment), LOOK_BACK):
        if turn.speaker != moment.speaker and turn.text == moment.context:
            party = heard(parties, turn.speaker, turn.role)
            said = f"Before it, at {clock(turn.start)}, {party.subject} said:"
            return said, visible(moment.context)
    return "Before it, the other side said:", visible(moment.context)


def _detail(turns: _Turns, moment: Moment) -> list[str]:
    turn = turns.by_id.get(moment.turn) if moment.turn is not None else None
    if moment.kind != "rude" or turn is None or turn.conduct is None:
        return []
    return [kind for kind in turn.conduct.kinds if kind in RUDE_KINDS]


def _item(
    call: Call,
    moment: Moment,
    number: str,
    *,
    turns: _Turns,
    parties: Mapping[str, Party],
    lines: Mapping[int, Sequence[Line]],
    every_line: Sequence[Line],
    numbers: Mapping[str, str],
    hashes: Mapping[str, str],
    reviewed: Reviewed | None,
) -> Item:
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
    )


def _status(reviewed: Reviewed | None) -> str:
    if reviewed is None:
        return NOT_REVIEWED
    verdicts = [decision.verdict for decision in reviewed.decisions.values()]
    return (
        f"reviewed by {visible(reviewed.by)} on {visible(reviewed.date)}: "
        f"{verdicts.count('confirmed')} confirmed, {verdicts.count('dismissed')} dismissed"
    )


def _hashes(call: Call, hashes: Mapping[str, str]) -> tuple[Hash, ...]:
    recording = call.recording
    rows = [
        Hash(visible(recording.name), recording.sha256, f"the recording, {size(recording.size)}")
    ]
    rows += [Hash(path, hashes[path]) for path in sorted(hashes)]
    return tuple(rows)


def build(
    call: Call,
    *,
    hashes: Mapping[str, str] | None = None,
    reviewed: Reviewed | None = None,
    reference: str = "",
    amendments: Sequence[str] = (),
    withheld: Sequence[tuple[float, float, str, str]] = (),
) -> Document:
    """The view of `call` that every renderer reads.

    Args:
        call: the record; clips are shown where `Moment.clip` is set.
        hashes: SHA-256 of files of the evidence by their path inside it.
        reviewed: a person's decisions, shown beside the findings and on the first page.
        reference: case number or heading for every page.
        amendments: sentences on what was changed after the machine's record.
        withheld: redacted places: start, end, what, and by which rule; never the value.
    """
    hashes = hashes or {}
    parties = {party.id: party for party in parties_of(call)}
    lines = lines_of(call, parties)
    turns = _Turns(call)
    by_turn: dict[int, list[Line]] = {}
    for line in lines:
        by_turn.setdefault(line.turn, []).append(line)
    ordered = sorted(call.moments, key=lambda m: (m.start, m.end, m.id))
    numbers: dict[str, str] = {}
    for level, name in (("finding", lambda i: str(i + 1)), ("review", _letters)):
        for index, moment in enumerate(m for m in ordered if m.level == level):
            numbers[moment.id] = name(index)

    def items(level: str) -> tuple[Item, ...]:
        return tuple(
            _item(
                call,
                moment,
                numbers[moment.id],
                turns=turns,
                parties=parties,
                lines=by_turn,
                every_line=lines,
                numbers=numbers,
                hashes=hashes,
                reviewed=reviewed,
            )
            for moment in ordered
            if moment.level == level
        )

    provenance = call.provenance
    return Document(
        title=visible(call.recording.name) or "recording",
        duration=call.recording.duration,
        facts=account.facts_of(call),
        parties=tuple(parties.values()),
        status=_status(reviewed),
        findings=items("finding"),
        review=items("review"),
        chronology=chronology_of(call, parties, numbers),
        ledger=ledger_of(call, parties, dismissed=reviewed.dismissed if reviewed else ()),
        pace=pace_of(call, parties),
        lines=tuple(lines),
        method=account.method_of(call),
        parameters=account.parameters_of(call),
        coverage=account.coverage_of(call),
        holes=account.holes_of(call, withheld),
        limits=account.limits_of(call, list(parties.values()), lines),
        notices=account.notices_of(call, parties),
        hashes=_hashes(call, hashes),
        versions=(
            ("earwitness", visible(provenance.earwitness)),
            *((visible(k), visible(v)) for k, v in sorted(provenance.versions.items())),
        ),
        models=tuple(
            (visible(m.name), m.sha256, visible(m.origin), visible(m.licence))
            for m in provenance.models
        ),
        reference=visible(reference),
        amendments=tuple(visible(note) for note in amendments),
    )


__all__ = ["Decision", "Document", "Hash", "Item", "Reviewed", "build"]
