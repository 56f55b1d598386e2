"""Who speaks, from what people write before a colon: a name, or the beginning of a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

ROLES = {
    "agent": "agent", "advisor": "agent", "adviser": "agent", "operator": "agent",
    "representative": "agent", "rep": "agent", "supervisor": "agent", "manager": "agent",
    "customer": "customer", "caller": "customer", "client": "customer",
    "system": "system", "ivr": "system", "recording": "system", "announcement": "system",
    "automated": "system", "prompt": "system",
}  # fmt: skip
"""Roles by the words people write for them; any other name is a side that is not known."""

LEAD = re.compile(r"^(?:[-–—*•]\s*|\d{1,4}[.)]\s+)")
"""A dash, a bullet or a number before the name."""

BEFORE_COLON = re.compile(r"^([^\W\d_][^:\n]{0,39}):(?:\s+|$)")
"""`Name: words`; a longer stretch before a colon is a sentence in any case."""

VOICE = re.compile(
    r"^(?:speaker|spk|voice|person|participant|channel)[ _-]?\w{0,3}$", re.IGNORECASE
)
"""Names that programs give to voices they cannot name: SPEAKER_00."""

_VERBS = """
    said say says saying told tell tells telling asked ask asks asking replied answered wrote write
    writes written shouted shouts yelled screamed went goes going called calls promised repeated
    repeats explained explains states stated reads read means meant quote quoted quoting thinks
    thought know knows is are was were be been am has have had do does did
"""
VERBS = frozenset(_VERBS.split())
"""With one of these the words before the colon are a sentence: `He told me: …`."""

_OPENERS = """
    a i so well look listen no not yes yeah okay ok right anyway actually honestly basically
    obviously clearly seriously finally firstly secondly first second third one two three again and
    but or because if when then now here there here's there's that's it's what's this that these
    those the my your our his its question answer fact note notice remember reminder warning
    important problem point reason example step option total result name address number reference
    email phone date time subject order account sorry please thanks thank hello hi hey what why how
    where who which also plus either let guess just only once maybe update
"""
OPENERS = frozenset(_OPENERS.split())
"""Words that begin a sentence, or head a list, before a colon."""

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def role_of(name: str) -> str:
    """`agent`, `customer`, `system`, or empty where it does not say: `Agent (Derek)` does."""
    words = re.split(r"[\s(\d_/-]+", name.strip().lower().removeprefix("the "))
    return ROLES.get(words[0], "")


class Names:
    """The names that stand before colons in one transcript.

    A stretch before a colon is a name where it is written as one (a known role, `SPEAKER_00`, one
    to three capitalised words), or where it heads more than one line; never with a reporting verb.
    """

    def __init__(self, rows: Iterable[str]) -> None:
        self._times = Counter(
            match[1].strip() for row in rows if (match := BEFORE_COLON.match(unled(row)))
        )

    def split(self, row: str) -> tuple[str, str]:
        """Speaker (or empty) and words of a line; `- Maria: words` and `1. Derek: words` too."""
        bare = unled(row)
        match = BEFORE_COLON.match(bare)
        if match is None or not self._is_name(match[1].strip()):
            return "", row.strip()
        return match[1].strip(), bare[match.end() :].strip()

    def _is_name(self, said: str) -> bool:
        # What stands in brackets is about the name: `Derek (billing)`.
        name = re.sub(r"\([^()]*\)", " ", said)
        words = _WORD.findall(name)
        lower = {word.lower().replace("’", "'") for word in words}
        if not words or lower & VERBS or re.search(r"[?!;…\"“”]", said):
            return False
        if VOICE.match(said):
            return True
        if role_of(said):
            # `Manager of the shop: …` is a sentence, `Customer 2` and `Agent Derek` are not.
            rest = words[2:] if lower & {"the"} else words[1:]
            again = len(rest) == 1 and self._times[said] > 1
            return again or (len(rest) <= 3 and all(map(_capital, rest)))
        single = len(words) == 1 and len(words[0]) == 1 and words[0] not in {"I", "a"}
        if len(words) > 3 or (words[0].lower().replace("’", "'") in OPENERS and not single):
            return False
        # `Smith, John` heads many lines of its transcript; `Really, Derek` does not.
        if "," in said:
            return self._times[said] > 2
        return all(map(_capital, words)) or self._times[said] > 1


def unled(row: str) -> str:
    """The line without a dash, bullet or number before its words."""
    return LEAD.sub("", row.strip())


def _capital(word: str) -> bool:
    """Upper case, a figure, or a script that has no cases."""
    return not word[0].islower()
