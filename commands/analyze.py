"""`earwitness analyze CALL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import Authority, DeviceChoice, EngineChoice, GuardChoice, SignKey


def analyze(
    call: Annotated[
        Path,
        typer.Argument(
            metavar="CALL", help="The recording: any audio or video file.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Evidence folder. [default: CALL.evidence in this folder]"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing evidence folder.")
    ] = False,
    engine: Annotated[
        EngineChoice,
        typer.Option("--engine", help="Recogniser; auto: faster-whisper if installed."),
    ] = EngineChoice.auto,
    model: Annotated[
        str,
        typer.Option("--model", help="Whisper size (see models list) or the path of weights."),
    ] = "base",
    language: Annotated[
        str, typer.Option("--language", help="Language code such as en or de; auto detects it.")
    ] = "auto",
    translate: Annotated[
        bool,
        typer.Option(
            "--translate",
            help="Add a machine translation into English to each turn in another language.",
        ),
    ] = False,
    device: Annotated[
        DeviceChoice, typer.Option("--device", help="Where the models run.")
    ] = DeviceChoice.auto,
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            help="Who is the agent, when the record has it wrong: left or right channel, "
            "or a speaker such as SPEAKER_00.",
        ),
    ] = None,
    speakers: Annotated[
        int | None,
        typer.Option("--speakers", min=1, max=6, help="Number of voices, when it is known."),
    ] = None,
    no_guard: Annotated[
        list[GuardChoice] | None,
        typer.Option("--no-guard", help="Switch off a guard against invented words (repeatable)."),
    ] = None,
    withhold: Annotated[
        list[str] | None,
        typer.Option(
            "--redact",
            metavar="KIND",
            help="Withhold this from text and sound (repeatable): card, card_code, id_number, "
            "bank, phone, email … or all. [default: card, card_code, id_number]",
        ),
    ] = None,
    no_redact: Annotated[
        bool, typer.Option("--no-redact", help="Withhold nothing, card numbers included.")
    ] = False,
    include_recording: Annotated[
        bool,
        typer.Option("--include-recording", help="Put a copy of the recording into the evidence."),
    ] = False,
    case: Annotated[str, typer.Option("--case", help="Case number, shown on every page.")] = "",
    organisation: Annotated[
        str, typer.Option("--organisation", help="The organisation that was called.")
    ] = "",
    contact: Annotated[str, typer.Option("--contact", help="Who hands the evidence over.")] = "",
    date: Annotated[
        str, typer.Option("--date", help="When the call took place, as YYYY-MM-DD.")
    ] = "",
    sign: SignKey = None,
    tsa: Authority = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON instead of a table.")
    ] = False,
) -> None:
    """Listen to one recorded call and write its evidence folder.

    The folder holds the page (evidence.html), the appendix (evidence.pdf), the transcript, a clip
    of each finding, and call.json with everything. The recording itself is only read.
    """
    from ..pipeline.analyze import Options
    from ..pipeline.evidence.bag import BagInfo
    from ..pipeline.evidence.folder import check_target, payload
    from ..pipeline.evidence.redact import kinds_of
    from ..pipeline.listen.audio import check_recording
    from ..pipeline.witness import witness
    from .progress import stage_progress
    from .seal import apply_seals, check_seals
    from .summary import print_call

    if language != "auto":
        from ..models.whisper import check_language

        check_language(language)
    target = out or Path(f"{call.name}.evidence")
    check_recording(call)
    check_target(target, force=force)
    check_seals(sign=sign, tsa=tsa)
    options = Options(
        engine=engine.value,
        model=model,
        language=language,
        device=device.value,
        agent=agent,
        speakers=speakers,
        guards_off=frozenset(guard.value for guard in no_guard or ()),
        translate=translate,
    )
    with stage_progress(call.name) as report:
        written = witness(
            call,
            target,
            options,
            report=report,
            force=force,
            info=BagInfo(case=case, organisation=organisation, contact=contact, call_date=date),
            include_recording=include_recording,
            withhold=frozenset() if no_redact else kinds_of(withhold or ["default"]),
        )
    apply_seals(target, sign=sign, tsa=tsa)
    print_call(written, payload(target), as_json=as_json)
