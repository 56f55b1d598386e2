"""Memory and time of listening to a long recording: `python bench/long.py [--minutes 60] [--dual]`.

A sample call is repeated to the length asked for; every stage but the recogniser runs (which is
handed thirty seconds at a time, whatever the length). Prints peak resident memory after each.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import wave
from functools import partial
from pathlib import Path

import numpy as np
from earwitness.models.speakers import Embedder, Segmenter
from earwitness.pipeline.call import Word
from earwitness.pipeline.listen.attribute import attribute, build_turns, find_overlaps
from earwitness.pipeline.listen.audio import SpanReader, decode
from earwitness.pipeline.listen.blocks import blocks_of
from earwitness.pipeline.listen.speech import regions_of
from earwitness.pipeline.listen.voices import hear_voices
from truth import SAMPLES

WORDS_A_SECOND = 2.5
"""Of made-up words, so that attribution has as much to do as in a real call."""


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
    parser.add_argument("--dual", action="store_true")
    parser.add_argument("--name", default="rude_refusal")
    arguments = parser.parse_args()
    print("| stage | seconds | peak MB |\n|---|---|---|")
    started = time.perf_counter()

    def stage(name: str) -> None:
        nonlocal started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {name} | {time.perf_counter() - started:.1f} | {peak:.0f} |", flush=True)
        started = time.perf_counter()

    segmenter, embedder = Segmenter(), Embedder()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        layout = "stereo" if arguments.dual else "mono"
        # Both networks are loaded before anything is measured, so that their size stands apart.
        quiet = np.zeros(320_000, np.float32)
        segmenter(lambda a, b: quiet[round(a * 16_000) : round(b * 16_000)], 20.0)
        embedder([(0.0, 1.5)], lambda a, b: quiet[: round((b - a) * 16_000)])
        stage("models")
        make(path, name=arguments.name, layout=layout, minutes=arguments.minutes)
        recording, audio = decode(path)
        stage("decode")
        with audio:
            voices = hear_voices(audio, recording.layout, segmenter, embedder)
            stage("voices")
            segments = voices.diarization.segments
            regions_of(voices.activities, audio.duration)
            channels = [None] if len(voices.activities) == 1 else [0, 1]
            blocks = [
                block
                for channel, activity in zip(channels, voices.activities, strict=True)
                for block in blocks_of(
                    activity.speech, audio.duration, partial(audio.read, channel=channel)
                )
            ]
            words = [
                Word(text="word", start=t, end=t + 0.3, confidence=0.9)
                for t in sorted(
                    float(t) for s, e in blocks for t in np.arange(s, e - 0.3, 1 / WORDS_A_SECOND)
                )
            ]
            words = attribute(words, segments)
            turns = build_turns(words, find_overlaps(segments), language="en")
            stage(f"attribution ({len(segments)} segments, {len(words)} words, {len(turns)} turns)")


if __name__ == "__main__":
    main()
