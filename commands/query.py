"""`earwitness query "SELECT …" [AUDIT]`."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .choices import AsJson

WIDEST = 60
"""Characters of a value in the printed table; --json and --csv give all."""


def query(
    sql: Annotated[
        str,
        typer.Argument(
            metavar="SQL",
            help="One statement that reads, such as SELECT or DESCRIBE calls.",
            show_default=False,
        ),
    ],
    audit: Annotated[Path, typer.Argument(metavar="AUDIT", help="An audit's folder.")] = Path(
        "audit"
    ),
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV, safe for spreadsheets.")
    ] = False,
) -> None:
    """Ask an audit's tables in SQL (DuckDB): calls, turns, moments, scores.

    The statement can read these four tables and nothing else: no other file, no network, and it
    cannot write. docs/audit.md describes every column.

    earwitness query "SELECT agent, count(*) AS calls, avg(score) FROM calls GROUP BY agent"
    """
    from ..errors import InputError
    from ..pipeline.evidence.audit.query import query as run

    if as_json and as_csv:
        raise InputError("Give --json or --csv, not both.")
    names, rows = run(audit, sql)
    if as_json:
        _print_json(names, rows)
    elif as_csv:
        _print_csv(names, rows)
    else:
        _print_table(names, rows)


def _plain(value: Any) -> Any:
    """A value as JSON has it; numbers too wide for JSON's readers and dates become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    return str(value)


def _print_json(names: list[str], rows: list[Any]) -> None:
    from ..pipeline.evidence.text import json_safe

    for row in rows:
        record = dict(zip(names, map(_plain, row), strict=True))
        sys.stdout.write(json_safe(json.dumps(record, ensure_ascii=False)) + "\n")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _print_csv(names: list[str], rows: list[Any]) -> None:
    import csv

    from ..pipeline.evidence.audit.tables import safe
    from ..pipeline.evidence.text import visible

    def cell(value: Any) -> str:
        if isinstance(value, bool | int | float):
            return _text(value)
        return safe(visible(_text(value)))

    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow([cell(name) for name in names])
    for row in rows:
        writer.writerow([cell(value) for value in row])


def _print_table(names: list[str], rows: list[Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..pipeline.evidence.chronology import shorten
    from ..pipeline.evidence.text import visible

    numeric = [any(isinstance(row[at], int | float) for row in rows) for at in range(len(names))]
    table = Table()
    for name, number in zip(names, numeric, strict=True):
        table.add_column(Text(visible(name)), justify="right" if number else "left")
    for row in rows:
        table.add_row(*(Text(shorten(visible(_text(value)), WIDEST)) for value in row))
    Console().print(table)
    typer.echo(f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}", err=True)
