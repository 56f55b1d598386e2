"""What `analyze` and `report` print of a call: a table for people, JSON for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ..pipeline.call import Call


def print_call(call: Call, folder: Path, *, as_json: bool) -> None:
    """Print the findings of the evidence whose documents lie in `folder`."""
    if as_json:
        import json

        from ..pipeline.evidence.text import json_safe

        text = json.dumps(call_as_json(call, folder), indent=1, ensure_ascii=False)
        typer.echo(json_safe(text))
    else:
        _print_table(call, folder)


def call_as_json(call: Call, folder: Path) -> dict[str, Any]:
    """The findings with what is needed to read them."""
    return {
        "evidence": str(folder.parent),
        "recording": call.recording.model_dump(),
        "speakers": [speaker.model_dump() for speaker in call.speakers],
        "findings": [moment.model_dump() for moment in call.findings],
        "review": [moment.model_dump() for moment in call.moments if moment.level == "review"],
        "coverage": call.coverage.model_dump(exclude={"gaps", "withheld"}),
    }


def _print_table(call: Call, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..pipeline.evidence.text import clock, visible

    console = Console()
    names = {s.id: s.role if s.role != "unknown" else s.id for s in call.speakers}
    if not call.turns:
        console.print("No speech found: the record says what was heard instead.")
    if call.findings:
        table = Table("time", "finding", "speaker", "words")
        for moment in call.findings:
            table.add_row(
                clock(moment.start),
                moment.kind.replace("_", " "),
                Text(names.get(moment.speaker, moment.speaker)),
                # Words come from strangers: nothing in them may act on the terminal.
                Text(visible(moment.quote)),
            )
        console.print(table)
    elif call.turns:
        console.print("No findings.")
    review = sum(moment.level == "review" for moment in call.moments)
    findings, moments = len(call.findings), "moment" if review == 1 else "moments"
    console.print(
        f"{findings} {'finding' if findings == 1 else 'findings'}, {review} {moments} to listen "
        f"to, {100 * call.coverage.share:.0f} % of the speech transcribed"
    )
    console.print(Text(f"Evidence: {folder.parent}  (open {folder / 'evidence.html'})"))
