"""Names that speakers give themselves. A name is taken as it was printed, or not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ..call import Turn

_WORD = r"[^\W\d_a-zà-öø-ÿа-я][^\W\d_]*(?:['’\-][^\W\d_][^\W\d_]+)*"
_PARTICLE = r"(?:(?:van|von|de|del|der|den|da|di|bin|al|el|la|le) )*"
_NAME = rf"(?P<name>{_WORD}(?: {_PARTICLE}{_WORD}){{0,2}})"
_END = r"(?=\s*(?:[.,;:?!…—–]|$|and\b|here\b|from\b|in\b|at\b|on\b|with\b|speaking\b|calling\b))"

STATED = (
    rf"(?i:\bmy (?:first |full )?name(?:'s| is)) {_NAME}",
    rf"(?i:\b(?:you(?:'re| are) (?:now )?(?:speaking|talking) (?:to|with))) {_NAME}",
    rf"(?i:\bi am called|\bme llamo|\bmi nombre es|\bje m'appelle|\bmon nom est|\bich hei(?:ß|ss)e"
    rf"|\bmein name ist|\bменя зовут) {_NAME}",
    rf"(?:^|[.,;!?] ){_NAME} (?i:speaking)\b(?=\s*(?:[.,;!?]|$|how\b|from\b))",
    rf"(?i:\bthis is|\bit's) {_NAME}(?=,? (?i:(?:speaking|calling|from|here|in|at)\b"
    r"|i(?:'m| am|'ve) (?:calling|ringing|phoning|rung|called)))",
    rf"(?<=[,;] ){_NAME} (?i:here)(?=\s*[.,;!?]|$)",
    rf"(?:^|[.!?] )(?P<name>{_WORD} {_WORD}) (?i:here)(?=\s*[.,;!?]|$)",
    rf"(?i:\bi'm|\bi am) {_NAME}(?=,? (?i:from|and (?:i'm|i'll|i am)|your|with)\b)",
)
"""Wordings in which nothing but the speaker's own name stands at that place."""

PLACED = rf"(?i:(?<=, )this is|(?<=[.,;!?] )you(?:'re| are) through to) {_NAME}{_END}"
"""`…, returns desk, this is Derek`: a name when a firm or desk stands before it."""

ADDRESSED = (
    rf"(?i:\bthis is|\bit's|\bi'm|\bi am|\bthrough to) {_NAME}{_END}",
    rf"(?:^|[.!?] ){_NAME} (?i:here)(?=\s*[.,;!?]|$)",
)
"""Taken only where another voice then calls the speaker by it."""

_GREETING = """
oh ah yes yeah hi hiya hello hey there good morning afternoon evening day and so well okay ok right
um uh er welcome thanks thank you
"""
GREETING = frozenset(_GREETING.split())
"""A sentence of nothing but these before `this is …` leaves open whether a firm's name follows."""

_NOT_NAMES = """
    i a an the this that there here it he she we you they who what where when why how which and but
    or so no not yes yeah okay ok right well just only still again now then nothing nobody somebody
    someone anyone anybody everyone everything something all any both each one two three customer
    customers service services support technical billing sales returns claims department team desk
    office bank banking insurance broadband energy airlines airways mobile telecom telephone
    internet water electric electricity gas company group limited ltd inc plc corp corporation
    hotel hotels store stores shop travel health clinic hospital pharmacy council university
    school care line lines helpline english spanish french german russian british american polish
    sir madam mister mr mrs miss ms doctor dr monday tuesday wednesday thursday friday saturday
    sunday january february march april may june july august september october november december
    sorry glad happy afraid sure calling speaking good hello hi hey thank thanks please welcome
    god jesus christ my your our his her their over out in on at from with for about like ridiculous
    accounts account retention retentions disputes reception manager supervisor agent number
pharmacist nurse receptionist operator owner mother father mum mom dad auntie uncle captain look
listen also ah oh god works come see wait stop
"""
NOT_NAMES = frozenset(_NOT_NAMES.split())
"""Capitalised words that stand where a name could."""

REPORTED = re.compile(
    r"(?i)\b(?:said|says?|told|saying|wrote|writes?|asked|called|like|if)[ ,:“\"]*$"
)
"""Somebody else's words follow: `he said my name is Karl` names nobody on this call."""


def said_names(turns: Sequence[Turn]) -> dict[str, str]:
    """Speaker id to the name that speaker gave, exactly as printed.

    Two different names from one voice give none: the voice may be two people.
    """
    found: dict[str, str] = {}
    for speaker in dict.fromkeys(turn.speaker for turn in turns):
        own = [turn for turn in turns if turn.speaker == speaker and not turn.uncertain]
        given: list[str] = []
        for turn in own:
            given += names_in(turn.text)
            given += [name for name in _addressable(turn.text) if _called(name, speaker, turns)]
        if name := _agreed(given):
            found[speaker] = name
    return found


def names_in(text: str) -> list[str]:
    """Names that this wording gives for its own speaker, in order of the patterns."""
    text = " ".join(text.replace("’", "'").split())
    found = []
    for pattern in STATED:
        found += _clean(re.finditer(pattern, text), text)
    for match in re.finditer(PLACED, text):
        sentence = re.split(r"[.?!…]", text[: match.start()])[-1]
        if not GREETING.issuperset(re.findall(r"[^\W_]+", sentence.lower())):
            found += _clean([match], text)
    return list(dict.fromkeys(found))


def _addressable(text: str) -> list[str]:
    text = " ".join(text.replace("’", "'").split())
    return [name for pattern in ADDRESSED for name in _clean(re.finditer(pattern, text), text)]


def _called(name: str, speaker: str, turns: Sequence[Turn]) -> bool:
    first = re.escape(name.split(maxsplit=1)[0])
    called = re.compile(
        rf"(?i:\b(?:hi|hello|hey|thanks|thank you|okay|yes|no|morning|afternoon|evening|sorry|bye)"
        rf"),? {first}\b|, {first}(?=[.,!?]|$)"
    )
    return any(turn.speaker != speaker and called.search(turn.text) for turn in turns)


def _clean(matches: Iterable[re.Match[str]], text: str) -> list[str]:
    found = []
    for match in matches:
        if REPORTED.search(text[: match.start()]):
            continue
        parts = match.group("name").split()
        # "My name is Derek I work …": what follows a name may be capitalised too.
        keep: list[str] = []
        for part in parts:
            if part.lower() in NOT_NAMES or not (part[0].isupper() or keep):
                break
            keep.append(part)
        while keep and not keep[-1][0].isupper():
            keep.pop()
        if keep and len(keep[0]) > 1:
            found.append(" ".join(keep))
    return found


def _agreed(given: list[str]) -> str | None:
    """The fullest form, if all forms are of one name."""
    if not given:
        return None
    counts = Counter(given)
    fullest = max(counts, key=lambda name: (len(name.split()), counts[name], -given.index(name)))
    parts = set(fullest.split())
    return fullest if all(set(name.split()) <= parts for name in given) else None
