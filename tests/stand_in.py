"""A worker without models, so that the machinery around workers is tested in seconds.

What it does with a recording stands in the recording's first line: `fail`, `crash`, `die`, `hang`,
`grow`, `slow`; anything else is a call with the file's text as its words.
"""

from __future__ import annotations

import filecmp
import os
import signal
import time
from pathlib import Path

import numpy as np
from earwitness.errors import InputError, ModelError
from earwitness.pipeline.audit import Audit, AuditOptions
from earwitness.pipeline.batch import work
from earwitness.pipeline.batch.documents import Writing
from earwitness.pipeline.batch.finished import finished
from earwitness.pipeline.batch.run import Report, run_audit
from earwitness.pipeline.batch.sources import find
from earwitness.pipeline.batch.work import Outcome, Recipe, Task, meanings_of
from earwitness.pipeline.call import Call, Provenance, Recording, Turn, Word
from earwitness.pipeline.evidence.schema import call_text
from earwitness.pipeline.listen.audio import recording_sha256

SLOW = 0.25
MAKER = "stand_in:StandIn"


class StandIn:
    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self.ruler = {"engine": os.environ.get("STAND_IN_ENGINE", "stand-in")}
        self._ballast: list[bytes] = []

    def do(self, task: Task, path: Path) -> Outcome:
        if not path.is_file():
            raise InputError(f"There is no file {path}: check the name")
        text = path.read_text("utf-8")
        word, _, _ = text.partition("\n")
        if word == "fail":
            raise InputError(f"{path} holds no sound")
        if word == "crash":
            raise ValueError("nobody thought of this\nat all")
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "grow":
            self._ballast.append(b"\1" * (200 << 20))
        time.sleep({"hang": 600.0, "slow": SLOW}.get(word, 0.0))
        folder = Path(task.staging) / "calls" / task.place
        record = folder if self._recipe.light else folder / "data"
        # In two steps, so that there is something half-done to be left behind.
        record.mkdir(parents=True)
        (record / "page.html").write_text("page", "utf-8")
        time.sleep(SLOW if word == "slow" else 0.0)
        call = call_of(path, text)
        (record / "call.json").write_text(call_text(call), "utf-8")
        meanings = Path(task.staging, *meanings_of(task))
        meanings.parent.mkdir(parents=True, exist_ok=True)
        np.save(meanings, np.zeros((1, 384), np.float16))
        return Outcome(task.id, sha256=call.recording.sha256, duration=60.0)


class Broken:
    def __init__(self, recipe: Recipe) -> None:
        raise ModelError("The model base is not on this machine: run earwitness models pull base")


def call_of(path: Path, text: str) -> Call:
    words = [Word(text=text, start=0.0, end=1.0, confidence=1.0, speaker="A")]
    return Call(
        recording=Recording(
            name=path.name, sha256=recording_sha256(path), size=path.stat().st_size,
            container="wav", codec="pcm", duration=60.0, rate=8000, channels=1, layout="mono",
        ),
        turns=[Turn(id=0, speaker="A", start=0.0, end=1.0, words=words)],
        provenance=Provenance(earwitness="0"),
    )  # fmt: skip


def write(folder: Path, calls, failures, *, rubric, options, waiting) -> Audit:
    """In place of the audit's documents: one line a call."""
    lines = [f"{c.metadata.call_id} {c.metadata.agent} {c.sha256} {c.same_as}" for c in calls]
    lines += [f"{f.metadata.call_id} {f.reason}" for f in failures]
    (folder / "audit.html").write_text(
        "\n".join([options.title, f"{waiting} waiting", *lines]), "utf-8"
    )
    return Audit(folder, len(calls), 0, 0.0, 0, 0, 0, 0, len(failures), ())


class Watch:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.begun = 0
        self.notes: list[str] = []

    def begin(self, *, calls: int, size: int) -> None:
        self.begun = calls

    def outcome(self, outcome: Outcome, size: int) -> None:
        self.outcomes.append(outcome)

    def note(self, text: str) -> None:
        self.notes.append(text)


def recipe(**more: object) -> Recipe:
    from earwitness.pipeline.analyze import Options

    return work.Recipe(Options(), frozenset(), **{"maker": MAKER, **more})


def make(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.wav").write_text(text, "utf-8")
    return folder


def audit(calls: Path, out: Path, watch: Watch | None = None, **options) -> Report:
    made = {"recipe": recipe(), "writing": Writing(AuditOptions()), "write": write, **options}
    return run_audit(
        out, find([str(calls)]), made.pop("recipe"), made.pop("writing"), watch or Watch(), **made
    )


def reasons(out: Path) -> dict[str, str]:
    return {f.metadata.call_id: f.reason for f in finished(out)[1]}


def same(a: Path, b: Path) -> bool:
    compared = filecmp.dircmp(a, b, ignore=["audit.sqlite", ".lock"])
    names = compared.common_dirs
    return (
        not compared.left_only + compared.right_only
        and not filecmp.cmpfiles(a, b, compared.common_files, shallow=False)[1]
        and all(same(a / name, b / name) for name in names)
    )
