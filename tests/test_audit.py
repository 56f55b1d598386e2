"""The audit through the command line, on real weights: two short calls and a broken one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.weights

SAMPLES = Path(__file__).parent.parent / "samples"


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "earwitness", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("team")
    subprocess.run(
        [sys.executable, str(SAMPLES / "make_calls.py"), "--short", "2", str(folder / "calls")],
        check=True, capture_output=True,
    )  # fmt: skip
    for path in (folder / "calls").glob("*.json"):
        path.unlink()
    (folder / "calls" / "copy.flac").write_bytes(
        (folder / "calls" / "short-0001.flac").read_bytes()
    )
    (folder / "calls" / "text.wav").write_text("no sound at all", "utf-8")
    return folder


def audit(team: Path, *more: object) -> tuple[int, dict[str, Any], str]:
    done = run("audit", "calls", "--jobs", 1, "--json", *more, cwd=team)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_folder_becomes_an_audit_once(team: Path) -> None:
    code, told, log = audit(team)
    out = team / "calls.audit"
    assert code == 1, "one recording is none"
    assert (told["calls"], told["duplicates"], told["analysed"], told["waiting"]) == (3, 1, 2, 0)
    assert [f["metadata"]["call_id"] for f in told["failures"]] == ["text.wav"]
    assert "failed: text.wav: " in log
    assert "3 of 3 calls" in log
    for name in ("audit.html", "audit.pdf", "audit.json", "calls.parquet", "turns.csv"):
        assert (out / name).stat().st_size
    for place in (out / "calls").iterdir():
        assert run("verify", place, "--recording", team / "calls" / place.name, cwd=team
                   ).returncode == 0  # fmt: skip
        turns = json.loads((place / "data" / "call.json").read_text())["turns"]
        vectors = np.load(out / "meanings" / f"{place.name}.npy")
        assert vectors.shape == (len(turns), 384)
        assert vectors.dtype == np.float16
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.name != ".lock"}
    code, told, log = audit(team)
    assert (code, told["analysed"], told["documents_written"], log.count("\n")) == (1, 0, False, 1)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.name != ".lock"} == before


def test_a_light_audit_keeps_the_same_record_alone(team: Path) -> None:
    audit(team, "--light", "--out", "light")
    for place in (team / "light" / "calls").iterdir():
        assert [path.name for path in place.iterdir()] == ["call.json"]
        light = json.loads((place / "call.json").read_text())
        whole = json.loads(
            (team / "calls.audit" / "calls" / place.name / "data" / "call.json").read_text()
        )
        for moment in whole["moments"]:
            moment["clip"] = None
        assert light == whole
    assert run("purge", "light", "--older-than", "0d", "--dry-run", cwd=team).returncode == 0
