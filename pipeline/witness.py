"""From a recording to its evidence folder: the flow of `analyze.py` with its two file edges."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .analyze import Models, Options, Report, analyze
from .call import Call
from .evidence.bag import BagInfo
from .evidence.folder import write_evidence
from .listen.audio import SpanReader


def witness(
    path: Path,
    folder: Path,
    options: Options,
    *,
    models: Models | None = None,
    report: Report = lambda stage, share: None,
    force: bool = False,
    info: BagInfo | None = None,
    include_recording: bool = False,
    withhold: frozenset[str],
    found_at: str = "",
) -> Call:
    """Analyse one recording and write its evidence; returns the call as written.

    `models` are loaded for the options unless given; a batch gives the same ones for every call.
    What varies between runs goes into `run.json` alone: there `found_at` says where the recording
    came from, where `path` is a passing copy.
    """
    started = time.perf_counter()
    when = datetime.now(UTC)
    models = models or Models(options)
    loaded = time.perf_counter()
    call = analyze(path, models, options, report=report)
    analysed = time.perf_counter()
    run: dict[str, Any] = {
        "started": when.isoformat(timespec="seconds"),
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "recording_path": found_at or str(path.resolve()),
        "seconds": {
            "load": round(loaded - started, 2),
            "analyse": round(analysed - loaded, 2),
        },
        "times_real": round((analysed - loaded) / max(call.recording.duration, 0.01), 3),
    }
    return write_evidence(
        call,
        folder,
        read_audio=SpanReader(path),
        run=run,
        force=force,
        info=info,
        recording=path if include_recording else None,
        whole=include_recording,
        withhold=withhold,
    )
