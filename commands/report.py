"""`earwitness report EVIDENCE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import AsJson, Authority, Evidence, Force, SignKey

if TYPE_CHECKING:
    from ..pipeline.call import Call
    from ..pipeline.evidence.clips import ReadAudio
    from ..pipeline.evidence.report import Judge
    from ..pipeline.rejudge import Given


def report(
    evidence: Evidence,
    review: Annotated[
        Path | None,
        typer.Option(
            "--review",
            metavar="FILE",
            help="review.json, as the page saves it: findings confirmed or dismissed, roles and "
            "names mended.",
        ),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(
            "--corrections",
            metavar="FILE",
            help="Words, speakers, roles and names as a person heard them (TOML or JSON; see "
            "docs/evidence.md).",
        ),
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option(
            "--recording",
            metavar="FILE",
            help="The recording, to cut clips of findings at new places and to lay a tone over "
            "what a correction made withheld. Not needed where the evidence includes it.",
        ),
    ] = None,
    keep_findings: Annotated[
        bool,
        typer.Option(
            "--keep-findings",
            help="Leave the findings where they are instead of judging corrected words again.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Another folder to write. [default: replace EVIDENCE]"),
    ] = None,
    force: Force = False,
    case: Annotated[
        str | None, typer.Option("--case", help="Another case number for every page.")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="The organisation that was called.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="Who hands the evidence over.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="When the call took place, as YYYY-MM-DD.")
    ] = None,
    sign: SignKey = None,
    tsa: Authority = None,
    as_json: AsJson = False,
) -> None:
    """Render evidence again: after a review, with corrections, under another case number.

    What a person changed lies over the machine's record: the first page says who changed what,
    and the record as the machine made it is kept beside the corrected one. Where words, speakers
    or roles were corrected, talk time, overlaps and pace are measured again and the conduct model
    judges the corrected words; what they hold is withheld as it was the first time. Seals of the
    old rendering no longer fit and are left out; sealed evidence is replaced only with --force.
    """
    from dataclasses import replace

    from ..errors import InputError
    from ..pipeline.evidence.bag import SEALS, payload
    from ..pipeline.evidence.inventory import require_whole
    from ..pipeline.evidence.report import load_call, load_info
    from ..pipeline.evidence.report import report as render
    from ..pipeline.remeasure import remeasure
    from .seal import apply_seals, check_seals
    from .summary import print_call

    before = load_call(evidence)
    require_whole(evidence)
    check_seals(sign=sign, tsa=tsa)
    if out is None and not force and (evidence / SEALS).is_dir():
        raise InputError(
            f"{evidence} is sealed, and its seals would be lost: give --out for another folder, "
            "or --force."
        )
    info = load_info(evidence)
    given = {
        "case": case, "organisation": organisation, "contact": contact, "call_date": date,
    }  # fmt: skip
    info = replace(info, **{key: value for key, value in given.items() if value is not None})
    written = render(
        evidence,
        measure=remeasure,
        out=out,
        review=review,
        corrections=corrections,
        judge=None if keep_findings else _judge(),
        read_audio=_sound(evidence, recording, before),
        reference=case,
        info=info,
        force=force,
    )
    target = out or evidence
    apply_seals(target, sign=sign, tsa=tsa)
    silent = sum(m.level != "note" and m.clip is None for m in written.moments)
    if silent:
        told = (
            "One place that was judged anew has"
            if silent == 1
            else (f"{silent} places that were judged anew have")
        )
        typer.echo(f"{told} no clip: give --recording.", err=True)
    print_call(written, payload(target), as_json=as_json)


def _judge() -> Judge:
    """Loads the conduct model only where something is judged."""

    def judge(call: Call, given: Given) -> Call:
        from ..models.conduct.model import shared_model
        from ..pipeline.rejudge import rejudge

        return rejudge(call, shared_model(), given=given)

    return judge


def _sound(evidence: Path, recording: Path | None, call: Call) -> ReadAudio | None:
    """The recording's sound: of the file given, or of the copy inside the evidence."""
    from ..errors import InputError
    from ..pipeline.evidence.bag import digests, payload
    from ..pipeline.listen.audio import SpanReader

    if recording is not None:
        if not recording.is_file():
            raise InputError(f"{recording} is not a file.")
        if digests(recording)["sha256"] != call.recording.sha256:
            raise InputError(f"{recording} is not the recording that {evidence} was made from.")
        return SpanReader(recording)
    inside = payload(evidence) / "recording"
    copies = sorted(inside.iterdir()) if inside.is_dir() else []
    for copy in copies:
        if digests(copy)["sha256"] == call.recording.sha256:
            return SpanReader(copy)
    return None
