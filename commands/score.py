"""`earwitness score FILE`: the conduct model alone, for people who already have the words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .choices import DeviceChoice, WordsChoice

if TYPE_CHECKING:
    from ..models.conduct.model import Scores, Thresholds
    from .transcripts import Line

SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".vtt": "vtt",
            ".srt": "srt", ".txt": "txt"}  # fmt: skip

CHUNK = 2048
"""Turns scored at once: enough for batches of like lengths, few enough to see progress."""


def score(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSON lines (.jsonl), a transcript (.vtt, .srt, .txt), or - for standard input.",
            show_default=False,
        ),
    ],
    show_all: Annotated[
        bool,
        typer.Option("--all", help="Give every label's probability too, as `probabilities`."),
    ] = False,
    form: Annotated[
        WordsChoice,
        typer.Option("--format", help="How FILE is written; auto: by its name, - as JSON lines."),
    ] = WordsChoice.auto,
    device: Annotated[
        DeviceChoice, typer.Option("--device", help="Where the model runs.")
    ] = DeviceChoice.auto,
) -> None:
    """Score turns that are already written down: rude, or only firm?

    Each line of JSON is one turn: {"id": "7", "role": "agent", "text": "…", "context": "…"}.
    role is agent, customer or empty; context is the other party's turn before it. Instead of
    context a line may carry history, a list of earlier turns ({"role", "text"}), of which the
    other side's last one is taken. Only text is required.

    One JSON line comes out for each turn, in order: id; rude, the calibrated probability that it
    is disrespectful; finding, whether that passes the operating point; and kinds, moments and
    conduct, the labels that pass. Turns of a transcript are numbered and carry speaker, start
    and text. A line that cannot be read stops it before anything is printed, and is named.
    """
    from ..models.conduct.model import shared_model

    lines = _read(file, form.value)
    model = shared_model("cpu" if device is DeviceChoice.auto else device.value)
    for start in range(0, len(lines), CHUNK):
        part = lines[start : start + CHUNK]
        for line, scores in zip(part, model.score([li.turn for li in part]), strict=True):
            result = _result(line, scores, model.thresholds, show_all=show_all)
            # Plain ASCII: strange characters must not act on a terminal or break a line reader.
            sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def _result(
    line: Line, scores: Scores, thresholds: Thresholds, *, show_all: bool
) -> dict[str, Any]:
    passing = thresholds.passing(scores)
    result: dict[str, Any] = {
        "id": line.id,
        "rude": scores.rude,
        "finding": passing.finding,
        "kinds": list(passing.kinds),
        "moments": list(passing.moments),
        "conduct": list(passing.conduct),
        **line.about,
    }
    if show_all:
        result["probabilities"] = scores.probabilities
    return result


def _read(file: Path, form: str) -> list[Line]:
    from ..errors import InputError
    from .transcripts import read_jsonl, read_transcript

    piped = str(file) == "-"
    if form == "auto":
        form = "jsonl" if piped else SUFFIXES.get(file.suffix.lower(), "")
        if not form:
            raise InputError(
                f"{file} is neither .jsonl nor a .vtt, .srt or .txt transcript: say with --format "
                "how it is written."
            )
    name = "standard input" if piped else str(file)
    try:
        data = sys.stdin.buffer.read() if piped else file.read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from error
    if form == "jsonl":
        return list(read_jsonl(data.splitlines(), name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {line} is not UTF-8.") from error
    return read_transcript(text, form)
