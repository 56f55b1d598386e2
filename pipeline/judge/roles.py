"""Which voice is the agent, which the customer, which a recording: from what is said and how."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import InputError
from ...models.conduct.network import TurnInput
from ..call import Role, Speaker, Turn
from .cues import LABEL_WEIGHTS, cues_in
from .named import reason_of
from .names import said_names
from .prompts import is_announcement, system_voices

if TYPE_CHECKING:
    from ...models.conduct.model import ConductModel

LEAST = 0.5
"""Confidence under which a role is not stated at all."""

TURN_LOGIT = 2.0
"""Most that the model's word on a single turn counts, in logits."""

TURN_WEIGHT = 0.4
"""Turns of one speaker are not independent: their logits are damped before they are summed."""

FULL_WORDS = 8
"""Words from which a turn counts in full; a back-channel says little about the side."""

TELLING = 0.5
"""Weight from which a turn says something of the side."""

CUE_WEIGHT = 0.7
REPEAT = 0.5
"""A cue met again in the same voice counts half each time more."""

FIRST_VOICE = 0.7
"""Logits for the first voice: support lines are answered by the agent."""

LIMIT = 6.0
"""Logits beyond which more of the same adds nothing."""

FEW_WORDS = 12.0
"""Words on which evidence is taken at some two thirds of its worth."""

SECOND_AGENT = 1.0
"""Logits that a further voice needs, beside a reason to be there, to be a second agent."""

CHANNELS = {"left": 0, "right": 1}

SHOWN = 4
"""Reasons given for a role."""


@dataclass
class _Voice:
    """What speaks for a speaker's side: logits towards the agent, and why."""

    speaker: str
    logit: float = 0.0
    words: int = 0
    first: float = math.inf
    model: float = 0.0
    introduces: bool = False
    turns: int = 0
    customers: int = 0
    """Turns that say something, and those of them that sound like the customer's side."""
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, logit: float, reason: str) -> None:
        self.logit += logit
        self.reasons[reason] += logit  # type: ignore[assignment]

    def told(self, sign: float) -> list[str]:
        """The strongest reasons on one side (+1 agent, -1 customer)."""
        ranked = sorted(self.reasons.items(), key=lambda item: (-sign * item[1], item[0]))
        return [reason for reason, weight in ranked if sign * weight > 0.2][:SHOWN]


def assign_roles(
    turns: list[Turn], speakers: list[Speaker], model: ConductModel, *, agent: str | None = None
) -> tuple[list[Speaker], list[Turn]]:
    """Speakers with role, confidence, reasons and name; turns with their speaker's role.

    `agent` overrides: `left` or `right` for a channel, or a speaker's id. Raises InputError where
    there is no such speaker. Announcements put down to a person's voice become `system` turns.
    """
    chosen = _chosen(speakers, agent)
    recorded = system_voices(turns)
    if agent in chosen:  # naming a voice settles it; naming a channel leaves its announcements be
        recorded.pop(agent, None)
    announced = {turn.id for turn in turns if is_announcement(turn.text)}
    human = [turn for turn in turns if turn.speaker not in recorded and turn.id not in announced]
    voices = _weigh(human, model)
    roles = _decide(voices, human, [name for name in chosen if name not in recorded])
    names = said_names(human)
    ruled = [
        _ruled(speaker, roles.get(speaker.id), recorded.get(speaker.id), names.get(speaker.id))
        for speaker in speakers
    ]
    by_id = {speaker.id: speaker.role for speaker in ruled}
    return ruled, [
        turn.model_copy(
            update={
                "role": "system" if turn.id in announced else by_id.get(turn.speaker, "unknown")
            }
        )
        for turn in turns
    ]


def _chosen(speakers: list[Speaker], agent: str | None) -> list[str]:
    """The voice that was named, or every voice of the channel that was named."""
    if agent is None:
        return []
    wanted = CHANNELS.get(agent.lower())
    named = [
        speaker.id
        for speaker in speakers
        if speaker.id == agent or (wanted is not None and speaker.channel == wanted)
    ]
    if named:
        return named
    sides = {channel: f" ({name})" for name, channel in CHANNELS.items()}
    known = ", ".join(
        s.id + sides.get(-1 if s.channel is None else s.channel, "") for s in speakers
    )
    raise InputError(
        f"There is no speaker {agent!r} to be the agent; the speakers are {known or 'none'}."
    )


def _weigh(turns: list[Turn], model: ConductModel) -> dict[str, _Voice]:
    """Every human voice, in order of its first words, with the evidence for its side."""
    inputs = []
    for number, turn in enumerate(turns):
        before = (t for t in reversed(turns[:number]) if t.speaker != turn.speaker)
        last = next(before, None)
        inputs.append(TurnInput(turn.text, last.text if last else ""))
    voices: dict[str, _Voice] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for turn, scores in zip(turns, model.score(inputs), strict=True):
        voice = voices.setdefault(turn.speaker, _Voice(turn.speaker, first=turn.start))
        weight = min(1.0, len(turn.words) / FULL_WORDS)
        voice.words += len(turn.words)
        p = min(max(scores.agent, 0.01), 0.99)
        voice.model += weight * TURN_WEIGHT * max(-TURN_LOGIT, min(TURN_LOGIT, _logit(p)))
        if weight >= TELLING:
            voice.turns += 1
            voice.customers += p < 0.5
        found = {cue.reason: cue.weight for cue in cues_in(turn.text)}
        for label, worth in LABEL_WEIGHTS.items():
            if scores.probabilities[label] >= 0.5:
                found[f"the classifier hears {label.replace('_', ' ')}"] = (
                    worth * scores.probabilities[label]
                )
                voice.introduces |= label == "agent_introduction"
        voice.introduces |= "gives name and desk on answering" in found
        for reason, worth in found.items():
            times = seen[turn.speaker, reason]
            seen[turn.speaker, reason] += 1
            voice.add(CUE_WEIGHT * worth * REPEAT**times, reason)
    for voice in voices.values():
        side = "agent" if voice.model > 0 else "customer"
        voice.add(
            max(-LIMIT / 2, min(LIMIT / 2, voice.model)), f"words sound like the {side}’s side"
        )
    if len(voices) > 1:
        opener = min(voices.values(), key=lambda v: v.first)
        opener.add(FIRST_VOICE, "speaks first")
    return voices


def _decide(
    voices: dict[str, _Voice], turns: list[Turn], chosen: list[str]
) -> dict[str, tuple[Role, float, list[str]]]:
    """Role, confidence and reasons of every human voice."""
    roles: dict[str, tuple[Role, float, list[str]]] = {}
    rest = [voice for name, voice in voices.items() if name not in chosen]
    for name in chosen:
        roles[name] = ("agent", 1.0, [_named(voices.get(name, _Voice(name)), rest)])
    if chosen and rest:
        customer = min(rest, key=lambda v: (v.logit - _presence(v), v.first))
        sure = 1.0 if len(rest) == 1 else _squash(-customer.logit + FIRST_VOICE)
        reasons = ["the other voice was named as the agent by the user", *customer.told(-1)]
        roles[customer.speaker] = _stated("customer", sure, reasons)
        main = [*chosen, customer.speaker]
    elif len(rest) >= 2:
        pairs = [(a, c) for a in rest for c in rest if a is not c]
        agent, customer = max(
            pairs, key=lambda p: p[0].logit - p[1].logit + _presence(p[0]) + _presence(p[1])
        )
        sure = _squash(agent.logit - customer.logit) * _coverage(agent, customer)
        roles[agent.speaker] = _stated("agent", sure, agent.told(1))
        roles[customer.speaker] = _stated("customer", sure, customer.told(-1))
        main = [agent.speaker, customer.speaker]
    elif rest:
        only = rest[0]
        sure = _squash(abs(only.logit)) * _coverage(only)
        side: Role = "agent" if only.logit > 0 else "customer"
        roles[only.speaker] = _stated(side, sure, only.told(1 if only.logit > 0 else -1))
        main = [only.speaker]
    else:
        main = []
    for voice in rest:
        if voice.speaker not in main:
            roles[voice.speaker] = _further(voice, turns, roles)
    return roles


def _named(voice: _Voice, rest: list[_Voice]) -> str:
    """The reason for the role of a voice that was named, with what speaks against it."""
    ahead = max((other.logit for other in rest), default=0.0)
    return reason_of(behind=ahead - voice.logit, turns=voice.turns, customers=voice.customers)


def _further(
    voice: _Voice, turns: list[Turn], roles: dict[str, tuple[Role, float, list[str]]]
) -> tuple[Role, float, list[str]]:
    """A voice beyond the two parties: a second agent where it is earned, else not known."""
    agents = [name for name, (role, _, _) in roles.items() if role == "agent"]
    passed = any(
        turn.speaker in agents
        and turn.start < voice.first
        and any(
            cue.reason == "handles the line" or "through" in turn.text.lower()
            for cue in cues_in(turn.text)
        )
        for turn in turns
    )
    earned = [
        *(["introduces themselves or their department"] if voice.introduces else []),
        *(["comes in after a hold or transfer"] if passed else []),
    ]
    if earned and voice.logit >= SECOND_AGENT:
        sure = _squash(voice.logit) * _coverage(voice)
        return _stated("agent", sure, [*earned, *voice.told(1)])
    return "unknown", 0.0, ["a further voice whose side could not be told from its words"]


def _ruled(
    speaker: Speaker,
    decided: tuple[Role, float, list[str]] | None,
    recorded: list[str] | None,
    name: str | None,
) -> Speaker:
    role: Role = "unknown"
    sure, reasons = 0.0, ["no words to tell the side by"]
    if recorded is not None:
        role, sure = "system", 0.95
        reasons = [f"recorded announcement: “{wording}”" for wording in dict.fromkeys(recorded)]
    elif decided is not None:
        role, sure, reasons = decided
    return speaker.model_copy(
        update={
            "role": role,
            "role_confidence": round(sure, 4),
            "role_reasons": reasons[: SHOWN + 1],
            "name": None if role == "system" else name or speaker.name,
        }
    )


def _stated(role: Role, sure: float, reasons: list[str]) -> tuple[Role, float, list[str]]:
    if sure < LEAST:
        return "unknown", sure, ["too little was said to tell the side", *reasons]
    return role, sure, reasons or ["by the weight of all turns together"]


def _presence(voice: _Voice) -> float:
    """Up to one logit for having much to say: the two parties carry the call."""
    return 1.0 - math.exp(-voice.words / 40)


def _coverage(*voices: _Voice) -> float:
    """Less than 1 where few words were said: then there is little to go by."""
    words = sum(voice.words for voice in voices)
    return 1.0 - 0.5 * math.exp(-words / FEW_WORDS)


def _squash(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-LIMIT, min(LIMIT, logit))))


def _logit(p: float) -> float:
    return math.log(p / (1 - p))
