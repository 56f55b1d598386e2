"""What nobody thought of ends in one sentence too; the traceback comes where it is asked for."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from earwitness import cli
from earwitness.pipeline.listen import audio
def fail(path):
    raise {error}
audio.check_recording = fail
cli.main()
"""


def analyze(error: str, folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(error=error), *before, "analyze", "call.wav"],
        capture_output=True, text=True, cwd=folder, env=os.environ, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (f"OSError({errno.ENOSPC}, 'No space left on device')", "the disk is full"),
        (f"OSError({errno.EACCES}, 'Permission denied', 'x')", "x: Permission denied"),
        ("ValueError('nobody\\nthought of it')", "unexpected ValueError (nobody thought of it)"),
        ("KeyError()", "unexpected KeyError;"),
        ("MemoryError()", "not enough memory"),
    ],
)
def test_one_sentence_and_an_exit_code(error: str, says: str, tmp_path: Path) -> None:
    done = analyze(error, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("earwitness: ")
    assert says in done.stderr
    assert "--debug" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_traceback_where_it_is_asked_for(tmp_path: Path) -> None:
    done = analyze("ValueError('nobody thought of it')", tmp_path, "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
