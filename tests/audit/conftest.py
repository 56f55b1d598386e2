"""Audits of scripted calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from earwitness.pipeline.audit import Audit, AuditOptions, write_audit
from earwitness.pipeline.audited import AuditedCall, Failure, Metadata
from made_calls import ABUSED, CIVIL, RUBRIC, RUDE, call_of, put

AGENTS = ("Marcus Bell", "Åsa Öberg", "Derek O'Neil")


def team(folder: Path, count: int = 12) -> list[AuditedCall]:
    """Calls of three agents over some weeks."""
    scripts = (CIVIL, CIVIL, RUDE, ABUSED)
    return [
        put(
            folder, call_of(scripts[at % 4], number=at), agent=AGENTS[at % 3 if at < 9 else 0],
            team="Returns", queue="phone", date=f"2024-03-{1 + 2 * at % 28:02d}",
        )
        for at in range(count)
    ]  # fmt: skip


Make = Callable[..., Audit]


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(RUBRIC, "utf-8")
    return path


@pytest.fixture
def make(tmp_path: Path, rubric: Path) -> Make:
    """Write the audit of some calls into `tmp_path/audit`."""

    def write(calls: list[AuditedCall] | None = None, **options: object) -> Audit:
        folder = tmp_path / "audit"
        bad = Failure(Metadata(call_id="bad"), "/in/Marcus Bell/bad.wav", "bad.wav holds no sound.")
        return write_audit(
            folder,
            team(folder) if calls is None else calls,
            [bad],
            rubric=rubric,
            options=AuditOptions(**options),
        )

    return write
