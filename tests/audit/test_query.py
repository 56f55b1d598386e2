"""A query sees the four tables and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from earwitness.errors import InputError
from earwitness.pipeline.evidence.audit.query import query

from .conftest import Make


@pytest.fixture
def folder(make: Make) -> Path:
    return make().folder


def test_it_reads_and_joins(folder: Path) -> None:
    names, rows = query(
        folder,
        "SELECT c.agent, count(*) AS n FROM moments m JOIN calls c USING (call_id) "
        "WHERE m.kind = 'rude' GROUP BY 1 ORDER BY 1",
    )
    assert names == ["agent", "n"]
    assert sum(n for _, n in rows) == 9
    assert [row[0] for row in query(folder, "SHOW TABLES")[1]] == [
        "calls", "moments", "scores", "turns",
    ]  # fmt: skip
    assert query(folder, "WITH a AS (SELECT 1 AS x) FROM a")[1] == [(1,)]
    assert query(folder, "DESCRIBE calls")[1]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
        "SELECT * FROM read_parquet('{folder}/../*.parquet')",
        "SELECT * FROM read_text('{folder}/rubric.toml')",
        "SELECT getenv('HOME')",
        "SELECT * FROM paths",
        "COPY calls TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/calls.parquet'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/calls.parquet'",
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW calls",
        "DELETE FROM calls",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "SELECT 1; SELECT 2",
        "",
        "nonsense",
    ],
)
def test_it_cannot_do_more(folder: Path, sql: str) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    with pytest.raises(InputError):
        query(folder, sql.format(folder=folder))
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before


@pytest.mark.parametrize("sql", ["SELECT * FROM call", "SELECT who FROM calls", "SELEC 1"])
def test_what_is_there_to_ask_is_told(folder: Path, sql: str) -> None:
    with pytest.raises(InputError, match="There are the tables calls, turns") as told:
        query(folder, sql)
    assert "Did you mean" not in str(told.value)


def test_a_folder_without_tables_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no calls\.parquet"):
        query(tmp_path, "SELECT 1")
