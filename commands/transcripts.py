"""Words that somebody already has, read as turns for the conduct model.

JSON carries a turn an object; transcripts (WebVTT, SubRip, plain text) carry speakers' names,
from which the turns, their roles and the other side's turn before each are made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..models.conduct.network import TurnInput
from ..pipeline.call import Turn
from ..pipeline.judge.asks import Asks
from ..pipeline.judge.conduct import SIDES, contexts_of, other_side
from ..pipeline.judge.written import asked_before, written_turn
from .naming import Names, role_of

TIME = r"(?:(?:\d{1,3}:)?\d{1,3}:)?\d{1,3}(?:[.,]\d{1,3})?"
CUE = re.compile(rf"^\s*({TIME})\s+-->\s+{TIME}")
VOICE = re.compile(r"<v(?:\.[^ >]*)?[ \t]+([^>]+)>|</v>")
"""Where a voice of WebVTT begins or ends."""

TAG = re.compile(r"<[^>]*>")
DASH = re.compile(r"^\s*[-–—]\s*(?=\S)")
"""In a cue with several, each is another voice."""

STAMPED = re.compile(rf"^[\[(]?({TIME})[\])]?(?:\s*-+>?\s*[\[(]?{TIME}[\])]?)?[\s:-]+(?=\S)")
NUMBERED = re.compile(r"^ *(\d+)  +(\d+(?::\d\d)+)  +(?:(\S(?:.*?\S)??)  +)?(\S.*)$")
"""A line of this project's own transcript.txt: number, time, speaker where it changes, words."""

OWN_HEAD = re.compile(r"^(Transcript of |Numbers are those of the evidence documents)")
DOUBTFUL = re.compile(r"\[([^\[\]]*)\?\]")
"""`[word?]`: how that transcript marks a doubtful word."""

LIMIT = 100_000
"""Characters of a turn at most: more is no turn of speech, and would only stall the reading."""


@dataclass(frozen=True)
class Line:
    """One turn to be scored."""

    id: Any
    turn: TurnInput
    about: dict[str, Any] = field(default_factory=dict)
    """Printed with its result: for a transcript, who spoke when, and the words."""
    announced: bool = False
    """A recording speaks: nobody is judged by it, and it is nobody's context."""
    repeats: bool = False
    """The same was asked for in an earlier turn, by the words."""


@dataclass
class _Cue:
    speaker: str
    start: str
    text: str


def read_json(data: bytes, name: str) -> list[Line]:
    """Turns from JSON lines, or from one array of them; `InputError` names the first that is none.

    A turn holds `text`, and where known `id` (else its number), `role`, `context` and `history`.
    Where `context` is empty, the other side's last turn in `history` stands in.
    """
    # Only UTF-8 may begin with this mark, and only once.
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip().startswith(b"["):
        rows = _loaded(data, name)
        return [_line(row, n, f"{name}, turn {n}") for n, row in enumerate(rows, start=1)]
    found = []
    for number, raw in enumerate(data.splitlines(), start=1):
        where = f"{name}, line {number}"
        if raw.strip():
            found.append(_line(_loaded(raw, where), number, where))
    return found


def _loaded(data: bytes, where: str) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON: {error}.") from error


def _line(row: Any, number: int, where: str) -> Line:
    if not isinstance(row, dict):
        raise InputError(f"{where} is not a JSON object.")
    if not isinstance(row.get("text"), str):
        raise InputError(f"{where} has no text: a turn needs its words as a string.")
    if len(row["text"]) > LIMIT:
        raise InputError(f"{where} has more than {LIMIT} characters, which is no turn of speech.")
    identity = number if row.get("id") is None else row["id"]
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise InputError(f"{where} has an id that is neither a string nor a whole number.")
    role = role_of(_string(row, "role", where))
    context = _string(row, "context", where)
    before = _history(row.get("history"), where)
    turns = [*before, written_turn(len(before), role, role, _plain(row["text"]))]
    own, context_role = turns[-1], ""
    if not context.strip():
        answered = [turn for turn in before if turn.words and other_side(own, turn)]
        context = answered[-1].text if answered else ""
        context_role = _side(answered[-1].role) if answered else ""
    return Line(
        identity,
        TurnInput(_plain(row["text"]), _plain(context), _side(own.role), context_role),
        announced=own.role == "system",
        repeats=bool(before) and asked_before(Asks(turns), turns, len(before)),
    )


def _side(role: str) -> str:
    """The role where it is one of the two sides, else empty."""
    return role if role in SIDES else ""


def _string(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{where} has a {key} that is not a string.")
    return value


def _history(history: Any, where: str) -> list[Turn]:
    """Earlier turns: objects with `text` and `role`, or bare strings.

    One whose side is not known counts as the other side's; where the turn's own side is not known,
    all do.
    """
    if history is None:
        return []
    if not isinstance(history, list):
        raise InputError(f"{where} has a history that is not a list of earlier turns.")
    turns = []
    for number, entry in enumerate(history):
        earlier = {"text": entry} if isinstance(entry, str) else entry
        if not isinstance(earlier, dict) or not isinstance(earlier.get("text"), str):
            raise InputError(f"{where} has a history with an entry that has no text.")
        role = role_of(_string(earlier, "role", f"{where}, in its history,"))
        turns.append(
            written_turn(number, role or f"earlier {number}", role, _plain(earlier["text"]))
        )
    return turns


def _plain(text: str) -> str:
    """Half a surrogate pair is no character, and the tokenizer takes none."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read_transcript(text: str, form: str) -> list[Line]:
    """Turns of a transcript: `vtt`, `srt` or `txt`.

    Lines of one speaker that follow each other are one turn. Without speakers every cue or line
    is a turn of its own, without context: who answers whom is then not known. Earlier turns are
    the history in which an ask may have been made before.
    """
    cues = _plain_lines(text) if form == "txt" else _cues(text)
    turns: list[_Cue] = []
    for cue in cues:
        if turns and cue.speaker and turns[-1].speaker == cue.speaker:
            turns[-1].text += f" {cue.text}"
        else:
            turns.append(cue)
    return _answering(turns)


def _answering(cues: list[_Cue]) -> list[Line]:
    """The turns with what the other side said before each; whose words nobody knows answer none."""
    made = [written_turn(n, c.speaker, role_of(c.speaker), c.text) for n, c in enumerate(cues)]
    named = [turn for turn in made if turn.speaker]
    contexts = {t.id: c for t, c in zip(named, contexts_of(named), strict=True) if c}
    asks = Asks(named)
    repeats = {t.id for at, t in enumerate(named) if asked_before(asks, named, at)}
    lines = []
    for turn, cue in zip(made, cues, strict=True):
        context = contexts.get(turn.id)
        words, other = (context.text, _side(context.role)) if context else ("", "")
        lines.append(
            Line(
                turn.id + 1,
                TurnInput(cue.text, words, _side(turn.role), other),
                {"speaker": cue.speaker, "start": cue.start, "text": cue.text},
                announced=turn.role == "system",
                repeats=turn.id in repeats,
            )
        )
    return lines


def _cues(text: str) -> Iterator[_Cue]:
    """Cues of WebVTT or SubRip: headers, notes, styles and numbers are passed over."""
    blocks: list[tuple[str, list[tuple[str | None, str]]]] = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        rows = block.strip("\n").split("\n")
        at = next((i for i, row in enumerate(rows) if CUE.match(row)), None)
        if at is None:
            continue
        blocks.append((CUE.match(rows[at])[1], list(_voices(rows[at + 1 :]))))  # type: ignore[index]
    names = Names(row for _, parts in blocks for voice, row in parts if voice is None)
    for start, parts in blocks:
        said: list[_Cue] = []
        dashes = sum(voice is None and bool(DASH.match(row)) for voice, row in parts) > 1
        for voice, row in parts:
            speaker, words = (voice, row) if voice is not None else names.split(row)
            fresh = not said or speaker or voice is not None or (dashes and DASH.match(row))
            if DASH.match(words):
                words = DASH.sub("", words)
            if fresh:
                said.append(_Cue(speaker, start, words))
            else:
                said[-1].text += f" {words}"
        for cue in said:
            cue.text = _plain(" ".join(cue.text.split()))
            if cue.text:
                yield cue


def _voices(rows: list[str]) -> Iterator[tuple[str | None, str]]:
    """A cue's text by voice: `<v Name>` says whose it is, else (None) each line stands alone."""
    said = "\n".join(rows)
    if not VOICE.search(said):
        yield from ((None, row) for row in _unescape(TAG.sub("", said)).split("\n") if row.strip())
        return
    at, speaker = 0, ""
    for mark in [*VOICE.finditer(said), None]:
        words = _unescape(TAG.sub("", said[at : mark.start() if mark else None]))
        if words.strip():
            yield speaker, words
        if mark:
            at, speaker = mark.end(), _unescape(mark[1] or "").strip()


def _unescape(text: str) -> str:
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""),
                         ("&rlm;", ""), ("&amp;", "&")):  # fmt: skip
        text = text.replace(entity, char)
    return text


def _plain_lines(text: str) -> Iterator[_Cue]:
    """Lines such as `Agent: words` or `[00:12] Agent: words`, or this project's own transcript."""
    rows = [row for row in text.splitlines() if row.strip()]
    if rows and OWN_HEAD.match(rows[0]):
        yield from _own_lines(rows)
        return
    stamped = [_stamp(row) for row in rows]
    names = Names(rest for _, rest in stamped)
    for start, rest in stamped:
        speaker, words = names.split(rest)
        if words:
            yield _Cue(speaker, start, _plain(words))


def _own_lines(rows: list[str]) -> Iterator[_Cue]:
    speaker = ""
    for row in rows:
        if OWN_HEAD.match(row):
            continue
        if numbered := NUMBERED.match(row):
            speaker = numbered[3] or speaker
            yield _Cue(speaker, numbered[2], _plain(DOUBTFUL.sub(r"\1", numbered[4])))


def _stamp(row: str) -> tuple[str, str]:
    """Time (or empty) and the rest of a line."""
    rest = row.strip()
    stamp = STAMPED.match(rest)
    if stamp and ":" in stamp[1]:
        return stamp[1], rest[stamp.end() :]
    return "", rest
