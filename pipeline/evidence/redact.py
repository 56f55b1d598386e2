"""Redaction: sensitive data withheld from words, documents, sound and pictures alike.

`redact` returns a call in which the words are replaced, and the places; `cover` wraps the reader
of the sound so that a tone lies over them. Everything that is written afterwards (clips, copies,
loudness, documents) is made from these two, so nothing of the value can reach the package.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ..call import Call, Turn, Word
from .clips import ReadAudio, Samples
from .sensitive import DEFAULT, KINDS, Found, find
from .spoken import bare, digits_of
from .text import clock

PADDING = 0.35
"""Seconds of tone before and after the withheld words: recognisers place words up to 0.2 s off."""

TONE = 1000.0
"""Hertz of the covering tone."""

TONE_LEVEL = 0.08
"""Amplitude of the covering tone: heard, not startling."""

CONTINUES = 6.0
"""Seconds between two turns of a speaker within which a number may go on."""

CUE_TURNS = 3
"""Turns before that count as a cue: question, answer, and a back-channel between."""


@dataclass(frozen=True)
class Redaction:
    """A place that was withheld; never its value."""

    kind: str
    start: float
    end: float
    turn: int
    reason: str

    @property
    def name(self) -> str:
        """What was withheld, in words."""
        return KINDS[self.kind]


def kinds_of(names: Iterable[str]) -> frozenset[str]:
    """Check kinds given by a user: names of `KINDS`, `default`, or `all`.

    Raises:
        InputError: a name is not known.
    """
    kinds: set[str] = set()
    for name in names:
        if name == "all":
            kinds |= set(KINDS)
        elif name == "default":
            kinds |= DEFAULT
        elif name in KINDS:
            kinds.add(name)
        else:
            raise InputError(
                f"{name} is no kind of redaction: choose from {', '.join(KINDS)}, all."
            )
    return frozenset(kinds)


def _chains(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Turns of one speaker that follow each other closely, back-channels between them ignored."""
    open_chains: dict[str, list[Turn]] = {}
    chains: list[list[Turn]] = []
    for turn in turns:
        chain = open_chains.get(turn.speaker)
        short = chain and turn.start - chain[-1].end <= CONTINUES
        between = [
            t for t in turns
            if chain and t.speaker != turn.speaker and chain[-1].start < t.start < turn.start
        ]  # fmt: skip
        if chain and short and all(len(t.words) <= 4 for t in between):
            chain.append(turn)
        else:
            chain = [turn]
            chains.append(chain)
            open_chains[turn.speaker] = chain
    return chains


def _places(call: Call, kinds: frozenset[str]) -> dict[int, list[Found]]:
    """What to withhold in each turn, word indexes being those of the turn."""
    turns = sorted(call.turns, key=lambda t: (t.start, t.end, t.id))
    order = {turn.id: index for index, turn in enumerate(turns)}
    places: dict[int, list[Found]] = {}
    for chain in _chains(turns):
        first = order[chain[0].id]
        before = " ".join(
            " ".join(bare(w.text) for w in t.words)
            for t in turns[max(0, first - CUE_TURNS) : first]
        )
        owners = [(turn, index) for turn in chain for index in range(len(turn.words))]
        words = [turn.words[index].text for turn, index in owners]
        # Alone first: a turn's own words decide before those of its neighbours join them.
        for found in find(words, before, kinds):
            for turn in chain:
                inside = [
                    index
                    for place, (owner, index) in enumerate(owners)
                    if owner is turn and found.first <= place <= found.last
                ]
                if inside:
                    part = Found(found.kind, min(inside), max(inside), found.reason)
                    places.setdefault(turn.id, []).append(part)
    return places


def _values(words: Sequence[Word]) -> set[str]:
    """Forms in which the words of a withheld place could stand elsewhere in the record."""
    values = {" ".join(w.text for w in words)}
    digits = "".join(digits_of(w.text) or "" for w in words)
    if len(digits) >= 3:
        values.add(digits)
    for word in words:
        plain = bare(word.text)
        if len(re.sub(r"\D", "", plain)) >= 3 or "@" in plain:
            values.add(plain)
    return {value for value in values if len(value) >= 3}


def _sweep(value: Any, pattern: re.Pattern[str] | None, skip: frozenset[str]) -> Any:
    """Replace what `pattern` finds in every string of a plain structure."""
    if pattern is None:
        return value
    if isinstance(value, str):
        return pattern.sub("[withheld]", value)
    if isinstance(value, dict):
        return {k: v if k in skip else _sweep(v, pattern, skip) for k, v in value.items()}
    if isinstance(value, list):
        return [_sweep(item, pattern, skip) for item in value]
    return value


KEPT = frozenset({"sha256", "provenance", "id", "speaker", "kind", "level", "role", "codec",
                  "container", "layout", "schema_version", "labels", "kinds"})  # fmt: skip
"""Fields that hold no words of the call and must stay exact."""


def _without(turn: Turn, places: Sequence[Found]) -> tuple[Turn, list[Redaction], set[str]]:
    words: list[Word] = []
    redactions: list[Redaction] = []
    values: set[str] = set()
    index = 0
    starts = {place.first: place for place in places}
    while index < len(turn.words):
        place = starts.get(index)
        if place is None:
            words.append(turn.words[index])
            index += 1
            continue
        gone = turn.words[place.first : place.last + 1]
        values |= _values(gone)
        start, end = min(w.start for w in gone), max(w.end for w in gone)
        redactions.append(Redaction(place.kind, start, end, turn.id, place.reason))
        words.append(
            Word(text=f"[{KINDS[place.kind]} withheld]", start=start, end=end, confidence=1.0,
                 speaker=gone[0].speaker)
        )  # fmt: skip
        index = place.last + 1
    # A translation would say in English what is withheld in the words.
    translation = None if redactions else turn.translation
    return (
        turn.model_copy(update={"words": words, "translation": translation}),
        redactions,
        values,
    )


def redact(call: Call, kinds: frozenset[str] = DEFAULT) -> tuple[Call, list[Redaction]]:
    """The call without its sensitive words, and the places that were withheld.

    Quotes, contexts and reasons follow the words; text that the recogniser gave and that was not
    taken as heard is searched too. The same call gives the same result, and a call without
    anything sensitive is returned as it is.
    """
    texts = [find(item.text.split(), "", kinds) for item in call.coverage.withheld]
    return _redacted(call, _places(call, kinds), texts)


def blank(call: Call, redactions: Sequence[Redaction]) -> Call:
    """Another record of the same recording, its words withheld at the places given.

    What a machine misheard of a number is most of the number.
    """
    places: dict[int, list[Found]] = {}
    for turn in call.turns:
        for place in redactions:
            inside = [
                index
                for index, word in enumerate(turn.words)
                if word.start < place.end
                and word.end > place.start
                and place.turn in (turn.id, -1)
                and not any(f.first <= index <= f.last for f in places.get(turn.id, ()))
            ]
            if inside:
                part = Found(place.kind, min(inside), max(inside), place.reason)
                places.setdefault(turn.id, []).append(part)
    texts = [
        [
            Found(place.kind, 0, len(item.text.split()) - 1, place.reason)
            for place in redactions
            if item.start < place.end and item.end > place.start
        ][:1]
        for item in call.coverage.withheld
    ]
    return _redacted(call, places, texts, misheard=True)[0]


def _redacted(
    call: Call,
    places: Mapping[int, Sequence[Found]],
    found_in_withheld: Sequence[Sequence[Found]],
    *,
    misheard: bool = False,
) -> tuple[Call, list[Redaction]]:
    """The call without these words of its turns and of its withheld texts.

    Their value is withheld elsewhere too; where they are `misheard`, only as far as it is figures,
    since any words may stand there.
    """
    turns: list[Turn] = []
    redactions: list[Redaction] = []
    values: set[str] = set()
    texts: dict[str, str] = {}
    for turn in call.turns:
        mended, gone, forms = _without(turn, places.get(turn.id, ()))
        turns.append(mended)
        redactions += gone
        values |= forms
        texts[turn.text] = mended.text
    withheld = []
    for item, found in zip(call.coverage.withheld, found_in_withheld, strict=True):
        tokens = item.text.split()
        for place in found:
            gone_words = [Word(text=t, start=item.start, end=item.end, confidence=0.0)
                          for t in tokens[place.first : place.last + 1]]  # fmt: skip
            values |= _values(gone_words)
            redactions.append(Redaction(place.kind, item.start, item.end, -1, place.reason))
        for place in reversed(found):
            tokens[place.first : place.last + 1] = [f"[{KINDS[place.kind]} withheld]"]
        withheld.append(item.model_copy(update={"text": " ".join(tokens)}) if found else item)
    if not redactions:
        return call, []
    by_id = {turn.id: turn for turn in turns}
    moments = []
    for moment in call.moments:
        own = by_id.get(moment.turn) if moment.turn is not None else None
        quote = moment.quote
        if own is not None:
            quote = " ".join(
                w.text for w in own.words
                if w.start >= moment.start - 0.002 and w.end <= moment.end + 0.002
            )  # fmt: skip
        context = texts.get(moment.context, moment.context) if moment.context else moment.context
        moments.append(moment.model_copy(update={"quote": quote, "context": context}))
    mended_call = call.model_copy(
        update={
            "turns": turns,
            "moments": moments,
            "coverage": call.coverage.model_copy(update={"withheld": withheld}),
        }
    )
    if misheard:
        values = {form for form in values if re.search(r"[\d@]", form)}
    surfaces = sorted(values, key=len, reverse=True)
    pattern = None
    if surfaces:
        pattern = re.compile(
            "|".join(r"(?<!\w)" + re.escape(form) + r"(?!\w)" for form in surfaces), re.IGNORECASE
        )
    data = _sweep(mended_call.model_dump(mode="python"), pattern, KEPT)
    return Call.model_validate(data), sorted(redactions, key=lambda r: (r.start, r.end))


def cover(read_audio: ReadAudio, redactions: Sequence[Redaction]) -> ReadAudio:
    """A reader that lays a tone over every withheld place, on all channels, with padding."""
    if not redactions:
        return read_audio

    def read(start: float, end: float) -> tuple[Samples, int]:
        samples, rate = read_audio(start, end)
        samples = samples.copy()
        count = samples.shape[1]
        offset = round(start * rate)
        for place in redactions:
            first = max(round((place.start - PADDING) * rate) - offset, 0)
            last = min(round((place.end + PADDING) * rate) - offset, count)
            if first < last:
                time = (np.arange(first, last) + offset) / rate
                tone = TONE_LEVEL * np.sin(2 * np.pi * TONE * time)
                samples[:, first:last] = tone.astype(np.float32)
        return samples, rate

    return read


def sentence(redactions: Sequence[Redaction]) -> str:
    """What was withheld, for the first page: kinds, counts and times, never a value."""
    if not redactions:
        return ""
    counts = Counter(item.name for item in redactions)
    parts = []
    for name, count in counts.items():
        times = ", ".join(clock(r.start) for r in redactions if r.name == name)
        parts.append(f"{name} ({count}×, at {times})")
    return (
        "Withheld from this copy: "
        + "; ".join(parts)
        + ". A tone covers the sound at these places."
    )
