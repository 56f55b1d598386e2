"""Pace of the conversation as a table: the same figures for every voice, and no judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..call import Call, Role, SidePace
from .parties import Party, stranger
from .text import clock, length, percent

HEAD = (
    "Spoke",
    "Share of the talk",
    "Words a minute",
    "Answered after (median)",
    "Interruptions",
)
"""What each column of the table holds, after the voice."""

NOTE = (
    "Measured alike for every voice; recorded announcements are left out. An interruption is "
    "counted where somebody talks over another for half a second or more and keeps the floor; its "
    "seconds stand in brackets. A short “mm-hm” is none. An answer that talks over counts as given "
    "after 0.0 s."
)


@dataclass(frozen=True)
class Side:
    """One voice's row."""

    label: str
    role: Role
    cells: tuple[str, ...]


@dataclass(frozen=True)
class PaceTable:
    """Every person's figures, and those of the call."""

    sides: tuple[Side, ...]
    whole: tuple[tuple[str, str], ...]


def pace_of(call: Call, parties: Mapping[str, Party]) -> PaceTable | None:
    """The table of a call; None where nobody's pace was measured."""
    if not call.pace.sides:
        return None
    order = {name: index for index, name in enumerate(parties)}
    sides = []
    for side in sorted(call.pace.sides, key=lambda s: order.get(s.speaker, len(order))):
        party = parties.get(side.speaker) or stranger(side.speaker)
        sides.append(Side(party.label, party.role, _cells(side)))
    pairs = _pairs(call, parties) if len(sides) > 2 else []
    return PaceTable(
        tuple(sides),
        (
            *pairs,
            ("Spoken at once", f"{max(0.0, call.pace.overlap):.1f} s"),
            ("Longest silence", _longest(call, parties)),
            ("Hold and queue", _holds(call)),
        ),
    )


def _cells(side: SidePace) -> tuple[str, ...]:
    return (
        length(side.talk),
        percent(side.share),
        "–" if side.words_per_minute is None else f"{side.words_per_minute:.0f}",
        "–" if side.latency is None else f"{side.latency:.1f} s",
        f"{side.interruptions} ({side.talk_over:.1f} s)" if side.interruptions else "0",
    )


def _pairs(call: Call, parties: Mapping[str, Party]) -> list[tuple[str, str]]:
    """Who came in on whom, where there are more than two who could have."""
    found: dict[tuple[str, str], list[float]] = {}
    for overlap in call.overlaps:
        if overlap.interruption:
            pair = (overlap.entrant, overlap.holder)
            found.setdefault(pair, []).append(overlap.end - overlap.start)
    rows = []
    for (entrant, holder), seconds in sorted(found.items()):
        one, other = (parties.get(name) or stranger(name) for name in (entrant, holder))
        rows.append(
            (f"{one.label} interrupted {other.label}", f"{len(seconds)} ({sum(seconds):.1f} s)")
        )
    return rows


def _longest(call: Call, parties: Mapping[str, Party]) -> str:
    silences = call.pace.silences
    if not silences:
        return "none of 3 s or more"
    longest = max(silences, key=lambda s: s.end - s.start)
    told = f"{longest.end - longest.start:.1f} s at {clock(longest.start)}"
    after, before = (
        (parties.get(name) or stranger(name)).label if name else ""
        for name in (longest.after, longest.before)
    )
    if after and before:
        told += f", between words of {after} and {before}"
    if len(silences) > 1:
        total = length(sum(s.end - s.start for s in silences))
        told += f"; {len(silences)} of 3 s or more, {total} in all"
    return told


def _holds(call: Call) -> str:
    holds = call.pace.holds
    if not holds:
        return "none"
    total = length(sum(hold.end - hold.start for hold in holds))
    each = ", ".join(f"{hold.kind} {clock(hold.start)}–{clock(hold.end)}" for hold in holds)
    return f"{total} ({each})"
