"""Text that strangers said or named, made safe to show.

Words, names and file names come from outside. Nothing in them may act as markup, reorder what a
reader sees, or break a line format. The record (`call.json`) keeps them exactly; every document
shows them through `visible`.
"""

from __future__ import annotations

import re
import unicodedata

ACTING = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Characters that act instead of showing: controls, bidirectional marks, invisible tags."""

LETTER_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: spelling in Persian and Indic scripts, so they stay."""


def visible(text: str) -> str:
    """`text` on one line, with every acting character spelled out as ⟨U+XXXX⟩.

    White space of any kind becomes a single space; letters of any script stay as they are.
    """

    if text.isascii() and text.isprintable():
        return " ".join(text.split())

    def show(match: re.Match[str]) -> str:
        char = match[0]
        if char in LETTER_JOINERS:
            return char
        return f"⟨U+{ord(char):04X}⟩"

    return " ".join(
        ACTING.sub(show, re.sub(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]", " ", text)).split()
    )


def json_safe(document: str) -> str:
    """JSON text with acting characters written as escapes: the same value, harmless to display.

    They can only stand inside strings, where `\\uXXXX` means the same character.
    """

    def escape(match: re.Match[str]) -> str:
        char = match[0]
        if char == "\n":
            return char
        units = char.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

    return ACTING.sub(escape, document)


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Seconds as `mm:ss`, or `h:mm:ss` from an hour on; always rounded down.

    Rounding down means that a player set to this time never starts after the word.
    """
    tens = int(max(seconds, 0.0) * 10 + 1e-6)
    whole, tenth = divmod(tens, 10)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    text = f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes:02d}:{second:02d}"
    return f"{text}.{tenth}" if tenths else text


def length(seconds: float) -> str:
    """A length of time for a reader: `2 min 14 s`, `41 s`, `1 h 02 min`."""
    whole = round(seconds)
    if seconds > 0 and whole == 0:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def percent(share: float) -> str:
    """A share as whole per cent; never `100 %` or `0 %` where it is not exactly that."""
    value = round(share * 100)
    if value == 100 and share < 1:
        value = 99
    if value == 0 and share > 0:
        value = 1
    return f"{value} %"


def size(count: int) -> str:
    """Bytes as kB or MB, decimal."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def wrap_words(lengths: list[int], *, width: int) -> list[tuple[int, int]]:
    """Break a turn of words with these `lengths` into lines of at most `width` characters.

    Returns half-open ranges of word indexes. A word longer than the width has a line alone.
    """
    lines: list[tuple[int, int]] = []
    first = used = 0
    for index, count in enumerate(lengths):
        if index > first and used + 1 + count > width:
            lines.append((first, index))
            first, used = index, count
        else:
            used += count + (1 if index > first else 0)
    if lengths:
        lines.append((first, len(lengths)))
    return lines


def slug(text: str, *, fallback: str = "item") -> str:
    """A file-name part: ASCII letters, digits, `.`, `-` and `_` only, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")
    return kept[:60].strip("-.") or fallback
