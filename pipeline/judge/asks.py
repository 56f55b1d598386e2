"""Requests that are made again: the same ask by the same voice, by the content of its words."""

from __future__ import annotations

import math
import re
from collections import Counter

from ..call import Turn
from .conduct import other_side
from .rules import plain

ALIKE = 0.3
"""Cosine of two asks' content from which they are about the same thing."""

ASK = re.compile(
    r"\b(?:can|could|may|would|will|won't|can't) (?:i|you|we|somebody|someone|anybody|anyone)\b|"
    r"\bi(?:'d| would| want| need|'m asking| am asking| asked| only want| just want)\b|\bplease\b|"
    r"\b(?:give|get|put|send|let|show|tell|refund|cancel|transfer) (?:me|it|my)\b|\?|"
    r"\bwhen (?:will|can|do|are)\b|\bis there (?:somebody|someone|anybody|anyone)\b"
)
"""The form of a request or a question."""

SAME = (
    (re.compile(r"money back|reimburse\w*|refund\w*|repay\w*|pay me back"), " refund "),
    (re.compile(r"supervisor|manager|team lead\w*|boss|somebody senior|someone senior|above you|"
                r"in charge|(?:somebody|someone|anybody|anyone) (?:else|who can)"), " superior "),
    (re.compile(r"(?:ring|phone|call)(?:ed|ing|s)? (?:me )?back|call-?back"), " callback "),
    (re.compile(r"cancel\w*|terminat\w*|close (?:my|the|this)"), " cancel "),
    (re.compile(r"correct(?:ed)?\b|put right|fix(?:ed)?\b|amend\w*"), " correct "),
)  # fmt: skip
"""Different wordings of one ask."""

_STOP = """
    a an the this that these those it its i me my mine you your yours we us our he him his she her
    they them their is am are was were be been being do does did done have has had having will
    would can could may might shall should must not no yes and or but if so then than as at by for
    from in into of off on out over to up with about again once more just only very really please
    what when where which who why how there here now still also all any some one get got go going
    like want need know think say said tell told ask asked asking let make give put take would
    don't can't won't didn't i'm i've i'd you're it's that's there's okay right well oh um uh
    speak talk thing way see look come mean time
"""
STOP = frozenset(_STOP.split())


def is_ask(turn: Turn) -> bool:
    """Whether the turn has the form of a request or question."""
    return bool(ASK.search(plain(turn.text)))


def earlier_asks(turns: list[Turn], at: int) -> list[tuple[Turn, float]]:
    """Earlier turns of the same voice that ask for the same, with how alike they are.

    Only asks that the other side has since had a turn to answer count: two sentences in a row
    are one request.
    """
    turn = turns[at]
    rarity = _rarity(turns)
    own = _content(turn.text, rarity)
    found = []
    for number, other in enumerate(turns[:at]):
        if other.speaker != turn.speaker or not is_ask(other):
            continue
        if not any(other_side(turn, between) for between in turns[number + 1 : at]):
            continue
        alike = _cosine(own, _content(other.text, rarity))
        if alike >= ALIKE:
            found.append((other, alike))
    return found


def _stems(text: str) -> list[str]:
    text = plain(text)
    for pattern, word in SAME:
        text = pattern.sub(word, text)
    words = (w for w in re.findall(r"[^\W_]+(?:'[^\W_]+)?", text) if w not in STOP)
    return [re.sub(r"(?:ing|ed|es|s|e)$", "", w) if len(w) > 4 else w for w in words]


def _rarity(turns: list[Turn]) -> dict[str, float]:
    """Inverse document frequency over the call's turns: its topic word says little alone."""
    counts = Counter(stem for turn in turns for stem in set(_stems(turn.text)))
    return {stem: math.log(1 + len(turns) / n) for stem, n in counts.items()}


def _content(text: str, rarity: dict[str, float]) -> dict[str, float]:
    return {stem: rarity.get(stem, 1.0) for stem in _stems(text)}


def _cosine(a: dict[str, float], b: dict[str, float]) -> float:
    both = sum(value * b[stem] for stem, value in a.items() if stem in b)
    norm = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return both / norm if norm else 0.0
