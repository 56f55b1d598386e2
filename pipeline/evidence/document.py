"""One view-model that every renderer reads.

A `Document` holds text that is ready to show (`text.visible` has been applied) but not escaped:
each renderer escapes for its own format. Nothing is decided in a template that is not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..call import Call
from . import account
from .chronology import Event, chronology_of
from .items import Item, Turns, item_of
from .ledger import Ledger, ledger_of
from .lines import Line, lines_of
from .pace import PaceTable, pace_of
from .parties import Party, parties_of
from .reviewed import Reviewed
from .text import size, visible
from .wording import NOT_REVIEWED


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


def _letters(index: int) -> str:
    """0 → a, 25 → z, 26 → aa …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(97 + rest) + text
    return text


def _status(reviewed: Reviewed | None) -> str:
    if reviewed is None or (reviewed.answers and not reviewed.decisions):
        return NOT_REVIEWED  # to answer a finding is not to review it
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
    turns = Turns(call)
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
            item_of(
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
