"""From finished calls to the audit's documents: score with a rubric, count, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .audited import AuditedCall, Failure
from .evidence.sensitive import DEFAULT

MIN_CALLS = 5
"""Calls under which an agent is shown but not ranked."""


@dataclass(frozen=True)
class AuditOptions:
    """What a user may choose of the documents; remembered in `audit.json` for `rescore`."""

    title: str = ""
    pseudonymize: bool = False
    """Codes in place of names, in every document and table of the audit."""
    min_calls: int = MIN_CALLS
    """Agents with fewer counted calls are listed but not ranked."""
    withhold: frozenset[str] = DEFAULT
    """Kinds of sensitive data to leave out (`evidence.redact.kinds_of`)."""


@dataclass(frozen=True)
class Audit:
    """What an audit came to, for the command that ran it to print."""

    folder: Path
    calls: int
    """Calls that are counted: every recording once."""
    agents: int
    hours: float
    flagged: int
    """Counted calls with an agent's turn flagged as disrespectful and not dismissed."""
    passed: int
    scored: int
    """Counted calls that could be scored; `passed` of them reach the rubric's pass mark."""
    failures: int
    files: tuple[Path, ...]
    """What was written."""


def write_audit(
    folder: Path,
    calls: Sequence[AuditedCall],
    failures: Sequence[Failure],
    *,
    rubric: Path | None,
    options: AuditOptions,
) -> Audit:
    """Score the calls and write tables and documents into `folder`.

    Args:
        folder: the audit folder.
        calls: finished calls, in order of id.
        failures: calls that could not be analysed.
        rubric: a rubric in TOML; the folder's own `rubric.toml`, or the shipped one, if None.
        options: title, pseudonyms, smallest number of calls, what to withhold.

    Raises:
        InputError: the rubric cannot be used, or a finished call cannot be read.
    """
    raise NotImplementedError
