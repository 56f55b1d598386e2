"""Words that a turn may consist of without taking the floor, asking or telling anything."""

from __future__ import annotations

import re

_ASIDES = """
uh um er ah oh huh mm mmm mhm hm hmm yeah yep yes yup no nope okay ok right alright all sure fine
got it i see hello hi hey bye goodbye cheers thanks thank you sorry great perfect good take care
then now
"""
ASIDES = frozenset(_ASIDES.split())
"""Back-channels, greetings, leave-taking."""


def only(words: frozenset[str], text: str) -> bool:
    """Whether the text has words, and none but these."""
    found = re.findall(r"[^\W_]+", text.lower())
    return bool(found) and words.issuperset(found)
