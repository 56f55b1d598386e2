"""What each guard against invented words earns: `python bench/guards.py [--call NAME …]`.

Every recording is heard once and the recogniser's answers are kept, so that the guards can be
switched off one at a time on the very same answers. Beside the calls with a truth it takes, where
they are there, recordings in which there is nothing to hear (music, tones, noise, silence).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from typing import Any

import jiwer
import numpy as np
from calls import ENGINES, show
from measures import normalised
from truth import SHARED, samples, telephone_sample

RATE = 16_000
SECONDS = 20.0
"""Of each recording made here in which nobody speaks."""

Samples = np.ndarray


class Remembering:
    """An engine that answers the same question once."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._answers: dict[tuple[str, ...], Any] = {}
        self.name, self.weights = engine.name, engine.weights

    @property
    def multilingual(self) -> bool:
        return bool(self._engine.multilingual)

    def detect_language(self, samples: Samples) -> dict[str, float]:
        return self._asked("detect_language", samples)

    def transcribe(
        self, samples: Samples, *, language: str, temperature: float | None = None
    ) -> Any:
        return self._asked("transcribe", samples, language=language, temperature=temperature)

    def translate(self, samples: Samples, *, language: str) -> str:
        return self._asked("translate", samples, language=language)

    def _asked(self, what: str, samples: Samples, **choices: Any) -> Any:
        digest = hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()
        key = (what, digest, repr(sorted(choices.items())))
        if key not in self._answers:
            self._answers[key] = getattr(self._engine, what)(samples, **choices)
        return self._answers[key]


def nothing_to_hear() -> dict[str, Samples]:
    """Recordings (1, n) at `RATE` in which nobody speaks."""
    t = np.arange(round(SECONDS * RATE)) / RATE
    rng = np.random.default_rng(0)
    ringing = 0.1 * (np.sin(2 * np.pi * 440 * t) + np.sin(2 * np.pi * 480 * t)) * (t % 6 < 2)
    keys = 0.1 * (np.sin(2 * np.pi * 770 * t) + np.sin(2 * np.pi * 1336 * t)) * (t % 0.5 < 0.2)
    made = {
        "silence": np.zeros_like(t),
        "noise": 0.02 * rng.standard_normal(len(t)),
        "ringing": ringing,
        "DTMF": keys,
    }
    return {name: sound[None].astype(np.float32) for name, sound in made.items()}


def recordings(names: list[str]) -> list[tuple[str, Any, str | None]]:
    """(name, open audio, reference text or None where there is nothing to hear)."""
    from earwitness.pipeline.listen.audio import Audio, decode

    found: list[tuple[str, Any, str | None]] = []
    for truth in [*samples(), telephone_sample()]:
        # The two channels' sum is the harder listening: stereo adds nothing here.
        if "stereo" in truth.name or (names and not any(n in truth.name for n in names)):
            continue
        spoken = sorted(truth.words or truth.utterances, key=lambda u: u.start)
        text = normalised(" ".join(u.text for u in spoken))
        found.append((truth.name, decode(truth.path)[1], text))
    found += [(name, Audio.from_samples(sound), None) for name, sound in nothing_to_hear().items()]
    music = SHARED / "asterisk" / "moh_manolo_camp-morning_coffee_30s.wav"
    if music.is_file():
        found.append(("hold music", decode(music)[1], None))
    return found


def measure(engine: Any, names: list[str]) -> list[dict[str, Any]]:
    """One row for all guards on, one for each off, one for all off, and one without speech
    regions: everything is shown to the recogniser, every guard off."""
    from earwitness.models.speakers import Segmenter
    from earwitness.pipeline.listen.guards import GUARDS
    from earwitness.pipeline.listen.speech import find_activity
    from earwitness.pipeline.listen.stitch import stitch
    from earwitness.pipeline.listen.transcribe import transcribe

    segmenter = Segmenter()
    heard = []
    for name, audio, text in recordings(names):
        stitched = stitch(segmenter(audio.read, audio.duration, step=0.5), audio.duration)
        heard.append((name, audio, text, find_activity(audio, stitched).speech))
        print(f"{name}: speech found", file=sys.stderr)
    variants: list[tuple[str, frozenset[str], bool]] = [
        ("all on", frozenset(), True),
        *((f"without {guard}", frozenset({guard}), True) for guard in GUARDS),
        ("all off", frozenset(GUARDS), True),
        ("all off, no speech regions", frozenset(GUARDS), False),
    ]
    rows = []
    for label, off, regions in variants:
        errors = {"insertions": 0, "deletions": 0, "substitutions": 0, "words": 0}
        invented = withheld = 0
        for _, audio, text, speech in heard:
            spans = speech if regions else [(0.0, audio.duration)]
            transcript = transcribe(
                engine, audio.read, spans, audio.duration, language="en", guards_off=off
            )
            withheld += sum(len(w.text.split()) for w in transcript.withheld)
            if text is None:
                invented += len(transcript.words)
                continue
            words = sorted(transcript.words, key=lambda w: w.start)
            said = normalised(" ".join(w.text for w in words))
            result = jiwer.process_words(text, said)
            for kind in ("insertions", "deletions", "substitutions"):
                errors[kind] += getattr(result, kind)
            errors["words"] += len(text.split())
        print(f"{label}: done", file=sys.stderr)
        wrong = errors["insertions"] + errors["deletions"] + errors["substitutions"]
        rows.append(
            {
                "guards": label,
                "WER": wrong / max(1, errors["words"]),
                "inserted": errors["insertions"],
                "lost": errors["deletions"],
                "swapped": errors["substitutions"],
                "words where nobody speaks": invented,
                "words withheld": withheld,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--call", action="append", help="part of a call's name; default: all")
    parser.add_argument("--engine", choices=ENGINES, default="faster-whisper")
    arguments = parser.parse_args()
    from earwitness.models.whisper import load

    show(measure(Remembering(load(arguments.engine)), arguments.call or []))


if __name__ == "__main__":
    main()
