"""Progress on standard error: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

STAGE_NAMES = {
    "decode": "reading the recording",
    "voices": "telling voices apart",
    "words": "writing down the words",
    "judge": "weighing what was said",
}


@contextlib.contextmanager
def stage_progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """A reporter of (stage, share done), drawn as one bar a stage while the block runs."""
    if not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.console.print(escape(title))
        tasks = {
            stage: progress.add_task(name, total=1.0, start=False)
            for stage, name in STAGE_NAMES.items()
        }

        def report(stage: str, share: float) -> None:
            if not progress.tasks[tasks[stage]].started:
                progress.start_task(tasks[stage])
            progress.update(tasks[stage], completed=share)

        yield report
