"""One audit from the recordings found to the documents: planned, run, kept, written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from ... import __version__
from ...errors import InputError
from ..audit import PAGE, RUBRIC, SUMMARY, Audit, AuditOptions, remembered, write_audit
from ..audited import AuditedCall, Failure
from ..evidence.audit.reviews import REVIEWS
from ..evidence.bag import PAYLOAD
from ..evidence.render import VIEW
from . import remote
from .cluster import Cluster
from .machine import LOCK, only_one
from .plan import WORK, clear_half_done, plan
from .pool import Pool
from .sources import Source
from .state import CALLS, RECORD, State, finished_of, is_audit
from .work import Outcome, Recipe, Task, meanings_of

DOCUMENTS = "documents"
"""Key under which the state has what the documents were made of; empty when they are not current.
"""

WRITING = "writing"
"""Key under which it has the options they were written with."""

Writer = Callable[..., Audit]
"""As `write_audit`."""


class Watch(Protocol):
    """Is told how an audit goes, to show it."""

    def begin(self, *, calls: int, size: int) -> None:
        """So many recordings, and bytes of them, are to be analysed."""

    def outcome(self, outcome: Outcome, size: int) -> None:
        """One of them is done or failed."""

    def note(self, text: str) -> None:
        """Something else worth a line."""


@dataclass(frozen=True)
class Report:
    """How an audit stands after a run."""

    folder: Path
    calls: int
    """Finished calls, duplicates among them."""
    duplicates: int
    failures: list[Failure]
    waiting: int
    """Calls left over, where the run was cut short."""
    analysed: int
    """Calls analysed in this run."""
    audio: float
    """Seconds of sound of all finished calls, duplicates counted once."""
    written: Audit | None
    """What the documents came to; None where they were current and left alone."""
    stopped: bool
    """Cut short by the user."""


@dataclass(frozen=True)
class Writing:
    """How the documents are to be written."""

    options: AuditOptions
    rubric: Path | None = None


def run_audit(
    folder: Path,
    sources: Sequence[Source],
    recipe: Recipe,
    writing: Writing,
    watch: Watch,
    *,
    jobs: int = 1,
    time_limit: float = 7200.0,
    ray: str | None = None,
    retry_failed: bool = False,
    force: bool = False,
    write: Writer = write_audit,
) -> Report:
    """Analyse what is not analysed yet and bring the documents up to date.

    Args:
        folder: the audit folder; made if it is not there.
        sources: the recordings.
        recipe: how each is done.
        writing: how the documents are written.
        watch: is told how it goes.
        jobs: worker processes; with `ray` actors, 0 for as many as there is room for.
        time_limit: seconds a call may take.
        ray: address of a Ray cluster to run on.
        retry_failed: take up calls again that failed before.
        force: analyse everything anew, with other options than before.
        write: writes the documents.

    Raises:
        InputError: the folder is not an audit's or was made with other options, or ids clash.
        ModelError: no worker can be started.
    """
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder), State(folder) as state:
        _settle(state, recipe, force=force)
        plan(state, sources)
        if retry_failed:
            state.again("status = 'failed'")
        clear_half_done(state)
        rows = state.rows("status = 'waiting' AND same_as = ''")
        staging = "" if recipe.results else str(folder.absolute() / WORK / str(os.getpid()))
        # The largest first: the last ones are then short, and no worker is left alone with one.
        rows.sort(key=lambda row: (-row.size, row.id))
        tasks = [Task(r.id, r.location, r.place, staging, r.size) for r in rows]
        stopped = False
        before = {row.id for row in state.rows("status = 'done'")}
        if tasks:
            watch.begin(calls=len(tasks), size=sum(max(task.size, 0) for task in tasks))
            outcomes = _outcomes(folder, recipe, tasks, watch, jobs, time_limit, ray)
            try:
                _keep(state, recipe, {task.id: task for task in tasks}, outcomes, watch)
            except KeyboardInterrupt:
                stopped = True
                watch.note("stopped: writing down what is finished")
            shutil.rmtree(folder / WORK, ignore_errors=True)
        written = write_documents(state, writing, write)
        return _report(state, written, before, stopped=stopped)


def check_folder(folder: Path) -> None:
    """Refuse a folder of somebody else's. Raises InputError."""
    if folder.is_dir() and not is_audit(folder) and {p.name for p in folder.iterdir()} - {LOCK}:
        raise InputError(f"{folder} is not an audit folder: choose another --out.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: choose another --out.")


def _settle(state: State, recipe: Recipe, *, force: bool) -> None:
    """Hold the options against those the audit was begun with: all calls need one ruler."""
    now = json.dumps(_settings(recipe), sort_keys=True)
    was = state.told("settings", now)
    if was != now and not force:
        old, new = json.loads(was), json.loads(now)
        names = sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))
        raise InputError(
            f"{state.folder} was begun with other options ({', '.join(names)}): use the same, "
            "--force to analyse everything again, or another --out."
        )
    with state.together():
        if force:
            state.again("status IN ('done', 'failed')")
        state.tell("settings", now)


def _settings(recipe: Recipe) -> dict[str, Any]:
    return {
        **asdict(recipe.options),
        "guards_off": sorted(recipe.options.guards_off),
        "redact": sorted(recipe.withhold),
        "light": recipe.light,
        "include_recording": recipe.include_recording,
        "results": recipe.results,
    }


def _outcomes(
    folder: Path,
    recipe: Recipe,
    tasks: list[Task],
    watch: Watch,
    jobs: int,
    time_limit: float,
    ray: str | None,
) -> Generator[Outcome, None, None]:
    if ray is not None:
        return Cluster(recipe, ray, jobs, time_limit, watch.note).run(tasks)
    log = folder / WORK / "workers.log"
    log.parent.mkdir(exist_ok=True)
    return Pool(recipe, jobs, time_limit, log).run(tasks)


def _keep(
    state: State,
    recipe: Recipe,
    tasks: dict[str, Task],
    outcomes: Generator[Outcome, None, None],
    watch: Watch,
) -> None:
    """Bring every outcome into the audit folder, and then into the state."""
    with closing(outcomes):
        for outcome in outcomes:
            task = tasks[outcome.id]
            if not outcome.reason:
                outcome = _accept(state.folder, recipe, task, outcome)
            state.tell(DOCUMENTS, "")  # before the result counts: they cannot know it
            if outcome.reason:
                state.failed(task.id, outcome.reason, trace=outcome.trace, seconds=outcome.seconds)
            else:
                state.done(
                    task.id,
                    sha256=outcome.sha256,
                    duration=outcome.duration,
                    seconds=outcome.seconds,
                    memory=outcome.memory,
                )
            watch.outcome(outcome, max(task.size, 0))


def _accept(folder: Path, recipe: Recipe, task: Task, outcome: Outcome) -> Outcome:
    """Move a staged result to its place: until then it is nothing but a part.

    From object storage its record and vectors are brought here, for the documents.
    """
    staging = Path(outcome.staged) if outcome.staged else folder / WORK / str(os.getpid())
    target, vectors = folder / CALLS / task.place, Path(folder, *meanings_of(task))
    if recipe.results:
        inside = RECORD if recipe.light else f"{PAYLOAD}/{RECORD}"
        try:
            remote.fetch(
                f"{recipe.results}/{CALLS}/{task.place}/{inside}",
                staging / CALLS / task.place / RECORD,
            )
            remote.fetch(
                "/".join((recipe.results, *meanings_of(task))), Path(staging, *meanings_of(task))
            )
        except InputError as error:
            return Outcome(task.id, reason=str(error), seconds=outcome.seconds)
    for path in (target.parent, vectors.parent):
        path.mkdir(exist_ok=True)
    try:
        os.replace(Path(staging, *meanings_of(task)), vectors)  # noqa: PTH105
        if target.exists():
            shutil.rmtree(target)
        (staging / CALLS / task.place).rename(target)
        shutil.rmtree(staging, ignore_errors=True)
    except FileNotFoundError:
        return Outcome(
            task.id,
            reason=f"The result of {task.location} did not reach {folder}: the nodes must share "
            "that folder, or use --results URL.",
        )
    return outcome


def write_documents(state: State, writing: Writing, write: Writer = write_audit) -> Audit | None:
    """Write the documents, unless they are current; returns what they came to, if written."""
    calls, failures = finished_of(state.folder, state.rows())
    if not calls and not failures:
        return None
    current = _fingerprint(state.folder, calls, failures, writing)
    if state.told(DOCUMENTS) == current and (state.folder / PAGE).is_file():
        return None
    state.tell(DOCUMENTS, "")
    written = write(state.folder, calls, failures, rubric=writing.rubric, options=writing.options)
    with state.together():
        # Taken again: the rubric's copy and the like are written with the documents.
        state.tell(DOCUMENTS, _fingerprint(state.folder, calls, failures, writing))
        state.tell(WRITING, _writing_text(writing.options))
    return written


def _writing_text(options: AuditOptions) -> str:
    return json.dumps(options.dump(), sort_keys=True)


def last_writing(state: State) -> Writing:
    """How the documents were written the last time, by whichever command."""
    if (state.folder / SUMMARY).is_file():
        state.tell(WRITING, _writing_text(remembered(state.folder)))
    text = state.told(WRITING)
    return Writing(AuditOptions.load(json.loads(text)) if text else AuditOptions())


def _fingerprint(
    folder: Path, calls: Sequence[AuditedCall], failures: Sequence[Failure], writing: Writing
) -> str:
    """Changes when anything does that the documents are made of."""
    digest = hashlib.sha256(__version__.encode())

    def add(value: object) -> None:
        digest.update(json.dumps(value, sort_keys=True, default=str).encode() + b"\n")

    add(_writing_text(writing.options))
    for path in (writing.rubric or folder / RUBRIC, folder / REVIEWS):
        add(path.read_text("utf-8", "replace") if path.is_file() else None)
    for call in calls:
        add([call.metadata.model_dump(), call.sha256, call.folder.name, call.same_as])
        # A person's decisions may stand in the evidence itself, rendered again (`report`).
        places = (call.record, call.record.with_name(VIEW))
        add([place.stat().st_mtime_ns for place in places if place.is_file()])
    for failure in failures:
        add([failure.metadata.model_dump(), failure.source, failure.reason])
    return digest.hexdigest()


def _report(state: State, written: Audit | None, before: set[str], *, stopped: bool) -> Report:
    rows = state.rows("status != 'purged'")
    calls, failures = finished_of(state.folder, rows)
    done = [row for row in rows if row.status == "done"]
    return Report(
        folder=state.folder,
        calls=len(calls),
        duplicates=sum(bool(call.same_as) for call in calls),
        failures=failures,
        waiting=len(rows) - len(calls) - len(failures),
        analysed=sum(row.id not in before for row in done),
        audio=round(sum(row.duration for row in done), 3),
        written=written,
        stopped=stopped,
    )
