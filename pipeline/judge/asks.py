"""Requests that are made again: the same ask by the same side, by the content of its words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

from ..call import Turn
from .conduct import SIDES, other_side
from .rules import plain

ALIKE = 0.3
"""Cosine of two asks' content from which they are about the same thing."""

SAME_ASK = 0.6
"""Cosine from which two asks are one ask in other words, whatever else was said in between."""

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

TOPICS = frozenset(word.strip() for _, word in SAME)
"""Stems that make an ask by themselves; of others two must be shared."""

_DONE = (
    "refunded|sent|cancell?ed|corrected|fixed|sorted|done|credited|booked|changed|updated|arranged|"
    "reset|replaced|emailed|posted|paid|through|set|removed|added|issued|processed|waived|ordered"
)
SETTLED = re.compile(
    r"\b(?:(?:i|we)(?:'ve| have)|(?:that|it)(?:'s| is| has|'ll be))"
    rf"(?: (?!not\b|never\b|no\b|only\b)\w+){{0,2}} (?:{_DONE})\b"
)
"""The other side says that it is done."""

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


def says_done(turn: Turn) -> bool:
    """Whether the words say that something was done."""
    return bool(SETTLED.search(plain(turn.text)))


class Earlier(NamedTuple):
    """An earlier ask for the same."""

    at: int
    """Position of its turn."""
    alike: float
    same: bool
    """The same ask in the same or other words, by its words alone."""


class Asks:
    """The asks of one call, or of as much of it as is known, compared with each other."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns

    @cached_property
    def _contents(self) -> list[dict[str, float]]:
        # A call's topic word says little alone: stems weigh by inverse document frequency.
        stems = [_stems(turn.text) for turn in self._turns]
        counts = Counter(stem for own in stems for stem in set(own))
        rarity = {stem: math.log(1 + len(stems) / n) for stem, n in counts.items()}
        return [{stem: rarity[stem] for stem in own} for own in stems]

    @cached_property
    def _asking(self) -> list[bool]:
        return [is_ask(turn) for turn in self._turns]

    def earlier(self, at: int) -> list[Earlier]:
        """Earlier turns of the same side that ask for the same.

        Only asks that the other side has since had a turn to answer count: two sentences in a row
        are one request.
        """
        turn, own = self._turns[at], self._contents[at]
        answered = max((n for n in range(at) if other_side(turn, self._turns[n])), default=0)
        found = []
        for number in range(answered):
            if not self._asking[number] or not _same_side(turn, self._turns[number]):
                continue
            other = self._contents[number]
            alike, shared = _cosine(own, other), own.keys() & other.keys()
            if alike >= ALIKE:
                same = alike >= SAME_ASK and (len(shared) > 1 or bool(shared & TOPICS))
                found.append(Earlier(number, alike, same))
        return found

    def repeats(self, at: int, settles: Callable[[int], bool]) -> list[Earlier]:
        """Earlier asks that the turn at `at` makes again by its words alone, none yet met.

        An agent who needs the same detail again makes no request in this sense.
        """
        if self._turns[at].role in ("agent", "system") or not self._asking[at]:
            return []
        return [e for e in self.earlier(at) if e.same and not self.settled(e.at, at, settles)]

    def settled(self, ask: int, at: int, settles: Callable[[int], bool]) -> bool:
        """Whether between an ask and a later turn the other side met it.

        `settles` tells of a turn's position whether it grants, solves or promises something; it
        does so for this ask where it is the first reply to it or speaks of the same.
        """
        replies = [n for n in range(ask + 1, at) if other_side(self._turns[ask], self._turns[n])]
        return any(
            settles(n)
            and (n == replies[0] or _cosine(self._contents[ask], self._contents[n]) >= ALIKE)
            for n in replies
        )


def _same_side(turn: Turn, other: Turn) -> bool:
    return turn.speaker == other.speaker or (turn.role in SIDES and turn.role == other.role)


def _stems(text: str) -> list[str]:
    text = plain(text)
    for pattern, word in SAME:
        text = pattern.sub(word, text)
    words = (w for w in re.findall(r"[^\W_]+(?:'[^\W_]+)?", text) if w not in STOP)
    return [re.sub(r"(?:ing|ed|es|s|e)$", "", w) if len(w) > 4 else w for w in words]


def _cosine(a: dict[str, float], b: dict[str, float]) -> float:
    both = sum(value * b[stem] for stem, value in a.items() if stem in b)
    norm = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return both / norm if norm else 0.0
