"""Several calls to one organisation as one dossier: chronology, people, requests, promises."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import InputError
from .across import Entry, entry_of, promises_in, requests_in
from .bag import PAYLOAD, BagInfo, close, digests, files_in
from .folder import made_whole, write
from .inventory import require_whole
from .letter import Exhibit, exhibits
from .markdown import escape
from .pdf import typeset
from .render import DOSSIER
from .report import load_call
from .text import json_safe
from .wording import MACHINE_FINDING, RECORDING_LAWS, TRANSCRIPTS

UNDATED = "date not given"


@dataclass(frozen=True)
class Case:
    """What several calls say together."""

    title: str
    reference: str
    calls: tuple[dict[str, str], ...]
    people: tuple[dict[str, str], ...]
    chronology: tuple[Entry, ...]
    requests: tuple[Entry, ...]
    promises: tuple[Entry, ...]
    index: tuple[dict[str, str], ...]
    notes: tuple[str, ...]
    earwitness: str = __version__
    """The version that brought them together."""


@dataclass(frozen=True)
class Made:
    """A dossier's own documents, by name, and the version that made those that lie there."""

    version: str
    files: Mapping[str, bytes]


def _order(folders: Sequence[Path], dates: Mapping[Path, str]) -> list[Exhibit]:
    """Exhibits in order of their dates where all have one that sorts, else as given."""
    plain = exhibits(folders, dates=[dates.get(folder, "") for folder in folders])
    if all(re.fullmatch(r"\d{4}-\d{2}-\d{2}( .*)?", e.date) for e in plain):
        ordered = [e.folder for e in sorted(plain, key=lambda e: e.date)]
        return exhibits(ordered, dates=[dates.get(folder, "") for folder in ordered])
    return plain


def compose(
    folders: Sequence[Path], *, dates: Mapping[Path, str] | None = None, reference: str = "",
    title: str = "",
) -> tuple[Case, list[Exhibit]]:  # fmt: skip
    """Read the evidence folders and bring them together.

    Args:
        folders: evidence of calls to one organisation.
        dates: the date of each call (best as `2024-03-19`); without one that of its bag.
        reference: case number.
        title: heading; the organisation, for instance.

    Raises:
        InputError: a folder is no evidence, or two hold the same recording.
    """
    found = _order(folders, dates or {})
    seen: dict[str, Exhibit] = {}
    for exhibit in found:
        other = seen.setdefault(exhibit.recording_sha256, exhibit)
        if other is not exhibit:
            raise InputError(f"{exhibit.folder} holds the same recording as {other.folder}.")
    calls, people, index = [], [], []
    for exhibit in found:
        call = load_call(exhibit.folder)
        names = [p for p in exhibit.document.parties if p.role in ("agent", "unknown")]
        calls.append(
            {
                "exhibit": exhibit.letter,
                "date": exhibit.date or UNDATED,
                "title": exhibit.document.title,
                "headline": exhibit.document.headline,
                "status": exhibit.document.status,
            }
        )
        for party in names:
            people.append(
                {
                    "exhibit": exhibit.letter,
                    "date": exhibit.date or UNDATED,
                    "who": party.label,
                    "name": party.name or "no name heard",
                    "spoke": party.figures,
                }
            )
        index.append(
            {
                "exhibit": exhibit.letter,
                "title": exhibit.document.title,
                "recording": call.recording.sha256,
                "manifest": digests(exhibit.folder / "manifest-sha256.txt")["sha256"]
                if (exhibit.folder / "manifest-sha256.txt").exists()
                else "",
            }
        )
    timeline = [
        entry_of(exhibit, item)
        for exhibit in found
        for item in exhibit.document.findings
        if not item.dismissed
    ]
    case = Case(
        title=title or "Calls to one organisation",
        reference=reference,
        calls=tuple(calls),
        people=tuple(people),
        chronology=tuple(timeline),
        requests=tuple(requests_in(found)),
        promises=tuple(promises_in(found)),
        index=tuple(index),
        notes=(
            "Whether a promise was kept cannot be heard in the call it was made in. Where a later "
            "call speaks of the same matter, the place is given; that none does proves nothing.",
            MACHINE_FINDING,
            TRANSCRIPTS,
            RECORDING_LAWS,
        ),
    )
    return case, found


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return ["None.", ""]
    out = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return [*out, *("| " + " | ".join(escape(c) for c in row) + " |" for row in rows), ""]


def markdown(case: Case) -> str:
    """`case.md`."""
    out = [f"# {escape(case.title)}", ""]
    if case.reference:
        out += [f"**{escape(case.reference)}**", ""]
    out += ["## The calls", ""]
    out += _rows(("Exhibit", "Date", "Recording", "What was found"),
                 [(c["exhibit"], c["date"], c["title"], f"{c['headline']} ({c['status']})")
                  for c in case.calls])  # fmt: skip
    out += ["## Who was spoken to", ""]
    voices = [(p["exhibit"], p["date"], p["who"], p["name"], p["spoke"]) for p in case.people]
    out += _rows(("Exhibit", "Date", "Voice", "Name given", "Spoke"), voices)
    for heading, entries, last in (
        ("Requests and answers", case.requests, "Asked before"),
        ("Promises", case.promises, "A later call comes back to it"),
        ("Chronology of findings", case.chronology, ""),
    ):
        out += [f"## {heading}", ""]
        head = ["Place", "Date", "Who", "What", "Quote", *([last] if last else [])]
        rows = [
            (e.cite, e.date, e.who, e.what, f"“{e.quote}”", *([e.later or "–"] if last else []))
            for e in entries
        ]
        out += _rows(head, rows)
    out += ["## Index of exhibits", ""]
    index = [(i["exhibit"], i["title"], i["recording"], i["manifest"]) for i in case.index]
    out += _rows(
        ("Exhibit", "Recording", "SHA-256 of the recording", "SHA-256 of its manifest"), index
    )
    out += ["## Notes", "", *[f"- {escape(note)}" for note in case.notes], ""]
    return "\n".join(out)


def _data(case: Case) -> dict[str, Any]:
    data = asdict(case)
    for name in ("chronology", "requests", "promises"):
        data[name] = [{**asdict(e), "cite": e.cite} for e in getattr(case, name)]
    return data


def _record(case: Case) -> str:
    return json_safe(json.dumps(_data(case), ensure_ascii=False, indent=1)) + "\n"


def to_pdf(case: Case) -> bytes:
    """`case.pdf`, with the dossier's data attached."""
    text = _record(case)
    return typeset("case.typ", {"case": json.dumps(_data(case), ensure_ascii=False)},
                   attached={"record": text})  # fmt: skip


def _documents(case: Case) -> dict[str, bytes]:
    return {
        DOSSIER: _record(case).encode("utf-8"),
        "case.md": markdown(case).encode("utf-8"),
        "case.pdf": to_pdf(case),
    }


def again(inside: Path) -> Made:
    """The documents of the dossier whose payload is `inside`, made anew from its exhibits.

    Raises:
        InputError: an exhibit is no evidence.
        ValueError, KeyError, TypeError: `case.json` is not what `write_case` writes.
    """
    record = json.loads((inside / DOSSIER).read_text(encoding="utf-8"))
    dates = {
        inside / "exhibits" / call["exhibit"]: "" if call["date"] == UNDATED else call["date"]
        for call in record["calls"]
    }
    case, _ = compose(
        list(dates), dates=dates, reference=record["reference"], title=record["title"]
    )
    return Made(str(record["earwitness"]), _documents(case))


def write_case(
    folders: Sequence[Path],
    folder: Path,
    *,
    dates: Mapping[Path, str] | None = None,
    info: BagInfo | None = None,
    title: str = "",
    run: Mapping[str, Any] | None = None,
    letter: Mapping[str, bytes] | None = None,
    force: bool = False,
) -> Case:
    """Write the dossier of several calls into `folder`, as a bag with every exhibit inside.

    Args:
        folders: evidence folders; each is copied to `data/exhibits/A`, `B` … whole, so that it can
            still be checked on its own.
        folder: where the dossier is to stand.
        dates: the date of each call.
        info: who hands it over.
        title: heading.
        run: what varies between runs.
        letter: files of a letter, by name, to lie in the dossier.
        force: replace a dossier that stands there.

    Raises:
        InputError: a folder is no evidence, or `folder` must not be replaced.
    """
    info = info or BagInfo()
    for exhibit_folder in folders:
        load_call(exhibit_folder)
        require_whole(exhibit_folder)
    case, found = compose(folders, dates=dates, reference=info.case, title=title)
    first = load_call(found[0].folder)
    with made_whole(folder, force=force) as work:
        inside = work / PAYLOAD
        for exhibit in found:
            target = inside / "exhibits" / exhibit.letter
            for source in files_in(exhibit.folder):
                place = target / source.relative_to(exhibit.folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                if source.is_symlink() or not source.is_file():
                    raise InputError(f"{source} is not a plain file.")
                shutil.copyfile(source, place)
        for name, data in _documents(case).items():
            write(inside / name, data)
        for name, data in (letter or {}).items():
            write(inside / Path(name).name, data)
        close(work, first, info=info, run=run or {"exhibits": len(found)})
    return case
