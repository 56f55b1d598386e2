"""A complaint letter held to its own ruler: tone, claims, spelling, length, and what is missing.

What is quoted from the evidence is not the writer's own tone and is left out of the tone checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from ...errors import InputError

Scorer = Callable[[Sequence[str]], Sequence[float]]
"""Gives each text its calibrated probability of being disrespectful."""

RUDE_FROM = 0.5
"""Probability from which a sentence of the letter is pointed out; a remark costs little."""

WORDS_ON_A_PAGE = 420
"""Words of a letter that still fit one page with addresses and enclosures."""

QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")

CODES = re.compile(r"\S*[\d_@/\\]\S*|\w+(?:\.\w+)+")
"""Numbers, hashes, addresses and file names: no words to spell."""

INSULTS = re.compile(
    r"\b(idiot\w*|stupid\w*|moron\w*|incompeten\w*|useless|pathetic|disgust\w*|clowns?|liars?|"
    r"scum|crooks?|thie(?:f|ves)|joke of a|shame on you|disgrace\w*|lazy|imbecile\w*)\b",
    re.IGNORECASE,
)
SARCASM = re.compile(
    r"\b(thanks for nothing|congratulations|so-called|how lovely|what a surprise|"
    r"(?:brilliant|wonderful|marvellous|fantastic|stellar) (?:service|work|job)|bravo|"
    r"needless to say|as if|i am sure you (?:are|were) (?:very|far too) busy)\b",
    re.IGNORECASE,
)
ABSOLUTE = re.compile(
    r"\b(always|never|everyone|everybody|nobody|no one|all of your (?:staff|agents|people)|"
    r"every (?:single )?(?:time|call|agent)|completely|totally|utterly|without exception|"
    r"the worst|the rudest)\b",
    re.IGNORECASE,
)
CHARGES = re.compile(
    r"\b(fraud\w*|scam\w*|criminal\w*|illegal\w*|unlawful\w*|lied|lying|stole|stolen|theft|"
    r"discriminat\w*|harass\w*|malicious\w*|deliberately|on purpose)\b",
    re.IGNORECASE,
)
THREATS = re.compile(
    r"\b(or else|you will regret|i will (?:ruin|destroy|expose)|you(?:'ll| will) be sorry)\b",
    re.IGNORECASE,
)
SHOUTING = re.compile(r"\b[A-Z]{4,}(?:[ ,]+[A-Z]{2,})+\b|!{2,}|\?!|!\?")

RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("insult", INSULTS, "Say what was done, not what somebody is."),
    ("sarcasm", SARCASM, "Plain words carry further than irony."),
    ("threat", THREATS, "Name the step you will take (ombudsman, bank), or leave it out."),
    ("absolute", ABSOLUTE, "The evidence covers this call only: give the number or the time."),
    (
        "charge",
        CHARGES,
        "This is a charge of law or intent; the evidence shows words. Describe them.",
    ),
    ("shouting", SHOUTING, "Capitals and rows of marks read as shouting."),
)

ELEMENTS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("request", re.compile(r"\b(ask|request|refund|replace|repair|cancel|apolog|correct)\w*", re.I),
     "Say what you ask for."),
    ("deadline", re.compile(r"\b(by|within|no later than|before) (the )?(\d|\w+ (days|weeks)|"
                            r"\w+day|January|February|March|April|May|June|July|August|September|October|"
                            r"November|December)", re.I),
     "Give a date by which you ask for an answer."),
    ("contact", re.compile(r"@|\b(phone|telephone|e-?mail|reach me|address)\b", re.I),
     "Say how you can be reached."),
)  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """Something to look at again."""

    kind: str
    words: str
    advice: str


def sentences(text: str) -> list[str]:
    """The letter's sentences, addresses and headings included as they stand."""
    parts = re.split(r"(?<=[.!?])[\"”’)]*\s+|\n+", text)
    return [part.strip() for part in parts if part.strip()]


def _tone(text: str, scorer: Scorer) -> Iterable[Remark]:
    own = [s for s in sentences(QUOTED.sub("…", text)) if len(s.split()) > 2]
    if own:
        for sentence, score in zip(own, scorer(own), strict=True):
            if score >= RUDE_FROM:
                yield Remark("tone", sentence, f"Reads as disrespectful (score {score:.2f}).")


def _spelling(text: str, known: Iterable[str]) -> Iterable[Remark]:
    from spellchecker import SpellChecker

    checker = SpellChecker(language="en")
    allowed = {word.lower() for name in known for word in re.findall(r"[^\W\d_]+", name)}
    plain = CODES.sub(" ", QUOTED.sub(" ", text))
    words = {
        match[0]
        for match in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", plain)
        # Names carry capitals; a capital after a full stop is checked in its other places.
        if match[0].islower() and len(match[0]) > 3
    }
    split = {w for word in words for w in re.split(r"[’'-]", word) if len(w) > 3}
    for word in sorted(checker.unknown(split) - allowed):
        better = checker.correction(word)
        if better and better != word:
            yield Remark("spelling", word, f"Perhaps {better}?")
        else:
            yield Remark("spelling", word, "Not in the dictionary.")


def lint(
    text: str, *, scorer: Scorer | None = None, known: Iterable[str] = (), spelling: bool = True
) -> list[Remark]:
    """Point out what weakens a complaint letter.

    Args:
        text: the letter.
        scorer: the conduct model; without it only the word lists judge the tone.
        known: names and terms that the spelling check takes as right.
        spelling: whether to check the spelling (English).
    """
    remarks: list[Remark] = []
    own = QUOTED.sub("…", text)
    for kind, pattern, advice in RULES:
        for words in dict.fromkeys(match[0] for match in pattern.finditer(own)):
            remarks.append(Remark(kind, words, advice))
    if scorer is not None:
        remarks += _tone(text, scorer)
    if spelling:
        remarks += _spelling(text, known)
    count = len(text.split())
    if count > WORDS_ON_A_PAGE:
        advice = f"More than one page ({WORDS_ON_A_PAGE} words): shorten it."
        remarks.append(Remark("length", f"{count} words", advice))
    for kind, pattern, advice in ELEMENTS:
        if not pattern.search(own):
            remarks.append(Remark("missing", kind, advice))
    return remarks


def read_letter(path: Path) -> str:
    """The text of a letter in a `.docx`, `.txt` or `.md` file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        if path.suffix.lower() == ".docx":
            import docx

            with path.open("rb") as file:
                return "\n".join(p.text for p in docx.Document(file).paragraphs)
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError, KeyError, BadZipFile, SyntaxError) as error:
        raise InputError(
            f"{path} is not a letter that can be read (.docx, .txt or .md)."
        ) from error
