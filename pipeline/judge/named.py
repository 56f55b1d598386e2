"""A person's word on who the agent is, held against what is said: it stands, and doubt is told."""

from __future__ import annotations

from collections.abc import Sequence

from ..call import Speaker

NAMED = "named as the agent by the user"

CONTRADICTED = 6.0
"""Logits by which another voice must sound more like the agent than the one that was named; in the
sample calls a side named wrongly trails by 18 and more."""

SIDES = ("left", "right")

_DOUBT = f"{NAMED}, though "
_NOTE = "The user named the agent"


def reason_of(*, behind: float, turns: int, customers: int) -> str:
    """The reason for the role of a voice that was named.

    `behind` are the logits towards the agent that another voice has more, `turns` those of the
    named voice that say something, `customers` those of them that sound like the customer's side.
    """
    if behind < CONTRADICTED or 2 * customers <= turns:
        return NAMED
    return f"{_DOUBT}{customers} of {turns} turns sound like the customer’s side"


def with_doubts(notes: Sequence[str], speakers: Sequence[Speaker]) -> list[str]:
    """The notes of a recording, with a sentence on every voice named against its words.

    Sentences of an earlier judgement are left out.
    """
    doubts = []
    for speaker in speakers:
        for reason in speaker.role_reasons:
            if reason.startswith(_DOUBT):
                where = "" if speaker.channel is None else f" ({SIDES[speaker.channel]} channel)"
                doubts.append(
                    f"{_NOTE}{where}, though {reason.removeprefix(_DOUBT)}, and the other side’s "
                    "like the agent’s: should the sides have been mixed up, then they are "
                    "everywhere in this record."
                )
    return [*(note for note in notes if not note.startswith(_NOTE)), *doubts]
