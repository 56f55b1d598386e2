"""Worker processes on this machine: one call at a time each, watched, replaced when they fail.

A worker that dies, takes too long or grows is replaced; only the call it had in hand is affected.
Workers end with this process, even when it is killed: the kernel is asked to see to it, and a
thread in each looks whether its parent is still there.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from ...errors import EarwitnessError, InputError, ModelError
from .ruler import Ruler
from .work import THREADS, Outcome, Recipe, Task, attempt, make_worker

TRIES = 2
"""How often a call is begun whose worker dies: once may be an accident, twice is the call."""

SETTLED = 5
"""Calls after which a worker's memory counts as what it needs."""

GROWTH, GROWTH_BYTES = 1.25, 128 * 1024**2
"""A worker that holds more than this share and these bytes above that is replaced."""

TICK = 0.5
"""Seconds between two looks at the clock."""

FAREWELL = 5.0
"""Seconds an idle worker has to end by itself."""

QUIET_TRACKER = "ignore:resource_tracker"
"""What killed workers leave behind Python's tracker clears away, and need not tell the user."""

_PR_SET_PDEATHSIG = 1


@dataclass
class _Slot:
    """One worker process and what it has in hand."""

    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    since: float = 0.0
    done: int = 0
    base: int = 0
    """Bytes it held once settled."""


@dataclass
class Pool:
    """Worker processes for one audit.

    Iterate over `run`; leaving it early stops the workers at once.
    """

    recipe: Recipe
    jobs: int
    time_limit: float
    """Seconds a call may take."""
    log: Path
    """Where the workers' own output goes."""
    ruler: Ruler = field(default_factory=Ruler)
    """What every worker must measure by."""
    _slots: list[_Slot] = field(default_factory=list)
    _deaths: int = 0

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome, None, None]:
        """The outcome of each task, as they come.

        Raises:
            InputError: they measure by another ruler than the finished calls.
            ModelError: workers cannot be started.
        """
        queue = deque(tasks)
        tries: dict[str, int] = {}
        open_tasks = len(queue)
        try:
            while open_tasks:
                self._fill(min(self.jobs, open_tasks))
                self._hand_out(queue)
                for outcome in self._collect(queue, tries):
                    open_tasks -= 1
                    yield outcome
        finally:
            for slot in list(self._slots):
                self._drop(slot)

    def processes(self) -> list[int]:
        """The workers' process ids."""
        return [slot.process.pid for slot in self._slots if slot.process.pid is not None]

    def _fill(self, wanted: int) -> None:
        while len(self._slots) < wanted:
            self._slots.append(self._start())

    def _hand_out(self, queue: deque[Task]) -> None:
        for slot in self._slots:
            if slot.ready and slot.task is None and queue:
                slot.task, slot.since = queue.popleft(), time.monotonic()
                with contextlib.suppress(OSError):  # it died idle: found out when collecting
                    slot.pipe.send(slot.task)

    def _collect(self, queue: deque[Task], tries: dict[str, int]) -> Iterator[Outcome]:
        """Wait a moment for news of any worker."""
        wait([s.pipe for s in self._slots], timeout=TICK)
        for slot in list(self._slots):
            try:
                news = slot.pipe.recv() if slot.pipe.poll() else None
            except (EOFError, OSError):
                yield from self._died(slot, queue, tries)
                continue
            if isinstance(news, Outcome):
                slot.task = None
                self._deaths = 0
                if self._grown(slot, news):
                    self._drop(slot)
                yield news
            elif isinstance(news, str):
                raise ModelError(news)
            elif isinstance(news, dict):
                if differs := self.ruler.difference(news):
                    raise InputError(
                        f"The finished calls were measured by another ruler ({differs}): install "
                        "what was used, --force to analyse everything again, or another --out."
                    )
                slot.ready = True
            elif slot.task and time.monotonic() - slot.since > self.time_limit:
                task = slot.task
                self._drop(slot)
                yield Outcome(task.id, reason=too_long(task, self.time_limit))

    def _died(self, slot: _Slot, queue: deque[Task], tries: dict[str, int]) -> Iterator[Outcome]:
        task = slot.task
        self._drop(slot)
        if task is None:
            self._deaths += 1
            if self._deaths > TRIES * self.jobs:
                raise ModelError(
                    f"The workers end before they are ready; {self.log} has what they said."
                )
            return
        tries[task.id] = tries.get(task.id, 0) + 1
        if tries[task.id] < TRIES:
            queue.appendleft(task)
        else:
            yield Outcome(task.id, reason=worker_lost(task, slot.process.exitcode))

    def _grown(self, slot: _Slot, outcome: Outcome) -> bool:
        slot.done += 1
        if slot.done <= SETTLED:
            slot.base = max(slot.base, outcome.memory)
            return False
        return outcome.memory > slot.base * GROWTH + GROWTH_BYTES

    def _start(self) -> _Slot:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(
            target=_serve, args=(there, self.recipe, str(self.log), os.getpid()), daemon=True
        )
        with _environment(self.recipe.threads):
            process.start()
        there.close()
        return _Slot(process, here)

    def _drop(self, slot: _Slot) -> None:
        self._slots.remove(slot)
        slot.pipe.close()
        if slot.ready and slot.task is None:
            slot.process.join(FAREWELL)  # idle: the closed pipe ends it
        slot.process.kill()
        slot.process.join()


def too_long(task: Task, limit: float) -> str:
    """The reason of a call that was stopped."""
    return f"{task.shown} took longer than the limit of {limit:g} s: raise --time-limit."


def worker_lost(task: Task, exit_code: int | None) -> str:
    """The reason of a call that its workers did not survive."""
    how = f"signal {-exit_code}" if exit_code and exit_code < 0 else f"exit code {exit_code}"
    return f"{task.shown} ended its worker {TRIES} times ({how}): damaged file or no memory."


@contextlib.contextmanager
def _environment(threads: int) -> Iterator[None]:
    """Variables that a worker must find when it starts, before any library is loaded."""
    wanted = {
        **dict.fromkeys(THREADS, str(threads)),
        "MALLOC_ARENA_MAX": "2",
        "PYTHONWARNINGS": ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), QUIET_TRACKER])),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(pipe: Connection, recipe: Recipe, log: str, parent: int) -> None:
    """A worker's life: load, say so, then task by task until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent decides
    _end_with(parent)
    with Path(log).open("a", encoding="utf-8") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
        sys.stdout = sys.stderr = output
        try:
            worker = make_worker(recipe)
        except EarwitnessError as error:
            pipe.send(str(error))
            return
        pipe.send(dict(worker.ruler))
        while True:
            try:
                task: Any = pipe.recv()
            except EOFError:
                return
            pipe.send(attempt(worker, recipe, task))


def _end_with(parent: int) -> None:
    """See to it that this process does not outlive its parent."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(TICK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
