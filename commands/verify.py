"""`earwitness verify EVIDENCE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import AsJson, Evidence


def verify(
    evidence: Evidence,
    recording: Annotated[
        Path | None,
        typer.Option(
            "--recording",
            metavar="FILE",
            help="The recording: is it the file that was analysed, and are the clips cut from it?",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="KEY.pub", help="The public key that the signature must come from."
        ),
    ] = None,
    tsa_root: Annotated[
        list[Path] | None,
        typer.Option(
            "--tsa-root",
            metavar="PEM",
            help="Certificate of the authority that the time stamp must go back to (repeatable).",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that evidence is whole and says what its record says.

    Every file is held against its SHA-256 and SHA-512; the record against its schema; the quotes
    against the words; the documents against the record, by rendering them again; seals against
    what they seal; and, with --recording, the clips against the sound. Everything that was
    checked is listed. Needs no network.

    Exit code 0: everything holds. 1: something does not. 2: this is no evidence folder.
    """
    from ..errors import CheckFailed
    from ..pipeline.evidence.text import json_safe, visible
    from ..pipeline.evidence.verify import verify as check
    from ..pipeline.listen.audio import SpanReader

    verdict = check(
        evidence,
        recording=recording,
        reader=lambda path, call: SpanReader(path),
        trusted_key=key,
        tsa_roots=tuple(tsa_root or ()),
    )
    if as_json:
        import json

        text = json.dumps(verdict.as_json(), indent=1, ensure_ascii=False)
        typer.echo(json_safe(text))
    else:
        for item in verdict.checks:
            mark = "holds" if item.ok else "FAILS"
            about = f"{item.file}: {item.detail}" if item.file else item.detail
            typer.echo(f"{mark}  {item.name:<10} {visible(about)}".rstrip())
    if not verdict.ok:
        count = len(verdict.failures)
        told = "one thing does not hold" if count == 1 else f"{count} things do not hold"
        raise CheckFailed(f"{visible(str(evidence))}: {told}")
    if not as_json:
        typer.echo("Everything that was checked holds.")
