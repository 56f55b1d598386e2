"""Make the sample calls: scripted dialogues, spoken by synthesisers, over a telephone line.

    python samples/make_calls.py                   # every script -> samples/calls
    python samples/make_calls.py rude_refusal      # one of them
    python samples/make_calls.py --scripts DIR --out OUT   # other scripts; made calls are kept
    python samples/make_calls.py --short 200 OUT   # short calls cut from the ones made before

A development tool, no part of the product: samples/README.md says what it needs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sample_audio import (
    RATE,
    SPEECH_DBFS,
    Audio,
    g711,
    gain,
    hold_music,
    in_room,
    levelled,
    line_noise,
    place,
    resampled,
    telephone_band,
    with_crosstalk,
    write_flac,
)
from sample_short import make_short_calls
from sample_voices import Span, Voice, open_voice, tightened

HERE = Path(__file__).resolve().parent
SENTENCE_END = re.compile(r"(?<=[.!?…—])\s+")
SENTENCE_PAUSE = (0.25, 0.5)  # seconds between two sentences of one turn
MARGIN = 0.06  # seconds kept before the first and after the last word of a sentence
LEAD, TAIL = 0.6, 0.9  # seconds of line noise around the call
MOMENTS = {
    "escalation_request",
    "escalation_refused",
    "escalation_granted",
    "refusal",
    "repeated_request",
    "hold",
    "transfer",
    "callback_offer",
    "hangup_threat_or_disconnect",
    "complaint_threat",
    "cancel_threat",
}


@dataclass
class Timeline:
    """A call while it is being laid out: sounds with their places, and the truth."""

    sounds: list[tuple[bool, float, Audio]] = field(default_factory=list)  # (agent's side?, …)
    turns: list[dict[str, Any]] = field(default_factory=list)
    regions: list[dict[str, Any]] = field(default_factory=list)
    end: float = LEAD


def fitted(audio: Audio, rate: int, words: list[Span]) -> tuple[Audio, list[Span]]:
    """Cut the silence around a sentence and move its word times along."""
    first = max(0, int((words[0][0] - MARGIN) * rate))
    last = min(len(audio), int((words[-1][1] + MARGIN) * rate))
    ramp = int(0.01 * rate)
    piece = audio[first:last].copy()
    piece[:ramp] *= np.linspace(0.0, 1.0, ramp)
    piece[-ramp:] *= np.linspace(1.0, 0.0, ramp)
    shift = first / rate
    return resampled(piece, rate), [(a - shift, b - shift) for a, b in words]


def speak(
    voice: Voice, text: str, speed: float, rng: np.random.Generator
) -> tuple[Audio, list[Span]]:
    """Speak a whole turn, sentence by sentence; returns 8 kHz audio and its word times."""
    parts: list[Audio] = []
    spans: list[Span] = []
    at = 0
    for sentence in SENTENCE_END.split(text):
        spoken = tightened(voice.say(sentence, speed))
        audio, words = fitted(spoken.audio, spoken.rate, spoken.words)
        if parts:
            silence = np.zeros(int(rng.uniform(*SENTENCE_PAUSE) * RATE))
            parts.append(silence)
            at += len(silence)
        spans += [(at / RATE + a, at / RATE + b) for a, b in words]
        parts.append(audio)
        at += len(audio)
    return np.concatenate(parts), spans


def truth_turn(turn: dict[str, Any], start: float, spans: list[Span]) -> dict[str, Any]:
    """One turn of the truth file."""
    words = [
        {"text": word, "start": round(start + a, 3), "end": round(start + b, 3)}
        for word, (a, b) in zip(turn["text"].split(), spans, strict=True)
    ]
    kinds = list(turn.get("kinds", []))
    return {
        "speaker": turn["speaker"],
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "text": turn["text"],
        "words": words,
        "labels": [*turn.get("labels", []), *kinds],
        "rude": bool(kinds),
        "kinds": kinds,
    }


def add_music(line: Timeline, item: dict[str, Any]) -> None:
    """Lay hold music on the agent's side."""
    start = line.end + item.get("pause", 0.4)
    line.end = start + item["music"]
    line.sounds.append((True, start, hold_music(item["music"])))
    line.regions.append({"kind": "music", "start": round(start, 3), "end": round(line.end, 3)})


def add_turn(
    line: Timeline,
    turn: dict[str, Any],
    speaker: dict[str, Any],
    voice: Voice,
    rng: np.random.Generator,
) -> None:
    """Speak one turn and lay it behind (or, with a negative pause, over) what is there."""
    pace = turn.get("speed", 1.0) * speaker.get("speed", 1.0)
    audio, spans = speak(voice, turn["text"], pace, rng)
    audio = in_room(levelled(telephone_band(audio), SPEECH_DBFS), rng)
    audio *= gain(speaker.get("gain_db", 0.0) + turn.get("gain_db", 0.0))
    start = line.end + turn.get("pause", 0.4) - spans[0][0]
    line.sounds.append((speaker["role"] != "customer", start, audio))
    told = truth_turn(turn, start, spans)
    line.turns.append(told)
    if speaker["role"] == "system":
        line.regions.append({"kind": "prompt", "start": told["start"], "end": told["end"]})
    line.end = max(line.end, told["end"])


def lay_out(script: dict[str, Any], rng: np.random.Generator) -> Timeline:
    """Speak every turn of a script; voices are opened anew, so a call does not hang on another."""
    speakers = {s["id"]: s for s in script["speakers"]}
    voices = {s["voice"]: open_voice(s["voice"]) for s in script["speakers"]}
    line = Timeline()
    for item in script["turns"]:
        if "music" in item:
            add_music(line, item)
        else:
            speaker = speakers[item["speaker"]]
            add_turn(line, item, speaker, voices[speaker["voice"]], rng)
    line.turns.sort(key=lambda turn: turn["start"])
    return line


def findings(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a listener must find: every rude turn and every moment, by turn index."""
    found = []
    for index, turn in enumerate(turns):
        if turn["rude"]:
            found.append({"kind": "rude", "turn": index})
        found += [{"kind": kind, "turn": index} for kind in turn["labels"] if kind in MOMENTS]
    return found


def write_call(script: dict[str, Any], line: Timeline, folder: Path, seed: int) -> None:
    """Mix a call and write its mono file, two-channel file and truth."""
    count = round((line.end + TAIL) * RATE)
    tracks = {}
    for number, agent in enumerate((True, False)):
        track = line_noise(count, np.random.default_rng([seed, number]))
        for side, start, audio in line.sounds:
            if side == agent:
                place(track, audio[: count - round(start * RATE)], start)
        tracks[agent] = track
    name = script["name"]
    left, right = with_crosstalk(tracks[True], tracks[False])
    write_flac(folder / f"{name}.stereo.flac", [g711(left), g711(right)])
    write_flac(folder / f"{name}.mono.flac", [g711(tracks[True] + tracks[False])])
    keep = ("id", "role", "voice", "name")
    truth = {
        "name": name,
        "about": script["about"],
        "duration": round(count / RATE, 3),
        "speakers": [{k: s[k] for k in keep if k in s} for s in script["speakers"]],
        "word_times": "exact",
        "turns": line.turns,
        "regions": line.regions,
        "findings": findings(line.turns),
    }
    text = json.dumps(truth, indent=1, ensure_ascii=False)
    text = re.sub(
        r'\{\s+"text": (.*?),\s+"start": (.*?),\s+"end": (\S+)\s+\}',
        r'{"text": \1, "start": \2, "end": \3}',
        text,
    )
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def make_call(path: Path, folder: Path) -> float:
    """Make one call from its script; returns its length in seconds."""
    script = tomllib.loads(path.read_text(encoding="utf-8"))
    seed = zlib.crc32(script["name"].encode())
    line = lay_out(script, np.random.default_rng(seed))
    write_call(script, line, folder, seed)
    return line.end + TAIL


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Make the sample calls.")
    parser.add_argument("names", nargs="*", help="scripts to make (default: all)")
    parser.add_argument("--scripts", type=Path, help="make a folder's scripts instead")
    parser.add_argument("--out", type=Path, default=HERE / "calls", help="where calls go")
    parser.add_argument("--short", nargs=2, metavar=("N", "OUT"), help="cut N short calls to OUT")
    parser.add_argument("--seed", type=int, default=1, help="seed of the short calls")
    options = parser.parse_args()
    if options.short:
        made = make_short_calls(
            HERE / "calls", int(options.short[0]), Path(options.short[1]), seed=options.seed
        )
        print(f"{made} short calls in {options.short[1]}")
        return 0
    scripts = options.scripts or HERE / "scripts"
    names = options.names or sorted(path.stem for path in scripts.glob("*.toml"))
    options.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        if options.scripts and (options.out / f"{name}.json").is_file():
            continue
        try:
            seconds = make_call(scripts / f"{name}.toml", options.out)
        except ValueError as error:
            if not options.scripts:
                raise
            # A word that a voice reads as two has no times; of many calls, one may be left out.
            print(f"{name}: left out: {error}", file=sys.stderr)
            continue
        print(f"{name}: {seconds:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
