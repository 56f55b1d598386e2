"""The command line as a user runs it, and a small evidence folder to run it on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from earwitness.pipeline.analyze import Options
from earwitness.pipeline.call import (
    Call,
    Conduct,
    ModelUsed,
    Moment,
    Provenance,
    Speaker,
    SpeakerSegment,
    Turn,
    Word,
)
from earwitness.pipeline.evidence.bag import BagInfo
from earwitness.pipeline.evidence.folder import write_evidence
from earwitness.pipeline.listen.audio import SpanReader, decode
from support import Write, tone

Run = Callable[..., subprocess.CompletedProcess[str]]

SCRIPT = [
    ("A", "agent", "Northgate Broadband, you are through to Marcus. How can I help?"),
    ("C", "customer", "I sent the router back in March and I would like my refund, please."),
    ("A", "agent", "Oh, would you now. Did nobody teach you to read a form, you silly little man?"),
    ("C", "customer", "There is no need for that. Could I speak to your supervisor, please?"),
    (
        "A",
        "agent",
        "No. My supervisor has better things to do than listen to you whine, you silly little man.",
    ),
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `earwitness …` in an empty folder, as its own process."""

    def call(*arguments: object, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "earwitness", *map(str, arguments)],
            input=given,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "100", "OMP_NUM_THREADS": "1"},
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return call


def spoken(path: Path, script: list[tuple[str, str, str]] = SCRIPT) -> Call:
    """A call of `script` over the sound at `path`, with a finding on each of the agent's jibes."""
    recording, audio = decode(path)
    audio.close()
    clock, turns = 0.5, []
    for number, (who, role, text) in enumerate(script):
        words = []
        for word in text.split():
            words.append(
                Word(text=word, start=clock, end=clock + 0.2, confidence=0.95, speaker=who)
            )
            clock += 0.25
        turns.append(
            Turn(id=number, speaker=who, role=role, start=words[0].start, end=words[-1].end,
                 words=words, language="en",
                 conduct=Conduct(rude=0.95, kinds=["dismissal"]) if number in (2, 4)
                 else Conduct(rude=0.02))
        )  # fmt: skip
        clock += 0.4
    kinds = [(2, "rude"), (3, "escalation_request"), (4, "rude"), (4, "escalation_refused")]
    moments = [
        Moment(id=f"m{i:03d}", kind=kind, level="finding", start=turns[t].start, end=turns[t].end,
               speaker=turns[t].speaker, role=turns[t].role, turn=t, quote=turns[t].text,
               context=turns[t - 1].text, score=0.95, reasons=["the classifier read it so"])
        for i, (t, kind) in enumerate((t, k) for t, k in kinds if t < len(turns))
    ]  # fmt: skip
    return Call(
        recording=recording,
        speakers=[
            Speaker(id="A", role="agent", role_confidence=0.9, name="Marcus", talk=9.0),
            Speaker(id="C", role="customer", role_confidence=0.9, talk=8.0),
        ],
        segments=[SpeakerSegment(speaker=t.speaker, start=t.start, end=t.end) for t in turns],
        turns=turns,
        moments=moments,
        provenance=Provenance(
            earwitness="0.1.0",
            models=[ModelUsed(name="conduct", sha256="00" * 32, origin="x", licence="MIT")],
            parameters=Options().__dict__ | {"guards_off": []},
        ),
    )


@pytest.fixture
def evidence(tmp_path: Path, write_audio: Write) -> Path:
    """`e`, the evidence of `call.wav` beside it."""
    path = write_audio(tone(24.0, rate=8000), "call.wav", rate=8000)
    put(path, tmp_path / "e")
    return tmp_path / "e"


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """What the complainant knows, as `facts.toml`."""
    path = tmp_path / "facts.toml"
    path.write_text(FACTS, "utf-8")
    return path


def put(recording: Path, folder: Path, **options: object) -> None:
    """Write the evidence of `spoken` for a recording."""
    write_evidence(
        spoken(recording), folder, read_audio=SpanReader(recording), run={"at": "now"},
        info=BagInfo(call_date="2024-03-19"), **options,
    )  # fmt: skip


@pytest.fixture
def put_call() -> Callable[..., None]:
    """`put`, for tests that need more than one call."""
    return put


FACTS = """
date = "19 March 2024"
why = "about a late refund"
[sender]
name = "Elena Whitcombe"
address = ["4 Mill Lane", "Ashby"]
email = "elena@example.org"
[to]
organisation = "Northgate Broadband"
[wanted]
remedy = "refund"
amount = "£89"
by = "2 April 2024"
"""
