"""Recordings with their truth, in one shape: the project's samples and others' where they lie."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples" / "calls"
SHARED = ROOT.parent / "shared" / "data" / "audio"
"""Recordings that are not part of the project; measured when they are there."""

PAUSE = 0.3
"""Seconds between words of one speaker that reference segments close."""


@dataclass(frozen=True)
class Spoken:
    """A stretch of one speaker, with its words where they are known."""

    speaker: str
    start: float
    end: float
    text: str = ""


@dataclass(frozen=True)
class Truth:
    """One recording and what is known of it."""

    name: str
    path: Path
    segments: list[Spoken]
    utterances: list[Spoken] = field(default_factory=list)
    words: list[Spoken] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    findings: list[tuple[str, float, float]] | None = None
    """(kind, start, end); None where it is not known."""


def samples() -> list[Truth]:
    """The project's own calls, mono and two-channel."""
    return [
        _sample(path, layout)
        for path in sorted(SAMPLES.glob("*.json"))
        for layout in ("mono", "stereo")
    ]


def telephone_sample() -> Truth:
    """pyannote.audio's own thirty seconds of a real telephone conversation."""
    import pyannote.audio

    folder = Path(pyannote.audio.__file__).parent / "sample"
    utterances = []
    for line in (folder / "sample.stm").read_text(encoding="utf-8").splitlines():
        _, _, speaker, start, end, *rest = line.split()
        words = [word for word in rest if not word.startswith("<")]
        utterances.append(Spoken(speaker, float(start), float(end), " ".join(words)))
    return Truth(
        name="telephone (pyannote.audio)",
        path=folder / "sample.wav",
        segments=rttm(folder / "sample.rttm"),
        utterances=utterances,
    )


def dealer_calls() -> list[Truth]:
    """The role-played dealer call of the shared data, if it is there."""
    folder = SHARED / "aws_lca"
    if not folder.is_dir():
        return []
    return [
        Truth(
            name=f"dealer {layout}",
            path=folder / f"Auto_Repairs_40_UTC_{layout}.flac",
            segments=rttm(folder / "Auto_Repairs_40_UTC.rttm"),
            roles={"AGENT": "agent", "CUSTOMER": "customer"},
            findings=[],
        )
        for layout in ("mono", "stereo")
    ]


def rttm(path: Path, uri: str | None = None) -> list[Spoken]:
    """The segments of an RTTM file, of one recording if `uri` names it."""
    segments = []
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = line.split()
        if parts and parts[0] == "SPEAKER" and uri in (None, parts[1]):
            start, length = float(parts[3]), float(parts[4])
            segments.append(Spoken(parts[7], start, start + length))
    return segments


def _sample(path: Path, layout: str) -> Truth:
    data = json.loads(path.read_text(encoding="utf-8"))
    turns = data["turns"]
    return Truth(
        name=f"{path.stem} {layout}",
        path=path.with_name(f"{path.stem}.{layout}.flac"),
        segments=[piece for turn in turns for piece in _pieces(turn)],
        utterances=[Spoken(t["speaker"], t["start"], t["end"], t["text"]) for t in turns],
        words=[
            Spoken(t["speaker"], w["start"], w["end"], w["text"]) for t in turns for w in t["words"]
        ],
        roles={speaker["id"]: speaker["role"] for speaker in data["speakers"]},
        findings=[
            (f["kind"], turns[f["turn"]]["start"], turns[f["turn"]]["end"])
            for f in data["findings"]
        ],
    )


def _pieces(turn: dict[str, Any]) -> list[Spoken]:
    """A turn's speech with its pauses left out."""
    pieces: list[Spoken] = []
    for word in turn["words"]:
        if pieces and word["start"] - pieces[-1].end <= PAUSE:
            pieces[-1] = Spoken(turn["speaker"], pieces[-1].start, word["end"])
        else:
            pieces.append(Spoken(turn["speaker"], word["start"], word["end"]))
    return pieces
