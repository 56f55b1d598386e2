"""The values and options that several commands accept, spelled the same in every one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EngineChoice(StrEnum):
    """`--engine`."""

    auto = "auto"
    openai = "openai-whisper"
    faster = "faster-whisper"


class DeviceChoice(StrEnum):
    """`--device`."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class GuardChoice(StrEnum):
    """`--no-guard`: the guards of `pipeline/listen/guards.py` by name."""

    outside_speech = "outside-speech"
    repetition = "repetition"
    no_speech = "no-speech"
    pace = "pace"


class WordsChoice(StrEnum):
    """`score --format`: how the words are written down."""

    auto = "auto"
    jsonl = "jsonl"
    vtt = "vtt"
    srt = "srt"
    txt = "txt"


Evidence = Annotated[
    Path,
    typer.Argument(metavar="EVIDENCE", help="An evidence folder.", show_default=False),
]
EvidenceList = Annotated[
    list[Path],
    typer.Argument(
        metavar="EVIDENCE...", help="Evidence folders, one for each call.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what stands there.")]
SignKey = Annotated[
    Path | None,
    typer.Option(
        "--sign",
        metavar="KEY",
        help="Sign the finished evidence with this key (made by earwitness keygen).",
    ),
]
Authority = Annotated[
    str | None,
    typer.Option(
        "--tsa",
        metavar="URL",
        help="Have the finished evidence time-stamped (RFC 3161) by this authority. "
        "Only a hash is sent.",
    ),
]
Dates = Annotated[
    list[str] | None,
    typer.Option(
        "--date",
        help="When a call took place, best as YYYY-MM-DD; repeat it in the order of the "
        "evidence folders. Without it: the date each folder carries.",
    ),
]
