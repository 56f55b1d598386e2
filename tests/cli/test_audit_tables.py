"""`rescore`, `query` and `review` as a user runs them, on a finished audit."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from earwitness.pipeline.audited import Metadata
from earwitness.pipeline.batch.machine import only_one
from earwitness.pipeline.batch.state import Row, State
from made_calls import CIVIL, RUBRIC, RUDE, call_of, put

from .conftest import Run


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """`a`, an audit folder with two finished calls and its state."""
    folder = tmp_path / "a"
    (tmp_path / "short.toml").write_text(RUBRIC, "utf-8")
    with_calls = [
        put(folder, call_of(script, number=at), agent="Marcus Bell", date="2024-03-01")
        for at, script in enumerate((CIVIL, RUDE))
    ]
    with State(folder) as state:
        for made in with_calls:
            state.put(
                Row(
                    id=made.metadata.call_id, status="done", location="x.wav", size=1, stamp="",
                    sha256=made.sha256, same_as="", place=made.metadata.call_id,
                    metadata=Metadata(call_id=made.metadata.call_id, agent="Marcus Bell"),
                    reason="", duration=60.0, finished="",
                )
            )  # fmt: skip
    return folder


def calls(run: Run) -> list[dict]:
    done = run("query", "SELECT * FROM calls ORDER BY call_id", "a", "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_changed_rubric_is_applied_and_kept(audit: Path, run: Run, tmp_path: Path) -> None:
    done = run("rescore", "a", "--rubric", "short.toml", "--title", "March")
    assert done.returncode == 0, done.stderr
    assert "1 of 2 scored calls pass the rubric" in done.stdout
    assert [c["passed"] for c in calls(run)] == [True, False]
    assert (audit / "rubric.toml").read_text("utf-8") == RUBRIC
    (tmp_path / "mild.toml").write_text(
        RUBRIC.replace("essential = true", "").replace("pass_mark = 0.6", "pass_mark = 0.1"),
        "utf-8",
    )
    assert run("rescore", "a", "--rubric", "mild.toml").returncode == 0
    assert [c["passed"] for c in calls(run)] == [True, True]
    # Without --rubric the audit's own stands, and so does the title.
    done = run("rescore", "a", "--json")
    summary = json.loads(done.stdout)
    assert (summary["title"], summary["all"]["passed"]["count"]) == ("March", 2)


def test_what_cannot_be_used_is_told_in_a_sentence(audit: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('name = "x"\n[[items]]\nid = "a"\n', "utf-8")
    for arguments, told in (
        (("rescore", "a", "--rubric", "bad.toml"), "bad.toml: item 'a'"),
        (("rescore", "nowhere"), "nowhere"),
        (("query", "SELECT 1", "nowhere"), "holds no calls.parquet"),
        (("review", "a", "--call", "c0001"), "--moment"),
        (("review", "a", "--dismiss"), "--moment"),
        (("review", "a", "--call", "c0001", "--moment", "m99", "--dismiss", "--by", "x"), "m99"),
        (
            ("review", "a", "--call", "c9", "--moment", "m001", "--dismiss", "--by", "x"),
            "c9': earwitness query",
        ),
        (("review", "a", "bad.toml"), "bad.toml"),
        (
            ("review", "a", "--call=c0001", "--moment=m001", "--dismiss", "--by=x", "--date=soon"),
            "--date soon is no date",
        ),
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert told in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
    assert not (audit / "reviews.jsonl").exists()


def test_a_query_prints_a_table_or_csv(audit: Path, run: Run) -> None:
    run("rescore", "a", "--rubric", "short.toml")
    sql = "SELECT call_id, '=1+1' AS x, -2 AS n FROM calls"
    done = run("query", sql, "a")
    assert "c0001" in done.stdout and "2 rows" in done.stderr
    table = list(csv.reader(io.StringIO(run("query", sql, "a", "--csv").stdout)))
    assert table == [["call_id", "x", "n"], ["c0000", "'=1+1", "-2"], ["c0001", "'=1+1", "-2"]]
    done = run("query", "COPY calls TO 'x.csv'", "a")
    assert done.returncode == 2
    assert not Path("x.csv").exists()


def test_decisions_and_answers(audit: Path, run: Run, tmp_path: Path) -> None:
    run("rescore", "a", "--rubric", "short.toml")
    where = ("review", "a", "--call", "c0001", "--moment", "m001")
    done = run(*where, "--dismiss", "--by", "Ada", "--date", "2024-04-01", "--note", "quoted")
    assert done.returncode == 0, done.stderr
    assert run(*where, "--answer", "I quoted him", "--by", "Marcus Bell").returncode == 0
    found = calls(run)[1]
    assert (found["agent_findings"], found["dismissed"], found["passed"]) == (0, 1, True)
    told = run("review", "a").stdout.splitlines()
    assert len(told) == 2
    assert "m001 rude at 00:" in told[0] and "dismissed by Ada, 2024-04-01: quoted" in told[0]
    assert "I quoted him" in (audit / "audit.html").read_text("utf-8")
    review = {
        "format": "earwitness-review", "version": 1, "recording_sha256": f"{1:064x}", "by": "Bo",
        "date": "2024-04-02", "decisions": [{"id": "m001", "verdict": "confirmed", "note": ""}],
        "answers": [{"id": "m002", "by": "Marcus", "date": "2024-04-02", "text": "She was out"}],
    }  # fmt: skip
    (tmp_path / "review.json").write_text(json.dumps(review), "utf-8")
    assert run("review", "a", "review.json").returncode == 0
    assert calls(run)[1]["agent_findings"] == 1
    lines = (audit / "reviews.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["what"] for line in lines] == [
        "dismissed", "answer", "confirmed", "answer",
    ]  # fmt: skip


def test_names_stay_out_once_they_are_out(audit: Path, run: Run) -> None:
    run("rescore", "a", "--rubric", "short.toml")
    assert calls(run)[0]["agent"] == "Marcus Bell"
    done = run("rescore", "a", "--pseudonymize")
    assert "hand over the documents alone" in done.stderr
    code = calls(run)[0]["agent"]
    assert code.startswith("Agent ")
    run("rescore", "a", "--min-calls", "1")
    assert calls(run)[0]["agent"] == code
    assert b"Marcus" not in (audit / "audit.html").read_bytes()
    run("rescore", "a", "--names")
    assert calls(run)[0]["agent"] == "Marcus Bell"


def test_a_folder_in_use_is_not_written_to(audit: Path, run: Run) -> None:
    with only_one(audit):
        for arguments in (
            ("rescore", "a", "--rubric", "short.toml"),
            ("review", "a", "--call", "c0001", "--moment", "m001", "--dismiss", "--by", "Ada"),
        ):
            done = run(*arguments)
            assert done.returncode == 2, arguments
            assert "at work in a" in done.stderr
    assert not (audit / "audit.html").exists()
    assert not (audit / "reviews.jsonl").exists()
    assert run("rescore", "nowhere").returncode == 2
    assert not (audit.parent / "nowhere").exists()


def test_calls_that_are_left_over_are_told(audit: Path, run: Run) -> None:
    with State(audit) as state:
        (row,) = state.rows("id = 'c0000'")
        state.put(replace(row, id="later", place="later", status="waiting"))
    summary = json.loads(run("rescore", "a", "--rubric", "short.toml", "--json").stdout)
    assert summary["headline"].startswith("Not finished: 1 call still to be analysed. 2 calls")
    assert "Not finished" in (audit / "audit.html").read_text("utf-8")
    with State(audit) as state:
        state.forget("later")
    summary = json.loads(run("rescore", "a", "--rubric", "short.toml", "--json").stdout)
    assert summary["headline"].startswith("2 calls")


def test_one_damaged_view_is_listed_and_stops_no_other(audit: Path, run: Run) -> None:
    record = next((audit / "calls").rglob("call.json"))
    record.with_name("view.json").write_text("{half", "utf-8")
    summary = json.loads(run("rescore", "a", "--rubric", "short.toml", "--json").stdout)
    assert len(calls(run)) == 1
    (failure,) = summary["failures"]
    assert "view.json cannot be read" in failure["reason"]
