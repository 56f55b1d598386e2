"""How an audit goes, on standard error: live on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..pipeline.batch.work import Outcome

QUIET = 60.0
"""Seconds between two lines where nobody looks on."""


class Tally:
    """What is done of what is to be done."""

    def __init__(self, calls: int = 0, size: int = 0) -> None:
        self.calls = calls
        self.size = size
        self.done = 0
        self.failed = 0
        self.sound = 0.0
        """Seconds of sound analysed."""
        self._bytes = 0
        self._started = time.monotonic()

    def add(self, outcome: Outcome, size: int) -> None:
        """Count one more."""
        self.done += 1
        self.failed += bool(outcome.reason)
        self.sound += outcome.duration
        self._bytes += size

    def left(self) -> float | None:
        """Seconds left, by the bytes that are left; None before the first call is done."""
        share = self._bytes / self.size if self.size else self.done / max(self.calls, 1)
        return self._elapsed() * (1 - share) / share if share else None

    def text(self) -> str:
        """One line on it."""
        left = self.left()
        parts = [
            f"{self.done} of {self.calls} calls",
            f"{self.sound / 3600:.2f} h of sound",
            f"{self.sound / max(self._elapsed(), 1e-3):.1f} × real time",
        ]
        if left is not None and self.done < self.calls:
            parts.append(f"{span(left)} left")
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def span(seconds: float) -> str:
    """A length of time as it is said of waiting."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


class Lines:
    """Plain lines for a log: failures at once, the tally each minute and at the end."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._told = time.monotonic()

    def begin(self, *, calls: int, size: int) -> None:
        """So many recordings and bytes are to be analysed."""
        self._tally = Tally(calls, size)
        self._say(f"{calls} calls to analyse")

    def outcome(self, outcome: Outcome, size: int) -> None:
        """One of them is done or failed."""
        self._tally.add(outcome, size)
        if outcome.reason:
            self._say(f"failed: {outcome.id}: {outcome.reason}")
        last = self._tally.done == self._tally.calls
        if last or time.monotonic() - self._told >= QUIET:
            self._told = time.monotonic()
            self._say(self._tally.text())

    def note(self, text: str) -> None:
        """Something else worth a line."""
        self._say(text)

    def _say(self, text: str) -> None:
        from ..pipeline.evidence.text import visible

        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {visible(text)}\n")
        sys.stderr.flush()


class Live:
    """A bar with the tally behind it, drawn by rich; failures scroll by above."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._tally = Tally()
        self._bar: Any = None

    def begin(self, *, calls: int, size: int) -> None:
        """So many recordings and bytes are to be analysed."""
        self._tally = Tally(calls, size)
        self._bar = self._progress.add_task("", total=calls, told="loading the models")

    def outcome(self, outcome: Outcome, size: int) -> None:
        """One of them is done or failed."""
        self._tally.add(outcome, size)
        if outcome.reason:
            self.note(f"failed: {outcome.id}: {outcome.reason}")
        self._progress.update(self._bar, advance=1, told=self._tally.text())

    def note(self, text: str) -> None:
        """Something else worth a line."""
        from rich.text import Text

        from ..pipeline.evidence.text import visible

        # File names come from strangers: nothing in them may act on the terminal.
        self._progress.console.print(Text(visible(text)))


def columns() -> list[Any]:
    """What a terminal shows beside each other."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    return [BarColumn(), TextColumn("{task.fields[told]}", markup=False), TimeElapsedColumn()]


@contextlib.contextmanager
def watching() -> Iterator[Lines | Live]:
    """Show an audit's progress while the block runs."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(*columns(), console=Console(stderr=True), transient=True) as progress:
        yield Live(progress)
