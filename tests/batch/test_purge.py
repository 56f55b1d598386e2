"""What is purged is gone, stays gone, and takes nothing with it that others need."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from earwitness.errors import InputError
from earwitness.pipeline.audit import AuditOptions
from earwitness.pipeline.batch.documents import Writing
from earwitness.pipeline.batch.finished import finished
from earwitness.pipeline.batch.purge import border, purge
from earwitness.pipeline.batch.run import run_audit
from earwitness.pipeline.batch.sources import find
from earwitness.pipeline.batch.state import State
from earwitness.pipeline.call import Call
from stand_in import Watch, recipe, write

TODAY = date(2024, 3, 31)

LIST = """path,agent,date
old.wav,Ana Old,2023-12-30T10:00
twin.wav,Bo,2024-03-30
new.wav,Cy,2024-03-30
undated.wav,Di,
broken.wav,Ed,2023-01-01
lone.wav,Flo,2023-01-01 9:30
"""


@pytest.fixture
def audit(tmp_path: Path):
    for name, text in (
        ("old", "a"),
        ("twin", "a"),
        ("new", "bb"),
        ("undated", "ccc"),
        ("lone", "d"),
    ):
        (tmp_path / f"{name}.wav").write_text(text, "utf-8")
    (tmp_path / "broken.wav").write_text("fail", "utf-8")
    (tmp_path / "list.csv").write_text(LIST, "utf-8")

    def run(**options):
        return run_audit(
            tmp_path / "audit", find([str(tmp_path / "list.csv")]), recipe(**options),
            Writing(AuditOptions(title="July")), Watch(), write=write,
        )  # fmt: skip

    run()
    return run


def ids(folder: Path) -> list[str]:
    return [call.metadata.call_id for call in finished(folder)[0]]


def test_old_calls_go_and_do_not_come_back(tmp_path: Path, audit) -> None:
    folder = tmp_path / "audit"
    assert b"Ana Old" in (folder / "audit.sqlite").read_bytes()
    by_id = {c.metadata.call_id: c.sha256 for c in finished(folder)[0]}
    reviews = folder / "reviews.jsonl"
    reviews.write_text(
        "".join(
            f'{{"recording_sha256": "{by_id[name]}", "text": "{name}"}}\n'
            for name in ("lone.wav", "old.wav", "new.wav")
        ),
        "utf-8",
    )
    shown = purge(folder, "90d", dry_run=True, today=TODAY, write=write)
    assert shown.calls == ["broken.wav", "lone.wav", "old.wav"]
    assert len(ids(folder)) == 5
    assert purge(folder, "90d", today=TODAY, write=write) == shown
    assert ids(folder) == ["new.wav", "twin.wav", "undated.wav"]
    page = (folder / "audit.html").read_text("utf-8")
    left = reviews.read_text("utf-8")
    assert "lone.wav" not in left
    assert "new.wav" in left
    assert "old.wav" in left, "its recording is also another call's, which stays"
    assert page.startswith("July\n"), "written as it was before"
    assert "old.wav" not in page
    assert b"Ana Old" not in (folder / "audit.sqlite").read_bytes()
    report = audit()
    assert (report.analysed, report.calls) == (0, 3)
    (tmp_path / "old.wav").write_text("another call", "utf-8")
    assert audit().analysed == 1, "another recording in its place is another call"


def test_a_shared_result_stays_for_the_other_call(tmp_path: Path, audit) -> None:
    folder = tmp_path / "audit"
    # The twin is a copy of what the purged call was analysed from.
    before = {call.metadata.call_id: call for call in finished(folder)[0]}
    assert {before["old.wav"].same_as, before["twin.wav"].same_as} == {"", "old.wav"}
    purge(folder, "90d", today=TODAY, write=write)
    (twin,) = [c for c in finished(folder)[0] if c.metadata.call_id == "twin.wav"]
    assert twin.same_as == ""
    assert twin.metadata.agent == "Bo"
    assert twin.record.is_file()
    assert twin.meanings.is_file()
    purge(folder, "0d", today=date(2100, 1, 1), write=write)
    assert ids(folder) == []
    assert list((folder / "calls").iterdir()) == list((folder / "meanings").iterdir()) == []
    assert not (folder / "audit.html").exists()


def test_the_documents_stay_as_another_command_wrote_them(tmp_path: Path, audit) -> None:
    options = {"title": "August", "pseudonymize": True, "min_calls": 9, "withhold": ["card"]}
    (tmp_path / "audit" / "audit.json").write_text(json.dumps({"options": options}), "utf-8")
    seen = []

    def note(folder: Path, calls, failures, *, rubric, options: AuditOptions, waiting):
        seen.append(options)
        return write(folder, calls, failures, rubric=rubric, options=options, waiting=waiting)

    purge(tmp_path / "audit", "90d", today=TODAY, write=note)
    assert seen == [AuditOptions("August", True, 9, frozenset({"card"}))]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the results of an audit of one call were put."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.wav").write_text("a", "utf-8")
    folder = tmp_path / "store"
    run_audit(
        tmp_path / "audit", find([str(tmp_path / "in")]), recipe(results=folder.as_uri()),
        Writing(AuditOptions()), Watch(), write=write,
    )  # fmt: skip
    return folder


def test_results_behind_a_url_go_too(tmp_path: Path, store: Path) -> None:
    assert [p for p in store.rglob("*") if p.is_file()]
    purge(tmp_path / "audit", "1y", today=date(2100, 1, 1), write=write)
    assert not [p for p in store.rglob("*") if p.is_file()]


def test_ages_follow_the_calendar() -> None:
    assert border("1m", TODAY) == date(2024, 2, 29)
    assert border("1y", date(2024, 2, 29)) == date(2023, 2, 28)
    assert border("2w", TODAY) == date(2024, 3, 17)
    assert border("3m", date(2024, 3, 5)) == date(2023, 12, 5)
    for wrong in ("90", "d", "-1d", "1h", "99999y"):
        with pytest.raises(InputError, match="--older-than"):
            border(wrong, TODAY)


def test_an_heir_keeps_its_evidence_when_the_old_id_comes_back(tmp_path: Path, audit) -> None:
    folder = tmp_path / "audit"
    purge(folder, "90d", today=TODAY, write=write)
    (tmp_path / "old.wav").write_text("another call", "utf-8")
    audit()
    found = {call.metadata.call_id: call for call in finished(folder)[0]}
    assert {"old.wav", "twin.wav"} <= found.keys()
    assert len({call.folder for call in found.values() if not call.same_as}) == len(found)
    for call in found.values():
        record = Call.model_validate_json(call.record.read_bytes())
        assert record.recording.sha256 == call.sha256
    with State(folder) as state, pytest.raises(sqlite3.IntegrityError):
        rows = {row.id: row for row in state.rows()}
        state.put(replace(rows["new.wav"], place=rows["twin.wav"].place))


def test_what_is_no_result_of_ours_is_not_deleted(tmp_path: Path, store: Path) -> None:
    result = store / "calls" / "a.wav"
    shutil.rmtree(result)
    result.write_text("somebody's recording", "utf-8")
    purge(tmp_path / "audit", "1y", today=date(2100, 1, 1), write=write)
    assert result.read_text("utf-8") == "somebody's recording"
