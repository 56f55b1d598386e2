"""From finished calls to the audit's documents: score with a rubric, count, write."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from .audited import AuditedCall, Failure
from .evidence.audit import page, sheet, summary
from .evidence.audit.figures import figures_of
from .evidence.audit.reviews import Entry as ReviewEntry
from .evidence.audit.reviews import read as read_reviews
from .evidence.audit.rows import Entry, Row, rows_of
from .evidence.audit.summary import AGAINST, GOOD_KINDS, RubricFacts, View
from .evidence.audit.tables import Table
from .evidence.folder import sha256
from .evidence.sensitive import DEFAULT
from .evidence.text import visible
from .judge import rubric as rubrics
from .kept import Withholding, sentence_vectors
from .pseudonyms import Pseudonyms
from .scored import entry_of, failure_row, load, names_of

MIN_CALLS = 5
"""Calls under which an agent is shown but not ranked."""

RUBRIC = "rubric.toml"
SUMMARY = "audit.json"
PAGE = "audit.html"
SHEET = "audit.pdf"

WORK = ".documents-"
ABANDONED = 3600.0
"""Seconds after which a folder of half-written documents is nobody's."""

BEST = 0.6
"""Probability from which a moment is shown among the best."""


@dataclass(frozen=True)
class AuditOptions:
    """What a user may choose of the documents; remembered in `audit.json` for `rescore`."""

    title: str = ""
    pseudonymize: bool = False
    """Codes in place of names, in every document and table of the audit."""
    min_calls: int = MIN_CALLS
    """Agents with fewer counted calls are listed but not ranked."""
    withhold: frozenset[str] = DEFAULT
    """Kinds of sensitive data to leave out (`evidence.redact.kinds_of`)."""

    def but(
        self, *, title: str | None, min_calls: int | None, pseudonymize: bool | None
    ) -> AuditOptions:
        """These, with what is given in their place; None is as before."""
        return replace(
            self,
            title=self.title if title is None else title,
            min_calls=self.min_calls if min_calls is None else min_calls,
            pseudonymize=self.pseudonymize if pseudonymize is None else pseudonymize,
        )

    def dump(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "title": self.title,
            "pseudonymize": self.pseudonymize,
            "min_calls": self.min_calls,
            "withhold": sorted(self.withhold),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> AuditOptions:
        """From what `dump` gave. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            title=str(data["title"]),
            pseudonymize=bool(data["pseudonymize"]),
            min_calls=int(data["min_calls"]),
            withhold=frozenset(str(kind) for kind in data["withhold"]),
        )


@dataclass(frozen=True)
class Audit:
    """What an audit came to, for the command that ran it to print."""

    folder: Path
    calls: int
    """Calls that are counted: every recording once."""
    agents: int
    hours: float
    flagged: int
    """Counted calls with an agent's turn flagged as disrespectful and not dismissed."""
    judged: int
    """Counted calls in which somebody is known to be the agent; `flagged` are some of them."""
    passed: int
    scored: int
    """Counted calls that could be scored; `passed` of them reach the rubric's pass mark."""
    failures: int
    files: tuple[Path, ...]
    """What was written."""


def remembered(folder: Path) -> AuditOptions:
    """The options that the documents in `folder` were written with; the usual ones without any.

    Raises:
        InputError: `audit.json` is not one of ours.
    """
    path = folder / SUMMARY
    if not path.exists():
        return AuditOptions()
    try:
        return AuditOptions.load(json.loads(path.read_text(encoding="utf-8"))["options"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def rubric_of(folder: Path, rubric: Path | None) -> tuple[rubrics.Rubric, str]:
    """The rubric that an audit is held against, and its text: `rubric`, else the folder's own,
    else the shipped one. Raises InputError."""
    own = folder / RUBRIC
    return rubrics.load(rubric or (own if own.exists() else rubrics.DEFAULT))


def write_audit(
    folder: Path,
    calls: Sequence[AuditedCall],
    failures: Sequence[Failure],
    *,
    rubric: Path | None,
    options: AuditOptions,
    waiting: int = 0,
) -> Audit:
    """Score the calls and write tables and documents into `folder`.

    Everything is made beside its place first: a run that is broken off leaves the old documents.

    Args:
        folder: the audit folder.
        calls: finished calls, in order of id.
        failures: calls that could not be analysed.
        rubric: a rubric in TOML; the folder's own `rubric.toml`, or the shipped one, if None.
        options: title, pseudonyms, smallest number of calls, what to withhold.
        waiting: calls that are still to be analysed.

    Raises:
        InputError: the rubric or the record of reviews cannot be used.
    """
    wanted, text = rubric_of(folder, rubric)
    vectors = sentence_vectors(folder, wanted.sentences)
    names = names_of(folder, calls) if options.pseudonymize else None
    reviews: dict[str, list[ReviewEntry]] = {}
    for said in read_reviews(folder):
        reviews.setdefault(said.recording_sha256, []).append(said)
    folder.mkdir(parents=True, exist_ok=True)
    withholding = Withholding(folder, options.withhold)
    _clear(folder)
    work = Path(tempfile.mkdtemp(prefix=WORK, dir=folder))
    try:
        tables = {name: Table(name, work) for name in ("calls", "turns", "moments", "scores")}
        gathered = _Gathered([], [], [], [], [])
        unread = list(failures)
        for audited in calls:
            try:
                call, record = load(audited)
                entry, lost = entry_of(
                    folder, audited, call, wanted, vectors,
                    withholding.redacted(call, record), names, reviews.get(audited.sha256, ()),
                )  # fmt: skip
            except InputError as error:
                unread.append(Failure(audited.metadata, str(audited.record), str(error)))
                continue
            _keep(entry, tables, gathered)
            gathered.lost += lost
        view = View(
            title=_title(options, names),
            rubric=RubricFacts(
                wanted.name, wanted.version, rubrics.fingerprint(text), wanted.pass_mark
            ),
            figures=figures_of(
                gathered.calls,
                gathered.scores,
                [(i.id, i.title, i.side, i.weight, i.pass_mark) for i in wanted.items],
                min_calls=options.min_calls,
            ),
            calls=gathered.calls,
            moments=gathered.moments,
            scores=gathered.scores,
            good=_best(gathered.good, gathered.calls),
            failures=[failure_row(failure, names) for failure in unread],
            min_calls=options.min_calls,
            pseudonymized=options.pseudonymize,
            withheld=sorted(options.withhold),
            lost=gathered.lost,
            waiting=waiting,
        )
        made = [path for table in tables.values() for path in table.finish()]
        made += _documents(work, view, text, replace(options, title=view.title))
        files = tuple(_settle(path, folder) for path in made)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    withholding.keep()
    team = view.figures.team
    return Audit(
        folder=folder,
        calls=team.calls,
        agents=len(view.figures.agents),
        hours=team.hours,
        flagged=team.flagged.count,
        judged=team.flagged.of,
        passed=team.passed.count,
        scored=team.passed.of,
        failures=len(view.failures),
        files=files,
    )


@dataclass
class _Gathered:
    """What the documents need of all calls at once; turns are written and let go."""

    calls: list[Row]
    moments: list[Row]
    scores: list[Row]
    good: list[Row]
    lost: list[Row]


def _keep(entry: Entry, tables: dict[str, Table], gathered: _Gathered) -> None:
    rows = rows_of(entry)
    tables["calls"].add([rows.call])
    tables["turns"].add(rows.turns)
    tables["moments"].add(rows.moments)
    tables["scores"].add(rows.scores)
    gathered.calls.append(rows.call)
    gathered.scores += [_brief(row) for row in rows.scores]
    gathered.moments += [
        m for m in rows.moments if m["kind"] in AGAINST or m["status"] != "machine" or m["answer"]
    ]
    gathered.good += [
        m
        for m in rows.moments
        if m["kind"] in GOOD_KINDS and m["role"] == "agent" and m["score"] >= BEST
        and m["status"] != "dismissed"
    ]  # fmt: skip


def _brief(score: Row) -> Row:
    """What the documents show of an outcome, with the second at which to listen for it."""
    times = score["evidence_at"] or score["called_at"]
    return {
        "call_id": score["call_id"],
        "item": score["item"],
        "outcome": score["outcome"],
        "at": round(times[0], 2) if times else None,
    }


def _clear(folder: Path) -> None:
    """Remove what a writing that was killed left behind."""
    for left in folder.glob(f"{WORK}*"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)


def _documents(work: Path, view: View, rubric: str, options: AuditOptions) -> list[Path]:
    made = []
    for name, data in (
        (RUBRIC, rubric.encode("utf-8")),
        (PAGE, page.render(view).encode("utf-8")),
        (SHEET, sheet.render(view)),
    ):
        (work / name).write_bytes(data)
        made.append(work / name)
    hashes = {path.name: sha256(path.read_bytes()) for path in sorted(work.iterdir())}
    text = summary.dump(view, files=hashes, options=options.dump())
    (work / SUMMARY).write_text(text, encoding="utf-8")
    return [*made, work / SUMMARY]


def _settle(path: Path, folder: Path) -> Path:
    target = folder / path.name
    path.replace(target)
    return target


def _title(options: AuditOptions, names: Pseudonyms | None) -> str:
    title = visible(options.title)
    return names.text(title, known_only=True) if names is not None else title


def _best(moments: Sequence[Row], calls: Sequence[Row]) -> list[Row]:
    """The surest good moments: one of a kind in a call, and none of a call with a finding."""
    clean = {c["call_id"] for c in calls if c["counted"] and not c["agent_findings"]}
    keys = ("call_id", "agent", "kind", "title", "role", "start", "quote", "score", "link")
    found: dict[tuple[str, str], Row] = {}
    for moment in sorted(moments, key=lambda m: (-m["score"], m["call_id"], m["start"])):
        if moment["call_id"] in clean:
            found.setdefault((moment["call_id"], moment["kind"]), {k: moment[k] for k in keys})
    return list(found.values())
