"""Whether results can be kept, tried with a small file before a night is spent on them."""

from __future__ import annotations

import secrets
from pathlib import Path

from ...errors import InputError
from . import remote

MARK = "probe"
"""File that the driver leaves where attempts are written, for workers elsewhere to find."""

TEXT = b"earwitness tries whether it can write here\n"


def leave(staging: str) -> None:
    """Write the driver's probe below a folder or URL and read it back. Raises InputError."""
    _try(staging, MARK)


def find(staging: str) -> None:
    """On a worker: read the driver's probe, and write and read one of its own.

    Raises:
        InputError: the driver's folder is not to be seen here, or nothing can be written.
    """
    try:
        seen = _read(staging, MARK) == TEXT
    except InputError:
        if remote.is_url(staging):
            raise
        seen = False
    if not seen:
        raise InputError(
            f"a node does not see {Path(staging)}: the nodes must share that folder, or use "
            "--results URL."
        )
    name = f"{MARK}-{secrets.token_hex(8)}"
    _try(staging, name)
    _remove(staging, name)


def _try(staging: str, name: str) -> None:
    if remote.is_url(staging):
        remote.write(f"{staging}/{name}", TEXT)
    else:
        try:
            Path(staging).mkdir(parents=True, exist_ok=True)
            Path(staging, name).write_bytes(TEXT)
        except OSError as error:
            raise InputError(
                f"Nothing can be written to {staging} ({error.strerror}): choose another --out."
            ) from error
    if _read(staging, name) != TEXT:
        raise InputError(
            f"What is written to {remote.redacted(staging)} does not come back: choose another "
            "--out or --results."
        )


def _read(staging: str, name: str) -> bytes:
    if remote.is_url(staging):
        return remote.read(f"{staging}/{name}")
    try:
        return Path(staging, name).read_bytes()
    except OSError as error:
        raise InputError(f"{staging}/{name} cannot be read: {error.strerror}.") from error


def _remove(staging: str, name: str) -> None:
    if remote.is_url(staging):
        remote.remove(f"{staging}/{name}")
    else:
        Path(staging, name).unlink(missing_ok=True)
