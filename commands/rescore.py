"""`earwitness rescore AUDIT`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import AsJson, AuditFolder

if TYPE_CHECKING:
    from ..pipeline.audit import Audit, AuditOptions


def rescore(
    audit: AuditFolder,
    rubric: Annotated[
        Path | None,
        typer.Option(
            "--rubric",
            metavar="FILE",
            help="The changed rubric (TOML; see docs/audit.md). [default: the audit's own "
            "rubric.toml]",
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="Another heading. [default: as before]")
    ] = None,
    min_calls: Annotated[
        int | None,
        typer.Option(
            "--min-calls",
            min=1,
            help="Agents with fewer scored calls are not ranked. [default: as before]",
        ),
    ] = None,
    pseudonymize: Annotated[
        bool | None,
        typer.Option(
            "--pseudonymize/--names",
            help="Codes in place of names in everything that is written. [default: as before]",
        ),
    ] = None,
    redact: Annotated[
        list[str] | None,
        typer.Option(
            "--redact",
            metavar="KIND",
            help="Withhold this too, beside what was withheld before; as in earwitness analyze.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold the finished calls of an audit against a changed rubric, without listening again.

    Tables, page, sheet and summary are written anew; the audit's rubric.toml becomes the one that
    was used. Decisions of reviewers stay. Title, pseudonyms and what is withheld stay as they
    were unless given here.
    """
    from dataclasses import replace

    from ..pipeline.audit import remembered
    from ..pipeline.evidence.redact import kinds_of

    with alone_in(audit):
        options = remembered(audit).but(title=title, min_calls=min_calls, pseudonymize=pseudonymize)
        if redact:
            options = replace(options, withhold=options.withhold | kinds_of(redact))
        written = rewrite(audit, rubric=rubric, options=options)
    tell(written, options, as_json=as_json)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold an audit's folder for this command. Raises InputError where it is none, or in use."""
    from ..pipeline.batch.machine import only_one
    from ..pipeline.batch.state import check_audit, disk_told

    check_audit(folder)
    with disk_told(folder), only_one(folder):
        yield


def rewrite(folder: Path, *, rubric: Path | None, options: AuditOptions) -> Audit:
    """Write the documents of a finished audit anew, from its state. Raises InputError."""
    from ..pipeline.audit import write_audit
    from ..pipeline.batch.finished import finished, left_over

    calls, failures = finished(folder)
    return write_audit(
        folder, calls, failures, rubric=rubric, options=options, waiting=left_over(folder)
    )


def tell(audit: Audit, options: AuditOptions, *, as_json: bool) -> None:
    """Print what an audit came to."""
    if as_json:
        typer.echo((audit.folder / "audit.json").read_text(encoding="utf-8"), nl=False)
        return
    from ..pipeline.evidence.audit.figures import Rate
    from ..pipeline.evidence.audit.numbers import counted, grouped, percent, spread

    passed, flagged = Rate(audit.passed, audit.scored), Rate(audit.flagged, audit.judged)
    calls, agents = counted(audit.calls, "call"), counted(audit.agents, "agent")
    typer.echo(f"{calls}, {grouped(audit.hours, places=1)} h, {agents}")
    typer.echo(
        f"{grouped(audit.passed)} of {grouped(audit.scored)} scored calls pass the rubric: "
        f"{percent(passed.value)} ({spread(passed)})"
    )
    typer.echo(
        f"{counted(audit.flagged, 'call')} with a finding on the agent: {percent(flagged.value)} "
        f"({spread(flagged)})"
    )
    if audit.failures:
        typer.echo(f"{counted(audit.failures, 'call')} could not be analysed", err=True)
    if options.pseudonymize:
        typer.echo(
            "Names are replaced in the tables and documents; the folders calls and meanings, "
            "reviews.jsonl and the state still hold them: hand over the documents alone.",
            err=True,
        )
    typer.echo(f"Audit: {audit.folder}  (open {audit.folder / 'audit.html'})")
