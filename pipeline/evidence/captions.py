"""The transcript as plain files: text, WebVTT, SubRip and RTTM.

One small writer class for each format. WebVTT and its escapes follow the W3C text; SubRip has no
escapes, so characters that players take for markup are replaced by look-alikes; RTTM follows the
NIST Rich Transcription evaluation plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..call import Call
from .document import Document
from .lines import Line, Piece, plain
from .text import slug
from .wording import BRACES

CUE_WIDTH = 42
"""Characters on a line of a subtitle, as broadcasters set it."""

CUE_LONGEST = 7.0
"""Seconds that a subtitle stands at most."""

CUE_PAUSE = 1.5
"""Seconds between two words from which a new subtitle begins."""

LOOK_ALIKES = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")"})
"""SubRip players read `<b>` and `{\\an8}` as markup and have no way to write them as text."""


@dataclass(frozen=True)
class Cue:
    """One subtitle: up to two lines of one speaker."""

    start: float
    end: float
    who: str
    text: str


def _full(cue: Sequence[Piece], piece: Piece) -> bool:
    return (
        sum(len(p.text) + 1 for p in cue) + len(piece.text) > 2 * CUE_WIDTH
        or piece.end - cue[0].start > CUE_LONGEST
        or piece.start - cue[-1].end > CUE_PAUSE
        or (cue[-1].text[-1] in ".?!" and sum(len(p.text) + 1 for p in cue) > CUE_WIDTH)
    )


def cues_of(lines: Sequence[Line]) -> Iterator[Cue]:
    """Cut turns into subtitles of one speaker each."""
    turn: int | None = None
    cue: list[Piece] = []
    who = ""
    for line in lines:
        for piece in line.pieces:
            if cue and (line.turn != turn or _full(cue, piece)):
                yield Cue(cue[0].start, cue[-1].end, who, " ".join(p.text for p in cue))
                cue = []
            cue.append(piece)
            turn, who = line.turn, line.party.label
    if cue:
        yield Cue(cue[0].start, cue[-1].end, who, " ".join(p.text for p in cue))


def _stamp(seconds: float, point: str) -> str:
    whole = round(max(seconds, 0.0) * 1000)
    second, milli = divmod(whole, 1000)
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}{point}{milli:03d}"


def _folded(text: str) -> str:
    """A subtitle's text on two lines of similar length where one is not enough."""
    if len(text) <= CUE_WIDTH:
        return text
    middle = len(text) // 2
    spaces = [i for i, char in enumerate(text) if char == " "]
    if not spaces:
        return text
    at = min(spaces, key=lambda i: abs(i - middle))
    return text[:at] + "\n" + text[at + 1 :]


class TextWriter:
    """`transcript.txt`: numbered lines with time and speaker, doubtful words in brackets."""

    name = "transcript.txt"

    def write(self, document: Document) -> str:
        """The file's text."""
        head = [
            f"Transcript of {document.title}",
            "Numbers are those of the evidence documents. [word?] marks a doubtful word.",
            *([BRACES] if document.corrected else []),
            "",
        ]
        if not document.lines:
            return "\n".join([*head, "No speech was found in this recording.", ""])
        wide = max(len(line.party.label) for line in document.lines)
        digits = len(str(len(document.lines)))
        rows = []
        for line in document.lines:
            who = line.party.label if line.first else ""
            note = f"   ({'; '.join(line.notes)})" if line.notes else ""
            rows.append(
                f"{line.number:>{digits}}  {line.time}  {who:<{wide}}  {plain(line.pieces)}{note}"
            )
        return "\n".join(head + rows) + "\n"


class VttWriter:
    """`transcript.vtt`: WebVTT with a voice tag for the speaker."""

    name = "transcript.vtt"

    def write(self, document: Document) -> str:
        """The file's text."""
        blocks = ["WEBVTT"]
        for cue in cues_of(document.lines):
            times = f"{_stamp(cue.start, '.')} --> {_stamp(max(cue.end, cue.start + 0.001), '.')}"
            blocks.append(f"{times}\n<v {self.escape(cue.who)}>{self.escape(_folded(cue.text))}")
        return "\n\n".join(blocks) + "\n"

    @staticmethod
    def escape(text: str) -> str:
        """The three characters that WebVTT reads as markup."""
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SrtWriter:
    """`transcript.srt`: SubRip, the speaker before the words."""

    name = "transcript.srt"

    def write(self, document: Document) -> str:
        """The file's text."""
        blocks = []
        for number, cue in enumerate(cues_of(document.lines), start=1):
            times = f"{_stamp(cue.start, ',')} --> {_stamp(max(cue.end, cue.start + 0.001), ',')}"
            text = _folded(f"{cue.who}: {cue.text}").translate(LOOK_ALIKES)
            blocks.append(f"{number}\n{times}\n{text}")
        return "\n\n".join(blocks) + ("\n" if blocks else "")


def rttm(call: Call) -> str:
    """`speakers.rttm`: who spoke when, as the diarization heard it (overlaps kept)."""
    name = slug(call.recording.name, fallback="recording")
    rows = []
    for s in sorted(call.segments, key=lambda s: (s.start, s.end, s.speaker)):
        channel, length = (s.channel or 0) + 1, max(s.end - s.start, 0.0)
        speaker = slug(s.speaker, fallback="speaker")
        rows.append(
            f"SPEAKER {name} {channel} {s.start:.3f} {length:.3f} <NA> <NA> {speaker} <NA> <NA>"
        )
    return "".join(row + "\n" for row in rows)


WRITERS = (TextWriter(), VttWriter(), SrtWriter())
"""Every caption format that is written from the view-model."""
