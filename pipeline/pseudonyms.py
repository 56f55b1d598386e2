"""Codes in place of names: who is meant stays the same person, and nobody is named.

A code is cut from HMAC-SHA256 of the name under a key that stays with the audit: the same name
has the same code wherever the same key is used, and without the key a name cannot be tried out.
In what was said, names of agents, customers and teams become their codes; any other word that is
written like a name becomes `[name]`, places and firms included: better one too many.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from ..errors import InputError
from .audited import Metadata
from .call import Call
from .judge.names import NOT_NAMES, names_in

KEY = "pseudonyms.key"
"""The key's file in the audit's folder. Whoever has it can tell whether a code is a given name."""

LETTERS = 6
"""Letters of a code: thirty bits, so that two of a thousand names hardly ever share one."""

CALL_LETTERS = 12
"""… of a call's: sixty bits, since an audit may hold tens of thousands, and tables join on them."""

UNKNOWN = "[name]"

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_CODE = (
    r"\[(?:(?:Agent|Customer|Team|Call|Reviewer) [A-Z2-7]{6,12}|name|[a-z -]+ withheld|withheld)\]"
)
_PIECE = re.compile(rf"{_CODE}|{_WORD.pattern}")
_SENTENCE_END = re.compile(r"(?:^|[.?!…:;“”\"(\]])\s*$")
_ADDRESSED = re.compile(
    r"(?i:\b(?:hi|hello|hey|thanks|thank you|mr|mrs|ms|miss|mister|sir|madam|dr))[., ]+"
    r"(?P<name>[^\W\d_a-z][^\W\d_]+(?: [^\W\d_a-z][^\W\d_]+)?)"
)

_STARTERS = """
    about absolutely actually after again ah all alright although always am amazing an and another
    any anything are as ask at awesome be because been before besides both brilliant but bye by
    call can cannot certainly clearly come congratulations could course dear definitely depending
    did do does don't each eight eighty either eleven else even every everything exactly excellent
    excuse eventually fair fantastic fifteen fifty fine first five for forty four fourteen frankly
    from generally get give go goodbye good got great had half has have having hence here hers hold
    honestly hopefully how however hundred if immediately in incredible indeed instead is isn't it
    its it's just keep kind last later lastly least let let's lovely luckily make many maybe me
    meanwhile might mine more most much must my naturally need neither never next nice nine ninety
    no none nor normally not nope obviously of off often oh ok okay on once one only or order
    originally otherwise our over pardon perfect perhaps please possibly precisely presumably
    previously probably put quite rather really regarding right same say second see send seven
    seventy several shall she should since six sixteen sixty so some something sometimes somewhere
    soon splendid still stop strange such super supposedly surely take tell ten thanks that that's
    the their them then there there's therefore these they thirteen thirty this those though three
    through thus till to today together tomorrow tonight too totally true try twelve twenty twice
    two typically ultimately under understand understandable understood unfortunately unless until
    up us use usually very wait wanted was we weird welcome well were what what's whatever when
    whenever where whether which while who whoever whole whose why will wish with without wonderful
    wow wrong yeah yep yes yesterday yet you your yours you're zero bear speaking would could
    account nobody everybody somebody people policy day days week weeks month months year years
    monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december christmas easter english spanish french german
"""
STARTERS = frozenset(_STARTERS.split()) | NOT_NAMES
"""Words that are capitalised for opening a sentence, or always, and name nobody."""

_BOTH = """
    will mark grace rose may june april august joy hope faith art bill pat rob sue drew frank grant
    chase max dean earl page rich sunny summer autumn dawn eve holly ivy iris lily olive penny ruby
    violet amber jade pearl crystal chance miles guy jack jean gene dale glen cliff brook heath lane
    wade ray jay bob don ken nick rod ted victor price young king bishop baker cook smith taylor
    carter mason hunter fisher porter potter turner walker butler law long short white black brown
    green grey gray field wood woods stone hill banks rivers marsh day
"""
_TITLES = """
    advisor adviser agent caller clerk customer desk line operator rep representative support team
    unknown user
"""
TITLES = frozenset(_TITLES.split())
"""What lists write in place of a name ("Agent 7"): such a word names nobody."""

WORDS_TOO = frozenset(_BOTH.split())
"""Names that are words as well: taken for the name only where they are capitalised."""


def key_of(folder: Path) -> bytes:
    """The folder's key, made where there is none. Raises InputError where it cannot be used."""
    path = folder / KEY
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text(encoding="ascii", errors="replace").strip()
        if not re.fullmatch(r"[0-9a-f]{32,}", text):
            raise InputError(f"{path} is not a key: put back the one that was there.") from None
        return bytes.fromhex(text[: len(text) // 2 * 2])
    with os.fdopen(handle, "w", encoding="ascii") as out:
        text = secrets.token_hex(32)
        out.write(text + "\n")
    return bytes.fromhex(text)


@dataclass
class Pseudonyms:
    """The codes of one audit."""

    key: bytes
    known: dict[str, str] = field(default_factory=dict)
    """Code by name or part of a name, in lower case."""
    teams: dict[str, str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    """Words that the audit's calls write without a capital."""

    def code(self, kind: str, name: str) -> str:
        """`Agent K7Q2MX` for a name; nothing for nothing."""
        plain = " ".join(name.lower().split())
        if not plain:
            return ""
        digest = hmac.new(self.key, f"{kind}\0{plain}".encode(), hashlib.sha256).digest()
        letters = CALL_LETTERS if kind == "Call" else LETTERS
        return f"{kind} {base64.b32encode(digest).decode('ascii')[:letters]}"

    def learn_metadata(self, metadata: Iterable[Metadata]) -> None:
        """Agents and teams, before anything is replaced."""
        for entry in metadata:
            self._learn(entry.agent, self.code("Agent", entry.agent))
            if entry.team:
                self.teams[entry.team] = self.code("Team", entry.team)

    def learn_call(self, call: Call, metadata: Metadata) -> None:
        """The names that a call's voices have or give, and the words it writes small."""
        for speaker in call.speakers:
            if not speaker.name:
                continue
            kind = "Agent" if speaker.role == "agent" else "Customer"
            parts = {part.lower() for part in speaker.name.split()}
            same = speaker.role == "agent" and parts & set(metadata.agent.lower().split())
            code = self.code("Agent", metadata.agent) if same else self.code(kind, speaker.name)
            self._learn(speaker.name, code)
        for turn in call.turns:
            kind = "Agent" if turn.role == "agent" else "Customer"
            for name in names_in(turn.text):
                self._learn(name, self.code(kind, name))
            for match in _ADDRESSED.finditer(turn.text):
                name = match["name"]
                if not {part.lower() for part in name.split()} & STARTERS:
                    self._learn(name, UNKNOWN)
            self.words.update(
                word[0] for word in re.finditer(_WORD, turn.text) if word[0][0].islower()
            )

    def _learn(self, name: str, code: str) -> None:
        for part in _parts(name):
            # An agent's code stays, whatever a call makes of the same name.
            if self.known.get(part, UNKNOWN) == UNKNOWN:
                self.known[part] = code

    def text(
        self, text: str, *, known_only: bool = False, own: Mapping[str, str] | None = None
    ) -> str:
        """What was said, without names.

        `known_only` leaves words alone that merely look so; `own` are codes by name that come
        before all others, such as the agent's whose call it is.
        """
        if self.teams:
            named = _whole_words(tuple(self.teams))
            text = named.sub(lambda match: f"[{self.teams[match[0]]}]", text)
        parts: list[str] = []
        last = 0
        for match in _PIECE.finditer(text):
            if match[0].startswith("["):  # a code of ours
                continue
            before = text[max(0, match.start() - 4) : match.start()]
            replaced = self._replacement(match[0], before, own or {})
            if replaced is None or (known_only and replaced == UNKNOWN):
                continue
            shown = replaced if replaced == UNKNOWN else f"[{replaced}]"
            between = text[last : match.start()]
            # A first name and a surname are one name.
            if not (parts and not between.strip() and parts[-1] == shown):
                parts += [between, shown]
            last = match.end()
        return "".join(parts) + text[last:]

    def _replacement(self, token: str, before: str, own: Mapping[str, str]) -> str | None:
        base = re.sub(r"['’]s$", "", token)
        plain, capital = base.lower(), base[0].isupper()
        code = own.get(plain) or self.known.get(plain)
        if code is not None and (capital or plain not in WORDS_TOO):
            return code
        usual = plain in STARTERS or plain == "i" or re.match(r"i['’]", plain) is not None
        abbreviation = base.isupper() and len(base) <= 4
        if not capital or usual or abbreviation:
            return None
        opens = bool(_SENTENCE_END.search(before))
        return None if opens and plain in self.words else UNKNOWN

    def person(self, kind: str, name: str) -> str:
        """The code of a reviewer, or of one who answers: the known one where the name has one."""
        return self.known.get(" ".join(name.lower().split()), "") or self.code(kind, name)

    def metadata(self, entry: Metadata) -> Metadata:
        """What is known of a call, without names; further columns may hold some and go."""
        return entry.model_copy(
            update={
                "call_id": self.call_id(entry.call_id),
                "agent": self.code("Agent", entry.agent),
                "team": self.code("Team", entry.team),
                "extra": {},
            }
        )

    def call_id(self, name: str) -> str:
        """A call's code: ids are made from file names, which may name people."""
        return self.code("Call", name)

    def call(self, call: Call, metadata: Metadata) -> Call:
        """The record with every text without names.

        Two agents may share a first name: in a call it means the one whose call it is.
        """
        own = dict.fromkeys(_parts(metadata.agent), self.code("Agent", metadata.agent))
        change = partial(self.text, own=own)
        data = _swept(call.model_dump(mode="python"), change)
        data["recording"]["name"] = self.call_id(call.recording.sha256)
        for speaker in data["speakers"]:
            speaker["name"] = None
        for turn in data["turns"]:
            # Names of several words can only be seen over the whole turn.
            turn["words"] = _rewritten(turn["words"], change)
        return Call.model_validate(data)


@cache
def _whole_words(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names as whole words, the longest that fits."""
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")


def _parts(name: str) -> list[str]:
    """A name as a whole and its words, in lower case; without what names nobody."""
    words = [match[0].lower() for match in _WORD.finditer(name)]
    parts = [" ".join(name.lower().split()), *words]
    return [part for part in parts if len(part) > 1 and part not in TITLES]


SPOKEN = frozenset({"quote", "context", "reasons", "drivers", "translation", "role_reasons"})
"""Fields that hold words of people."""


def _swept(value: Any, change: Any, *, spoken: bool = False) -> Any:
    if isinstance(value, str):
        return change(value) if spoken else value
    if isinstance(value, Mapping):
        return {
            key: inner if key in ("words", "provenance") else
            _swept(inner, change, spoken=spoken or key in SPOKEN)
            for key, inner in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [_swept(item, change, spoken=spoken) for item in value]
    return value


def _rewritten(words: list[dict[str, Any]], change: Any) -> list[dict[str, Any]]:
    """A turn's words with its text changed; the first word then carries all of it."""
    text = " ".join(word["text"] for word in words)
    changed = change(text)
    if changed == text or not words:
        return words
    first = {**words[0], "text": changed, "end": words[-1]["end"]}
    return [first]
