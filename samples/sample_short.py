"""Short calls for benches: turns cut from the finished samples and put together anew.

No synthesiser is needed: the turns' audio comes from the two-channel files, by their truth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sample_audio import RATE, Audio, line_noise, place, read_flac, with_crosstalk, write_flac

SHORTEST, LONGEST = 10.0, 20.0  # seconds a call
EDGE = 0.05  # seconds kept before the first and after the last word of a turn
STEREO_EVERY = 3  # every third call is written with two channels


@dataclass(frozen=True)
class Cut:
    """One turn with the audio of its own side."""

    call: str
    turn: dict[str, Any]
    kinds: tuple[str, ...]  # findings of this turn
    audio: Audio

    @property
    def seconds(self) -> float:
        """Length of the cut."""
        return len(self.audio) / RATE


def alone(turn: dict[str, Any], others: list[dict[str, Any]]) -> bool:
    """Whether nobody else speaks during a turn."""
    return all(
        other is turn or other["end"] + EDGE < turn["start"] or other["start"] > turn["end"] + EDGE
        for other in others
    )


def cut_turns(truth_path: Path) -> list[Cut]:
    """Cut the turns of one sample that nobody talks over, leaving out prompts."""
    truth = json.loads(truth_path.read_text(encoding="utf-8"))
    audio = read_flac(truth_path.with_suffix(".stereo.flac"))
    role = {s["id"]: s["role"] for s in truth["speakers"]}
    ramp = np.linspace(0.0, 1.0, int(0.02 * RATE))
    cuts = []
    for index, turn in enumerate(truth["turns"]):
        if role[turn["speaker"]] == "system" or not alone(turn, truth["turns"]):
            continue
        first = max(0, round((turn["start"] - EDGE) * RATE))
        side = 1 if role[turn["speaker"]] == "customer" else 0
        piece = audio[first : round((turn["end"] + EDGE) * RATE), side].copy()
        piece[: len(ramp)] *= ramp
        piece[-len(ramp) :] *= ramp[::-1]
        kinds = tuple(f["kind"] for f in truth["findings"] if f["turn"] == index)
        moved = {**turn, "role": role[turn["speaker"]], "offset": first / RATE}
        cuts.append(Cut(f"{truth['name']}/{turn['speaker']}", moved, kinds, piece))
    return cuts


def choose(cuts: list[Cut], rng: np.random.Generator) -> list[Cut]:
    """Pick one agent and one customer and let them take turns until the call is long enough."""
    sides = []
    for role in ("agent", "customer"):
        people = sorted({c.call for c in cuts if c.turn["role"] == role})
        person = people[int(rng.integers(len(people)))]
        own = [c for c in cuts if c.call == person]
        order = [own[int(i)] for i in rng.permutation(len(own))]
        order.sort(key=lambda c: "agent_introduction" not in c.turn["labels"])
        sides.append(order)
    aim = rng.uniform(SHORTEST + 2.0, LONGEST - 2.0)
    chosen: list[Cut] = []
    total = 1.0
    for step in range(2 * min(len(s) for s in sides)):
        cut = sides[step % 2][step // 2]
        if total + cut.seconds + 0.7 > LONGEST:
            continue
        chosen.append(cut)
        total += cut.seconds + 0.5
        if total >= aim:
            break
    return chosen


def moved_turn(cut: Cut, start: float) -> dict[str, Any]:
    """The truth of a cut, moved to where its audio now starts."""
    shift = start - cut.turn["offset"]
    told = {k: v for k, v in cut.turn.items() if k not in ("role", "offset")}
    told["speaker"] = cut.turn["role"]
    words = [
        {
            "text": w["text"],
            "start": round(w["start"] + shift, 3),
            "end": round(w["end"] + shift, 3),
        }
        for w in cut.turn["words"]
    ]
    return {**told, "start": words[0]["start"], "end": words[-1]["end"], "words": words}


def write_short(name: str, chosen: list[Cut], folder: Path, seed: list[int], stereo: bool) -> None:
    """Lay the cuts on fresh line noise and write one call with its truth."""
    rng = np.random.default_rng(seed)
    starts, at = [], 0.5
    for cut in chosen:
        starts.append(round(at, 3))
        at += cut.seconds + rng.uniform(0.15, 0.7)
    count = round((at + 0.5) * RATE)
    tracks = {role: line_noise(count, rng) for role in ("agent", "customer")}
    turns, found = [], []
    for index, (cut, start) in enumerate(zip(chosen, starts, strict=True)):
        place(tracks[cut.turn["role"]], cut.audio, start)
        turns.append(moved_turn(cut, start))
        found += [{"kind": kind, "turn": index} for kind in cut.kinds]
    left, right = with_crosstalk(tracks["agent"], tracks["customer"])
    write_flac(folder / f"{name}.flac", [left, right] if stereo else [left + right])
    people = {cut.turn["role"]: cut.call for cut in chosen}
    truth = {
        "name": name,
        "duration": round(count / RATE, 3),
        "layout": "dual" if stereo else "mono",
        "speakers": [{"id": r, "role": r, "from": people[r]} for r in sorted(people)],
        "word_times": "exact",
        "turns": turns,
        "regions": [],
        "findings": found,
    }
    text = json.dumps(truth, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def make_short_calls(calls: Path, count: int, folder: Path, *, seed: int) -> int:
    """Write `count` short calls of 10 to 20 s to `folder`; returns how many were written."""
    cuts = [cut for path in sorted(calls.glob("*.json")) for cut in cut_turns(path)]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        chosen: list[Cut] = []
        while sum(c.seconds for c in chosen) + 1.5 < SHORTEST or len(chosen) < 2:
            chosen = choose(cuts, rng)
        name = f"short-{number + 1:04d}"
        stereo = number % STEREO_EVERY == STEREO_EVERY - 1
        write_short(name, chosen, folder, [seed, number, 1], stereo)
    return count
