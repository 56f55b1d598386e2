"""The sheet is two pages, whatever comes in."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from earwitness.pipeline.audit import AuditOptions, write_audit
from made_calls import CIVIL, RUDE, call_of, put

from .conftest import Make


def pages(path: Path) -> int:
    with pikepdf.open(io.BytesIO(path.read_bytes())) as pdf:
        return len(pdf.pages)


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_two_pages_for_few_and_many(make: Make, tmp_path: Path, count: int) -> None:
    calls = [
        put(tmp_path / "audit", call_of((CIVIL, RUDE)[at % 2], number=at), agent=f"Agent {at}",
            team=f"Team {at % 7}", date=f"20{10 + at // 4}-01-01")
        for at in range(count)
    ]  # fmt: skip
    assert pages(make(calls).folder / "audit.pdf") == 2


def test_two_pages_for_long_and_hostile_names(tmp_path: Path) -> None:
    items = "".join(
        f'[[items]]\nid = "i{n}"\ntitle = "{"Long words " * 10}"\nby = "agent"\n'
        'pass_mark = 0.5\nlook_for = [{ phrase = "x" }]\n'
        for n in range(40)
    )
    rubric = tmp_path / "long.toml"
    rubric.write_text(f'name = "{"W" * 120}"\nversion = "{"#x" * 200}"\n{items}', "utf-8")
    script = [("A", f"{'W' * 300} #import $x$ " + "word " * 80, "rude!insult"), *CIVIL]
    folder = tmp_path / "audit"
    calls = [
        put(folder, call_of(script, number=at), call_id=f"{at}" + "i" * 90, team="名" * 50,
            agent=f"{at}" + "W" * 200)
        for at in range(25)
    ]  # fmt: skip
    write_audit(folder, calls, [], rubric=rubric, options=AuditOptions(title="#set W" * 60))
    assert pages(folder / "audit.pdf") == 2
