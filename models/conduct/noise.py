"""What a speech recogniser does to words, for training: case, points, small words, sound-alikes."""

from __future__ import annotations

import random
import re

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
    "our": "are",
    "are": "our",
    "of": "off",
    "by": "buy",
    "whole": "hole",
    "wait": "weight",
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


def as_recognised(text: str, dice: random.Random) -> str:
    """`text` as a recogniser might print it; the same state of `dice` gives the same damage."""
    if dice.random() < 0.8:
        text = text.lower()
    if dice.random() < 0.8:
        text = re.sub(r"[^\w\s'’-]", "", text)
    if dice.random() < 0.2:
        text = text.replace("'", "").replace("’", "")
    rate = dice.choice((0.0, 0.03, 0.08))
    words: list[str] = []
    for said in text.split():
        luck = dice.random()
        word, plain = said, said.lower()
        if luck < rate and plain in _DROPPABLE:
            continue
        if luck < 2 * rate and plain in SOUND_ALIKES:
            word = SOUND_ALIKES[plain]
        if luck > 1 - rate / 4:
            words.append(dice.choice(_FILLERS))
        words.append(word)
        if luck > 1 - rate / 8:
            words.append(word)
    return " ".join(words) or text
