"""`earwitness review AUDIT`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import AsJson, AuditFolder

if TYPE_CHECKING:
    from ..pipeline.audited import AuditedCall
    from ..pipeline.call import Call
    from ..pipeline.evidence.audit.reviews import Entry


def review(
    audit: AuditFolder,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="review.json, as a call's page saves it; each finds its call by itself.",
            show_default=False,
        ),
    ] = None,
    call: Annotated[str, typer.Option("--call", help="The call, by its id in the audit.")] = "",
    moment: Annotated[
        str, typer.Option("--moment", help="The finding, by its id in the call.")
    ] = "",
    confirm: Annotated[
        bool, typer.Option("--confirm", help="You listened, and it is as the machine says.")
    ] = False,
    dismiss: Annotated[
        bool, typer.Option("--dismiss", help="You listened, and it is not: it drops out.")
    ] = False,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Take an earlier decision back.")
    ] = False,
    answer: Annotated[
        str, typer.Option("--answer", metavar="TEXT", help="What the one concerned says to it.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="Who decides or answers.")] = "",
    date: Annotated[str, typer.Option("--date", help="When. [default: today]")] = "",
    note: Annotated[str, typer.Option("--note", help="A note on the decision.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a person's decisions and answers beside an audit's findings.

    Without FILE and --moment: lists what was decided so far. Otherwise the decision is added to
    reviews.jsonl in the audit's folder, which is never rewritten, and the documents are written
    anew: a dismissed finding counts in no figure and is listed with who dismissed it; an answer
    stands beside its finding.

    earwitness review audit --call a17 --moment m003 --dismiss --by "Ada Berg" --note "a quote"
    """
    from ..errors import InputError
    from ..pipeline.audit import remembered
    from ..pipeline.batch.finished import finished
    from ..pipeline.evidence.audit.reviews import append, read
    from .rescore import alone_in, rewrite

    calls = finished(audit)[0]
    if not files and not (call or moment):
        if confirm or dismiss or undecided or answer:
            raise InputError("Say with --call and --moment which finding is meant.")
        _tell(read(audit), as_json=as_json)
        return
    entries: list[Entry] = []
    by_hash = {entry.sha256: entry for entry in reversed(calls)}
    for file in files or ():
        entries += _from_file(file, by_hash)
    if call or moment:
        what = [
            name
            for name, given in (
                ("confirmed", confirm), ("dismissed", dismiss), ("undecided", undecided),
                ("answer", bool(answer)),
            )
            if given
        ]  # fmt: skip
        if len(what) != 1 or not (call and moment and by):
            raise InputError(
                "Give --call, --moment, --by, and one of --confirm, --dismiss, --undecided, "
                "--answer TEXT."
            )
        entries.append(_single(calls, call, moment, what[0], by, date, answer or note))
    with alone_in(audit):
        append(audit, entries)
        rewrite(audit, rubric=None, options=remembered(audit))
    _tell(entries, as_json=as_json)


def _load(audited: AuditedCall) -> Call:
    from ..errors import InputError
    from ..pipeline.call import Call

    try:
        return Call.model_validate_json(audited.record.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{audited.record} cannot be read.") from error


def _from_file(file: Path, by_hash: Mapping[str, AuditedCall]) -> list[Entry]:
    from ..errors import InputError
    from ..pipeline.evidence.audit.reviews import from_file
    from ..pipeline.evidence.corrections import read_review

    audited = by_hash.get(read_review(file).recording_sha256)
    if audited is None:
        raise InputError(
            f"{file} reviews a recording that this audit does not hold: bring it to the audit of "
            "that call."
        )
    return from_file(file, audited.metadata.call_id, _load(audited))


def _single(
    calls: list[AuditedCall], call: str, moment: str, what: str, by: str, date: str, text: str
) -> Entry:
    from datetime import datetime

    from ..errors import InputError
    from ..pipeline.audited import day_of
    from ..pipeline.evidence.audit.reviews import entry_on

    audited = next((c for c in calls if c.metadata.call_id == call), None)
    if audited is None:
        raise InputError(
            f'This audit holds no call {call!r}: earwitness query "SELECT call_id FROM calls" '
            "lists them."
        )
    if date and day_of(date) is None:
        raise InputError(f"--date {date} is no date: write it as 2024-03-20.")
    when = date or datetime.now().astimezone().date().isoformat()
    return entry_on(_load(audited), call, moment, what, by, when, text)


def _tell(entries: list[Entry], *, as_json: bool) -> None:
    from ..pipeline.evidence.text import clock, json_safe, visible

    for entry in entries:
        if as_json:
            typer.echo(json_safe(json.dumps(entry.model_dump(), ensure_ascii=False)))
            continue
        text = f": {entry.text}" if entry.text else ""
        typer.echo(
            visible(
                f"{entry.call_id} {entry.moment} {entry.kind} at {clock(entry.start)}: "
                f"{entry.what} by {entry.by}, {entry.date}{text}"
            )
        )
    if not entries and not as_json:
        typer.echo("Nothing was decided yet.", err=True)
