"""audit and purge as a user runs them, where no model is needed; and how progress is shown."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from earwitness.commands import watching
from earwitness.pipeline.batch.work import Outcome
from made_calls import RUBRIC
from stand_in import audit, make, recipe

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "There is no file or folder nowhere"),
        (["calls", "--out", "mine"], "mine is not an audit folder"),
        (["empty"], "No recordings in empty"),
        (["calls", "--pattern", "("], "is not a regular expression"),
        (["calls", "--rubric", "none.toml"], "There is no rubric none.toml"),
        (["calls", "--rubric", "bad.toml"], "bad.toml is not TOML"),
        (["calls", "--results", "far"], "--results far is no URL: for a folder write file:///"),
        (["calls", "--results", "nosuch://far"], "Protocol not known"),
        (["calls", "--light", "--include-recording"], "--light keeps no recording"),
        (["calls", "--language", "xx"], "--language xx"),
        (["calls", "--redact", "shoes"], "shoes is no kind of redaction"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_made(
    run: Run, tmp_path: Path, arguments: list[str], told: str
) -> None:
    make(tmp_path / "calls", a="one")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "bad.toml").write_text("name = ", "utf-8")
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")
    done = run("audit", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.audit"))


def test_purge_names_what_it_deletes(run: Run, tmp_path: Path) -> None:
    calls = make(tmp_path / "calls", a="one", b="two")
    (calls / "a.json").write_text('{"date": "2020-01-01"}', "utf-8")
    (calls / "b.json").write_text(f'{{"date": "{date.today().isoformat()}"}}', "utf-8")
    audit(calls, tmp_path / "out", recipe=recipe(light=True))
    assert json.loads(run("purge", "out", "--older-than", "1y", "--dry-run", "--json").stdout) == {
        "purged": ["a.wav"], "kept": 1, "dry_run": True
    }  # fmt: skip
    assert run("purge", "out", "--older-than", "soon").returncode == 2
    assert run("purge", "calls", "--older-than", "1y").returncode == 2
    assert (tmp_path / "out" / "calls" / "a.wav").exists()


def failed(name: str) -> Outcome:
    return Outcome(name, reason=f"{name} holds no sound")


def test_a_log_has_few_lines_and_every_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    with watching.watching() as watch:
        watch.begin(calls=100, size=1000)
        for number in range(99):
            watch.outcome(Outcome(str(number), duration=36.0), 10)
        watch.outcome(failed("evil\x1b[2J\nname"), 10)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("100 calls to analyse")
    assert "evil⟨U+001B⟩[2J name holds no sound" in lines[1]
    assert "100 of 100 calls, 0.99 h of sound" in lines[2]
    assert lines[2].endswith("1 failed")


def test_a_terminal_shows_the_tally_and_no_strangers_codes() -> None:
    from rich.console import Console
    from rich.progress import Progress

    screen = io.StringIO()
    columns = watching.columns()
    with Progress(
        *columns, console=Console(file=screen, force_terminal=True, width=120)
    ) as progress:
        live = watching.Live(progress)
        live.begin(calls=4, size=40)
        live.outcome(Outcome("a", duration=360.0), 10)
        live.outcome(failed("[red]b\x1b[2J"), 10)
    shown = screen.getvalue()
    assert "2 of 4 calls, 0.10 h of sound" in shown
    assert "left, 1 failed" in shown
    assert "[red]b⟨U+001B⟩[2J" in shown


def test_time_left_goes_by_what_is_left_to_read() -> None:
    tally = watching.Tally(calls=2, size=100)
    assert tally.left() is None
    tally._started -= 30.0
    tally.add(Outcome("large"), 75)
    assert tally.left() == pytest.approx(10.0, abs=0.5)
    assert [watching.span(s) for s in (5, 95, 5400, 7260)] == [
        "5 s",
        "2 min",
        "1 h 30 min",
        "2 h 01 min",
    ]


def test_the_next_audit_writes_as_before(run: Run, tmp_path: Path) -> None:
    calls = make(tmp_path / "calls", a="one")
    audit(calls, tmp_path / "out", recipe=recipe(light=True))
    (tmp_path / "short.toml").write_text(RUBRIC, "utf-8")
    done = run(
        "rescore", "out", "--rubric", "short.toml", "--pseudonymize", "--title", "March",
        "--min-calls", "9", "--redact", "phone",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    before = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))["options"]
    night = ("audit", "calls", "--out", "out", "--light", "--no-redact")
    done = run(*night, "--title", "April")
    assert done.returncode == 0, done.stderr
    after = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))["options"]
    assert after == {**before, "title": "April", "withhold": []}, "nothing is to be withheld"
    done = run(*night, "--names", "--min-calls", "2")
    after = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))["options"]
    assert (after["pseudonymize"], after["min_calls"], after["title"]) == (False, 2, "April")
