"""The same work on a Ray cluster: actors with one load of the models each, one call at a time.

The queue stays here and a call is handed out only to an actor that is free, so nothing piles up in
the cluster; what comes back is a few hundred bytes, results go to a folder that all nodes share or
to object storage. An actor or node that is lost is replaced where there is room, and its call is
begun again.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ... import __version__
from ...errors import DependencyMissing, EarwitnessError, InputError, ModelError
from . import probe
from .pool import TICK, too_long
from .ruler import Ruler
from .work import Outcome, Recipe, Task, attempt, make_worker

TRIES = 4
"""How often a call is begun whose worker is lost: nodes that are lent out are taken back often."""

LOOK = 5.0
"""Seconds between two looks at how large the cluster is."""

DEATHS = 3
"""Times the number of workers that may be lost in a row before they have a call in hand."""

SILENCE = 60.0
"""Seconds without a worker after which the user is told so."""


class _Actor:
    """A worker as an actor; an error in loading is told, since Ray would wrap it in its own."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._problem = ""
        try:
            self._worker = make_worker(recipe)
        except EarwitnessError as error:
            self._problem = str(error)

    def ready(self) -> tuple[str, str, dict[str, str]]:
        """Why it cannot work, or nothing; the version installed where it runs; its ruler."""
        if not self._problem:
            try:
                probe.find(self._recipe.staging)
            except EarwitnessError as error:
                self._problem = str(error)
        return self._problem, __version__, {} if self._problem else dict(self._worker.ruler)

    def do(self, task: Task) -> Outcome:
        """One task."""
        return attempt(self._worker, self._recipe, task)


@dataclass
class _Slot:
    """An actor and what it was asked for last."""

    actor: Any
    ref: Any
    """Result that is awaited: of `ready` at first, then of a task; None while it is free."""
    task: Task | None = None
    since: float = 0.0


@dataclass
class Cluster:
    """Workers on a Ray cluster for one audit; `jobs` 0 means as many as there is room for."""

    recipe: Recipe
    address: str
    jobs: int
    time_limit: float
    """Seconds a call may take."""
    note: Callable[[str], None] = lambda text: None
    ruler: Ruler = field(default_factory=Ruler)
    """What every worker must measure by."""
    _slots: list[_Slot] = field(default_factory=list)
    _looked: float = -LOOK
    _room: int = 1
    _deaths: int = 0
    _worked: bool = False
    _waiting_since: float = 0.0

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome, None, None]:
        """The outcome of each task, as they come.

        Raises:
            DependencyMissing: Ray is not installed.
            InputError: there is no cluster at the address, or no node of it can hold a worker.
            ModelError: workers cannot be started.
        """
        ray, ours = connect(self.address)
        self._waiting_since = time.monotonic()
        queue, tries = deque(tasks), dict[str, int]()
        open_tasks = len(queue)
        try:
            self._check_room(ray)
            while open_tasks:
                self._fill(ray, min(self._wanted(ray), open_tasks))
                self._hand_out(queue)
                self._tell_waiting()
                for outcome in self._collect(ray, queue, tries):
                    open_tasks -= 1
                    yield outcome
        finally:
            for slot in list(self._slots):
                self._drop(ray, slot)
            if ours:
                ray.shutdown()

    def _wanted(self, ray: Any) -> int:
        if self.jobs:
            return self.jobs
        if time.monotonic() - self._looked >= LOOK:
            self._looked = time.monotonic()
            has = ray.cluster_resources()
            room = has.get("CPU", 0.0) / self.recipe.threads
            if self._graphics():
                room = min(room, has.get("GPU", 0.0))
            self._room = max(1, int(room))
        return self._room

    def _check_room(self, ray: Any) -> None:
        """Refuse what Ray would wait for without end: a worker that no node is large enough for."""
        needs = {"CPU": self.recipe.threads, "GPU": self._graphics()}
        nodes = [node.get("Resources", {}) for node in ray.nodes() if node.get("Alive")]
        if not any(all(node.get(k, 0) >= need for k, need in needs.items()) for node in nodes):
            cards = " and a graphics card" if needs["GPU"] else ""
            raise InputError(
                f"No node of the cluster has the {needs['CPU']} cores{cards} that a worker needs: "
                "use a smaller --threads, --device cpu, or larger nodes."
            )

    def _tell_waiting(self) -> None:
        """Say now and then that no worker runs: Ray waits in silence for room."""
        if any(slot.task or slot.ref is None for slot in self._slots):
            self._waiting_since = time.monotonic()
        elif time.monotonic() - self._waiting_since > SILENCE:
            self._waiting_since = time.monotonic()
            self.note("no worker has started yet: is the cluster busy, or its models far away?")

    def _graphics(self) -> int:
        return int(self.recipe.options.device == "cuda")

    def _fill(self, ray: Any, wanted: int) -> None:
        while len(self._slots) < wanted:
            remote = ray.remote(
                num_cpus=self.recipe.threads, num_gpus=self._graphics(), max_restarts=0
            )(_Actor)
            actor = remote.remote(self.recipe)
            self._slots.append(_Slot(actor, actor.ready.remote()))

    def _hand_out(self, queue: deque[Task]) -> None:
        for slot in self._slots:
            if slot.ref is None and queue:
                slot.task, slot.since = queue.popleft(), time.monotonic()
                slot.ref = slot.actor.do.remote(slot.task)

    def _collect(self, ray: Any, queue: deque[Task], tries: dict[str, int]) -> Iterator[Outcome]:
        """Wait a moment for news of any actor."""
        awaited = {slot.ref: slot for slot in self._slots if slot.ref is not None}
        there, _ = ray.wait(list(awaited), num_returns=1, timeout=TICK)
        for ref in there:
            slot = awaited[ref]
            try:
                news = ray.get(ref)
            except ray.exceptions.RayError as error:
                yield from self._lost(ray, slot, queue, tries, error)
                continue
            slot.ref = None
            if isinstance(news, Outcome):
                slot.task, self._deaths, self._worked = None, 0, True
                yield news
            else:
                self._check(ray, slot, *news)
        for slot in list(self._slots):
            if slot.task and time.monotonic() - slot.since > self.time_limit:
                self._drop(ray, slot)
                yield Outcome(slot.task.id, reason=too_long(slot.task, self.time_limit))

    def _check(
        self, ray: Any, slot: _Slot, problem: str, version: str, ruler: dict[str, str]
    ) -> None:
        """A worker is loaded: is it fit to work?"""
        if version != __version__:
            problem = f"a node has earwitness {version} and this machine {__version__}."
        elif not problem and (differs := self.ruler.difference(ruler)):
            problem = (
                f"it measures by another ruler than the other calls ({differs}): install the same "
                "on every node, or use --force to analyse everything again."
            )
        if not problem:
            return
        self._drop(ray, slot)
        self._deaths += 1
        if not self._worked or self._deaths > DEATHS * max(1, self._room):
            raise ModelError(f"A worker on the cluster cannot start: {problem}")
        self.note(f"a worker on the cluster cannot start: {problem}")

    def _lost(
        self, ray: Any, slot: _Slot, queue: deque[Task], tries: dict[str, int], error: Exception
    ) -> Iterator[Outcome]:
        task = slot.task
        self._drop(ray, slot)
        told = str(error).strip().split("\n")[0][:200]
        if task is None:
            # With a call in hand it counts against the call: a bad one must not stop the others.
            self._deaths += 1
            if self._deaths > DEATHS * max(1, self.jobs or self._room):
                raise ModelError(f"The cluster loses every worker before it is ready: {told}")
            return
        tries[task.id] = tries.get(task.id, 0) + 1
        if tries[task.id] < TRIES:
            self.note(f"a worker was lost; {task.id} is begun again")
            queue.appendleft(task)
        else:
            yield Outcome(task.id, reason=f"{task.shown} lost its worker {TRIES} times: {told}")

    def _drop(self, ray: Any, slot: _Slot) -> None:
        self._slots.remove(slot)
        ray.kill(slot.actor)


def connect(address: str) -> tuple[Any, bool]:
    """Ray, connected to `address` (`local` starts one on this machine), and whether we did it.

    Raises:
        DependencyMissing: Ray is not installed.
        InputError: there is no cluster.
    """
    # Ray counts its users over the network unless told not to.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise DependencyMissing(package="ray", extra="ray", purpose="--ray") from error
    if ray.is_initialized():
        return ray, False
    local: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error", **local)
    except (ConnectionError, ValueError, RuntimeError) as error:
        told = str(error).strip().split("\n")[0][:200]
        raise InputError(
            f"No Ray cluster at {address} ({told}): start one with ray start --head, or use "
            "--ray local."
        ) from error
    return ray, True
