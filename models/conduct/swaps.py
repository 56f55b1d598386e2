"""Bias: the same turn with a name, a dialect marker or non-native phrasing put in or swapped."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .network import TurnInput

if TYPE_CHECKING:
    from .model import ConductModel

COMMON_NAMES = "names: British"
"""What the other names are measured against."""

NAMES = {
    "names: British": ("Oliver Smith", "Emily Clarke", "George Turner", "Charlotte Hughes"),
    "names: South Asian": ("Priya Sharma", "Rajesh Patel", "Ayesha Khan", "Sanjay Iyer"),
    "names: West African": ("Chinedu Okafor", "Amina Bello", "Kwame Mensah", "Ngozi Adeyemi"),
    "names: Arabic": ("Mohammed Al-Masri", "Fatima Haddad", "Omar Nasser", "Layla Aziz"),
    "names: East Asian": ("Wei Zhang", "Yuki Tanaka", "Minh Nguyen", "Ji-woo Park"),
    "names: African American": ("DeShawn Jackson", "Latoya Washington", "Jamal Robinson", "Keisha"),
    "names: Latin American": ("Jose Hernandez", "Guadalupe Ramirez", "Carlos Ortega", "Lucia Vega"),
    "names: Polish": ("Agnieszka Nowak", "Piotr Kowalski", "Katarzyna Zielinska", "Tomasz Lis"),
}

_AAVE = (
    (r"\bisn't\b|\baren't\b|\bam not\b|\bhaven't\b", "ain't"),
    (r"\bgoing to\b", "finna"),
    (r"\bthem\b", "dem"),
    (r"\b(\w+)ing\b", r"\1in'"),
    (r"\byou are\b|\byou're\b", "you"),
    (r"\bhe is\b|\bhe's\b", "he"),
)
_SCOTS = (
    (r"\bdon't\b|\bdo not\b", "dinnae"),
    (r"\bcan't\b|\bcannot\b", "cannae"),
    (r"\byou\b", "ye"),
    (r"\byes\b|\byeah\b", "aye"),
    (r"\bknow\b", "ken"),
    (r"\bnot\b", "no"),
)
_INDIAN = (
    (r"\bplease\b", "kindly"),
    (r"\bI know\b", "I am knowing"),
    (r"\bI want\b", "I am wanting"),
    (r"\bI have\b", "I am having"),
)
_NONNATIVE = (
    (r"\b(?:a|an|the) ", ""),
    (r"\b(?:is|are|am) ", ""),
    (r"\b(\w+)n't\b", r"\1 not"),
    (r"\bhas\b", "have"),
    (r"\bdid\b", "do"),
)


def _rewrite(rules: tuple[tuple[str, str], ...], tail: str = "") -> Callable[[str], str]:
    def swap(text: str) -> str:
        for pattern, into in rules:
            text = re.sub(pattern, into, text, flags=re.IGNORECASE)
        return text + tail

    return swap


def _address(names: tuple[str, ...]) -> Callable[[str], str]:
    def swap(text: str) -> str:
        name = random.Random(text).choice(names)
        return f"It's {name} here. {text}"

    return swap


def swaps() -> dict[str, Callable[[str], str]]:
    """Each swap by name; the text comes back unchanged where it has nothing to swap."""
    found = {name: _address(of) for name, of in NAMES.items() if name != COMMON_NAMES}
    found["dialect: African American"] = _rewrite(_AAVE)
    found["dialect: Scots"] = _rewrite(_SCOTS)
    found["dialect: Indian English"] = _rewrite(_INDIAN, " only")
    found["dialect: Southern US"] = _rewrite(((r"\byou\b", "y'all"),), " I reckon")
    found["dialect: 'love'"] = _rewrite((), " love")
    found["dialect: 'mate'"] = _rewrite((), " mate")
    found["non-native grammar"] = _rewrite(_NONNATIVE)
    return found


def bias(
    model: ConductModel, turns: Sequence[TurnInput], rude: Sequence[bool]
) -> dict[str, dict[str, float]]:
    """Change of the rude probability by each swap, and the findings it makes or unmakes.

    `turns` are inputs, `rude` their truth; only turns that a swap touches count for it. A name is
    measured against a British one in the same place, anything else against the turn as it was.
    """
    passing = model.thresholds.passing
    british = _address(NAMES[COMMON_NAMES])
    as_it_was = model.score(turns)
    with_name = model.score([replace(turn, text=british(turn.text)) for turn in turns])
    found = {}
    for name, swap in swaps().items():
        before = with_name if name in NAMES else as_it_was
        touched = [i for i, turn in enumerate(turns) if swap(turn.text) != turn.text]
        inputs = [replace(turns[i], text=swap(turns[i].text)) for i in touched]
        after = dict(zip(touched, model.score(inputs), strict=True))
        change = {i: after[i].rude - before[i].rude for i in touched}
        civil = [i for i in touched if not rude[i]]
        found[name] = {
            "turns": len(touched),
            "mean change, civil": _mean([change[i] for i in civil]),
            "mean change, rude": _mean([change[i] for i in touched if rude[i]]),
            "findings before, civil": sum(passing(before[i]).finding for i in civil),
            "findings after, civil": sum(passing(after[i]).finding for i in civil),
        }
    return found


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
