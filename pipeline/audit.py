"""From finished calls to the audit's documents: score with a rubric, count, write."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from ..errors import InputError
from .audited import AuditedCall, Failure
from .call import Call
from .evidence.audit import page, sheet, summary
from .evidence.audit.figures import figures_of
from .evidence.audit.reviews import Entry as ReviewEntry
from .evidence.audit.reviews import Standing, standing
from .evidence.audit.reviews import read as read_reviews
from .evidence.audit.rows import Entry, Row, ScoredItem, page_link, rows_of
from .evidence.audit.summary import AGAINST, GOOD_KINDS, RubricFacts, View
from .evidence.audit.tables import Table
from .evidence.bag import payload
from .evidence.folder import sha256
from .evidence.redact import redact
from .evidence.report import load_view
from .evidence.sensitive import DEFAULT
from .evidence.text import visible
from .judge import rubric as rubrics
from .judge.looks import Hit, Sentences, main_agent
from .judge.meaning import turn_meanings
from .judge.rubric import Rubric
from .judge.scorecard import Scorecard, score
from .pseudonyms import Pseudonyms, key_of
from .sentences import sentence_vectors

MIN_CALLS = 5
"""Calls under which an agent is shown but not ranked."""

RUBRIC = "rubric.toml"
SUMMARY = "audit.json"
PAGE = "audit.html"
SHEET = "audit.pdf"

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

    def dump(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "title": self.title,
            "pseudonymize": self.pseudonymize,
            "min_calls": self.min_calls,
            "withhold": sorted(self.withhold),
        }


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
        data = json.loads(path.read_text(encoding="utf-8"))["options"]
        return AuditOptions(
            title=str(data["title"]),
            pseudonymize=bool(data["pseudonymize"]),
            min_calls=int(data["min_calls"]),
            withhold=frozenset(str(kind) for kind in data["withhold"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def write_audit(
    folder: Path,
    calls: Sequence[AuditedCall],
    failures: Sequence[Failure],
    *,
    rubric: Path | None,
    options: AuditOptions,
) -> Audit:
    """Score the calls and write tables and documents into `folder`.

    Everything is made beside its place first: a run that is broken off leaves the old documents.

    Args:
        folder: the audit folder.
        calls: finished calls, in order of id.
        failures: calls that could not be analysed.
        rubric: a rubric in TOML; the folder's own `rubric.toml`, or the shipped one, if None.
        options: title, pseudonyms, smallest number of calls, what to withhold.

    Raises:
        InputError: the rubric or the record of reviews cannot be used.
        DependencyMissing: duckdb is not installed.
    """
    own = folder / RUBRIC
    wanted, text = rubrics.load(rubric or (own if own.exists() else rubrics.DEFAULT))
    vectors = sentence_vectors(folder, wanted.sentences)
    names = _names(folder, calls) if options.pseudonymize else None
    reviews: dict[str, list[ReviewEntry]] = {}
    for entry in read_reviews(folder):
        reviews.setdefault(entry.recording_sha256, []).append(entry)
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".documents-", dir=folder))
    try:
        tables = {name: Table(name, work) for name in ("calls", "turns", "moments", "scores")}
        gathered = _Gathered([], [], [], [], [])
        unread = list(failures)
        for audited in calls:
            try:
                call = _load(audited)
            except InputError as error:
                unread.append(Failure(audited.metadata, str(audited.record), str(error)))
                continue
            entry, lost = _entry(
                folder, audited, call, wanted, vectors, options, names,
                reviews.get(audited.sha256, ()),
            )  # fmt: skip
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
            failures=[_failure(failure, names) for failure in unread],
            min_calls=options.min_calls,
            pseudonymized=options.pseudonymize,
            withheld=sorted(options.withhold),
            lost=gathered.lost,
        )
        made = [path for table in tables.values() for path in table.finish()]
        made += _documents(work, view, text, replace(options, title=view.title))
        files = tuple(_settle(path, folder) for path in made)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    team = view.figures.team
    return Audit(
        folder=folder,
        calls=team.calls,
        agents=len(view.figures.agents),
        hours=team.hours,
        flagged=team.flagged.count,
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


def _load(audited: AuditedCall) -> Call:
    try:
        return Call.model_validate_json(audited.record.read_bytes())
    except OSError as error:
        raise InputError(f"{audited.record} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise InputError(f"{audited.record} is not a call record: {problem}.") from error


def _meanings(audited: AuditedCall, call: Call, needed: bool) -> npt.NDArray[np.floating]:
    """The turns' vectors as they were kept; made anew where they do not fit the record."""
    if not needed:
        return np.zeros((len(call.turns), 0), dtype=np.float16)
    try:
        kept: npt.NDArray[np.floating] = np.load(audited.meanings, allow_pickle=False)
    except (OSError, ValueError):
        kept = np.zeros((0, 0), dtype=np.float16)
    if kept.ndim == 2 and len(kept) == len(call.turns):
        return kept
    from ..models.meaning import shared_encoder

    return turn_meanings(call, shared_encoder())


def _entry(
    folder: Path,
    audited: AuditedCall,
    call: Call,
    rubric: Rubric,
    vectors: Sentences,
    options: AuditOptions,
    names: Pseudonyms | None,
    reviews: Sequence[ReviewEntry],
) -> tuple[Entry, list[Row]]:
    """One call scored, redacted and, where asked for, without names."""
    said = standing(call, load_view(audited.folder), reviews)
    dismissed = frozenset(k for k, v in said.verdicts.items() if v.verdict == "dismissed")
    card = score(
        call,
        rubric,
        meanings=_meanings(audited, call, bool(vectors)),
        sentences=vectors,
        dismissed=dismissed,
    )
    shown, _ = redact(call, options.withhold)
    metadata = audited.metadata
    page_path = payload(audited.folder) / "evidence.html"
    link = page_link(os.path.relpath(page_path, folder)) if page_path.is_file() else ""
    lost = [
        {"call_id": e.call_id, "moment": e.moment, "kind": e.kind, "what": e.what, "by": e.by,
         "on": e.date}
        for e in said.lost
    ]  # fmt: skip
    same_as = audited.same_as
    if names is not None:
        shown, metadata, said = names.call(shown), names.metadata(metadata), _coded(said, names)
        link, same_as = "", names.call_id(same_as)
        lost = [
            {**row, "call_id": metadata.call_id, "by": names.person("Reviewer", row["by"])}
            for row in lost
        ]
    entry = Entry(
        metadata=metadata,
        call=shown,
        sha256=audited.sha256,
        same_as=same_as,
        page=link,
        items=tuple(_items(card, rubric)),
        score=card.agent,
        customer_score=card.customer,
        passed=card.passed,
        unscored=card.unscored,
        main_agent=main_agent(call),
        verdicts=said.verdicts,
        answers=said.answers,
    )
    return entry, [{key: visible(value) for key, value in row.items()} for row in lost]


def _items(card: Scorecard, rubric: Rubric) -> Iterator[ScoredItem]:
    def times(hits: Sequence[Hit]) -> tuple[float, ...]:
        return tuple(hit.start for hit in hits)

    for item, outcome in zip(rubric.items, card.outcomes, strict=True):
        yield ScoredItem(
            item=item.id,
            title=item.title,
            side=item.side,
            outcome=outcome.outcome,
            weight=item.weight,
            why=outcome.why,
            called_at=times(outcome.called_by),
            evidence_at=times(outcome.evidence),
            evidence_turns=tuple(h.turn for h in outcome.evidence if h.turn is not None),
            evidence_moments=tuple(h.moment for h in outcome.evidence if h.moment is not None),
        )


def _keep(entry: Entry, tables: dict[str, Table], gathered: _Gathered) -> None:
    rows = rows_of(entry)
    tables["calls"].add([rows.call])
    tables["turns"].add(rows.turns)
    tables["moments"].add(rows.moments)
    tables["scores"].add(rows.scores)
    gathered.calls.append(rows.call)
    gathered.scores += rows.scores
    gathered.moments += [
        m for m in rows.moments if m["kind"] in AGAINST or m["status"] != "machine" or m["answer"]
    ]
    gathered.good += [
        m
        for m in rows.moments
        if m["kind"] in GOOD_KINDS and m["role"] == "agent" and m["score"] >= BEST
        and m["status"] != "dismissed"
    ]  # fmt: skip


def _best(moments: Sequence[Row], calls: Sequence[Row]) -> list[Row]:
    """The surest good moments: one of a kind in a call, and none of a call with a finding."""
    clean = {c["call_id"] for c in calls if c["counted"] and not c["agent_findings"]}
    keys = ("call_id", "agent", "kind", "title", "role", "start", "quote", "score", "link")
    found: dict[tuple[str, str], Row] = {}
    for moment in sorted(moments, key=lambda m: (-m["score"], m["call_id"], m["start"])):
        if moment["call_id"] in clean:
            found.setdefault((moment["call_id"], moment["kind"]), {k: moment[k] for k in keys})
    return list(found.values())


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


def _failure(failure: Failure, names: Pseudonyms | None) -> Row:
    call_id, source, reason = failure.metadata.call_id, failure.source, failure.reason
    if names is not None:
        for place in (source, Path(source).name, Path(source).stem, call_id):
            if place:
                reason = reason.replace(place, "the recording")
        reason = names.text(reason, known_only=True)
        call_id, source = names.call_id(call_id), ""
    return {"call_id": visible(call_id), "source": visible(source), "reason": visible(reason)}


def _names(folder: Path, calls: Sequence[AuditedCall]) -> Pseudonyms:
    """Every name of the audit, gathered before the first is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    names = Pseudonyms(key_of(folder))
    names.learn_metadata(audited.metadata for audited in calls)
    for audited in calls:
        try:
            names.learn_call(_load(audited), audited.metadata)
        except InputError:
            continue
    return names


def _coded(said: Standing, names: Pseudonyms) -> Standing:
    return Standing(
        verdicts={
            key: replace(v, by=names.person("Reviewer", v.by), note=names.text(v.note))
            for key, v in said.verdicts.items()
        },
        answers={
            key: replace(a, by=names.person("Agent", a.by), text=names.text(a.text))
            for key, a in said.answers.items()
        },
        lost=said.lost,
    )
