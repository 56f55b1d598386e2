"""What an audit knows of its calls: beside `call.py`, the ground floor; imports nothing of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Direction = Literal["inbound", "outbound", ""]


def day_of(text: str) -> date | None:
    """The day at the head of an ISO 8601 date or date and time; nothing for anything else."""
    match = re.match(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?:\D|$)", text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


class Metadata(BaseModel):
    """What a manifest, a file name or a sidecar says of a call; all but the id may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call_id: str
    agent: str = ""
    team: str = ""
    queue: str = ""
    date: str = Field(default="", description="ISO 8601 date or date and time, as given")
    direction: Direction = ""
    extra: dict[str, str] = Field(default_factory=dict, description="Further columns, as text")


@dataclass(frozen=True)
class AuditedCall:
    """One call whose analysis is finished and kept."""

    metadata: Metadata
    sha256: str
    """Of the recording."""
    folder: Path
    """Its evidence folder, or with light results the folder that holds `call.json` alone."""
    record: Path
    """Its `call.json`."""
    meanings: Path
    """Sentence vectors of its turns, float16 of shape (turns, 384), as a .npy file."""
    same_as: str = ""
    """Id of the call with the very same recording that was analysed in its place, or empty."""
    page: str = ""
    """Web address of its evidence page, where that is kept elsewhere and has one; else empty."""


@dataclass(frozen=True)
class Failure:
    """One call that could not be analysed."""

    metadata: Metadata
    source: str
    """The recording's path or URL as it was found."""
    reason: str
    """One sentence."""
