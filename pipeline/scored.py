"""One finished call after another, scored and made ready for the tables and documents."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from ..errors import InputError
from .audited import AuditedCall, Failure
from .call import Call
from .evidence.audit.reviews import Entry as ReviewEntry
from .evidence.audit.reviews import Standing, standing
from .evidence.audit.rows import Entry, Row, ScoredItem, page_link
from .evidence.bag import payload
from .evidence.render import PAGE
from .evidence.report import CHANGES, load_view
from .evidence.text import visible
from .judge.looks import Hit, Sentences, main_agent
from .judge.meaning import turn_meanings
from .judge.rubric import Rubric
from .judge.scorecard import Scorecard, score
from .pseudonyms import Pseudonyms, key_of


def load(audited: AuditedCall) -> tuple[Call, bytes]:
    """A call's record, and the bytes it was read from."""
    try:
        record = audited.record.read_bytes()
        return Call.model_validate_json(record), record
    except OSError as error:
        raise InputError(f"{audited.record} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise InputError(f"{audited.record} is not a call record: {problem}.") from error


def names_of(folder: Path, calls: Sequence[AuditedCall]) -> Pseudonyms:
    """Every name of the audit, gathered before the first is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    names = Pseudonyms(key_of(folder))
    names.learn_metadata(audited.metadata for audited in calls)
    for audited in calls:
        try:
            names.learn_call(load(audited)[0], audited.metadata)
        except InputError:
            continue
    return names


def entry_of(
    folder: Path,
    audited: AuditedCall,
    call: Call,
    rubric: Rubric,
    vectors: Sentences,
    shown: Call,
    names: Pseudonyms | None,
    reviews: Sequence[ReviewEntry],
) -> tuple[Entry, list[Row]]:
    """One call scored as it was heard, and `shown` redacted and, where asked for, without names."""
    said = standing(call, load_view(audited.folder), reviews)
    dismissed = frozenset(k for k, v in said.verdicts.items() if v.verdict == "dismissed")
    card = score(
        call,
        rubric,
        meanings=_meanings(audited, call, bool(vectors)),
        sentences=vectors,
        dismissed=dismissed,
        agent_name=audited.metadata.agent,
    )
    metadata = audited.metadata
    page_path = payload(audited.folder) / PAGE
    link = page_link(os.path.relpath(page_path, folder)) if page_path.is_file() else audited.page
    lost = [
        {"call_id": e.call_id, "moment": e.moment, "kind": e.kind, "what": e.what, "by": e.by,
         "on": e.date}
        for e in said.lost
    ]  # fmt: skip
    same_as = audited.same_as
    if names is not None:
        shown, metadata, said = (
            names.call(shown, metadata),
            names.metadata(metadata),
            _coded(said, names),
        )
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
        main_agent=main_agent(call, audited.metadata.agent, surest=rubric.needs.role_confidence),
        verdicts=said.verdicts,
        answers=said.answers,
    )
    return entry, [{key: visible(value) for key, value in row.items()} for row in lost]


def _meanings(audited: AuditedCall, call: Call, needed: bool) -> npt.NDArray[np.floating]:
    """The turns' vectors as they were kept; made anew where they do not fit the record.

    Once a person has corrected a call, what was kept is of the words as they were heard.
    """
    if not needed:
        return np.zeros((len(call.turns), 0), dtype=np.float16)
    try:
        kept: npt.NDArray[np.floating] = np.load(audited.meanings, allow_pickle=False)
    except (OSError, ValueError):
        kept = np.zeros((0, 0), dtype=np.float16)
    corrected = (payload(audited.folder) / CHANGES).exists()
    if kept.ndim == 2 and len(kept) == len(call.turns) and not corrected:
        return kept
    from ..models.meaning import shared_encoder

    return turn_meanings(call, shared_encoder())


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


def failure_row(failure: Failure, names: Pseudonyms | None) -> Row:
    """A call that could not be analysed, as the documents list it."""
    call_id, source, reason = failure.metadata.call_id, failure.source, failure.reason
    if names is not None:
        for place in (source, Path(source).name, Path(source).stem, call_id):
            if place:
                reason = reason.replace(place, "the recording")
        reason = names.text(reason, known_only=True)
        call_id, source = names.call_id(call_id), ""
    return {"call_id": visible(call_id), "source": visible(source), "reason": visible(reason)}
