"""One audit from the recordings found to the documents: planned, run, kept, written."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from ...errors import InputError
from ..audit import Audit, write_audit
from ..audited import Failure
from . import probe, results
from .cluster import Cluster
from .documents import Writer, Writing, write_documents
from .finished import finished_of, left_over_of
from .keeping import AGAIN, RULER, SETTINGS, Keeper
from .machine import LOCK, only_one
from .plan import WORK, clear_half_done, plan
from .pool import Pool
from .ruler import Ruler
from .sources import Source
from .state import State, disk_told, is_audit
from .work import Outcome, Recipe, Task

TOKEN = "token"
"""Key under which the state has the name of its attempts behind a URL."""

RETRY = "retry"
"""Why calls are taken up again (`AGAIN`): they failed. Else the settings they are to be done with.
"""


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
        force: analyse everything anew, with other options than before. Each result stays until
            its new one is accepted, all of them until the first is.
        write: writes the documents.

    Raises:
        InputError: the folder is not an audit's, or was made with other options or by another
            ruler, ids clash, recordings lie where results would, or nothing can be written.
        ModelError: no worker can be started.
    """
    check_folder(folder)
    if recipe.results:
        results.refuse_overlap(sources, recipe.results)
    settings = json.dumps(_settings(recipe), sort_keys=True)
    with disk_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(folder), State(folder) as state:
            if not force:
                _check_settings(state, settings)
            plan(state, sources, note=watch.note)
            unfit = {source.metadata.call_id for source in sources if source.problem}
            if retry_failed:
                _retry(state, unfit)
            clear_half_done(state)
            anew = _anew(state, settings, unfit) if force else []
            rows = state.rows("status = 'waiting' AND same_as = ''")
            rows += [row for row in state.rows("status != 'waiting'") if row.id in set(anew)]
            stopped, analysed = False, 0
            if rows:
                # What is replaced altogether holds nobody to its ruler.
                bound = not anew and state.rows("status = 'done'")
                known = json.loads(state.told(RULER) or "null") if bound else None
                recipe = replace(recipe, staging=_staging(state, recipe))
                keeper = Keeper(state, recipe, settings, Ruler(known), anew)
                # The largest first: the last are then short, and no worker is left alone with one.
                rows.sort(key=lambda row: (-row.size, row.id))
                tasks = [Task(r.id, r.location, r.place, r.size) for r in rows]
                stopped = _work(state, recipe, tasks, keeper, watch, jobs, time_limit, ray)
                analysed = keeper.accepted
            if not stopped:
                state.tell(AGAIN, "")
            written = write_documents(state, writing, write)
            return _report(state, written, analysed, stopped=stopped)


def _work(
    state: State,
    recipe: Recipe,
    tasks: list[Task],
    keeper: Keeper,
    watch: Watch,
    jobs: int,
    time_limit: float,
    ray: str | None,
) -> bool:
    """Have the tasks done and keep what comes of them; whether the user stopped it."""
    by_id = {task.id: task for task in tasks}
    probe.leave(recipe.staging)
    watch.begin(calls=len(tasks), size=sum(max(task.size, 0) for task in tasks))
    try:
        with closing(
            _outcomes(state.folder, recipe, tasks, keeper.ruler, watch, jobs, time_limit, ray)
        ) as outcomes:
            for outcome in outcomes:
                task = by_id[outcome.id]
                watch.outcome(keeper.keep(task, outcome), max(task.size, 0))
        keeper.finish()
    except KeyboardInterrupt:
        watch.note("stopped: writing down what is finished")
        return True
    finally:
        shutil.rmtree(state.folder / WORK, ignore_errors=True)
        if recipe.results:
            results.forget(recipe.staging)
    return False


def check_folder(folder: Path) -> None:
    """Refuse a folder of somebody else's. Raises InputError."""
    if folder.is_dir() and not is_audit(folder) and {p.name for p in folder.iterdir()} - {LOCK}:
        raise InputError(f"{folder} is not an audit folder: choose another --out.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: choose another --out.")


def _check_settings(state: State, now: str) -> None:
    """Hold the options against those of the finished calls: all need one ruler."""
    was = state.told(SETTINGS, now)
    if was != now:
        old, new = json.loads(was), json.loads(now)
        names = sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))
        raise InputError(
            f"{state.folder} was begun with other options ({', '.join(names)}): use the same, "
            "--force to analyse everything again, or another --out."
        )


def _retry(state: State, unfit: set[str]) -> None:
    """Put failed calls back into the queue; a retry that was cut short goes on instead."""
    if state.told(AGAIN) == RETRY and _queue(state):
        return
    with state.together():
        state.again(row.id for row in state.rows("status = 'failed'") if row.id not in unfit)
        state.tell(AGAIN, RETRY)


def _anew(state: State, settings: str, unfit: set[str]) -> list[str]:
    """Calls to be analysed although they were; those left over of a force that was cut short."""
    if state.told(AGAIN) == settings and _queue(state):
        return []
    rows = state.rows("status IN ('done', 'failed') AND same_as = ''")
    if not any(row.status == "done" for row in rows):
        state.again(row.id for row in rows if row.id not in unfit)
        return []
    return [row.id for row in rows if row.id not in unfit]


def _queue(state: State) -> bool:
    return bool(state.rows("status = 'waiting' AND same_as = ''"))


def _staging(state: State, recipe: Recipe) -> str:
    """Where this run's workers write; what an earlier run's left there behind a URL is deleted."""
    if not recipe.results:
        return str(state.folder.absolute() / WORK / str(os.getpid()))
    state.tell(TOKEN, state.told(TOKEN) or secrets.token_hex(8))
    staging = results.attempts_of(recipe.results, state.told(TOKEN))
    results.clear_attempts(staging)
    return staging


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
    ruler: Ruler,
    watch: Watch,
    jobs: int,
    time_limit: float,
    ray: str | None,
) -> Generator[Outcome, None, None]:
    if ray is not None:
        return Cluster(recipe, ray, jobs, time_limit, watch.note, ruler).run(tasks)
    log = folder / WORK / "workers.log"
    log.parent.mkdir(exist_ok=True)
    return Pool(recipe, jobs, time_limit, log, ruler).run(tasks)


def _report(state: State, written: Audit | None, analysed: int, *, stopped: bool) -> Report:
    rows = state.rows("status != 'purged'")
    calls, failures = finished_of(state.folder, rows)
    done = [row for row in rows if row.status == "done"]
    return Report(
        folder=state.folder,
        calls=len(calls),
        duplicates=sum(bool(call.same_as) for call in calls),
        failures=failures,
        waiting=left_over_of(rows),
        analysed=analysed,
        audio=round(sum(row.duration for row in done), 3),
        written=written,
        stopped=stopped,
    )
