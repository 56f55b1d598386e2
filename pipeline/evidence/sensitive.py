"""What must not travel with a complaint: card data, identity numbers, and more by choice.

Each rule looks at one speaker's words and, as a cue, at what was said just before. Numbers that
carry a check digit are known by it (python-stdnum checks them), telephone numbers by their
numbering plan (phonenumbers); others only after words that announce them. What libraries do not
do is to hear numbers in speech: that is `spoken.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stdnum import iban, luhn
from stdnum.ro import cnp
from stdnum.se import personnummer

from .spoken import Char, bare, readings, runs_of_digits, spelled, written

Span = tuple[int, int]
"""First and last index of the words, both inside."""


@dataclass(frozen=True)
class Found:
    """A stretch of words that holds something sensitive."""

    kind: str
    first: int
    last: int
    reason: str


KINDS = {
    "card": "card number",
    "card_code": "card security code or expiry date",
    "id_number": "identity number",
    "bank": "bank account",
    "phone": "telephone number",
    "email": "e-mail address",
    "birth_date": "date of birth",
    "address": "address",
    "password": "password",
    "one_time_code": "one-time code or PIN",
}
"""Kinds of sensitive data and how the documents name them."""

DEFAULT = frozenset({"card", "card_code", "id_number"})
"""Withheld unless redaction is switched off."""

CUES = {
    "card": r"\b(card|long number|sixteen digits?|16 digits?|visa|mastercard|amex|debit|credit)\b",
    "card_code": r"\b(security code|cvv2?|c v v|cvc|c v c|card verification|three digits on the|"
    r"3 digits on the|last three (digits )?on the|back of (the|your|my) card|signature strip|"
    r"four digits on the front)\b",
    "expiry": r"\b(expir\w*|valid (until|thru|through|to)|good thru|end date)\b",
    "id_number": r"\b(social security|ssn|s s n|national insurance|n i number|ni number|passport|"
    r"driving licen[cs]e|driver'?s licen[cs]e|tax (id|number|identification)|taxpayer|"
    r"national (id|identity|identification)|identity (number|card)|id (number|card)|"
    r"personnummer|personal (identity|identification|numeric) (number|code)|cnp|iin|"
    r"medicare number|nhs number|social insurance|aadhaar|pesel|social)\b",
    "bank": r"\b(iban|account number|sort code|routing number|bank account|bank details)\b",
    "phone": r"\b(phone|telephone|mobile|cell|call (me|you) (back )?(on|at)|reach (me|you)|"
    r"contact number|best number|landline|number is)\b",
    "birth_date": r"\b(date of birth|d o b|dob|birth ?date|birthday|born)\b",
    "address": r"\b(address|live at|postcode|post code|zip( code)?)\b",
    "password": r"\b(password|passphrase|memorable (word|name|information)|maiden name|"
    r"security (word|answer|question))\b",
    "one_time_code": r"\b(one[- ]time|verification code|passcode|pass code|security number|"
    r"authori[sz]ation code|text(ed)? (you|me) (a )?code|pin( number| code)?|code (we|i|you) "
    r"(just )?(sent|got|received)|six[- ]digit code)\b",
}
"""Words that announce a kind of data, in the same turn or the one before."""

NOT_CARDS = re.compile(
    r"\b(tracking|parcel|imei|serial|meter|barcode|order|booking|shipment|consignment)\b"
)
"""Words that announce long numbers of other kinds; only a cue for cards outweighs them."""


def iin(digits: str) -> bool:
    """Kazakh individual identification number: 12 digits, a date, two rounds of weights."""
    if len(digits) != 12 or not 1 <= int(digits[2:4]) <= 12 or not 1 <= int(digits[4:6]) <= 31:
        return False
    values = [int(c) for c in digits]
    rest = sum(v * w for v, w in zip(values, range(1, 12), strict=False)) % 11
    if rest == 10:
        second = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
        rest = sum(v * w for v, w in zip(values, second, strict=False)) % 11
    return rest == values[11]


def national(digits: str) -> bool:
    """Digits that a check digit and a date show to be an identity number, without any cue."""
    if len(digits) == 13:
        return cnp.is_valid(digits)
    if len(digits) == 12 and digits[:2] in ("19", "20"):
        return personnummer.is_valid(f"{digits[:8]}-{digits[8:]}") or iin(digits)
    return iin(digits)


def telephone(digits: str, *, international: bool) -> bool:
    """A number that a numbering plan holds, said with its country code or its trunk digit.

    Without one of the two most rows of ten digits would be a number somewhere.
    """
    if not 8 <= len(digits) <= 17:
        return False
    if international:
        return _planned(f"+{digits}", None)
    if digits[:2] == "00":
        return _planned(f"+{digits[2:]}", None)
    if digits[:1] == "1":
        return _planned(digits, "US")
    return digits[:1] == "0" and any(_planned(digits, region) for region in TRUNK_ZERO)


def _planned(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


NINO = re.compile(r"[a-ceghj-prstw-z][a-ceghj-nprstw-z]\d{6}[a-d]")
"""UK national insurance number, written together in lower case."""

SSN = re.compile(r"(?<!\d)(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?!\d)")
"""US social security number in its written grouping."""

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
STREET = re.compile(
    r"\b\d+[a-z]?,? (?:[a-z'’-]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|close|way|court|"
    r"place|square|terrace|boulevard|crescent|gardens|grove)\b",
    re.IGNORECASE,
)
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)
MONTHS = frozenset((
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec",
))  # fmt: skip
ORDINALS = frozenset((
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "thirtieth",
))  # fmt: skip


TRUNK_ZERO = ("GB", "IE", "AU", "DE", "FR", "NL", "RO", "SE")
"""Countries whose national numbers begin with 0, tried where nobody said it is a telephone."""


def _text(run: Sequence[Char]) -> str:
    return "".join(c.char for c in run)


def _cued(kind: str, said: str) -> bool:
    return re.search(CUES[kind], said) is not None


def _cards(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    cue = _cued("card", said) or _cued("card", before)
    if NOT_CARDS.search(said) and not cue:
        return
    for run in (run for reading in readings(words) for run in reading):
        digits = _text(run)
        checked = any(
            digits[start] in "23456" and luhn.is_valid(digits[start : start + length])
            for length in (range(13, 20) if cue else (15, 16, 19))
            for start in range(len(digits) - length + 1)
        )
        # Two older lengths, alone only: as part of a longer number they mean nothing.
        checked = checked or (
            digits[:1] + str(len(digits)) in ("413", "314") and luhn.is_valid(digits)
        )
        plain = len(digits) in (15, 16) and digits[0] in "3456"
        # The whole run goes: what stands before and after a card's digits is its date and code.
        if checked:
            yield Found("card", run[0].word, run[-1].word, "number with a card’s check digit")
        elif plain or (cue and len(digits) >= 12):
            yield Found("card", run[0].word, run[-1].word, "long number read out as a card")


def _short_after(
    kind: str, cue: str, low: int, high: int, reason: str
) -> Callable[..., Iterable[Found]]:
    def rule(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
        here, earlier = re.search(CUES[cue], said), re.search(CUES[cue], before)
        if not here and not earlier:
            return
        for run in runs_of_digits(words):
            digits = _text(run)
            # In the cue's own turn only what follows it; asked for before, anything fits.
            where = len(" ".join(bare(w) for w in words[: run[0].word]))
            if low <= len(digits) <= high and (earlier or (here and where >= here.start())):
                yield Found(kind, run[0].word, run[-1].word, reason)

    return rule


def _identity(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    cue = _cued("id_number", said) or _cued("id_number", before)
    for run in spelled(words):
        text = _text(run)
        match = NINO.search(text)
        if match:
            yield Found("id_number", run[match.start()].word, run[match.end() - 1].word,
                        "national insurance number")  # fmt: skip
        elif cue and 6 <= len(text) <= 20 and sum(c.isdigit() for c in text) >= 4:
            yield Found("id_number", run[0].word, run[-1].word, "number read out as an identity")
    for run in runs_of_digits(words):
        digits = _text(run)
        if national(digits):
            yield Found("id_number", run[0].word, run[-1].word, "check digit of an identity number")
        elif cue and 4 <= len(digits) <= 20:
            yield Found("id_number", run[0].word, run[-1].word, "number read out as an identity")
    text, owners = written(words)
    for match in SSN.finditer(text):
        yield Found("id_number", owners[match.start()], owners[match.end() - 1],
                    "form of a social security number")  # fmt: skip


def _bank(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    for run in spelled(words):
        text = _text(run)
        for start in range(len(text)):
            ends = [n for n in range(34, 14, -1) if iban.is_valid(text[start : start + n])]
            if ends:
                last = run[min(start + ends[0], len(run)) - 1].word
                yield Found("bank", run[start].word, last, "IBAN with its check digits")
                break
    if _cued("bank", said) or _cued("bank", before):
        for run in runs_of_digits(words):
            if 6 <= len(run) <= 20:
                yield Found("bank", run[0].word, run[-1].word, "number read out as an account")


def _phones(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    cue = _cued("phone", said) or _cued("phone", before)
    for run in runs_of_digits(words):
        digits = _text(run)
        first = run[0].word
        plus = words[first].lstrip("( ").startswith("+") or (
            first > 0 and bare(words[first - 1]) == "plus"
        )
        if cue and 7 <= len(digits) <= 15:
            yield Found("phone", first, run[-1].word, "number read out as a telephone")
        elif not NOT_CARDS.search(said) and telephone(digits, international=plus):
            yield Found("phone", first, run[-1].word, "number of a telephone numbering plan")


def _emails(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    text, owners = written(words)
    for match in EMAIL.finditer(text):
        yield Found("email", owners[match.start()], owners[match.end() - 1], "e-mail address")


def _birth(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    if not (_cued("birth_date", said) or _cued("birth_date", before)):
        return
    dated = {c.word for run in runs_of_digits(words) for c in run}
    dated |= {i for i, w in enumerate(words) if bare(w) in MONTHS | ORDINALS}
    if len(dated) and (len(dated) > 1 or any(len(re.sub(r"\D", "", words[i])) >= 6 for i in dated)):
        yield Found(
            "birth_date", min(dated), max(dated), "date after a question for the birth date"
        )


def _addresses(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    text = " ".join(w.strip(",.;") or "-" for w in words)
    owners = [i for i, w in enumerate(words) for _ in (w.strip(",.;") or "-") + " "]
    for pattern in (STREET, POSTCODE):
        for match in pattern.finditer(text):
            yield Found(
                "address", owners[match.start()], owners[match.end() - 1], "street or postcode"
            )


def _passwords(words: Sequence[str], before: str, said: str) -> Iterable[Found]:
    plain = [bare(w) for w in words]
    if _cued("password", said):
        for index, word in enumerate(plain[:-1]):
            if word in ("is", "it's", "its") and re.search(
                CUES["password"], " ".join(plain[:index])
            ):
                yield Found(
                    "password", index + 1, min(index + 6, len(words) - 1), "said as a password"
                )
                return
    elif _cued("password", before) and len(words) <= 8:
        yield Found("password", 0, len(words) - 1, "answer to a question for a password")


RULES: dict[str, Sequence[Callable[[Sequence[str], str, str], Iterable[Found]]]] = {
    "card": (_cards,),
    "card_code": (
        _short_after("card_code", "card_code", 3, 4, "digits after the words for a security code"),
        _short_after("card_code", "expiry", 3, 6, "digits after the words for an expiry date"),
    ),
    "id_number": (_identity,),
    "bank": (_bank,),
    "phone": (_phones,),
    "email": (_emails,),
    "birth_date": (_birth,),
    "address": (_addresses,),
    "password": (_passwords,),
    "one_time_code": (
        _short_after("one_time_code", "one_time_code", 4, 8, "digits after the words for a code"),
    ),
}


def find(words: Sequence[str], before: str, kinds: Iterable[str]) -> list[Found]:
    """Everything sensitive of these kinds in one stretch of one speaker's words.

    Args:
        words: the words in order.
        before: what was said just before, by anyone, as a cue.
        kinds: keys of `KINDS`.
    """
    said = " ".join(bare(word) for word in words)
    found: list[Found] = []
    for kind in KINDS:
        if kind in kinds:
            for rule in RULES[kind]:
                for item in rule(words, before.lower(), said):
                    if not any(item.first <= f.last and item.last >= f.first for f in found):
                        found.append(item)
    return sorted(found, key=lambda f: f.first)
