"""Outcomes brought into the audit folder and then into the state, by the one process that may.

Nothing that is finished is given up before there is something in its place: an analysis of
everything anew (`--force`) begins with the first result that is accepted.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from ...errors import InputError
from ..evidence.bag import PAYLOAD
from . import remote, results
from .documents import DOCUMENTS
from .finished import PAGES
from .plan import WORK
from .ruler import Ruler
from .state import CALLS, RECORD, State
from .work import Outcome, Recipe, Task, meanings_of

SETTINGS = "settings"
"""Key under which the state has the options of the finished calls."""

RULER = "ruler"
"""Key under which it has what they were measured by."""

AGAIN = "again"
"""Key under which it has why calls are taken up again, until all of them are."""


class Keeper:
    """Keeps the outcomes of one run.

    Args:
        state: the audit's state.
        recipe: how the calls are done.
        settings: the same as text.
        ruler: what they are measured by, once a worker is ready.
        anew: ids of finished or failed calls that are taken up again with the first result
            that is accepted, and not before.
    """

    def __init__(
        self, state: State, recipe: Recipe, settings: str, ruler: Ruler, anew: Iterable[str] = ()
    ) -> None:
        self._state, self._recipe, self._settings = state, recipe, settings
        self.ruler = ruler
        self._anew = list(anew)
        self._failed: list[Outcome] = []
        self.accepted = 0

    def keep(self, task: Task, outcome: Outcome) -> Outcome:
        """Accept what is whole, note what failed; returns what came of it in the end."""
        if not outcome.reason:
            try:
                self._check(task, outcome)
            except InputError as error:
                outcome = Outcome(task.id, reason=str(error), seconds=outcome.seconds)
        if outcome.reason and self._anew:
            # Nothing was accepted yet: perhaps nothing will be, and what there was must stand.
            self._failed.append(outcome)
            return outcome
        self._state.tell(DOCUMENTS, "")  # before the result counts: they cannot know it
        if outcome.reason:
            self._note(outcome)
            return outcome
        self._begin()
        self._settle(task, outcome)
        self._state.done(
            task.id,
            sha256=outcome.sha256,
            duration=outcome.duration,
            seconds=outcome.seconds,
            memory=outcome.memory,
        )
        self.accepted += 1
        if remote.is_url(outcome.staged):
            results.forget(outcome.staged)
        return outcome

    def finish(self) -> None:
        """All outcomes are in. Raises InputError where everything was to be new and nothing is."""
        if self._failed and self._anew:
            raise InputError(
                "No call could be analysed anew, and what there was stands as it did; "
                f"{self._failed[0].id}: {self._failed[0].reason}"
            )

    def _begin(self) -> None:
        """With the first result, the options and the ruler are those of the audit."""
        if self.accepted:
            return
        # Asked here, where the storage is open: whoever writes documents alone stays offline.
        url = "" if self._recipe.light else self._recipe.results
        pages = remote.web_address(url) if url else ""
        with self._state.together():
            self._state.tell(PAGES, pages)
            if self._anew:
                self._state.again(self._anew)
                self._state.tell(AGAIN, self._settings)
                for outcome in self._failed:
                    self._note(outcome)
            self._state.tell(SETTINGS, self._settings)
            if self.ruler.facts:
                self._state.tell(RULER, json.dumps(dict(self.ruler.facts), sort_keys=True))
        self._anew, self._failed = [], []

    def _note(self, outcome: Outcome) -> None:
        self._state.failed(outcome.id, outcome.reason, trace=outcome.trace, seconds=outcome.seconds)

    def _check(self, task: Task, outcome: Outcome) -> None:
        """See that the whole result is here, published where it goes to a URL. Raises InputError.

        From object storage its record and vectors are brought here, for the documents.
        """
        staging = self._staging(outcome)
        made, vectors = staging / CALLS / task.place, Path(staging, *meanings_of(task))
        if remote.is_url(outcome.staged):
            inside = RECORD if self._recipe.light else f"{PAYLOAD}/{RECORD}"
            remote.fetch(f"{outcome.staged}/{CALLS}/{task.place}/{inside}", made / RECORD)
            remote.fetch("/".join((outcome.staged, *meanings_of(task))), vectors)
            results.publish(outcome.staged, self._recipe.results, task.place)
        elif not (made.is_dir() and vectors.is_file()):
            raise InputError(
                f"The result of {task.shown} did not reach {self._state.folder}: the nodes must "
                "share that folder, or use --results URL."
            )

    def _settle(self, task: Task, outcome: Outcome) -> None:
        """Move a staged result to its place, in place of the one that is there."""
        folder, staging = self._state.folder, self._staging(outcome)
        target, vectors = folder / CALLS / task.place, Path(folder, *meanings_of(task))
        for path in (target.parent, vectors.parent):
            path.mkdir(exist_ok=True)
        # Vectors that are not there are made again; those of another record would pass for its own.
        vectors.unlink(missing_ok=True)
        old = staging / "old"
        if target.exists():
            target.rename(old)
        try:
            (staging / CALLS / task.place).rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        Path(staging, *meanings_of(task)).replace(vectors)
        shutil.rmtree(staging, ignore_errors=True)

    def _staging(self, outcome: Outcome) -> Path:
        """This machine's folder of an attempt."""
        if remote.is_url(outcome.staged):
            return self._state.folder / WORK / outcome.staged.rsplit("/", 1)[1]
        return Path(outcome.staged)
