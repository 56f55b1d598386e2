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
AuditFolder = Annotated[
    Path, typer.Argument(metavar="AUDIT", help="An audit's folder.", show_default=False)
]
Engine = Annotated[
    EngineChoice, typer.Option("--engine", help="Recogniser; auto: faster-whisper if installed.")
]
Model = Annotated[
    str, typer.Option("--model", help="Whisper size (see models list) or the path of weights.")
]
Language = Annotated[
    str, typer.Option("--language", help="Language code such as en or de; auto detects it.")
]
Translate = Annotated[
    bool,
    typer.Option(
        "--translate",
        help="Add a machine translation into English to each turn in another language.",
    ),
]
Device = Annotated[DeviceChoice, typer.Option("--device", help="Where the models run.")]
NoGuard = Annotated[
    list[GuardChoice] | None,
    typer.Option("--no-guard", help="Switch off a guard against invented words (repeatable)."),
]
Redact = Annotated[
    list[str] | None,
    typer.Option(
        "--redact",
        metavar="KIND",
        help="Withhold this from text and sound (repeatable): card, card_code, id_number, "
        "bank, phone, email … or all. [default: card, card_code, id_number]",
    ),
]
NoRedact = Annotated[
    bool, typer.Option("--no-redact", help="Withhold nothing, card numbers included.")
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
