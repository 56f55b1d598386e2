"""Where an extra is not installed, one sentence says which and how to get it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_time_stamp_without_its_extra(evidence: Path, tmp_path: Path) -> None:
    script = (
        "import sys, importlib.util as u; real = u.find_spec; "
        "u.find_spec = lambda n, *a: None if n == 'rfc3161_client' else real(n, *a); "
        "from earwitness.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "seal", "e", "--tsa", "http://127.0.0.1:9"],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "earwitness: A time stamp needs the package rfc3161-client, which is not installed: "
        "pip install 'earwitness[seal]'"
    )
