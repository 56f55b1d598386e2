"""The columns of an audit's tables: name, type and meaning, once for every format and the docs.

Names and types are stable: a column is only ever added, at the end of its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "int", "float", "bool", "date", "texts", "floats", "ints"]

SQL: dict[Kind, str] = {
    "text": "VARCHAR",
    "int": "INTEGER",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "texts": "VARCHAR[]",
    "floats": "DOUBLE[]",
    "ints": "INTEGER[]",
}
"""Types as DuckDB names them, and as they are stored in Parquet."""


@dataclass(frozen=True)
class Column:
    """One column. A value that is not known is null, never a made-up number."""

    name: str
    kind: Kind
    about: str


def _table(text: str) -> tuple[Column, ...]:
    rows = [line.split("|", 2) for line in text.strip().splitlines()]
    return tuple(Column(name.strip(), kind.strip(), about.strip()) for name, kind, about in rows)  # type: ignore[arg-type]


CALLS = _table("""
call_id | text | Id of the call in this audit
agent | text | The agent, as the metadata names them; empty where it does not
team | text | The team, as the metadata names it
queue | text | The queue, as the metadata names it
date | text | The date as the metadata has it
day | date | The same as a day, where it is one
direction | text | inbound, outbound or empty
recording | text | File name of the recording
sha256 | text | SHA-256 of the recording
duration | float | Seconds
language | text | Code of the language spoken most
counted | bool | Part of every figure; a recording that is there twice counts once
same_as | text | Id of the call with the very same recording that counts in its place
scored | bool | Held against the rubric
unscored_because | text | Why not
score | float | Agent's side: share of the weight called for that was given, 0 to 1
passed | bool | The score reaches the pass mark and nothing essential is missing
customer_score | float | Customer's side, in the same way
agent_findings | int | The named agent's turns flagged as disrespectful that stand
customer_findings | int | The customer's turns flagged as disrespectful that stand
other_findings | int | The same of other voices: a second agent, or a side that is not known
dismissed | int | Findings that a person listened to and dismissed; they count nowhere
places_to_listen | int | Places below the threshold of a finding
supervisor_asked | int | Requests for a supervisor
supervisor_refused | int | Requests for a supervisor declined or not answered
agent_voices | int | Voices on the agent's side
agent_certainty | float | Confidence that the main agent's voice is the agent's, 0 to 1
agent_talk | float | Agent's share of the talk, 0 to 1
agent_interruptions | int | Times the agent took the floor, talking over the customer
customer_interruptions | int | Times the customer took the floor, talking over the agent
longest_silence | float | Seconds
hold | float | Seconds on hold
transcribed | float | Share of the speech that carries words, 0 to 1
reviewed_by | text | Who listened to the findings; empty where nobody did
page | text | The call's evidence page, relative to the audit's folder
extra | text | Further columns of the manifest, as a JSON object
""")

TURNS = _table("""
call_id | text | Id of the call
turn | int | Number of the turn in the call
speaker | text | Voice
role | text | agent, customer, system or unknown
named_agent | bool | The voice taken to be the agent whom the metadata names
start | float | Seconds from the start of the recording
end | float | Seconds from the start of the recording
words | int | Number of words
text | text | The words
language | text | Code of the language
uncertain | bool | Who speaks here is not certain
overlap | float | Seconds spoken over by somebody else
raised_voice | bool | Said with a raised voice
loudness_change | float | dB above the speaker's own median turn
rude | float | Calibrated probability that the turn is disrespectful, 0 to 1
kinds | texts | Kinds of rudeness that pass
labels | texts | Moment and conduct labels that pass
""")

MOMENTS = _table("""
call_id | text | Id of the call
moment | text | Id of the moment in the call's record
kind | text | rude, or a moment's name
title | text | The kind in words
level | text | finding, review (listen to this) or note (a neutral event)
status | text | machine, confirmed or dismissed
agent | text | The call's agent
role | text | Side of the voice
speaker | text | Voice
named_agent | bool | The voice taken to be the agent whom the metadata names
turn | int | Number of the turn
start | float | Seconds from the start of the recording
end | float | Seconds from the start of the recording
quote | text | The words heard
context | text | The other side's turn before it
score | float | Calibrated probability, 0 to 1
weight | float | Order of gravity
reasons | texts | Why it was flagged
drivers | texts | Words that drove the score
reviewed_by | text | Who confirmed or dismissed it
reviewed_on | text | When
note | text | What the reviewer noted
answer | text | The agent's answer to it
answered_by | text | Who answered
answered_on | text | When
link | text | Its place on the call's evidence page, relative to the audit's folder
""")

SCORES = _table("""
call_id | text | Id of the call
agent | text | The call's agent
item | text | Id of the rubric's item
title | text | The item in words
side | text | agent or customer: whose score it is part of
outcome | text | given, missing or not called for
weight | float | The item's weight
why | text | Grounds of the outcome
called_at | floats | Seconds at which it was called for; empty where every call does
evidence_at | floats | Seconds at which it is there to hear
evidence_turns | ints | Turns in which it is
evidence_moments | texts | Ids of moments that show it
link | text | First place of the evidence on the call's page, or of what called for it
""")

TABLES: dict[str, tuple[Column, ...]] = {
    "calls": CALLS,
    "turns": TURNS,
    "moments": MOMENTS,
    "scores": SCORES,
}


def markdown() -> str:
    """The columns as `docs/audit.md` shows them."""
    parts = []
    for name, columns in TABLES.items():
        rows = "\n".join(f"| `{c.name}` | {SQL[c.kind]} | {c.about} |" for c in columns)
        parts.append(
            f"### `{name}`\n\n| column | type | what it is |\n| --- | --- | --- |\n{rows}\n"
        )
    return "\n".join(parts)
