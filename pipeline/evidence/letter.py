"""The complaint letter: one page, plain, firm, every claim cited to a line of the appendix."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from .chronology import shorten
from .document import Document, build
from .facts import NEEDED, QUESTIONS, Facts, get
from .items import Item
from .lint import Remark, Scorer, lint
from .pdf import TEMPLATES, typeset
from .report import load_call, load_info, load_view
from .text import visible

QUOTES = 3
"""Quotes in a letter at most; fewer where it would not fit on one page."""

QUOTE_LENGTH = 150
"""Characters of a quote in the letter; the whole quote stands in the appendix."""

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""Time written into the .docx, so that the same letter gives the same bytes."""

ADVICE = (
    "Keep a copy of the letter and of everything enclosed; where you hand it in yourself, have "
    "your copy stamped.",
    "Send it by certified or registered post and keep the receipt.",
    "Read it once more tomorrow before you send it. Every sentence in it should be one that you "
    "could repeat in front of the person it is about.",
    "Check whether the law where you live lets you keep and hand over the recording.",
)
"""For the one who sends the letter; not part of it."""

REMEDIES = {
    "refund": "a refund",
    "replacement": "a replacement",
    "repair": "a repair",
    "cancellation": "the cancellation of my contract",
    "correction": "a correction of the matter described above",
    "apology": "an apology",
}


@dataclass(frozen=True)
class Exhibit:
    """One call as the letter cites it."""

    letter: str
    """`A`, `B` …: the appendix it is enclosed as."""
    folder: Path
    document: Document
    date: str
    recording_sha256: str


@dataclass(frozen=True)
class Letter:
    """A letter, ready to be written in both formats."""

    facts: Facts
    paragraphs: tuple[str, ...]
    enclosures: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def text(self) -> str:
        """The letter's own words, for checking."""
        to = [self.facts.to.organisation, self.facts.to.department, *self.facts.to.address]
        parts = [*to, self.facts.date, "Complaint", *self.paragraphs, "Yours faithfully",
                 self.facts.sender.name, "Enclosures", *self.enclosures]  # fmt: skip
        return "\n\n".join(visible(part) for part in parts if part)


def exhibits(folders: Sequence[Path], *, dates: Sequence[str] = ()) -> list[Exhibit]:
    """The evidence folders as appendices A, B, C …, in the order given.

    Raises:
        InputError: a folder is no evidence, or there are none or too many.
    """
    if not 1 <= len(folders) <= 26:
        raise InputError("A letter takes between one and 26 evidence folders.")
    found = []
    for index, folder in enumerate(folders):
        call = load_call(folder)
        view = load_view(folder)
        document = build(call, reviewed=view.reviewed, reference=view.reference,
                         amendments=view.amendments)  # fmt: skip
        date = dates[index] if index < len(dates) and dates[index] else load_info(folder).call_date
        found.append(
            Exhibit(chr(65 + index), folder, document, visible(date), call.recording.sha256)
        )
    return found


def _cite(exhibit: Exhibit, item: Item) -> str:
    where = f"Appendix {exhibit.letter}, {item.time}"
    return f"{where}, line {item.lines}" if item.lines else where


def _count(count: int, noun: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    number = words[count] if count < len(words) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, _count(count, "time"))


def _conduct(exhibit: Exhibit, quotes: int) -> str:
    """One call's conduct in a few sentences, each of them carried by a finding."""
    live = [item for item in exhibit.document.by_weight if not item.dismissed and item.party.sure]
    agent = [item for item in live if item.role == "agent"]
    own = [item for item in live if item.role == "customer" and item.kind == "rude"]
    names = [p.name for p in exhibit.document.parties if p.role == "agent" and p.name]
    when = f"On {exhibit.date}" if exhibit.date else "In the call"
    spoke = f", when I spoke with {' and '.join(names)}," if names else ""
    said: list[str] = []
    asked = [item for item in live if item.kind == "escalation_request"]
    refused = [item for item in agent if item.kind == "escalation_refused"]
    if asked:
        first = f"{when}{spoke} I asked for a supervisor {_times(len(asked))}"
        first += f" ({_cite(exhibit, min(asked, key=lambda i: i.start))})"
        if refused:
            first += f"; this was declined {_times(len(refused))}"
            first += f" ({_cite(exhibit, min(refused, key=lambda i: i.start))})"
        said.append(first + ".")
    rude = [item for item in agent if item.kind == "rude"]
    shown = sorted((rude or [i for i in agent if i.grave])[:quotes], key=lambda i: i.start)
    for index, item in enumerate(shown):
        opening = f"{when}{spoke} the agent" if not said and index == 0 else "The agent"
        quote = shorten(item.text, QUOTE_LENGTH)
        said.append(f"{opening} said: “{quote}” ({_cite(exhibit, item)}).")
    if rude:
        turns = _count(len(rude), "turn")
        said.append(f"In all, the record marks the wording of {turns} of the agent.")
    if own:
        where = "; ".join(_cite(exhibit, item) for item in own[:3])
        said.append(
            f"The record also flags {_count(len(own), 'turn')} of mine ({where}); I do not leave "
            "that out."
        )
    return " ".join(said)


def _opening(facts: Facts, found: Sequence[Exhibit]) -> str:
    dates = [exhibit.date for exhibit in found if exhibit.date]
    on = f" on {' and '.join(dates)}" if dates else ""
    calls = "call" if len(found) == 1 else "calls"
    why = facts.why.strip().rstrip(".")
    why = why if why.lower().startswith(("about", "because", "to ")) else f"about {why}"
    text = f"I am writing to complain about how I was treated in my telephone {calls} to you{on}."
    text += f" I called {why}."
    purchase = facts.purchase
    if purchase.what:
        price = f" for {purchase.price}" if purchase.price else ""
        when = f"On {purchase.when} I" if purchase.when else "I"
        text += f" {when} bought {purchase.what} from you{price}."
    if purchase.account:
        text += f" My account number is {purchase.account}."
    return text


def _request(facts: Facts) -> str:
    wanted = facts.wanted
    if wanted.remedy == "other":
        if not wanted.what:
            raise InputError("facts.toml: wanted.what must say what you ask for.")
        what = wanted.what.rstrip(".")
    else:
        what = REMEDIES[wanted.remedy]
        what += f" of {wanted.amount}" if wanted.amount and wanted.remedy == "refund" else ""
        what += f": {wanted.what.rstrip('.')}" if wanted.what else ""
    extra = "" if wanted.remedy == "apology" else " and a written reply to what is described above"
    return f"I ask you for {what}{extra} by {wanted.by}."


def _contact(facts: Facts) -> str:
    ways = []
    if facts.sender.phone:
        ways.append(f"by telephone on {facts.sender.phone}")
    if facts.sender.email:
        ways.append(f"by e-mail at {facts.sender.email}")
    return f"You can reach me {' or '.join(ways)}." if ways else "You can reach me at my address."


def _clips(document: Document) -> str:
    count = sum(1 for item in document.items if item.clip)
    return "no sound clips" if count == 0 else _count(count, "sound clip")


def _enclosures(found: Sequence[Exhibit]) -> tuple[str, ...]:
    return tuple(
        f"Appendix {e.letter}: record of the call{f' of {e.date}' if e.date else ''} "
        f"({e.document.title}; {e.document.status}), with {_clips(e.document)}; recording SHA-256 "
        f"{e.recording_sha256[:16]}…"
        for e in found
    )


def _template_inputs(letter: Letter) -> dict[str, str]:
    facts = letter.facts
    data = {
        "sender": [facts.sender.name, *facts.sender.address, facts.sender.phone,
                   facts.sender.email],
        "to": [facts.to.organisation, facts.to.department, *facts.to.address],
        "date": facts.date,
        "account": facts.purchase.account,
        "paragraphs": list(letter.paragraphs),
        "name": facts.sender.name,
        "enclosures": list(letter.enclosures),
    }  # fmt: skip

    def safe(value: object) -> object:
        if isinstance(value, list):
            return [visible(str(item)) for item in value if item]
        return visible(str(value))

    shown = {key: safe(value) for key, value in data.items()}
    return {"letter": json.dumps(shown, ensure_ascii=False)}


def pages(letter: Letter) -> int:
    """How many pages the letter takes as set in the PDF."""
    import typst

    found = typst.query(
        str(TEMPLATES / "letter.typ"), "<pages>", field="value", one=True,
        root=str(TEMPLATES), ignore_system_fonts=True, sys_inputs=_template_inputs(letter),
    )  # fmt: skip
    return int(json.loads(found))


def compose(found: Sequence[Exhibit], facts: Facts, *, scorer: Scorer | None = None) -> Letter:
    """Write the letter, with as many quotes as fit on one page, and check it.

    Args:
        found: the calls, as appendices.
        facts: what only the complainant knows.
        scorer: the conduct model, which reads the letter as it reads a call.

    Raises:
        InputError: a fact that the letter cannot do without is missing.
    """
    lacking = [question for key, question in QUESTIONS if key in NEEDED and not get(facts, key)]
    if lacking:
        raise InputError(f"The letter needs: {'; '.join(lacking)} (facts.toml, or --questions).")
    letter = Letter(facts, (), ())
    for quotes in range(QUOTES, 0, -1):
        conduct = [text for text in (_conduct(e, quotes) for e in found) if text]
        if not conduct:
            raise InputError(
                "The evidence holds no finding that is confirmed or open, so there is no conduct "
                "to complain about; write about the matter itself instead."
            )
        paragraphs = (_opening(facts, found), *conduct, _request(facts), _contact(facts))
        letter = Letter(facts, paragraphs, _enclosures(found))
        if pages(letter) <= 1:
            break
    known = [facts.model_dump_json(), *(e.document.title for e in found)]
    remarks = lint(letter.text, scorer=scorer, known=known)
    length = pages(letter)
    if length > 1:
        remarks.append(Remark("length", f"{length} pages", "A complaint is read on one page."))
    return Letter(facts, letter.paragraphs, letter.enclosures, tuple(remarks))


def to_pdf(letter: Letter) -> bytes:
    """The letter as PDF/A."""
    return typeset("letter.typ", _template_inputs(letter), standards=["a-2a", "ua-1"])


def to_docx(letter: Letter) -> bytes:
    """The letter as a Word document, the same bytes every time."""
    import datetime

    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    data = json.loads(_template_inputs(letter)["letter"])
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Cambria", Pt(11)
    style.paragraph_format.space_after = Pt(6)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2)

    def lines(rows: Sequence[str], *, right: bool = False) -> None:
        paragraph = document.add_paragraph("\n".join(rows))
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    lines(data["sender"], right=True)
    lines(data["to"])
    lines([data["date"]], right=True)
    title = document.add_paragraph()
    run = title.add_run("Complaint" + (f", account {data['account']}" if data["account"] else ""))
    run.bold = True
    for paragraph in data["paragraphs"]:
        document.add_paragraph(paragraph)
    lines(["Yours faithfully,", "", "", data["name"]])
    note = document.add_paragraph()
    note.add_run("Enclosures").bold = True
    for item in data["enclosures"]:
        row = document.add_paragraph(item)
        row.paragraph_format.space_after = Pt(2)
        for part in row.runs:
            part.font.size = Pt(9)
    properties = document.core_properties
    properties.title, properties.author = "Complaint", data["name"][:255]
    properties.created = properties.modified = datetime.datetime(1980, 1, 1)
    properties.last_modified_by = ""
    raw = io.BytesIO()
    document.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            target.writestr(zipfile.ZipInfo(name, ZIP_TIME), source.read(name),
                            compress_type=zipfile.ZIP_DEFLATED)  # fmt: skip
    return out.getvalue()
