"""A list of recordings with what is known of each: CSV, TSV or one JSON object a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from .facts import LOCATIONS, Facts, facts_of

TABLES = (".csv", ".tsv")
LINES = (".jsonl", ".ndjson")
SUFFIXES = TABLES + LINES


@dataclass(frozen=True)
class Entry:
    """One row of a manifest."""

    line: int
    location: str
    """As written: absolute, relative to the manifest, or a URL."""
    facts: Facts


def read_manifest(data: bytes, name: str) -> list[Entry]:
    """The rows of a manifest.

    Raises:
        InputError: it is not text, not what its name says, or a row names no recording.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {line} is not UTF-8: save the list as UTF-8.") from error
    rows = _json_rows(text, name) if name.lower().endswith(LINES) else _table_rows(text, name)
    entries = [_entry(line, row, name) for line, row in rows]
    if not entries:
        raise InputError(f"{name} lists no recordings.")
    return entries


def _entry(line: int, row: dict[str, Any], name: str) -> Entry:
    facts = facts_of(row)
    column = next((c for c in LOCATIONS if c in facts), None)
    if column is None:
        raise InputError(
            f"{name}, line {line} names no recording: it needs one of the columns "
            f"{', '.join(LOCATIONS)}."
        )
    return Entry(line, facts[column], {k: v for k, v in facts.items() if k != column})


def _json_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{name}, line {number} is not JSON: {error}.") from error
        if not isinstance(row, dict):
            raise InputError(f"{name}, line {number} is not a JSON object.")
        yield number, row


def _table_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    head = text.split("\n", 1)[0]
    # Of the separators that spreadsheets write, the one the first line has most of.
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if None in row:
                raise InputError(
                    f"{name}, line {reader.line_num} has more fields than the first line has names."
                )
            if any(value and value.strip() for value in row.values()):
                yield reader.line_num, dict(row)
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num} cannot be read: {error}.") from error
