"""The call in order of time: one line for everything worth knowing where to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..call import Call
from .parties import Party, heard, stranger
from .text import clock, length, visible
from .wording import REGIONS, title_of

LONG_SILENCE = 3.0
"""Seconds of silence from which it is listed."""

QUOTE_SHOWN = 110
"""Characters of a quote in the chronology; the whole quote stands with its finding."""


@dataclass(frozen=True)
class Event:
    """Something that happened at a time."""

    start: float
    time: str
    who: str
    what: str
    quote: str = ""
    number: str = ""
    """Number of the finding or place to listen to that it is."""
    id: str = ""


def shorten(text: str, limit: int = QUOTE_SHOWN) -> str:
    """At most `limit` characters, cut at a word, with an ellipsis where something is left out."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,.;:–") + " …"


def chronology_of(
    call: Call, parties: Mapping[str, Party], numbers: Mapping[str, str]
) -> tuple[Event, ...]:
    """Events in order of time; `numbers` gives the number shown for a moment's id."""
    events = [Event(0.0, clock(0.0), "", "The recording begins")]
    for party in parties.values():
        own = [turn for turn in call.turns if turn.speaker == party.id]
        for role in ("system", party.role) if party.role != "system" else ("system",):
            said = [t.start for t in own if (t.role == "system") == (role == "system")]
            if said:
                what = "First words" if role != "system" else "Recorded announcement begins"
                who = heard(parties, party.id, role).full
                events.append(Event(min(said), clock(min(said)), who, what))
    for region in call.regions:
        seconds = region.end - region.start
        if region.kind in REGIONS and seconds >= LONG_SILENCE and region.kind != "prompt":
            what = f"{REGIONS[region.kind].capitalize()} for {length(seconds)}"
            events.append(Event(region.start, clock(region.start), "", what))
    for overlap in call.overlaps:
        if overlap.interruption:
            party = parties.get(overlap.entrant) or stranger(overlap.entrant)
            holder = parties.get(overlap.holder) or stranger(overlap.holder)
            seconds = overlap.end - overlap.start
            what = f"Came in while {holder.subject} was speaking ({seconds:.1f} s)"
            events.append(Event(overlap.start, clock(overlap.start), party.label, what))
    for moment in call.moments:
        party = heard(parties, moment.speaker, moment.role)
        events.append(
            Event(
                start=moment.start,
                time=clock(moment.start),
                who=party.label,
                what=title_of(moment.kind, moment.level),
                quote=shorten(visible(moment.quote)),
                number=numbers.get(moment.id, ""),
                id=moment.id if moment.id in numbers else "",
            )
        )
    events.sort(key=lambda e: e.start)
    end = call.recording.duration
    return (*events, Event(end, clock(end), "", "The recording ends"))
