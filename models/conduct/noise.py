"""What a speech recogniser does to words, for training: points, numbers, sound-alikes, lost words.

Whisper prints telephone speech with capitals and points, without quotation marks, and mishears one
word in eighteen (`bench/spoken.py`); others print bare words in lower case. Both are imitated.
"""

from __future__ import annotations

import random
import re

from ...numerals import TEENS, TENS, UNITS

BARE = 0.4
"""Share of damaged turns in lower case and, most of them, without points."""

LOST_EDGE = 0.05
"""Share that lose their first or last word to a cut between two turns."""

SOUND_ALIKES = {
    "your": "you're",
    "you're": "your",
    "their": "there",
    "there": "their",
    "they're": "there",
    "its": "it's",
    "it's": "its",
    "to": "too",
    "too": "to",
    "two": "to",
    "hear": "here",
    "here": "hear",
    "know": "no",
    "no": "know",
    "right": "write",
    "for": "four",
    "i'll": "all",
    "we'll": "will",
    "than": "then",
    "then": "than",
    "and": "in",
    "in": "and",
    "as": "is",
    "is": "as",
    "a": "the",
    "i've": "i have",
    "i'd": "i",
    "you've": "you",
    "our": "are",
    "are": "our",
    "of": "off",
    "by": "buy",
    "whole": "hole",
    "wait": "weight",
    "plain": "plane",
    "fair": "fare",
    "round": "around",
    "phone": "fone",
    "going": "gonna",
    "want": "wanna",
    "because": "cause",
    "cancel": "can sell",
    "supervisor": "super visor",
    "manager": "manger",
    "account": "a count",
    "someone": "some one",
    "would": "wood",
    "through": "threw",
    "new": "knew",
    "past": "passed",
    "whether": "weather",
    "aren't": "aunt",
}
_DROPPABLE = {"a", "an", "the", "to", "of", "is", "i", "so", "and", "it", "that", "just", "well"}
_FILLERS = ("um", "uh", "er", "you know", "like")
_LIKE_SOUNDS = (
    ("th", "f"),
    ("f", "th"),
    ("d", "t"),
    ("t(?!h)", "d"),
    ("b", "p"),
    ("p", "b"),
    ("m", "n"),
    ("n", "m"),
    ("s", "z"),
    ("v", "b"),
    ("g", "k"),
    ("h", ""),
    ("ing", "in"),
    ("ed", ""),
    ("s", ""),
    ("er", "a"),
)
"""Sounds that a telephone line hardly tells apart, as they are spelt (patterns)."""

_NUMBER = re.compile(
    rf"\b({'|'.join(TEENS)}|(?:{'|'.join(TENS)})(?:[ -](?:{'|'.join(UNITS)}))?)\b", re.IGNORECASE
)


def as_recognised(text: str, dice: random.Random) -> str:
    """`text` as a recogniser might print it; the same state of `dice` gives the same damage."""
    bare = dice.random() < BARE
    shown = _bare(text, dice) if bare else _pointed_anew(text, dice)
    rate = dice.choice((0.0, 0.03, 0.08))
    words = [word for said in shown.split() for word in _misheard(said, rate, dice)]
    if len(words) > 3 and dice.random() < LOST_EDGE:
        words = words[1:] if dice.random() < 0.5 else words[:-1]
    return " ".join(words) or text


def _bare(text: str, dice: random.Random) -> str:
    text = text.lower()
    if dice.random() < 0.8:
        text = re.sub(r"[^\w\s'’-]", "", text)
    return text.replace("'", "").replace("’", "") if dice.random() < 0.2 else text


def _pointed_anew(text: str, dice: random.Random) -> str:
    """No quotation marks or dashes, numbers in digits, other pauses taken for points."""
    text = re.sub(r"[\"“”«»()]|(?<!\w)['‘’]|['’](?!\w)", "", text)
    text = re.sub(r"\s*(?:[;:…—–]|\.\.\.|\s-)\s*", lambda _: dice.choice((", ", ". ", " ")), text)
    if dice.random() < 0.5:
        text = _NUMBER.sub(lambda found: _digits(found[0]), text)
    if dice.random() < 0.5:
        text = text.replace("-", " ")
    pieces = re.split(r"(?<=[.,?!])\s+", text)
    shown = pieces[0]
    for piece in pieces[1:]:
        luck = dice.random()
        within = piece if shown[-1:] == "," else piece[:1].lower() + piece[1:]
        if luck < 0.15:  # the pause was not heard
            shown = shown.rstrip(".,") + " " + within
        elif luck < 0.3:
            shown = shown[:-1] + ", " + within
        elif luck < 0.4:
            shown = shown[:-1] + ". " + piece[:1].upper() + piece[1:]
        else:
            shown += " " + piece
    return shown.rstrip(".,") if dice.random() < 0.1 else shown


def _digits(words: str) -> str:
    first, *unit = re.split("[ -]", words.lower())
    return TEENS.get(first) or TENS[first] + (UNITS[unit[0]] if unit else "0")


def _misheard(said: str, rate: float, dice: random.Random) -> list[str]:
    """The words printed for one that was said: none, itself, another, or more."""
    luck = dice.random()
    plain = said.lower().strip(".,?!")
    if luck < rate and plain in _DROPPABLE:
        return []
    word = said
    if luck < 2 * rate and plain in SOUND_ALIKES:
        word = _in_place(said, plain, SOUND_ALIKES[plain])
    elif luck < rate and len(plain) > 3:
        old, new = dice.choice(_LIKE_SOUNDS)
        word = _in_place(said, plain, re.sub(old, new, plain, count=1))
    filler = [dice.choice(_FILLERS)] if luck > 1 - rate / 4 else []
    return [*filler, word, *([word] if luck > 1 - rate / 8 else [])]


def _in_place(said: str, plain: str, heard: str) -> str:
    """`heard` with the capital and the points of what was said."""
    heard = heard.capitalize() if said[:1].isupper() else heard
    return said.lower().replace(plain, heard, 1)
