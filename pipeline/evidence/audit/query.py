"""SQL over an audit's tables: read-only, and blind to everything else on the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ....errors import InputError
from .columns import TABLES


def query(folder: Path, sql: str, *, limit: int | None = None) -> tuple[list[str], list[Any]]:
    """Run one statement that reads; returns the columns' names and the rows.

    The tables are those of the audit; no other file, no network and no environment can be
    reached, whatever the statement says.

    Raises:
        InputError: the folder holds no tables, or the statement cannot be run.
    """
    import duckdb as library

    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for path in paths.values():
        if not path.is_file():
            raise InputError(
                f"{folder} holds no {path.name}: give the folder of an audit, or run "
                "earwitness audit or earwitness rescore first."
            )
    base = library.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    with base:
        base.execute("SET allowed_paths = ?", [[str(path.resolve()) for path in paths.values()]])
        for name, path in paths.items():
            place = str(path.resolve()).replace("'", "''")
            try:
                base.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{place}')")
            except library.Error as error:
                raise InputError(f"{path} cannot be read: {_first(error)}.") from error
        base.execute("SET enable_external_access = false")
        base.execute("SET lock_configuration = true")
        try:
            statements = base.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in (
                library.StatementType.SELECT,
                library.StatementType.EXPLAIN,
            ):
                raise InputError(
                    "Give one statement that reads, such as SELECT, DESCRIBE or SUMMARIZE."
                )
            result = base.execute(statements[0])
            names = [column[0] for column in result.description]
            rows = result.fetchall() if limit is None else result.fetchmany(limit)
        except library.Error as error:
            raise InputError(
                f"The query cannot be run: {_first(error)}. There are the tables "
                f"{', '.join(TABLES)}; DESCRIBE calls lists the columns of one."
            ) from error
    return names, rows


def _first(error: Exception) -> str:
    """The message on one line, without the picture of the statement."""
    text = str(error).split("\n\nLINE", maxsplit=1)[0]
    # It guesses among tables of its own.
    text = text.split("Did you mean", maxsplit=1)[0]
    return " ".join(text.split()).rstrip(".!")
