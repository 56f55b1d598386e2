"""`evidence.md`: the same content for readers and tools that take plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .document import Document
from .items import Item
from .lines import Piece, plain
from .pace import HEAD, NOTE
from .text import clock
from .wording import BRACES, ROLES

ACTIVE = re.compile(r"([\\`*_\[\]<>&|~#$@])")
"""Characters that Markdown, its tables and common extensions read as markup."""

LINKS = re.compile(r"(?i)(https?|ftp|javascript|data|file|mailto)(:)|(www)(\.)")


def escape(text: str) -> str:
    """Text that shows as itself in Markdown, bare web addresses included."""
    text = ACTIVE.sub(r"\\\1", text)
    text = LINKS.sub(lambda m: f"{m[1] or m[3]}\\{m[2] or m[4]}", text)
    # A figure cannot be escaped; the sign that would make it a list's number can.
    text = re.sub(r"^(\s*\d+)([.)])(?=\s|$)", r"\1\\\2", text)
    return re.sub(r"^(\s*)([-+=])", r"\1\\\2", text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]


def _spoken(pieces: Sequence[Piece]) -> str:
    return escape(plain(pieces))


def _where(item: Item) -> str:
    return f"{item.time}" + (f", line {item.lines}" if item.lines else "")


def _item(item: Item) -> list[str]:
    detail = f" ({escape(item.detail)})" if item.detail else ""
    lines = [
        f"### {escape(item.number)}. {escape(item.title)}{detail}",
        "",
        f"{escape(item.party.full)}, {_where(item)}",
        "",
    ]
    if item.before:
        lines += [f"{escape(item.before[0])} “{escape(item.before[1])}”", ""]
    lines += [escape(item.sentence), "", f"> “{_spoken(item.quote)}”", ""]
    lines += [f"- {escape(reason)}" for reason in item.why]
    lines += [f"- {escape(item.scored)}"] if item.scored else []
    if item.related:
        lines.append(f"- Belongs with {escape(', '.join(item.related))}.")
    lines += [f"- {escape(text)}" for text in item.told]
    if item.clip:
        span = f"{clock(item.clip_from)}–{clock(item.clip_to)}"
        lines.append(f"- Clip ({span}): [{escape(item.clip)}]({item.clip})")
    return [*lines, ""]


def _summary(document: Document) -> list[str]:
    out = [f"# Record of a telephone call: {escape(document.title)}", ""]
    if document.reference:
        out += [f"**{escape(document.reference)}**", ""]
    out += [f"**{escape(document.headline)}** ({escape(document.status)})", ""]
    out += [f"- {escape(note)}" for note in document.amendments]
    out += ["", "## Summary", "", *_table(("The call", ""), document.facts), ""]
    voices = []
    for party in document.parties:
        role = f"{ROLES[party.role].lower()} (confidence {party.confidence})"
        if party.role == "unknown":
            role = "role not decided"
        voices.append((party.full, role, party.figures, party.channel or "–"))
    out += [*_table(("Voice", "Role", "Spoke", "Channel"), voices), ""]
    if document.findings:
        rows = []
        for item in document.by_weight:
            what = item.title + (f": {item.detail}" if item.detail else "")
            what += " (dismissed on review)" if item.dismissed else ""
            rows.append((item.number, item.time, item.party.label, what, f"“{item.text}”"))
        out += _table(("No.", "Time", "Who", "Finding", "Quote"), rows)
        out += ["", "In order of weight; numbers are in order of time.", ""]
    return out


def _findings(document: Document) -> list[str]:
    out: list[str] = []
    if document.findings:
        out += ["## Findings", ""]
        for item in document.findings:
            out += _item(item)
    if document.review:
        out += ["## Places to listen to", ""]
        out += ["These stay below the threshold. They are not findings.", ""]
        for item in document.review:
            out += _item(item)
    return out


def _chronology(document: Document) -> list[str]:
    rows = []
    for event in document.chronology:
        what = event.what + (f" [{event.number}]" if event.number else "")
        rows.append((event.time, event.who, what, f"“{event.quote}”" if event.quote else ""))
    return ["## Chronology", "", *_table(("Time", "Who", "What", "Quote"), rows), ""]


def _conduct(document: Document) -> list[str]:
    out = ["## Conduct of both sides", ""]
    ledger = document.ledger
    for name, rows in (
        ("Went well", ledger.good),
        ("Went badly", ledger.poor),
        ("Called for", ledger.called_for),
        ("Figures", ledger.figures),
    ):
        if rows:
            cells = [(row.name, row.agent, row.customer) for row in rows]
            out += [*_table((name, "Agent", "Customer"), cells), ""]
    return out


def _pace(document: Document) -> list[str]:
    if document.pace is None:
        return []
    sides = [(side.label, *side.cells) for side in document.pace.sides]
    out = ["## Pace of the conversation", "", *_table(("Voice", *HEAD), sides), ""]
    return [*out, *_table(("The call", ""), document.pace.whole), "", NOTE, ""]


def _transcript(document: Document) -> list[str]:
    if not document.lines:
        return ["## Transcript", "", "No speech was found in this recording.", ""]
    out = ["## Transcript", ""]
    out += ["Numbers are line numbers. \\[word?\\] marks a doubtful word.", ""]
    out += [BRACES, ""] if document.corrected else []
    out += ["| Line | Time | Who | Words |", "| ---: | --- | --- | --- |"]
    for line in document.lines:
        notes = f" *({escape('; '.join(line.notes))})*" if line.notes else ""
        who = escape(line.party.label) if line.first else ""
        out.append(f"| {line.number} | {line.time} | {who} | {_spoken(line.pieces)}{notes} |")
    return [*out, ""]


def _account(document: Document) -> list[str]:
    out = ["## Method", ""]
    out += [paragraph + "\n" for paragraph in map(escape, document.method)]
    out += ["## Coverage", "", *_table(("", ""), document.coverage), ""]
    if document.holes:
        out += [*_table(("Time", "What", "Why"), document.holes), ""]
    out += ["## Limits", ""]
    out += [f"- {escape(limit)}" for limit in document.limits]
    out += ["", "## Notices", ""]
    for heading, text in document.notices:
        out += [f"**{escape(heading)}** {escape(text)}", ""]
    out += ["## Hashes (SHA-256) and versions", ""]
    files = [(f"{h.what} ({h.detail})" if h.detail else h.what, h.sha256) for h in document.hashes]
    out += [*_table(("File", "SHA-256"), files), ""]
    if document.models:
        out += [*_table(("Weights", "SHA-256", "Origin", "Licence"), document.models), ""]
    out += [*_table(("Software", "Version"), document.versions), ""]
    if document.parameters:
        out += [*_table(("Setting", "Value"), document.parameters), ""]
    return out


def render(document: Document) -> str:
    """The whole document as Markdown."""
    parts = (_summary, _findings, _chronology, _conduct, _pace, _transcript, _account)
    return "\n".join(line for part in parts for line in part(document))
