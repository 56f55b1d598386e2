"""Calls and audits made on the spot: scripted turns, no models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from earwitness.pipeline.audited import AuditedCall, Metadata
from earwitness.pipeline.call import (
    Call,
    Conduct,
    Coverage,
    Hold,
    Language,
    Moment,
    Overlap,
    Pace,
    Provenance,
    Recording,
    SidePace,
    Silence,
    Speaker,
    Tone,
    Turn,
    Word,
)
from earwitness.pipeline.evidence.schema import call_text

CIVIL = [
    ("A", "Good morning, returns desk, Marcus speaking, how can I help you today?",
     "agent_introduction offer_of_help"),
    ("C", "I would like to send back the router that I bought in March please", ""),
    ("A", "So you bought it in March and it does not work, is that right?", "restatement"),
    ("C", "Yes, and I have rung you twice already about it", "repeated_request!"),
    ("A", "I am sorry about that. I can send you a new one tomorrow", "apology! solution_offer!"),
    ("C", "That would be lovely", ""),
    ("A", "You will get a text with the day. Thank you for calling, goodbye", "next_step thanks"),
]  # fmt: skip
RUDE = [
    ("A", "Returns desk, Marcus", "agent_introduction"),
    ("C", "I would like to send back the router that I bought in March please", ""),
    ("A", "Did nobody teach you to read the form, you silly man?", "rude!condescension"),
    ("C", "There is no need for that. Could I speak to your supervisor please?",
     "escalation_request!"),
    ("A", "No, you cannot, she has better things to do", "escalation_refused!"),
    ("C", "Then I will complain to the ombudsman", "complaint_threat!"),
    ("A", "Do as you like", ""),
]  # fmt: skip
ABUSED = [
    ("A", "Returns desk, this is Marcus, how can I help?", "agent_introduction offer_of_help"),
    ("C", "You useless idiots have broken my phone", "rude!insult"),
    ("A", "I understand. Please do not speak to me that way", "empathy"),
    ("C", "I speak as I like, you cow", "rude!insult"),
    ("A", "I am ending this call now", "hangup_threat_or_disconnect!"),
]
"""Speaker, words and labels; `label!` makes a moment too, `rude!kind` a finding of that kind."""


def call_of(
    script: Sequence[tuple[str, str, str]],
    *,
    number: int = 0,
    language: str = "en",
    sure: float = 0.95,
    agents: Sequence[str] = ("A",),
    names: dict[str, str] | None = None,
) -> Call:
    """A call that says the script, a word every 0.4 s and two seconds between turns."""
    names = names or {"A": "Marcus", "C": "Elena Whitcombe"}
    clock = 1.0
    turns: list[Turn] = []
    moments: list[Moment] = []
    for who, text, marks in script:
        words = []
        for word in text.split():
            words.append(Word(text=word, start=clock, end=clock + 0.3, confidence=0.9, speaker=who))
            clock += 0.4
        labels = [m.split("!")[0] for m in marks.split() if not m.startswith("rude")]
        kinds = [m.split("!")[1] for m in marks.split() if m.startswith("rude")]
        conduct = Conduct(
            rude=0.97 if kinds else 0.02, alone=0.97 if kinds else None, kinds=kinds, labels=labels,
            probabilities=dict.fromkeys([*labels, *kinds], 0.8),
        )  # fmt: skip
        role = "agent" if who in agents else "customer"
        turn = Turn(id=len(turns), speaker=who, role=role, start=words[0].start, end=words[-1].end,
                    words=words, language=language, conduct=conduct,
                    tone=Tone(loudness=-22, loudness_change=0))  # fmt: skip
        for mark in marks.split():
            if "!" not in mark:
                continue
            kind = mark.split("!")[0]
            level = "note" if kind in ("apology", "solution_offer", "empathy") else "finding"
            moments.append(
                Moment(id=f"m{len(moments) + 1:03d}", kind=kind, level=level, start=turn.start,
                       end=turn.end, speaker=who, role=role, turn=turn.id, quote=turn.text,
                       score=0.9, reasons=["the classifier read it so"])
            )  # fmt: skip
        turns.append(turn)
        clock += 2.0
    voices = sorted({turn.speaker for turn in turns})
    talk = {v: sum(t.end - t.start for t in turns if t.speaker == v) for v in voices}
    return Call(
        recording=Recording(
            name=f"call_{number}.wav", sha256=f"{number:064x}", size=1000, container="wav",
            codec="pcm_s16le", duration=clock, rate=8000, channels=1, layout="mono",
        ),
        language=Language(code=language, confidence=0.98),
        speakers=[
            Speaker(id=v, role="agent" if v in agents else "customer", role_confidence=sure,
                    name=names.get(v), talk=talk[v])
            for v in voices
        ],
        turns=turns,
        moments=moments,
        pace=Pace(
            sides=[SidePace(speaker=v, talk=talk[v], share=talk[v] / sum(talk.values()))
                   for v in voices]
        ),
        coverage=Coverage(speech=clock, transcribed=clock, share=1.0),
        provenance=Provenance(earwitness="0.1.0"),
    )  # fmt: skip


def with_wait(call: Call, start: float, end: float) -> Call:
    """The call with a hold between two times."""
    pace = call.pace.model_copy(update={"holds": [Hold(kind="hold", start=start, end=end)]})
    return call.model_copy(update={"pace": pace})


def with_silence(call: Call, start: float, end: float, breaker: str) -> Call:
    """The call with a silence that a voice breaks."""
    gap = Silence(start=start, end=end, after="C", before=breaker)
    return call.model_copy(update={"pace": call.pace.model_copy(update={"silences": [gap]})})


def with_interruption(call: Call, start: float, seconds: float, entrant: str) -> Call:
    """The call with one voice talking over the other."""
    holder = "C" if entrant == "A" else "A"
    lap = Overlap(
        start=start, end=start + seconds, holder=holder, entrant=entrant, interruption=True
    )
    return call.model_copy(update={"overlaps": [*call.overlaps, lap]})


def put(folder: Path, call: Call, *, same_as: str = "", **about: str) -> AuditedCall:
    """Keep a call's record in an audit folder, as the audit's light results do."""
    metadata = Metadata(**{"call_id": f"c{int(call.recording.sha256, 16):04d}", **about})
    place = folder / "calls" / metadata.call_id
    place.mkdir(parents=True, exist_ok=True)
    (place / "call.json").write_text(call_text(call), "utf-8")
    meanings = folder / "meanings" / f"{metadata.call_id}.npy"
    meanings.parent.mkdir(exist_ok=True)
    np.save(meanings, np.zeros((len(call.turns), 384), np.float16))
    return AuditedCall(
        metadata, call.recording.sha256, place, place / "call.json", meanings, same_as
    )


RUBRIC = """
name = "Short"
version = "7"
pass_mark = 0.6
[[items]]
id = "greeting"
title = "Greeted"
by = "agent"
look_for = [{ label = "agent_introduction" }]
part = { first = "30 s" }
[[items]]
id = "help"
title = "Offered help"
by = "agent"
look_for = [{ label = "offer_of_help" }, { phrase = "how can i * help" }]
[[items]]
id = "respect"
title = "Stayed respectful"
by = "agent"
weight = 3
essential = true
pass_mark = 0.9
at_most = 0
look_for = [{ moment = "rude" }]
[[items]]
id = "manager"
title = "Passed on when asked"
by = "agent"
part = { after = true }
called_for = [{ moment = "escalation_request", by = "customer" }]
look_for = [{ moment = "escalation_granted" }]
[[items]]
id = "civil"
title = "Customer civil"
by = "customer"
at_most = 0
look_for = [{ moment = "rude" }]
"""
"""A rubric without meanings: nothing has to be encoded."""
