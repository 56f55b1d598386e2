"""The main job, through the command line, on real weights and real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import Write, sample, tone, truth_of

pytestmark = pytest.mark.weights


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "earwitness", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def record(evidence: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((evidence / "data" / "call.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def rude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rude")
    done = run(
        "analyze", str(sample("rude_refusal")), "--out", "call.evidence", "--json", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["findings"]
    return folder / "call.evidence"


def test_the_rude_call_has_findings_against_the_agent_alone(rude: Path) -> None:
    call = record(rude)
    flagged = [m for m in call["moments"] if m["level"] == "finding" and m["kind"] == "rude"]
    assert flagged
    assert {m["role"] for m in flagged} == {"agent"}
    kinds = {m["kind"] for m in call["moments"] if m["level"] == "finding"}
    assert {"escalation_request", "escalation_refused"} <= kinds


def test_quotes_are_the_words_at_those_times(rude: Path) -> None:
    call = record(rude)
    words = [w for turn in call["turns"] for w in turn["words"]]
    for moment in call["moments"]:
        inside = [
            w["text"]
            for w in words
            if w["speaker"] == moment["speaker"]
            and w["start"] >= moment["start"] - 1e-3
            and w["end"] <= moment["end"] + 1e-3
        ]
        assert moment["quote"] == " ".join(inside)


def test_times_lie_inside_the_recording_and_turns_are_in_order(rude: Path) -> None:
    call = record(rude)
    starts = [turn["start"] for turn in call["turns"]]
    assert starts == sorted(starts)
    for thing in [*call["turns"], *call["moments"], *call["regions"], *call["segments"]]:
        assert 0 <= thing["start"] <= thing["end"] <= call["recording"]["duration"] + 1e-3


def test_every_finding_has_a_clip_with_its_seconds_in_it(rude: Path) -> None:
    import av

    for moment in record(rude)["moments"]:
        if moment["level"] == "note":
            continue
        with av.open(str(rude / "data" / moment["clip"])) as clip:
            seconds = float(clip.streams.audio[0].duration * clip.streams.audio[0].time_base)
        assert seconds >= moment["end"] - moment["start"]


def test_the_same_call_gives_the_same_bytes(rude: Path, tmp_path: Path) -> None:
    done = run("analyze", str(sample("rude_refusal")), "--out", "again", cwd=tmp_path)
    assert done.returncode == 0
    first = {p.relative_to(rude): p.read_bytes() for p in rude.rglob("*") if p.is_file()}
    second = {
        p.relative_to(tmp_path / "again"): p.read_bytes()
        for p in (tmp_path / "again").rglob("*")
        if p.is_file()
    }
    assert first.keys() == second.keys()
    assert [str(p) for p in first if first[p] != second[p]] == ["run.json"]


def test_an_existing_folder_is_kept_without_force(rude: Path) -> None:
    before = (rude / "data" / "call.json").read_bytes()
    done = run("analyze", str(sample("civil")), "--out", str(rude), cwd=rude.parent)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (rude / "data" / "call.json").read_bytes() == before


@pytest.mark.parametrize("layout", ["mono", "stereo"])
@pytest.mark.parametrize("engine", ["faster-whisper", "openai-whisper"])
def test_the_civil_call_has_no_finding_of_rudeness(
    layout: str, engine: str, tmp_path: Path
) -> None:
    done = run(
        "analyze", str(sample("civil", layout)), "--engine", engine, "--out", "e", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    call = record(tmp_path / "e")
    assert [m for m in call["moments"] if m["kind"] == "rude" and m["level"] == "finding"] == []
    assert {s["role"] for s in call["speakers"]} == {"agent", "customer"}
    for speaker in call["speakers"]:
        if layout == "stereo":
            assert speaker["role"] == ("agent", "customer")[speaker["channel"]]
    first = truth_of("civil")["turns"][0]
    assert call["turns"][0]["role"] == first["speaker"]


def test_hold_music_yields_no_words_and_nobody_is_invented(
    write_audio: Write, tmp_path: Path
) -> None:
    t = np.arange(20 * 8000) / 8000
    music = sum(
        0.1 * np.sin(2 * np.pi * f * t) * (0.6 + 0.4 * np.sin(2 * np.pi * b * t))
        for f, b in ((262, 0.9), (330, 1.3), (392, 1.7), (523, 0.4))
    )
    noise = 0.001 * np.random.default_rng(0).standard_normal(len(t))
    for name, samples in {"music": music, "noise": noise, "silence": 0 * t}.items():
        path = write_audio(samples.astype(np.float32), f"{name}.wav", rate=8000)
        done = run("analyze", str(path), "--out", f"{name}.evidence", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "No speech found" in done.stdout
        call = record(tmp_path / f"{name}.evidence")
        assert call["turns"] == [] and call["speakers"] == [] and call["moments"] == []
        kinds = {region["kind"] for region in call["regions"]}
        assert kinds == ({"music"} if name == "music" else {"silence"})


def test_one_second_is_an_honest_record(write_audio: Write, tmp_path: Path) -> None:
    path = write_audio(tone(1.0), "short.wav")
    done = run("analyze", str(path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert record(tmp_path / "short.wav.evidence")["turns"] == []


@pytest.mark.parametrize("name", ["absent.wav", "folder", "text.wav", "empty.wav"])
def test_bad_input_is_one_sentence_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.wav").write_text("not sound" * 100)
    (tmp_path / "empty.wav").touch()
    before = sorted(tmp_path.iterdir())
    done = run("analyze", name, cwd=tmp_path)
    assert done.returncode == 2
    assert name in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def _worked(pid: int) -> float:
    """Seconds of processor time that a process has used, as Linux counts them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it counts as Linux does")
def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "earwitness", "analyze", str(sample("civil"))],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Well into its work, however busy the machine: seconds of its own, not of the clock.
    while process.poll() is None and _worked(process.pid) < 6:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in message and "Traceback" not in message
    assert list(tmp_path.iterdir()) == []
