"""What a check of evidence gives: everything that was looked at, and what does not hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str = ""
    file: str = ""


@dataclass(frozen=True)
class Verdict:
    """Everything that was checked."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Every check holds."""
        return all(check.ok for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """What does not hold."""
        return tuple(check for check in self.checks if not check.ok)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


class Ledger:
    """Collects checks; a name without a failure becomes one check that holds."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def fail(self, name: str, detail: str, file: str = "") -> None:
        """Something does not hold; said twice, it counts once."""
        check = Check(name, False, detail, file)
        if check not in self.checks:
            self.checks.append(check)

    def hold(self, name: str, detail: str = "") -> None:
        """Something holds, unless a failure of that name was noted."""
        if not any(check.name == name and not check.ok for check in self.checks):
            self.checks.append(Check(name, True, detail))
