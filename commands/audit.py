"""`earwitness audit WHAT`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import (
    AsJson,
    Device,
    DeviceChoice,
    Engine,
    EngineChoice,
    Language,
    Model,
    NoGuard,
    NoRedact,
    Redact,
    Translate,
)

if TYPE_CHECKING:
    from ..pipeline.batch.run import Report


def audit(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="WHAT...",
            help="A folder, a pattern such as 'calls/*.wav', recordings, a list of them (.csv, "
            ".tsv, .jsonl), or the URL of any of these (s3://bucket/calls).",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Audit folder. [default: FOLDER.audit in this folder, or audit]"
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            metavar="REGEX",
            help="What file names say, by named groups: call_id, agent, team, queue, date (or "
            "year, month, day), direction; others are kept as further columns.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            help="Worker processes. [default: one a core, as far as 2 GB each are free]",
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Run on a Ray cluster: auto for the one this machine belongs to, local, or "
            "HOST:PORT. --jobs is then the number of workers.",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            min=1,
            help="Threads a worker. [default: this machine's cores shared out; 1 with --ray]",
        ),
    ] = None,
    results: Annotated[
        str,
        typer.Option(
            "--results",
            metavar="URL",
            help="Keep the calls' results below this URL; the audit folder then holds records "
            "and documents alone.",
        ),
    ] = "",
    light: Annotated[
        bool,
        typer.Option("--light", help="Keep each call's record (call.json) alone, no documents."),
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Take up again the calls that failed before.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Analyse every call again, with the options now given."),
    ] = False,
    time_limit: Annotated[
        float,
        typer.Option(
            "--time-limit", metavar="SECONDS", min=1, help="Seconds that one call may take."
        ),
    ] = 7200,
    engine: Engine = EngineChoice.auto,
    model: Model = "base",
    language: Language = "auto",
    translate: Translate = False,
    device: Device = DeviceChoice.auto,
    agent: Annotated[
        str | None,
        typer.Option("--agent", help="Where the agents are in every call: left or right channel."),
    ] = None,
    no_guard: NoGuard = None,
    withhold: Redact = None,
    no_redact: NoRedact = False,
    include_recording: Annotated[
        bool,
        typer.Option("--include-recording", help="Put a copy of each recording into its evidence."),
    ] = False,
    rubric: Annotated[
        Path | None,
        typer.Option(
            "--rubric",
            metavar="FILE",
            help="What calls are held against, in TOML. [default: the audit's own, or the shipped]",
        ),
    ] = None,
    pseudonymize: Annotated[
        bool | None,
        typer.Option(
            "--pseudonymize/--names",
            help="Codes in place of names, in every document. [default: as before; names at first]",
        ),
    ] = None,
    min_calls: Annotated[
        int | None,
        typer.Option(
            "--min-calls",
            min=1,
            help="Agents with fewer scored calls are not ranked. [default: as before; 5 at first]",
        ),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option("--title", help="Heading of the documents. [default: as before]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go through a team's calls: analyse each one once, then write the audit.

    Each call's evidence lies in AUDIT/calls; audit.html, audit.pdf and the tables are made from
    all of them. Stopped at any moment, kill -9 included, and started again, it goes on where it
    was: nothing finished is done twice, nothing half-done is kept. A call that cannot be analysed
    is listed with its reason and stops no other.

    A JSON file beside a recording (call.wav.json or call.json) says more than its name, a list
    more than both. Recordings with equal content are analysed once.

    Exit code 0: every call is done. 1: some failed. 2: nothing could be run. 130: stopped by hand.
    """
    from dataclasses import replace

    from ..errors import CheckFailed, InputError
    from ..pipeline.audit import AuditOptions, rubric_of
    from ..pipeline.batch.documents import Writing, options_before
    from ..pipeline.batch.machine import default_jobs, threads_a_worker
    from ..pipeline.batch.run import check_folder, run_audit
    from ..pipeline.batch.sources import find
    from ..pipeline.batch.work import Recipe
    from ..pipeline.evidence.text import visible
    from .listening import listen_options, withheld
    from .watching import watching

    listening = listen_options(
        engine=engine,
        model=model,
        language=language,
        translate=translate,
        device=device,
        agent=agent,
        no_guard=no_guard,
    )
    if light and include_recording:
        raise InputError("--light keeps no recording: leave out --include-recording.")
    if results and "://" not in results:
        url = Path(results).expanduser().absolute().as_uri()
        raise InputError(f"--results {results} is no URL: for a folder write {url}.")
    target = out or _default_out(what)
    check_folder(target)
    # Now, and not when every call is analysed.
    rubric_of(target, rubric)
    kinds = withheld(withhold, no_redact=no_redact)
    # On a cluster none means as many as there is room for.
    workers = jobs or (0 if ray is not None else default_jobs(device.value))
    recipe = Recipe(
        options=listening,
        withhold=kinds,
        light=light,
        include_recording=include_recording,
        threads=threads or (1 if ray is not None else threads_a_worker(workers)),
        results=results.rstrip("/"),
    )
    before = options_before(target) or AuditOptions(withhold=kinds)
    options = replace(
        before.but(title=title, min_calls=min_calls, pseudonymize=pseudonymize),
        # What rescore withholds beside stays withheld, unless nothing is to be.
        withhold=kinds if no_redact else kinds | before.withhold,
    )
    sources = find(what, pattern=pattern)
    with watching() as watch:
        report = run_audit(
            target,
            sources,
            recipe,
            Writing(options, rubric),
            watch,
            jobs=workers,
            time_limit=time_limit,
            ray=ray,
            retry_failed=retry_failed,
            force=force,
        )
    _print(report, as_json=as_json)
    if report.stopped:
        raise typer.Exit(130)
    if report.failures:
        count = len(report.failures)
        raise CheckFailed(
            f"{visible(str(target))}: {count} {'call' if count == 1 else 'calls'} could not be "
            "analysed; mend what is told above and use --retry-failed"
        )


def _default_out(what: list[str]) -> Path:
    """`FOLDER.audit` in the current folder where one folder is given."""
    folder = Path(what[0]).expanduser()
    if len(what) == 1 and "://" not in what[0] and folder.is_dir():
        return Path(f"{folder.resolve().name or 'calls'}.audit")
    return Path("audit")


def _print(report: Report, *, as_json: bool) -> None:
    from ..pipeline.evidence.text import json_safe, visible

    if as_json:
        import json

        text = json.dumps(_as_json(report), indent=1, ensure_ascii=False)
        typer.echo(json_safe(text))
        return
    for failure in report.failures:
        typer.echo(visible(f"failed  {failure.metadata.call_id}: {failure.reason}"))
    parts = [f"{report.calls} {'call' if report.calls == 1 else 'calls'}"]
    if report.duplicates:
        parts[0] += f" ({report.duplicates} with the same recording as another)"
    parts.append(f"{report.audio / 3600:.2f} hours of sound")
    parts.append(f"{report.analysed} analysed now")
    for count, name in ((len(report.failures), "failed"), (report.waiting, "left over")):
        if count:
            parts.append(f"{count} {name}")
    typer.echo(", ".join(parts))
    if report.written is not None:
        audit = report.written
        typer.echo(
            f"{audit.flagged} with a turn of the agent's flagged as disrespectful; "
            f"{audit.passed} of {audit.scored} scored calls reach the pass mark"
        )
    elif report.calls or report.failures:
        typer.echo("Nothing new: the documents stand as they are.")
    typer.echo(visible(f"Audit: {report.folder}  (open {report.folder / 'audit.html'})"))


def _as_json(report: Report) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "audit": str(report.folder),
        "calls": report.calls,
        "duplicates": report.duplicates,
        "analysed": report.analysed,
        "waiting": report.waiting,
        "audio_seconds": report.audio,
        "documents_written": report.written is not None,
        "failures": [
            {"metadata": f.metadata.model_dump(), "source": f.source, "reason": f.reason}
            for f in report.failures
        ],
        "summary": None
        if report.written is None
        else {k: v for k, v in asdict(report.written).items() if k not in ("folder", "files")},
    }
