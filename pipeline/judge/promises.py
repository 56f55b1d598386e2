"""What a promise names: the time by which, and who is to do it."""

from __future__ import annotations

import re

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty)"
_UNIT = r"(?:working |business )?(?:minute|hour|day|week|month)s?"
_HOUR = r"(?:\d{1,2}(?::\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_CLOCK = rf"(?:noon|midday|midnight|lunch ?time|{_HOUR}(?: o'clock|\s?[ap]\.?m\b\.?)?)"
_PART = r"(?:morning|afternoon|evening|night)"
_ONES = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_ORDINAL = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:twenty|thirty)[- ](?:{_ONES})|tenth|eleventh|twelfth|"
    rf"(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth|{_ONES})"
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_BY = r"(?:by|before|until|on|from|after)"
_AT = rf"(?: (?:before|by|after|at|around) {_CLOCK}| {_PART})?"
_ENDS = r"(?=\s*(?:[.,;:!?]|$|(?:and|or|at|so|then|if|but|when)\b))"
WHEN = re.compile(
    rf"\b(?:{_BY} )?(?:this |next |tomorrow )?{_DAY}{_AT}"
    rf"|\b(?:{_BY} )?(?:the )?(?:{_ORDINAL}|\d{{1,2}}) (?:of )?{_MONTH}\b"
    rf"|\b(?:{_BY} )?{_MONTH} (?:the )?(?:{_ORDINAL}|\d{{1,2}})\b"
    rf"|\b(?:by|before|until|on) the {_ORDINAL}{_ENDS}"
    rf"|\b(?:within|in) (?:the next )?{_COUNT}(?: (?:to|or) {_COUNT})? {_UNIT}"
    rf"|\b(?:up to )?{_COUNT}(?: (?:to|or) {_COUNT})? (?:working|business) days"
    rf"|\b(?:before|by|after|at) {_CLOCK}(?: (?:today|tomorrow|tonight))?(?=[\s.,;!?]|$)"
    r"|\b(?:by |before )?(?:the )?end of (?:the |this |today|next )?(?:day|week|month|business)?"
    rf"|\b(?:by |before )?(?:later )?(?:today|tonight|tomorrow){_AT}\b"
    r"|\b(?:this|next) (?:morning|afternoon|evening|week|month)\b"
    r"|\b(?:right now|straight away|immediately|right away|as we speak)\b",
    re.IGNORECASE,
)
"""A time by which something is to be done."""

_TEAM = (
    r"(?:team|department|manager|supervisor|boss|colleague|engineer|technician|driver|courier|"
    r"office|desk|branch|warehouse|advis[eo]r|agent|specialist|people|group|store|shop|billing|"
    r"accounts|claims|complaints|doctor|nurse|director|somebody|someone)"
)
WHO = re.compile(
    r"\b(?P<who>I|[Ww]e|[Hh]e|[Ss]he|[Tt]hey"
    r"|(?:(?:[Mm]y|[Oo]ur|[Tt]he|[Aa]n?|[Yy]our|[Oo]ne of (?:my|our|the)) )?"
    rf"(?:\w+ ){{0,2}}?{_TEAM}s?"
    r"|[Ss]ome(?:body|one)(?: (?:from|in) (?:\w+ ){0,2}\w+)?|(?:[^\W\d_a-z][^\W\d_]+ ?){1,2}(?<! )"
    r"(?: (?:from|in) (?:\w+ ){0,2}?\w+)?)"
    r"(?:'ll| will| shall| (?:am|is|are)(?: going to| \w+ing)|'(?:m|re|s)(?: going to| \w+ing))\b"
)
"""Whoever is said to do something; what is done to a thing (`it will be …`) names nobody."""

_STOP = re.compile(r"[.?!…;](?:\s|$)")
"""The end of a sentence."""

_NOBODY = """
    it that this there you what which everything nothing something money refund payment parcel order
    monday tuesday wednesday thursday friday saturday sunday today tomorrow so and but then if okay
    yes no well right sure perfect great
"""
NOBODY = frozenset(_NOBODY.split())
"""Words in that place that are no person."""


def when_of(text: str) -> str | None:
    """The time that a promise names, in its own words, or None."""
    found = _when(_plain(text))
    return found.group().strip() if found else None


def who_of(text: str) -> str | None:
    """Who is to do it, in the promise's own words: I, we, a name, another team; or None.

    Where a time is named, whoever is named in that sentence: last before it, else after it.
    """
    text = _plain(text)
    at = 0
    if when := _when(text):
        begin = max((m.end() for m in _STOP.finditer(text, 0, when.start())), default=0)
        stop = _STOP.search(text, when.end())
        text, at = text[begin : stop.start() if stop else None], when.start() - begin
    found = [m for m in WHO.finditer(text) if m["who"].split()[0].lower() not in NOBODY]
    if not found:
        return None
    before = [match for match in found if match.start() <= at]
    return (before[-1] if before else found[0])["who"]


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def _when(text: str) -> re.Match[str] | None:
    return max(WHEN.finditer(text), key=lambda match: len(match.group().strip()), default=None)
