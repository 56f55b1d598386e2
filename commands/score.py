"""`earwitness score FILE`: the conduct model alone, for people who already have the words."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .choices import DeviceChoice, WordsChoice

if TYPE_CHECKING:
    from ..models.conduct.model import Scores, Thresholds
    from ..pipeline.judge.written import Judged
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
            help="JSON (.jsonl, .json), a transcript (.vtt, .srt, .txt), or - for standard input.",
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

    Each line of JSON is one turn: {"id": "7", "role": "agent", "text": "…", "context": "…"}; one
    array of such objects is read as well. role is agent, customer, system or empty; context is the
    other party's turn before it. A line may carry history, a list of the earlier turns ({"role",
    "text"}): the other side's last one stands in for a missing context, and what the same side
    asked for there makes a repeated request. Only text is required.

    One JSON line comes out for each turn, in order: id; rude, the calibrated probability that it
    is disrespectful; finding, whether that passes the operating point, with the context and on the
    turn's own words, unless these tell what somebody else said or speak of somebody's own people
    who are not on the line; review, whether it passes the lower level from which it is worth a
    listen; kinds, the kinds of disrespect that pass, empty below review; and moments and conduct,
    the labels that pass and that the turn's role and words bear out, as in the analysis of a
    recording. A recorded announcement (role system, or words that only a recording says) has rude
    null and nothing found. Turns of a transcript are numbered and carry speaker, start and text;
    what was said before is their history, and as in an analysis a speaker's turns are findings
    only where they are sure enough together. A line that cannot be read stops it before anything is
    printed, and is named.
    """
    from ..models.conduct.model import shared_model

    lines = _read(file, form.value)
    model = shared_model("cpu" if device is DeviceChoice.auto else device.value)
    # The turns of a transcript are one call, which is judged as a whole.
    together = len(lines) if any("speaker" in line.about for line in lines) else CHUNK
    for start in range(0, len(lines), together):
        part = lines[start : start + together]
        scored = iter(model.score([line.turn for line in part if not line.announced]))
        scores = [None if line.announced else next(scored) for line in part]
        judged = _judged(part, scores, model.thresholds)
        for line, found, turn in zip(part, scores, judged, strict=True):
            result = _result(line, found, turn, show_all=show_all)
            # Plain ASCII: strange characters must not act on a terminal or break a line reader.
            sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def _judged(
    lines: Sequence[Line], scores: Sequence[Scores | None], thresholds: Thresholds
) -> list[Judged]:
    from ..pipeline.judge.written import Judged, judge_call, judge_words

    judged = [
        Judged()
        if found is None
        else judge_words(line.turn.role, line.turn.text, found, thresholds, repeats=line.repeats)
        for line, found in zip(lines, scores, strict=True)
    ]
    return judge_call(judged, [line.about.get("speaker", "") for line in lines])


def _result(line: Line, scores: Scores | None, judged: Judged, *, show_all: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": line.id,
        "rude": None if scores is None else scores.rude,
        "finding": judged.finding,
        "review": judged.review,
        "kinds": list(judged.kinds),
        "moments": list(judged.moments),
        "conduct": list(judged.conduct),
        **line.about,
    }
    if show_all:
        result["probabilities"] = {} if scores is None else scores.probabilities
    return result


def _read(file: Path, form: str) -> list[Line]:
    from ..errors import InputError
    from .transcripts import read_json, read_transcript

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
        return read_json(data, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {line} is not UTF-8.") from error
    return read_transcript(text, form)
