"""Spoken numbers, letters and signs as they would be written, word by word.

People read numbers out in every grouping ("four one one one", "forty-one eleven", "double five",
"oh"), spell letters, and say signs by name. This module turns words into characters and keeps for
each character the word it came from, so that what is found in the written form can be withheld
from the words and from the sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ... import numerals

UNITS = {
    **numerals.UNITS, "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0",
    "hundred": "00",
}  # fmt: skip
TEENS = numerals.TEENS
TENS = {**numerals.TENS, "fourty": "4"}
REPEATS = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
SIGNS = {
    "dash": "-", "hyphen": "-", "minus": "-", "slash": "/", "dot": ".", "point": ".",
    "underscore": "_", "plus": "+",
}  # fmt: skip
FILLERS = frozenset((
    "um", "uh", "erm", "er", "ah", "eh", "hmm", "mm", "mm-hm", "mhm", "uh-huh", "so", "and", "then",
    "okay", "ok", "right", "yes", "yeah", "yep", "space", "next", "again", "that's", "is", "it's",
    "it", "the", "sorry", "like", "please", "well", "comma",
))  # fmt: skip
"""Words that may stand inside a number that is read out."""

NATO = {
    "alpha": "a", "alfa": "a", "bravo": "b", "charlie": "c", "delta": "d", "echo": "e",
    "foxtrot": "f", "golf": "g", "hotel": "h", "india": "i", "juliet": "j", "kilo": "k",
    "lima": "l", "mike": "m", "november": "n", "oscar": "o", "papa": "p", "quebec": "q",
    "romeo": "r", "sierra": "s", "tango": "t", "uniform": "u", "victor": "v", "whiskey": "w",
    "xray": "x", "x-ray": "x", "yankee": "y", "zulu": "z",
}  # fmt: skip


@dataclass(frozen=True)
class Char:
    """A written character and the index of the word it was said in."""

    char: str
    word: int


def bare(word: str) -> str:
    """A word in lower case without the punctuation around it."""
    return word.lower().strip(" .,;:!?\"'“”‘’()[]…")


def digits_of(word: str) -> str | None:
    """The digits a single word stands for, or None where it is no number.

    `4111` → 4111; `four` → 4; `forty-one` → 41; `4111-1111` → 41111111.
    """
    plain = bare(word).removeprefix("+")
    for table, tail in ((UNITS, ""), (TEENS, ""), (TENS, "0")):
        if plain in table:
            return table[plain] + tail
    if re.fullmatch(r"[\d\-.,/ ]+", plain) and any(c.isdigit() for c in plain):
        return re.sub(r"\D", "", plain)
    parts = plain.split("-")
    if len(parts) > 1:
        found = [digits_of(part) for part in parts]
        if all(found):
            joined = [part for part in found if part]
            if len(joined) == 2 and parts[0] in TENS and parts[1] in UNITS:
                return TENS[parts[0]] + UNITS[parts[1]]
            return "".join(joined)
    return None


def readings(words: Sequence[str]) -> Iterator[list[list[Char]]]:
    """Every way to read the runs: `sixty seven` is 67, or the end of `60` and a 7.

    The likeliest first; then all such pairs apart, then each alone apart.
    """
    yield runs_of_digits(words)
    pairs = [
        index
        for index, word in enumerate(words[:-1])
        if bare(word) in TENS and bare(words[index + 1]) in UNITS
    ]
    if pairs:
        yield runs_of_digits(words, apart=frozenset(pairs))
    if len(pairs) > 1:
        for index in pairs:
            yield runs_of_digits(words, apart=frozenset((index,)))


def runs_of_digits(
    words: Sequence[str], *, apart: frozenset[int] = frozenset()
) -> list[list[Char]]:
    """Stretches of digits that are read out, fillers and signs inside them passed over.

    A run ends at the first word that is neither a number, a filler nor a sign; fillers at its
    ends do not belong to it. Tens at the indexes in `apart` stay apart from the unit after them.
    """
    runs: list[list[Char]] = []
    run: list[Char] = []
    repeat = 0
    index = 0
    while index < len(words):
        plain = bare(words[index])
        found = digits_of(words[index])
        if plain in REPEATS:
            repeat = REPEATS[plain]
            index += 1
            continue
        if found is not None:
            following = bare(words[index + 1]) if index + 1 < len(words) else ""
            if (
                plain in TENS
                and following in UNITS
                and UNITS[following] != "0"
                and index not in apart
            ):
                run += [Char(TENS[plain], index), Char(UNITS[following], index + 1)]
                index += 2
                repeat = 0
                continue
            first = index - 1 if repeat else index
            run += [Char(c, first) for c in found[:1]] if repeat else []
            run += [Char(c, index) for c in (found * repeat)[1:]] if repeat else [
                Char(c, index) for c in found
            ]  # fmt: skip
            repeat = 0
        elif plain not in FILLERS and plain not in SIGNS and plain:
            if run:
                runs.append(run)
            run, repeat = [], 0
        index += 1
    if run:
        runs.append(run)
    return runs


def spelled(words: Sequence[str]) -> list[list[Char]]:
    """Stretches of letters and digits that are read out one by one: `G B two nine N W B K`.

    A written word that mixes letters and digits (`AB123456C`) counts too.
    """
    runs: list[list[Char]] = []
    run: list[Char] = []
    repeat = 1
    for index, word in enumerate(words):
        plain = bare(word)
        found = digits_of(word)
        if plain in REPEATS:
            repeat = REPEATS[plain]
            continue
        text = ""
        if found is not None:
            text = found
        elif len(plain) == 1 and plain.isalpha():
            text = plain
        elif plain in NATO:
            text = NATO[plain]
        else:
            packed = re.sub(r"[\s\-./]", "", plain)
            if re.fullmatch(r"(?=.*\d)[a-z0-9]{2,34}", packed) or (
                re.fullmatch(r"[a-z]{2,4}", packed) and word.strip(" .,").isupper()
            ):
                text = packed
        if text:
            run += [Char(c, index) for c in text * repeat]
        elif plain not in FILLERS and plain not in SIGNS and plain:
            if run:
                runs.append(run)
            run = []
        repeat = 1
    if run:
        runs.append(run)
    return runs


def written(words: Sequence[str]) -> tuple[str, list[int]]:
    """The words as one text with signs written, and for each character its word's index.

    `john dot smith at gmail dot com` → `john.smith@gmail.com`.
    """
    text = ""
    owners: list[int] = []
    glue = True
    for index, word in enumerate(words):
        plain = bare(word)
        sign = SIGNS.get(plain, "@" if plain == "at" else "")
        if sign:
            text += sign
            owners += [index] * len(sign)
            glue = True
            continue
        piece = word.strip(' ,;!?"“”()')
        if not glue:
            text += " "
            owners.append(index)
        text += piece
        owners += [index] * len(piece)
        glue = False
    return text, owners
