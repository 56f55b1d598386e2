"""`earwitness purge AUDIT`."""

from __future__ import annotations

from typing import Annotated

import typer

from .choices import AsJson, AuditFolder


def purge(
    audit: AuditFolder,
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than",
            metavar="AGE",
            help="Calls of before this long ago: 90d, 12w, 6m or 2y.",
            show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Name the calls, and delete nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete the results of calls beyond an age, for retention rules.

    A call is as old as its date in the metadata says; without one, as old as its analysis. Its
    evidence goes, its record, its vectors and its rows, and the documents are written again
    without it. Only its id and where its recording lay are remembered, so that the next audit does
    not analyse it again. The recordings themselves are not touched.
    """
    from ..pipeline.batch.purge import purge as delete
    from ..pipeline.evidence.text import json_safe, visible

    purged = delete(audit, older_than, dry_run=dry_run)
    if as_json:
        import json

        told = {"purged": purged.calls, "kept": purged.kept, "dry_run": dry_run}
        typer.echo(json_safe(json.dumps(told, indent=1, ensure_ascii=False)))
        return
    for call_id in purged.calls:
        typer.echo(visible(call_id))
    what = "would be deleted" if dry_run else "deleted"
    typer.echo(f"{len(purged.calls)} {what}, {purged.kept} kept")
