"""The reference engine leaves the number of threads as it was told."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np, torch
from earwitness.models.whisper import load
engine = load("openai-whisper", model="tiny.en")
rng = np.random.default_rng(0)
engine.transcribe(rng.normal(0, 0.05, 48000).astype(np.float32), language="en")
from whisper.timing import dtw
dtw(torch.rand(20, 40))
print(torch.get_num_threads())
"""


@pytest.mark.weights
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has one number of threads")
def test_aligning_words_does_not_take_more_threads_than_allowed():
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        # The second is what a parent with more threads leaves to a worker.
        env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split()[-1] == "1", told.stdout
