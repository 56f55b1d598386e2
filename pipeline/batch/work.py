"""What a worker does: models loaded once, then one call after the other, each into its own place.

A worker only ever writes below the staging folder or URL it is told, each attempt in a place of its
own. That a call is done is decided by the one process that holds the state.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import secrets
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, cast

from ...errors import EarwitnessError, InputError
from ..analyze import Models, Options, analyze
from ..call import Call
from ..evidence.redact import redact
from ..evidence.schema import call_text, settled
from ..witness import witness
from . import remote, ruler
from .state import CALLS, MEANINGS, RECORD

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Variables by which numeric libraries are told their share of the cores, before they load."""


@dataclass(frozen=True)
class Recipe:
    """How every call of an audit is done; goes to each worker once."""

    options: Options
    withhold: frozenset[str]
    light: bool = False
    """Keep `call.json` alone."""
    include_recording: bool = False
    threads: int = 1
    """The worker's share of the cores."""
    results: str = ""
    """URL below which results are kept, or empty for the audit folder."""
    staging: str = ""
    """Folder or URL below which attempts are written, each in one of its own."""
    maker: str = "earwitness.pipeline.batch.work:Listener"
    """`module:name` of what makes a worker from a recipe."""


@dataclass(frozen=True)
class Task:
    """One recording to be analysed."""

    id: str
    location: str
    place: str
    """Name of the result."""
    size: int = 0
    staging: str = ""
    """Folder of the attempt: `calls/PLACE` and `meanings/PLACE.npy` below it are written."""

    @property
    def shown(self) -> str:
        """Where the recording lies, without what is secret in a URL."""
        return remote.redacted(self.location)


@dataclass(frozen=True)
class Outcome:
    """What came of a task."""

    id: str
    reason: str = ""
    """Why it failed, in one sentence; empty when the result is whole."""
    trace: str = ""
    """The traceback of an error nobody foresaw."""
    sha256: str = ""
    duration: float = 0.0
    """Seconds of sound."""
    seconds: float = 0.0
    """Seconds of work."""
    memory: int = 0
    """Bytes the worker holds afterwards."""
    staged: str = ""
    """Folder or URL of the attempt, that the result was written into."""


class Worker(Protocol):
    """What a recipe's `maker` makes."""

    ruler: Mapping[str, str]
    """What it measures by (`ruler.facts_of`)."""

    def do(self, task: Task, path: Path) -> Outcome:
        """Analyse the recording at `path` and write its result into the staging folder."""


def make_worker(recipe: Recipe) -> Worker:
    """The worker that the recipe names, with its models loaded."""
    module, _, name = recipe.maker.partition(":")
    made = getattr(importlib.import_module(module), name)(recipe)
    return cast(Worker, made)


def attempt(worker: Worker, recipe: Recipe, task: Task) -> Outcome:
    """One task; whatever goes wrong in it becomes an outcome."""
    started = time.perf_counter()
    try:
        # A place for each attempt: a worker that was given up for lost may still write.
        staged = f"{recipe.staging}/{secrets.token_hex(8)}"
        if remote.is_url(staged):
            outcome = _do_and_deliver(worker, task, staged)
        else:
            outcome = _do(worker, replace(task, staging=staged))
        outcome = replace(outcome, staged=staged)
    except EarwitnessError as error:
        outcome = Outcome(task.id, reason=str(error))
    except MemoryError:
        outcome = Outcome(task.id, reason=f"{task.shown} needs more memory than there is.")
    except Exception as error:
        told = remote.redacted(str(error).split("\n")[0])[:300]
        outcome = Outcome(
            task.id,
            reason=f"{task.shown} could not be analysed: {type(error).__name__}: {told}",
            trace=remote.redacted(traceback.format_exc()),
        )
    give_back_memory()
    seconds = time.perf_counter() - started
    return replace(outcome, seconds=round(seconds, 3), memory=resident_memory())


class Listener:
    """The worker that listens: every model loaded once."""

    def __init__(self, recipe: Recipe) -> None:
        import torch

        from ...models.meaning import MeaningModel

        torch.set_num_threads(recipe.threads)
        self._recipe = recipe
        self._models = Models(recipe.options, threads=recipe.threads)
        device = "cpu" if recipe.options.device == "auto" else recipe.options.device
        self._encoder = MeaningModel.load(device)
        self.ruler: Mapping[str, str] = ruler.facts_of(self._models, self._encoder)

    def do(self, task: Task, path: Path) -> Outcome:
        """Listen to one recording. Raises EarwitnessError for what cannot be analysed."""
        import numpy as np

        from ..judge.meaning import turn_meanings

        staging = Path(task.staging)
        target = staging / CALLS / task.place
        call = self._light(path, target) if self._recipe.light else self._whole(path, target, task)
        meanings = Path(staging, *meanings_of(task))
        meanings.parent.mkdir(parents=True, exist_ok=True)
        np.save(meanings, turn_meanings(call, self._encoder))
        return Outcome(task.id, sha256=call.recording.sha256, duration=call.recording.duration)

    def _light(self, path: Path, target: Path) -> Call:
        options, withhold = self._recipe.options, self._recipe.withhold
        # The same order as in an evidence folder, so that the words withheld are the same.
        call, _ = redact(settled(analyze(path, self._models, options)), withhold)
        call = settled(call)
        target.mkdir(parents=True, exist_ok=True)
        (target / RECORD).write_text(call_text(call), encoding="utf-8")
        return call

    def _whole(self, path: Path, target: Path, task: Task) -> Call:
        return witness(
            path,
            target,
            self._recipe.options,
            models=self._models,
            force=True,
            include_recording=self._recipe.include_recording,
            withhold=self._recipe.withhold,
            found_at=task.shown,
        )


def _do(worker: Worker, task: Task) -> Outcome:
    """One task, its recording brought here first where it lies behind a URL."""
    if not remote.is_url(task.location):
        return worker.do(task, Path(task.location))
    with tempfile.TemporaryDirectory(prefix="earwitness-") as folder:
        path = Path(folder) / remote.name_of(task.location)
        remote.fetch(task.location, path)
        try:
            return worker.do(task, path)
        except EarwitnessError as error:
            # The passing copy's name says nothing to anybody.
            raise InputError(str(error).replace(str(path), task.shown)) from error


def _do_and_deliver(worker: Worker, task: Task, url: str) -> Outcome:
    """One task, staged on this machine's disk, what it made put below the attempt's URL."""
    with tempfile.TemporaryDirectory(prefix="earwitness-") as staging:
        outcome = _do(worker, replace(task, staging=staging))
        try:
            remote.put(Path(staging), url)
        except EarwitnessError:
            with contextlib.suppress(EarwitnessError):
                remote.remove(url)
            raise
    return outcome


def meanings_of(task: Task) -> tuple[str, str]:
    """Where a task's vectors lie, below staging, audit folder or URL."""
    return MEANINGS, f"{task.place}.npy"


def resident_memory() -> int:
    """Bytes this process holds in memory; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * 4096


def give_back_memory() -> None:
    """Hand what was freed back to the system: the C library keeps it otherwise."""
    gc.collect()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


def _malloc_trim() -> Callable[[int], Any] | None:
    try:
        return cast(Callable[[int], Any], ctypes.CDLL(None).malloc_trim)
    except (OSError, AttributeError, TypeError):  # not the GNU C library
        return None
