"""The tables as Parquet for programs and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from .... import __version__
from .columns import SQL, TABLES, Column

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the start of a formula; the full-width forms count in some."""

LONGEST_ROW = 256 << 20
"""Bytes of one row as JSON at most."""

JOINED = "; "
"""Between the values of a list in a CSV cell."""


class Table:
    """One table that is written row by row: a call's rows need not wait for the last call."""

    def __init__(self, name: str, folder: Path) -> None:
        """Write `NAME.parquet` and `NAME.csv` into `folder`."""
        self.name = name
        self.columns = TABLES[name]
        self.parquet, self.csv = folder / f"{name}.parquet", folder / f"{name}.csv"
        self._lines = folder / f".{name}.jsonl"
        self._rows: TextIO = self._lines.open("w", encoding="utf-8")
        # The byte-order mark is what spreadsheets tell UTF-8 by.
        self._sheet: TextIO = self.csv.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._sheet, lineterminator="\r\n")
        self._writer.writerow([column.name for column in self.columns])

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Write rows: values by column name."""
        for row in rows:
            self._rows.write(json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n")
            self._writer.writerow([cell(row[column.name], column) for column in self.columns])

    def finish(self) -> tuple[Path, Path]:
        """Close the table; the same rows give the same bytes."""
        self._rows.close()
        self._sheet.close()
        types = ", ".join(f"{_text(c.name)}: {_text(SQL[c.kind])}" for c in self.columns)
        about = json.dumps({c.name: c.about for c in self.columns})
        # One thread: the order of rows, and so every byte, is fixed.
        import duckdb

        with duckdb.connect(":memory:", config={"threads": 1}) as base:
            base.execute(
                "COPY (SELECT * FROM read_json(?, format = 'newline_delimited', "
                f"maximum_object_size = {LONGEST_ROW}, columns = {{{types}}})) "
                f"TO {_text(str(self.parquet))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{"
                f"earwitness: {_text(__version__)}, columns: {_text(about)}}})",
                [str(self._lines)],
            )
        self._lines.unlink()
        return self.parquet, self.csv


def _text(value: str) -> str:
    """A string literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def cell(value: Any, column: Column) -> str:
    """A value as a spreadsheet should take it: text as text, and never as a formula."""
    if value is None:
        return ""
    if column.kind == "bool":
        return "yes" if value else "no"
    if column.kind in ("texts", "floats", "ints"):
        text = JOINED.join(str(part) for part in value)
        return safe(text) if column.kind == "texts" else text
    return safe(str(value)) if column.kind == "text" else str(value)


def safe(text: str) -> str:
    """Text that no spreadsheet runs: an apostrophe before what would start a formula."""
    return "'" + text if text.lstrip(" \u00a0").startswith(FORMULA) else text
