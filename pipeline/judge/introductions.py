"""Whether an introduction gives a name and beside it a firm or department, or only one of them.

Firms and departments are named in endless ways; so it is what is left of an introduction, once its
greeting, its offer of help and the name are taken away, that tells.
"""

from __future__ import annotations

import re

from ..call import Call, Turn
from .names import names_in

_FILLING = """
good morning afternoon evening day hi hiya hello hey there welcome thank thanks you for calling
ringing holding waiting the call calls and this is it's i'm i am my name name's here speaking you're
are your with talking to through on at in of from a an so well right okay ok oh yes yeah how can may
could what do help assist today sort out we i be sorry wait about please sir madam mr mrs ms miss
go ahead caller recorded
"""
FILLING = frozenset(_FILLING.split())
"""Words of greetings and offers of help, which name nobody and nothing."""

ADDRESS = 4
"""Words up to which a question at the head only makes sure who is there: "Mr Farrell?"."""

INTRODUCTION = "agent_introduction"
"""The conduct model's label."""


def introduced(call: Call, at: int) -> bool:
    """Whether the turn at this index introduces its voice, and both are given by its end.

    An introduction may take several turns.
    """
    turn = call.turns[at]
    if not _introduces(turn):
        return False
    own = [t.text for t in call.turns[: at + 1] if t.speaker == turn.speaker and _introduces(t)]
    speaker = call.speaker(turn.speaker)
    return gives_both(" ".join(own), (speaker.name if speaker else None) or "")


def _introduces(turn: Turn) -> bool:
    labelled = turn.conduct is not None and INTRODUCTION in turn.conduct.labels
    return labelled or bool(names_in(turn.text))


def gives_both(text: str, name: str = "") -> bool:
    """Whether more is said than a greeting and one name; `name` is the one the voice goes by.

    Where no name is known for sure, two words beside the greeting are taken for both: nobody is
    marked down for a name that was not made out.
    """
    told = text.replace("’", "'")
    question = told.find("?")
    if len(told[: max(question, 0)].split()) > ADDRESS:
        told = told[:question]
    names = [n for n in (*names_in(told), name.replace("’", "'")) if n and _has(told, n)]
    for given in names:
        told = re.sub(rf"\b{re.escape(given)}\b", " ", told)
    left = [word for word in re.findall(r"[\w']+", told.lower()) if word not in FILLING]
    return len(left) >= (1 if names else 2)


def _has(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None
