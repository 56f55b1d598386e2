"""Judge a corrected record again: the words are a person's, the sound is what it was."""

from __future__ import annotations

from collections.abc import Mapping

from ..models.conduct.model import ConductModel
from .call import Call, Speaker
from .judge.conduct import score_turns
from .judge.moments import find_moments
from .judge.named import with_doubts
from .judge.roles import assign_roles
from .remeasure import paced, sounded

Given = Mapping[str, frozenset[str]]
"""What a person stated of a voice, by its id: `role`, `name`, or both."""


def rejudge(call: Call, model: ConductModel, *, given: Given) -> Call:
    """The call with roles, conduct and moments found anew in its words as they now stand.

    What a person stated of a voice stays, and holds for all its turns. Tone stays too: it was
    measured in the sound, and no correction of words changes that. Overlaps, announcements and
    pace follow the roles. Moments get new ids.
    """
    speakers, turns = assign_roles(
        call.turns, call.speakers, model, agent=_agent(call.speakers, given, call)
    )
    was = {speaker.id: speaker for speaker in call.speakers}
    speakers = [_as_given(s, was[s.id], given.get(s.id, frozenset())) for s in speakers]
    roles = {speaker.id: speaker.role for speaker in speakers}
    ruled = {name for name, what in given.items() if "role" in what}
    turns = [
        turn
        if turn.role == "system" and turn.speaker not in ruled
        else turn.model_copy(update={"role": roles[turn.speaker]})
        for turn in turns
    ]
    used = [
        m.model_copy(update={"sha256": model.sha256}) if m.name == "conduct" else m
        for m in call.provenance.models
    ]
    call = sounded(
        call.model_copy(
            update={
                "speakers": speakers,
                "turns": score_turns(turns, model),
                "recording": call.recording.model_copy(
                    update={"notes": with_doubts(call.recording.notes, speakers)}
                ),
                "provenance": call.provenance.model_copy(update={"models": used}),
            }
        )
    )
    moments = find_moments(
        call.turns,
        call.speakers,
        call.regions,
        call.overlaps,
        call.recording.duration,
        model=model,
    )
    return paced(call.model_copy(update={"moments": moments}))


def _agent(speakers: list[Speaker], given: Given, call: Call) -> str | None:
    """The voice that a person named as the agent, or left over by naming the other one."""
    stated = {s.id: s.role for s in speakers if "role" in given.get(s.id, frozenset())}
    agents = [name for name, role in stated.items() if role == "agent"]
    if agents:
        return agents[0]
    others = [s.id for s in speakers if s.id not in stated and s.role != "system"]
    if "customer" in stated.values() and len(others) == 1:
        return others[0]
    chosen = call.provenance.parameters.get("agent")
    return chosen if isinstance(chosen, str) and not stated else None


def _as_given(judged: Speaker, was: Speaker, stated: frozenset[str]) -> Speaker:
    update: dict[str, object] = {}
    if "role" in stated:
        update |= {
            "role": was.role,
            "role_confidence": was.role_confidence,
            "role_reasons": was.role_reasons,
        }
    if "name" in stated:
        update["name"] = was.name
    return judged.model_copy(update=update)
