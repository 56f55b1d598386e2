"""Where in a call the things that a rubric looks for are: every place, with its grounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from ...models.conduct.labels import KINDS, RUDE
from ..call import Call, Role, Turn
from .introductions import introduced
from .rubric import PHRASE_GAP, Look, Side

CLOSE = 0.55
"""Cosine similarity from which a turn counts as saying what a sentence says."""

MEANING_WORDS = 3
"""Turns of fewer words carry too little to compare by meaning."""

_EDGES = re.compile(r"^[^\w']+|[^\w']+$")

Sentences = Mapping[str, npt.NDArray[np.float32]]
"""A rubric's sentences with their vectors."""


@dataclass(frozen=True, order=True)
class Hit:
    """A place in the call where something was found."""

    start: float
    end: float
    turn: int | None = field(compare=False)
    moment: str | None = field(compare=False)
    speaker: str = field(compare=False)
    role: Role = field(compare=False)
    grounds: str = field(compare=False)


@dataclass(frozen=True)
class Heard:
    """A call made ready to be searched."""

    call: Call
    meanings: npt.NDArray[np.floating]
    """Vectors of the turns, in the order of `call.turns`."""
    sentences: Sentences
    dismissed: frozenset[str]
    """Ids of moments that a person listened to and dismissed."""
    surest: float = 0.0
    """Confidence under which a voice's role does not count as known."""
    agent_name: str = ""
    """The agent's name in the metadata."""

    @cached_property
    def sides(self) -> dict[str, Role]:
        """The voices whose side is known, by id."""
        return {s.id: s.role for s in self.call.speakers if s.role_confidence >= self.surest}

    @cached_property
    def main_agent(self) -> str | None:
        """The agent whom the metadata names; a supervisor who comes in is another person."""
        return main_agent(self.call, self.agent_name, surest=self.surest)

    @cached_property
    def turns(self) -> dict[int, Turn]:
        """Turns by id."""
        return {turn.id: turn for turn in self.call.turns}

    @cached_property
    def texts(self) -> dict[int, Text]:
        """What each turn says, ready to be searched for phrases."""
        return {turn.id: text_of(turn) for turn in self.call.turns}

    @cached_property
    def hostile(self) -> frozenset[int]:
        """Turns in which a finding of disrespect stands."""
        return frozenset(
            m.turn
            for m in self.call.findings
            if m.kind == RUDE and m.turn is not None and m.id not in self.dismissed
        )

    @cached_property
    def overruled(self) -> frozenset[tuple[int, str]]:
        """Turns and kinds of moment that a person dismissed there."""
        return frozenset(
            (m.turn, m.kind)
            for m in self.call.moments
            if m.turn is not None and m.id in self.dismissed
        )

    def knows(self, side: Side) -> bool:
        """Whether a voice of this side is known."""
        return side == "anyone" or side in self.sides.values()

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """From the first words of a person to the last; queues and tones lie outside."""
        people = [t for t in self.call.turns if t.role != "system" and t.words]
        if not people:
            return 0.0, self.call.recording.duration
        return min(t.start for t in people), max(t.end for t in people)


@dataclass(frozen=True)
class Text:
    """A turn's words as plain tokens, each followed by a space."""

    plain: str
    owners: tuple[int, ...]
    """Index of the turn's word for each token."""


def main_agent(call: Call, named: str = "", *, surest: float = 0.0) -> str | None:
    """Id of the agent's voice that the metadata means, among those whose role is this sure.

    A voice that gave the name `named`, or a part of it, comes before one that talks more: what a
    supervisor says must not fall to the agent who passed the call on.
    """
    parts = {part.lower() for part in named.split()}
    agents = [s for s in call.speakers if s.role == "agent" and s.role_confidence >= surest]

    def fits(name: str | None) -> bool:
        return bool(parts & {part.lower() for part in (name or "").split()})

    return max(agents, key=lambda s: (fits(s.name), s.talk, s.id)).id if agents else None


def find(heard: Heard, look: Look, side: Side, *, strict: bool) -> list[Hit]:
    """Every place where `look` is met by this side, in order, one a turn at most.

    Args:
        heard: the call.
        look: what to look for.
        side: whose; the look's own `by` comes first.
        strict: it counts against somebody: only the agent's own voice, and no turn of which it is
            not certain who speaks.
    """
    side = look.by or side
    if look.what in ("interruption", "silence", "hold", "talk_share"):
        found = list(_measured(heard, look, side, strict=strict))
    elif look.what == "moment":
        found = list(_moments(heard, look, side, strict=strict))
    else:
        found = list(_turns(heard, look, side, strict=strict))
    once: dict[object, Hit] = {}
    for hit in sorted(found):
        once.setdefault(hit.turn if hit.turn is not None else (hit.start, hit.end), hit)
    return sorted(once.values())


def _voice_counts(heard: Heard, speaker: str, role: Role, side: Side, *, strict: bool) -> bool:
    if role == "system":
        return False
    if side == "anyone":
        return True
    if heard.sides.get(speaker) != side:
        return False
    return not (strict and side == "agent" and speaker != heard.main_agent)


def _moments(heard: Heard, look: Look, side: Side, *, strict: bool) -> Iterator[Hit]:
    for moment in heard.call.moments:
        if moment.kind != look.moment or moment.level == "review" or moment.id in heard.dismissed:
            continue
        if not _voice_counts(heard, moment.speaker, moment.role, side, strict=strict):
            continue
        turn = heard.turns.get(moment.turn) if moment.turn is not None else None
        if turn is not None and ((strict and turn.uncertain) or _ruled_out(heard, look, turn)):
            continue
        if look.least is None or moment.score >= look.least:
            yield Hit(moment.start, moment.end, moment.turn, moment.id, moment.speaker,
                      moment.role, f"{named(moment.kind)} ({moment.score:.2f})")  # fmt: skip


def _turns(heard: Heard, look: Look, side: Side, *, strict: bool) -> Iterator[Hit]:
    for at, turn in enumerate(heard.call.turns):
        if not turn.words or (strict and turn.uncertain) or _ruled_out(heard, look, turn):
            continue
        if not _voice_counts(heard, turn.speaker, turn.role, side, strict=strict):
            continue
        found = _in_turn(heard, look, at, turn)
        if found is not None:
            start, end, grounds = found
            yield Hit(start, end, turn.id, None, turn.speaker, turn.role, grounds)


def _in_turn(heard: Heard, look: Look, at: int, turn: Turn) -> tuple[float, float, str] | None:
    """Start, end and grounds, where the turn holds what is looked for."""
    grounds = ""
    if look.phrase is not None:
        return _phrase(heard, look.phrase, turn)
    if look.label is not None:
        probability = _labelled(heard, look, turn)
        grounds = f"{named(look.label)} ({probability:.2f})" if probability else ""
    elif look.introduction is not None:
        grounds = "gave name and department" if introduced(heard.call, at) else ""
    elif look.meaning is not None:
        grounds = _meant(heard, look, at, turn)
    elif (turn.tone is not None and turn.tone.raised_voice) == look.raised_voice:
        grounds = "" if (turn.id, RUDE) in heard.overruled else "raised voice"
    return (turn.start, turn.end, grounds) if grounds else None


def _phrase(heard: Heard, phrases: Sequence[str], turn: Turn) -> tuple[float, float, str] | None:
    for phrase in phrases:
        place = said(phrase, heard.texts[turn.id])
        if place is not None:
            first, last = turn.words[place[0]], turn.words[place[1]]
            return first.start, last.end, f"said “{phrase}”"
    return None


def _meant(heard: Heard, look: Look, at: int, turn: Turn) -> str:
    """Grounds, where the turn is close in meaning to one of the sentences."""
    if len(turn.words) < MEANING_WORDS or not look.meaning:
        return ""
    vector = heard.meanings[at].astype(np.float32)
    close, text = max((float(heard.sentences[t] @ vector), t) for t in look.meaning)
    least = CLOSE if look.least is None else look.least
    return f"means “{text}” ({close:.2f})" if close >= least else ""


def _labelled(heard: Heard, look: Look, turn: Turn) -> float:
    """The label's probability on this turn, or 0 where it does not count."""
    label, conduct = look.label, turn.conduct
    if conduct is None or label is None:
        return 0.0
    if (turn.id, RUDE if label in KINDS else label) in heard.overruled:
        return 0.0
    value = conduct.rude if label == RUDE else conduct.probabilities.get(label, 0.0)
    if look.least is not None:
        return value if value >= look.least else 0.0
    if label == RUDE:
        return value if turn.id in heard.hostile else 0.0
    if label in KINDS:
        # A kind of rudeness counts against somebody only where the turn is a finding.
        return max(value, 0.01) if label in conduct.kinds and turn.id in heard.hostile else 0.0
    return max(value, 0.01) if label in conduct.labels else 0.0


def _measured(heard: Heard, look: Look, side: Side, *, strict: bool) -> Iterator[Hit]:
    call = heard.call
    roles = {speaker.id: speaker.role for speaker in call.speakers}

    def mine(speaker: str) -> bool:
        role = roles.get(speaker, "unknown")
        return _voice_counts(heard, speaker, role, side, strict=strict)

    def place(start: float, end: float, speaker: str, grounds: str) -> Hit:
        return Hit(start, end, None, None, speaker, roles.get(speaker, "unknown"), grounds)

    if look.interruption is not None:
        for lap in call.overlaps:
            long = lap.end - lap.start
            if lap.interruption and long >= look.interruption and mine(lap.entrant):
                yield place(lap.start, lap.end, lap.entrant, f"talked over for {long:.1f} s")
    elif look.silence is not None:
        for gap in call.pace.silences:
            long = gap.end - gap.start
            # Whoever breaks a silence was the one to speak.
            breaker = gap.before or ""
            if long >= look.silence and (side == "anyone" or mine(breaker)):
                yield place(gap.start, gap.end, breaker, f"silence of {long:.0f} s")
    elif look.hold is not None:
        for wait in call.pace.holds:
            long = wait.end - wait.start
            if wait.kind == "hold" and long >= look.hold:
                yield place(wait.start, wait.end, heard.main_agent or "", f"hold of {long:.0f} s")
    elif look.talk_share is not None:
        parts = [entry for entry in call.pace.sides if mine(entry.speaker)]
        share = sum(entry.share for entry in parts)
        if parts and share >= look.talk_share:
            longest = max(parts, key=lambda entry: (entry.talk, entry.speaker))
            yield place(
                0.0, call.recording.duration, longest.speaker, f"{100 * share:.0f} % of the talk"
            )


def named(kind: str) -> str:
    """A label as words."""
    return kind.replace("_", " ")


def _bare(word: str) -> str:
    plain = word.lower().replace("’", "'")
    if plain.isalpha():
        return plain
    return _EDGES.sub("", plain)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    parts = [
        rf"(?:\S+ ){{0,{PHRASE_GAP}}}" if token == "*" else re.escape(_bare(token)) + " "
        for token in phrase.split()
    ]
    return re.compile(r"(?:^|(?<= ))" + "".join(parts))


def text_of(turn: Turn) -> Text:
    """The turn's words without punctuation, in lower case."""
    tokens = [
        (index, token)
        for index, word in enumerate(turn.words)
        for token in _bare(word.text).split()
    ]
    return Text("".join(f"{token} " for _, token in tokens), tuple(index for index, _ in tokens))


def said(phrase: str, text: Text) -> tuple[int, int] | None:
    """Indexes of the first and last word in which the phrase is said, if it is."""
    match = _pattern(phrase).search(text.plain)
    if match is None or not match[0].strip():
        return None
    first = text.plain.count(" ", 0, match.start())
    last = text.plain.count(" ", 0, match.end()) - 1
    return text.owners[first], text.owners[last]


def _ruled_out(heard: Heard, look: Look, turn: Turn) -> bool:
    return any(said(phrase, heard.texts[turn.id]) is not None for phrase in look.unless)
