"""`earwitness keygen` and `earwitness seal EVIDENCE`: who made it, and when it existed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import Authority, Evidence, SignKey


def keygen(
    key: Annotated[
        Path,
        typer.Argument(metavar="KEY", help="Where to write the signing key.", show_default=False),
    ],
) -> None:
    """Make a key to sign evidence with.

    KEY holds the secret half and is readable by you alone: keep it, and give it to nobody.
    KEY.pub holds the public half. Print the fingerprint on your letterhead or website, or read it
    out on the telephone: whoever compares it knows that a signature is yours.
    """
    from ..pipeline.evidence import seal

    fingerprint = seal.keygen(key)
    typer.echo(f"Secret key: {key}")
    typer.echo(f"Public key: {key}.pub")
    typer.echo(f"Fingerprint: {fingerprint}")


def seal(
    evidence: Evidence,
    sign: SignKey = None,
    tsa: Authority = None,
) -> None:
    """Sign finished evidence, have it time-stamped, or both.

    A signature shows who made the evidence; a time stamp shows that it existed at a time. Both
    are checked offline by earwitness verify. Rendering the evidence again (report) drops its
    seals, so seal it last. A second seal of a kind replaces the first.
    """
    from ..errors import InputError
    from ..pipeline.evidence.verify import verify

    if sign is None and tsa is None:
        raise InputError("Nothing to do: give --sign KEY, --tsa URL, or both.")
    check_seals(sign=sign, tsa=tsa)
    broken = [check for check in verify(evidence).failures if check.name != "seals"]
    if broken:
        first = broken[0]
        raise InputError(
            f"{evidence} is not whole, so it is not sealed: {first.file or first.name}: "
            f"{first.detail}."
        )
    apply_seals(evidence, sign=sign, tsa=tsa)


def check_seals(*, sign: Path | None, tsa: str | None) -> None:
    """Find out before the long work whether sealing can succeed.

    Raises:
        InputError: the key cannot be used, or the address is none.
        DependencyMissing: a time stamp needs the extra `seal`.
    """
    from ..pipeline.evidence import seal as seals

    if sign is not None:
        seals.load_key(sign)
    if tsa is not None:
        seals.check_authority(tsa)


def apply_seals(folder: Path, *, sign: Path | None, tsa: str | None) -> None:
    """Seal what was just written, and say so on standard error."""
    from ..pipeline.evidence import seal as seals

    if sign is not None:
        typer.echo(f"Signed with the key {seals.sign(folder, sign)}", err=True)
    if tsa is not None:
        typer.echo(f"Time-stamped: {seals.stamp(folder, tsa)}", err=True)
