"""Memory and time of a long recording: `python bench/long.py [--minutes 60] [--model base]`.

A sample call is repeated to the length asked for and analysed like any other. Prints what each
stage takes, and the peak of resident memory up to its end; then whether words and turns stay in
order.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
from earwitness.pipeline.analyze import STAGES, Models, Options, analyze
from earwitness.pipeline.listen.audio import SpanReader
from truth import SAMPLES


def make(path: Path, *, name: str, layout: str, minutes: float) -> None:
    """Write the sample over and over as 16-bit WAV, block by block."""
    samples, rate = SpanReader(SAMPLES / f"{name}.{layout}.flac")(0.0, 3600.0)
    data = np.clip(np.rint(samples * 32767), -32768, 32767).astype("<i2").T.tobytes()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[0])
        out.setsampwidth(2)
        out.setframerate(rate)
        left = round(minutes * 60 * rate)
        while left > 0:
            count = min(left, samples.shape[1])
            out.writeframes(data[: count * 2 * samples.shape[0]])
            left -= count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--model", default="base")
    parser.add_argument("--dual", action="store_true")
    parser.add_argument("--name", default="rude_refusal")
    given = parser.parse_args()
    print("| stage | seconds | peak MB |\n|---|---|---|")
    options = Options(model=given.model)
    models = Models(options)
    reached, started = "", time.perf_counter()

    def report(stage: str, share: float) -> None:
        nonlocal reached, started
        if stage != reached:
            done()
            reached, started = stage, time.perf_counter()

    def done() -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if reached in STAGES:
            print(f"| {reached} | {time.perf_counter() - started:.0f} | {peak:.0f} |", flush=True)

    layout = "stereo" if given.dual else "mono"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        make(path, name=given.name, layout=layout, minutes=given.minutes)
        call = analyze(path, models, options, report=report)
        done()
    words = [word for turn in call.turns for word in turn.words]
    ordered = all(a.start <= b.start for a, b in pairwise(call.turns))
    inside = all(0 <= w.start <= w.end <= call.recording.duration for w in words)
    print(
        f"\n{given.minutes:g} minutes of {given.name} {layout}, {given.model}: "
        f"{len(call.turns)} turns, {len(words)} words, {len(call.speakers)} speakers, "
        f"{len(call.moments)} moments; "
        f"turns in order: {ordered}; words inside the recording: {inside}"
    )


if __name__ == "__main__":
    main()
