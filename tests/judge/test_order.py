"""The order of the judging stages, where one hangs on what another found."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from earwitness.pipeline import analyze as flow


class Reached(Exception):
    """The stage under test was called."""


def test_roles_are_known_when_tone_is_measured(talk, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = [t.model_copy(update={"role": "unknown"}) for t in talk([("S", "Press one.")])]
    anything: Any = SimpleNamespace(
        diarization=SimpleNamespace(segments=[], uncertain=[], finer=None),
        activities=[], words=[], language=None, language_of=None, duration=1.0, layout="mono",
    )  # fmt: skip
    for stage in ("hear_voices", "hear_words", "find_overlaps", "regions_of", "measure_coverage"):
        monkeypatch.setattr(flow, stage, lambda *_, **__: anything)
    decoded = nullcontext(anything)
    decoded.duration = 1.0  # type: ignore[attr-defined]
    monkeypatch.setattr(flow, "decode", lambda *_, **__: (anything, decoded))
    monkeypatch.setattr(flow, "build_turns", lambda *_, **__: turns)
    monkeypatch.setattr(
        flow,
        "assign_roles",
        lambda found, speakers, *_, **__: (
            speakers,
            [t.model_copy(update={"role": "system"}) for t in found],
        ),
    )

    def measure(found: list[Any], read: object) -> None:
        assert [t.role for t in found] == ["system"]
        raise Reached

    monkeypatch.setattr(flow, "measure_tone", measure)
    models: Any = SimpleNamespace(segmenter=None, embedder=None, engine=None, conduct=None)
    with pytest.raises(Reached):
        flow.analyze(Path("x"), models, flow.Options())
