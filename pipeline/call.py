"""The call model: everything that is known about one recorded call.

Every stage reads a part of it and adds a part; every document is a view of it. The models here
are the ground floor: they import nothing of ours. Times are seconds from the start of the
recording, kept as float and written with millisecond precision. The schema is versioned
(`SCHEMA_VERSION`) and published as `docs/call.schema.json`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, computed_field

SCHEMA_VERSION = "1.0"

Layout = Literal["mono", "dual", "dual-mono"]
Role = Literal["agent", "customer", "system", "unknown"]
RegionKind = Literal["speech", "silence", "music", "prompt"]
Level = Literal["finding", "review", "note"]

Seconds = Annotated[float, PlainSerializer(lambda value: round(value, 3), return_type=float)]
"""Seconds from the start of the recording (or a length in seconds)."""

Share = Annotated[float, PlainSerializer(lambda value: round(value, 4), return_type=float)]
"""A probability, confidence or share between 0 and 1."""

Decibels = Annotated[float, PlainSerializer(lambda value: round(value, 1), return_type=float)]
"""A level in dBFS, or a difference of levels in dB."""


class _Model(BaseModel):
    """Common settings: unknown keys are dropped, so that a newer minor version still loads."""

    model_config = ConfigDict(extra="ignore")


class Recording(_Model):
    """The file as it was given, before any work on it."""

    name: str = Field(description="File name as given, without its folder")
    sha256: str
    size: int = Field(description="Bytes")
    container: str
    codec: str
    duration: Seconds = Field(description="Seconds of sound that could be decoded")
    rate: int = Field(description="Hertz, as recorded")
    channels: int
    layout: Layout
    notes: list[str] = Field(
        default_factory=list,
        description="What is unusual about the file: cut off, one channel silent …",
    )


class Word(_Model):
    """A word as it was heard."""

    text: str
    start: Seconds
    end: Seconds
    confidence: Share
    speaker: str | None = None
    candidates: list[str] = Field(
        default_factory=list,
        description="Every speaker who may have said it; more than one only in an overlap",
    )
    corrected: bool = Field(
        default=False, description="Written by a person, in place of what the machine heard"
    )


class Tone(_Model):
    """How a turn was said, against the same speaker's own baseline in this call."""

    loudness: Decibels = Field(description="Speech level of the turn, dBFS")
    loudness_change: Decibels = Field(description="dB above the speaker's own median turn")
    pitch: float | None = Field(default=None, description="Median pitch, hertz")
    pitch_change: float | None = Field(default=None, description="Semitones above own median")
    pace: float | None = Field(default=None, description="Words a minute")
    pace_change: Share | None = Field(default=None, description="Ratio to own median pace")
    raised_voice: bool = False


class Conduct(_Model):
    """What the conduct model says of one turn."""

    rude: Share = Field(description="Calibrated probability that the turn is disrespectful")
    alone: Share | None = Field(
        default=None,
        description="The same of its own words, read without what was said before; "
        "null where rude is below the level of a finding",
    )
    kinds: list[str] = Field(default_factory=list, description="Kinds of rudeness that pass")
    labels: list[str] = Field(
        default_factory=list, description="Moment and conduct labels that pass"
    )
    probabilities: dict[str, Share] = Field(default_factory=dict)


class Turn(_Model):
    """An unbroken stretch of one speaker's words."""

    id: int
    speaker: str
    role: Role = "unknown"
    start: Seconds
    end: Seconds
    words: list[Word]
    language: str | None = Field(default=None, description="Code of the language it is spoken in")
    translation: str | None = Field(
        default=None,
        description="Machine translation into English, beside the words and never in their place",
    )
    overlap: Seconds = Field(default=0.0, description="Seconds spoken over by somebody else")
    uncertain: bool = Field(default=False, description="Who speaks here is not certain")
    tone: Tone | None = None
    conduct: Conduct | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The turn's words, joined by single spaces."""
        return " ".join(word.text for word in self.words)


class Region(_Model):
    """A stretch of the recording by what is in it."""

    kind: RegionKind
    start: Seconds
    end: Seconds


class SpeakerSegment(_Model):
    """A stretch in which the diarization hears one speaker; may overlap others'."""

    speaker: str
    start: Seconds
    end: Seconds
    channel: int | None = Field(default=None, description="Of a two-channel recording")


class Speaker(_Model):
    """One voice of the call."""

    id: str
    role: Role = "unknown"
    role_confidence: Share = 0.0
    role_reasons: list[str] = Field(default_factory=list)
    name: str | None = Field(default=None, description="The name the speaker gave, as heard")
    channel: int | None = Field(default=None, description="Channel of a two-channel recording")
    talk: Seconds = Field(default=0.0, description="Seconds of speech")


class Overlap(_Model):
    """Two people speaking at once."""

    start: Seconds
    end: Seconds
    holder: str = Field(description="Who was speaking when it began")
    entrant: str = Field(description="Who came in")
    interruption: bool = Field(
        default=False, description="The entrant took the floor; a back-channel did not"
    )


class SidePace(_Model):
    """How one voice took part. Announcements that came over its line are not counted."""

    speaker: str
    role: Role = "unknown"
    talk: Seconds = Field(default=0.0, description="Seconds of speech")
    share: Share = Field(default=0.0, description="Of all people's talk")
    words: int = 0
    words_per_minute: float | None = Field(
        default=None, description="Over its own speech; none where there is too little of it"
    )
    interruptions: int = Field(default=0, description="Times it talked over another and took over")
    talk_over: Seconds = Field(default=0.0, description="Seconds of those overlaps")
    responses: int = Field(default=0, description="Times it answered another voice")
    latency: Seconds | None = Field(
        default=None, description="Median pause before answering; talking over counts as none"
    )
    longest_latency: Seconds | None = None


class Silence(_Model):
    """Three seconds and more in which nobody is heard, between people's words."""

    start: Seconds
    end: Seconds
    after: str | None = Field(default=None, description="Who spoke last before it")
    before: str | None = Field(default=None, description="Who spoke first after it")


class Hold(_Model):
    """A wait without a person: music, announcements, or a silence that somebody announced."""

    kind: Literal["hold", "queue"] = Field(description="queue: before any person had spoken")
    start: Seconds
    end: Seconds
    music: Seconds = Field(default=0.0, description="Seconds of music or tones in it")
    prompts: Seconds = Field(default=0.0, description="Seconds of recorded announcements in it")
    announced: str | None = Field(default=None, description="Id of the moment that announced it")


class Pace(_Model):
    """Who held the floor, who talked over whom, and how long anybody waited."""

    sides: list[SidePace] = Field(default_factory=list, description="People, by speaker id")
    overlap: Seconds = Field(default=0.0, description="Seconds in which people spoke at once")
    silences: list[Silence] = Field(default_factory=list)
    holds: list[Hold] = Field(default_factory=list)


class Moment(_Model):
    """A moment that is there to hear, and on what grounds it was flagged."""

    id: str
    kind: str = Field(description="`rude`, or a moment's name such as `escalation_request`")
    level: Level = Field(description="finding; review (listen to this); note (a neutral event)")
    start: Seconds
    end: Seconds
    speaker: str
    role: Role
    turn: int | None = Field(default=None, description="Id of the turn it stands in")
    quote: str = Field(description="Exactly the words heard between start and end")
    context: str | None = Field(default=None, description="The other party's turn before it")
    score: Share = Field(description="The model's calibrated probability, or 1 where a rule speaks")
    reasons: list[str] = Field(default_factory=list)
    drivers: list[str] = Field(default_factory=list, description="The words that drove the score")
    related: list[str] = Field(default_factory=list, description="Ids of moments it belongs with")
    clip: str | None = Field(default=None, description="Path of the audio inside the evidence")


class Score(_Model):
    """One item of a rubric: what was called for, and whether it was given."""

    item: str
    outcome: Literal["given", "missing", "not called for"]
    by: Role
    evidence: list[str] = Field(default_factory=list, description="Ids of moments")


class Gap(_Model):
    """Speech that was detected and carries no words."""

    start: Seconds
    end: Seconds
    loudness: Decibels
    reason: str


class Withheld(_Model):
    """Text the recogniser gave that is not taken as heard."""

    start: Seconds
    end: Seconds
    text: str
    reason: str


class Coverage(_Model):
    """How much of the recording the record accounts for."""

    speech: Seconds = 0.0
    transcribed: Seconds = Field(default=0.0, description="Seconds of speech that carry words")
    share: Share = Field(default=1.0, description="transcribed / speech; 1 where there is none")
    silence: Seconds = 0.0
    music: Seconds = 0.0
    gaps: list[Gap] = Field(default_factory=list)
    withheld: list[Withheld] = Field(default_factory=list)
    low_confidence_words: int = 0


class ModelUsed(_Model):
    """Weights that took part, identified by hash."""

    name: str
    sha256: str
    origin: str
    licence: str


class Provenance(_Model):
    """What made this record. Nothing in it varies between two runs on the same machine."""

    earwitness: str
    versions: dict[str, str] = Field(default_factory=dict)
    models: list[ModelUsed] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)


class Language(_Model):
    """The language of the call."""

    code: str
    confidence: Share
    chosen: bool = Field(default=False, description="Fixed by the user, not detected")
    others: list[str] = Field(
        default_factory=list, description="Further languages spoken in the call, most first"
    )


class Call(_Model):
    """The whole record of one call."""

    schema_version: str = SCHEMA_VERSION
    recording: Recording
    language: Language | None = None
    speakers: list[Speaker] = Field(default_factory=list)
    regions: list[Region] = Field(default_factory=list)
    segments: list[SpeakerSegment] = Field(default_factory=list)
    overlaps: list[Overlap] = Field(default_factory=list)
    turns: list[Turn] = Field(default_factory=list)
    pace: Pace = Field(default_factory=Pace)
    moments: list[Moment] = Field(default_factory=list)
    scores: list[Score] = Field(default_factory=list)
    coverage: Coverage = Field(default_factory=Coverage)
    provenance: Provenance

    @property
    def findings(self) -> list[Moment]:
        """The moments that pass the operating point, in order of time."""
        return [moment for moment in self.moments if moment.level == "finding"]

    def speaker(self, speaker_id: str) -> Speaker | None:
        """The speaker with this id, if there is one."""
        return next((s for s in self.speakers if s.id == speaker_id), None)
