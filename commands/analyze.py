"""`earwitness analyze CALL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import (
    Authority,
    Device,
    DeviceChoice,
    Engine,
    EngineChoice,
    Language,
    Model,
    NoGuard,
    NoRedact,
    Redact,
    SignKey,
    Translate,
)


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
    engine: Engine = EngineChoice.auto,
    model: Model = "base",
    language: Language = "auto",
    translate: Translate = False,
    device: Device = DeviceChoice.auto,
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
    no_guard: NoGuard = None,
    withhold: Redact = None,
    no_redact: NoRedact = False,
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
    from ..pipeline.evidence.bag import BagInfo
    from ..pipeline.evidence.folder import check_target, payload
    from ..pipeline.listen.audio import check_recording
    from ..pipeline.witness import witness
    from .listening import listen_options, withheld
    from .progress import stage_progress
    from .seal import apply_seals, check_seals
    from .summary import print_call

    options = listen_options(
        engine=engine,
        model=model,
        language=language,
        translate=translate,
        device=device,
        agent=agent,
        no_guard=no_guard,
        speakers=speakers,
    )
    target = out or Path(f"{call.name}.evidence")
    check_recording(call)
    check_target(target, force=force)
    check_seals(sign=sign, tsa=tsa)
    with stage_progress(call.name) as report:
        written = witness(
            call,
            target,
            options,
            report=report,
            force=force,
            info=BagInfo(case=case, organisation=organisation, contact=contact, call_date=date),
            include_recording=include_recording,
            withhold=withheld(withhold, no_redact=no_redact),
        )
    apply_seals(target, sign=sign, tsa=tsa)
    print_call(written, payload(target), as_json=as_json)
