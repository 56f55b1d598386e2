"""The JSON file beside a recording: found with one look into each folder, and read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ...errors import InputError
from . import remote
from .facts import Facts, sidecar_facts


class Sidecars:
    """Sidecars of many recordings; a folder is listed once, however many of it are named."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    def facts(self, location: str) -> tuple[Facts, str]:
        """What the sidecar of a recording says, and why it cannot be read: one sentence."""
        folder, _, name = remote.redacted(location).rpartition("/")
        if folder not in self._names:
            self._names[folder] = _json_in(folder)
        beside = [f"{name}.json", f"{PurePosixPath(name).stem}.json"]
        found = next((n for n in beside if n in self._names[folder]), None)
        return _read(f"{folder}/{found}") if found else ({}, "")


def _json_in(folder: str) -> frozenset[str]:
    """Names of the JSON files in a folder; on the web none, since it cannot be listed."""
    if folder.lower().startswith(("http://", "https://")):
        return frozenset()
    if remote.is_url(folder):
        with remote.told(folder):
            system, path = remote.file_system(folder)
            names = [str(name).rsplit("/", 1)[-1] for name in system.ls(path, detail=False)]
    else:
        try:
            names = [path.name for path in Path(folder or "/").iterdir()]
        except OSError as error:
            raise InputError(f"{folder} cannot be read: {error.strerror}.") from error
    return frozenset(name for name in names if name.endswith(".json"))


def _read(location: str) -> tuple[Facts, str]:
    try:
        data = remote.read(location) if remote.is_url(location) else Path(location).read_bytes()
        return sidecar_facts(data) or {}, ""
    except (ValueError, OSError, InputError):
        return {}, f"The sidecar {location} cannot be read as JSON: mend it or take it away."
