"""`earwitness models list|pull|verify`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="The weights: where they are, whose they are, and whether they are what they should be.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the models with size, licence, where they were found, and whether they verify."""
    rows = _rows()
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("model", "for", "size", "licence", "found", "verified")
    for row in rows:
        table.add_row(
            row["name"],
            row["purpose"],
            f"{row['megabytes']} MB",
            row["licence"],
            row["source"] or "no",
            {True: "yes", False: "NO", None: "-"}[row["verified"]],
        )
    Console().print(table)


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Model names or Whisper sizes; default: all that analysis needs."),
    ] = None,
) -> None:
    """Bring models onto this machine from their official hub. The only command that downloads."""
    from ..models import catalogue, store

    needed = [weights.name for weights in catalogue.PINNED if not weights.development]
    for name in names or needed:
        resolved, downloaded = store.pull(name, progress=lambda m: typer.echo(m, err=True))
        state = "downloaded" if downloaded else f"already here ({resolved.source})"
        typer.echo(f"{resolved.name}: {state}, verified")


@app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Model names; default: all here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hash every model file found on this machine against its pin. Exit 1 if one differs."""
    from ..errors import CheckFailed

    rows = [row for row in _rows() if not names or row["name"] in names]
    if unknown := set(names or ()) - {row["name"] for row in rows}:
        from ..errors import InputError

        raise InputError(f"No model is named {', '.join(sorted(unknown))}: see models list")
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
    for row in rows:
        if not as_json and row["source"]:
            typer.echo(f"{row['name']}: {'as pinned' if row['verified'] else row['problem']}")
    if any(row["verified"] is False for row in rows):
        raise CheckFailed("At least one model file is not what it should be: see above")


def _rows() -> list[dict[str, Any]]:
    from ..errors import ModelError
    from ..models import catalogue, store

    rows: list[dict[str, Any]] = []
    for weights in catalogue.PINNED:
        located = store.locate(weights)
        verified: bool | None = None
        problem, hashes = None, {}
        if located is not None:
            try:
                hashes = store.resolve(weights.name).sha256
                verified = True
            except ModelError as error:
                verified, problem = False, str(error)
        rows.append(
            {
                "name": weights.name,
                "purpose": weights.purpose,
                "megabytes": weights.megabytes,
                "licence": weights.licence,
                "origin": weights.origin,
                "source": located[0] if located else None,
                "verified": verified,
                "problem": problem,
                "sha256": hashes,
            }
        )
    return rows
