"""The voices of a call, and what the documents call each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..call import Call, Role
from .text import length, percent, visible
from .wording import ROLES

ROLE_SURE = 0.8
"""Role confidence from which a role is stated without a question mark."""

CHANNELS = ("left", "right")


@dataclass(frozen=True)
class Party:
    """One voice, as the documents show it."""

    id: str
    role: Role
    label: str
    """Short name used beside every line: `Agent`, `Customer?`, `Speaker B`."""
    name: str | None
    """The name the speaker gave, as heard."""
    sure: bool
    confidence: str
    talk: float
    """Seconds of speech."""
    share: float
    """Part of all the speech of the people on the call, 0 to 1."""
    channel: str | None
    reasons: tuple[str, ...]

    @property
    def full(self) -> str:
        """Label with the name given, where one was heard."""
        return f"{self.label} ({self.name})" if self.name else self.label

    @property
    def subject(self) -> str:
        """The party as the subject of a sentence: `the agent`, `speaker B`."""
        bare = self.label.rstrip("?")
        if self.role == "unknown":
            return f"speaker {bare.split()[-1]}"
        said = bare.lower() if bare[-1].isdigit() else f"the {bare.lower()}"
        if self.role == "system":
            said = "a recorded announcement"
        return said if self.sure else f"{said} (role uncertain)"

    @property
    def figures(self) -> str:
        """Talk time and share, for a table."""
        if self.role == "system":
            return length(self.talk)
        return f"{length(self.talk)}, {percent(self.share)} of the talk"


def parties_of(call: Call) -> list[Party]:
    """Every voice in the order of its first words; a role held by two is numbered."""
    first: dict[str, float] = {}
    for turn in call.turns:
        first.setdefault(turn.speaker, turn.start)
    for segment in call.segments:
        first.setdefault(segment.speaker, segment.start)
    order = sorted(call.speakers, key=lambda s: (first.get(s.id, float("inf")), s.id))
    # Of a person who shares a line with announcements, the pace counts only their own speech.
    own = {side.speaker: side.talk for side in call.pace.sides}
    talk = {speaker.id: own.get(speaker.id, speaker.talk) for speaker in order}
    people = sum(talk[speaker.id] for speaker in order if speaker.role != "system")
    counts: dict[str, int] = {}
    for speaker in order:
        counts[speaker.role] = counts.get(speaker.role, 0) + 1
    seen: dict[str, int] = {}
    parties = []
    for speaker in order:
        seen[speaker.role] = number = seen.get(speaker.role, 0) + 1
        sure = speaker.role != "unknown" and speaker.role_confidence >= ROLE_SURE
        label = ROLES[speaker.role]
        if speaker.role == "unknown":
            label = f"{label} {chr(64 + number) if number <= 26 else number}"
        elif counts[speaker.role] > 1:
            label = f"{label} {number}"
        if speaker.role != "unknown" and not sure:
            label += "?"
        channel = speaker.channel
        parties.append(
            Party(
                id=speaker.id,
                role=speaker.role,
                label=label,
                name=visible(speaker.name) if speaker.name else None,
                sure=sure,
                confidence=percent(speaker.role_confidence),
                talk=talk[speaker.id],
                share=talk[speaker.id] / people if people and speaker.role != "system" else 0.0,
                channel=None if channel is None else CHANNELS[channel] if channel < 2 else None,
                reasons=tuple(visible(reason) for reason in speaker.role_reasons),
            )
        )
    return parties


def heard(parties: Mapping[str, Party], speaker: str, role: Role) -> Party:
    """Who says something in this role: the voice, or an announcement played over its line."""
    party = parties.get(speaker) or stranger(speaker)
    if role != "system" or party.role == "system":
        return party
    return replace(party, role="system", label=ROLES["system"], name=None, sure=True)


def stranger(speaker_id: str) -> Party:
    """A party for a speaker id that the call does not list, so that no words are lost."""
    label = f"Speaker {visible(speaker_id)[:12]}"
    return Party(speaker_id, "unknown", label, None, False, percent(0.0), 0.0, 0.0, None, ())
