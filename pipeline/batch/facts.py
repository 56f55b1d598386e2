"""What a manifest's row, a sidecar or a file name says of a call, under one set of names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...errors import InputError
from ..audited import Direction, Metadata

FIELDS = ("call_id", "agent", "team", "queue", "date", "direction")

ALIASES = {"id": "call_id", "callid": "call_id", "call": "call_id"}

LOCATIONS = ("path", "file", "recording", "url", "location", "filename")
"""Columns of a manifest that may say where the recording lies, the first that is there."""

DIRECTIONS: dict[str, Direction] = {
    "in": "inbound",
    "inbound": "inbound",
    "incoming": "inbound",
    "out": "outbound",
    "outbound": "outbound",
    "outgoing": "outbound",
}

Facts = dict[str, str]
"""Values by `FIELDS`; further names are kept as they came. Empty values are left out."""


def facts_of(row: Mapping[str, Any]) -> Facts:
    """A row with its names and values put in order; lists and objects in it are left out."""
    facts: Facts = {}
    for key, value in row.items():
        if value is None or isinstance(value, (list, dict)):
            continue
        name = re.sub(r"[\s-]+", "_", _whole(str(key)).lower())
        text = _whole(str(value))
        if name and text:
            facts.setdefault(ALIASES.get(name, name), text)
    if "direction" in facts:
        facts["direction"] = DIRECTIONS.get(facts["direction"].lower(), facts["direction"])
    if "date" in facts:
        facts["date"] = iso_date(facts["date"])
    return facts


def _whole(text: str) -> str:
    """JSON can write half a character, which can be kept nowhere: it is spelled out."""
    return text.strip().encode("utf-8", "backslashreplace").decode()


def iso_date(text: str) -> str:
    """A date, or date and time, in ISO 8601's extended form; what is neither stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    # The extended form as it stands keeps its precision and zone.
    if re.match(r"\d{4}-\d{2}-\d{2}", text):
        return text
    return moment.date().isoformat() if re.fullmatch(r"\d{8}", text) else moment.isoformat()


def metadata_of(call_id: str, facts: Facts) -> Metadata:
    """The call's metadata; names that have no field of their own go to `extra`."""
    known = {name: facts[name] for name in FIELDS if name in facts and name != "call_id"}
    extra = {name: text for name, text in sorted(facts.items()) if name not in FIELDS}
    if known.get("direction", "inbound") not in DIRECTIONS.values():
        extra["direction"] = known.pop("direction")
    return Metadata.model_validate({**known, "call_id": call_id, "extra": extra})


class NamePattern:
    """`--pattern`: a regular expression whose named groups say what a file's name means.

    It is searched for in the path below the folder that was given, with forward slashes. `year`,
    `month` and `day` may stand in place of `date`.
    """

    def __init__(self, pattern: str) -> None:
        try:
            self._pattern = re.compile(pattern)
        except re.error as error:
            raise InputError(
                f"--pattern {pattern} is not a regular expression: {error}."
            ) from error
        if not self._pattern.groupindex:
            raise InputError(
                f"--pattern {pattern} has no named group: write for example "
                r"(?P<agent>[a-z]+)_(?P<date>\d{8})."
            )

    def facts(self, path: str) -> Facts | None:
        """What the path says, or None where the pattern is not in it."""
        found = self._pattern.search(path)
        if found is None:
            return None
        groups = {k: v for k, v in found.groupdict().items() if v}
        if "date" not in groups and {"year", "month", "day"} <= groups.keys():
            groups["date"] = "-".join(groups.pop(part) for part in ("year", "month", "day"))
        return facts_of(groups)


def sidecar_facts(data: bytes) -> Facts | None:
    """What the JSON file beside a recording says of it, or None where it is about other things.

    Raises:
        ValueError: it is not JSON.
    """
    row = json.loads(data.decode("utf-8-sig"))
    facts = facts_of(row) if isinstance(row, dict) else {}
    # Other programs put JSON beside recordings too; without a word on the call it is not for us.
    return facts if facts.keys() & set(FIELDS) else None
