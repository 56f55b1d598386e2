"""From a scored call to its rows of the four tables.

A row is a dictionary by column name; texts are shown as `text.visible` shows them, so that no
spreadsheet, terminal or query acts on what a stranger said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ...audited import Metadata, day_of
from ...call import Call, Moment, Turn
from ..reviewed import Answer
from ..text import visible
from ..wording import RUDE_KINDS, title_of, weight_of
from .reviews import Verdict

Row = dict[str, Any]


@dataclass(frozen=True)
class ScoredItem:
    """One item of the rubric in one call, in plain values."""

    item: str
    title: str
    side: str
    outcome: str
    weight: float
    why: str
    called_at: tuple[float, ...]
    evidence_at: tuple[float, ...]
    evidence_turns: tuple[int, ...]
    evidence_moments: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One call with all that an audit knows of it."""

    metadata: Metadata
    call: Call
    sha256: str
    same_as: str
    page: str
    """Evidence page relative to the audit's folder; empty where there is none."""
    items: tuple[ScoredItem, ...]
    score: float | None
    customer_score: float | None
    passed: bool | None
    unscored: str
    main_agent: str | None
    """Id of the voice taken to be the agent whom the metadata names."""
    verdicts: Mapping[str, Verdict]
    """A person's decisions by id of the moment."""
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class Rows:
    """One call's rows."""

    call: Row
    turns: list[Row]
    moments: list[Row]
    scores: list[Row]


def link_to(page: str, seconds: float) -> str:
    """A place in the call's page, as the page's own script reads it."""
    return f"{page}#t={max(seconds, 0.0):.2f}" if page else ""


def page_link(path: str) -> str:
    """A relative path as a URL."""
    return quote(path, safe="/-_.~")


def _times(values: Sequence[float]) -> list[float]:
    return [round(value, 3) for value in values]


def _texts(values: Sequence[str]) -> list[str]:
    return [visible(value) for value in values]


def rows_of(entry: Entry) -> Rows:
    """Every row that one call adds to the tables."""
    turns = {turn.id: turn for turn in entry.call.turns}
    moments = [_moment(entry, moment, turns) for moment in entry.call.moments]
    return Rows(
        call=_call(entry, moments),
        turns=_turns(entry),
        moments=moments,
        scores=[_score(entry, item) for item in entry.items],
    )


def _moment(entry: Entry, moment: Moment, turns: Mapping[int, Turn]) -> Row:
    verdict, answer = entry.verdicts.get(moment.id), entry.answers.get(moment.id)
    turn = turns.get(moment.turn) if moment.turn is not None else None
    conduct = turn.conduct if turn is not None else None
    kinds = [k for k in conduct.kinds if k in RUDE_KINDS] if conduct else []
    named = ", ".join(RUDE_KINDS[k][0] for k in kinds) if moment.kind == "rude" else ""
    title = title_of(moment.kind, moment.level)
    return {
        "call_id": visible(entry.metadata.call_id),
        "moment": visible(moment.id),
        "kind": visible(moment.kind),
        "title": visible(f"{title}: {named}" if named else title),
        "level": moment.level,
        "status": verdict.verdict if verdict else "machine",
        "agent": visible(entry.metadata.agent),
        "role": moment.role,
        "speaker": visible(moment.speaker),
        "named_agent": moment.speaker == entry.main_agent,
        "turn": moment.turn,
        "start": round(moment.start, 3),
        "end": round(moment.end, 3),
        "quote": visible(moment.quote),
        "context": visible(moment.context or ""),
        "score": round(moment.score, 4),
        "weight": round(weight_of(moment.kind, kinds, moment.score), 4),
        "reasons": _texts(moment.reasons),
        "drivers": _texts(moment.drivers),
        "reviewed_by": visible(verdict.by) if verdict else "",
        "reviewed_on": visible(verdict.date) if verdict else "",
        "note": visible(verdict.note) if verdict else "",
        "answer": visible(answer.text) if answer else "",
        "answered_by": visible(answer.by) if answer else "",
        "answered_on": visible(answer.date) if answer else "",
        "link": link_to(entry.page, moment.start),
    }


def _turns(entry: Entry) -> list[Row]:
    return [
        {
            "call_id": visible(entry.metadata.call_id),
            "turn": turn.id,
            "speaker": visible(turn.speaker),
            "role": turn.role,
            "named_agent": turn.speaker == entry.main_agent,
            "start": round(turn.start, 3),
            "end": round(turn.end, 3),
            "words": len(turn.text.split()),
            "text": visible(turn.text),
            "language": visible(turn.language or ""),
            "uncertain": turn.uncertain,
            "overlap": round(turn.overlap, 3),
            "raised_voice": turn.tone.raised_voice if turn.tone else None,
            "loudness_change": round(turn.tone.loudness_change, 1) if turn.tone else None,
            "rude": round(turn.conduct.rude, 4) if turn.conduct else None,
            "kinds": _texts(turn.conduct.kinds) if turn.conduct else [],
            "labels": _texts(turn.conduct.labels) if turn.conduct else [],
        }
        for turn in entry.call.turns
    ]


def _score(entry: Entry, item: ScoredItem) -> Row:
    first = (*item.evidence_at, *item.called_at)[:1]
    return {
        "call_id": visible(entry.metadata.call_id),
        "agent": visible(entry.metadata.agent),
        "item": item.item,
        "title": visible(item.title),
        "side": item.side,
        "outcome": item.outcome,
        "weight": item.weight,
        "why": visible(item.why),
        "called_at": _times(item.called_at),
        "evidence_at": _times(item.evidence_at),
        "evidence_turns": list(item.evidence_turns),
        "evidence_moments": _texts(item.evidence_moments),
        "link": link_to(entry.page, first[0]) if first else "",
    }


def _call(entry: Entry, moments: Sequence[Row]) -> Row:
    call, meta = entry.call, entry.metadata
    live = [m for m in moments if m["level"] == "finding" and m["status"] != "dismissed"]
    rude = [m for m in live if m["kind"] == "rude"]
    agent = [m for m in rude if m["role"] == "agent" and m["named_agent"]]
    customer = [m for m in rude if m["role"] == "customer"]
    kinds = [m["kind"] for m in live]
    day = day_of(meta.date)
    main = call.speaker(entry.main_agent) if entry.main_agent else None
    paced = {side.speaker: side for side in call.pace.sides}
    own = [paced[s.id] for s in call.speakers if s.id in paced and s.role == "agent"]
    other = [paced[s.id] for s in call.speakers if s.id in paced and s.role == "customer"]
    by = sorted({v.by for v in entry.verdicts.values()})
    silences = [gap.end - gap.start for gap in call.pace.silences]
    return {
        "call_id": visible(meta.call_id),
        "agent": visible(meta.agent),
        "team": visible(meta.team),
        "queue": visible(meta.queue),
        "date": visible(meta.date),
        "day": day.isoformat() if day else None,
        "direction": meta.direction,
        "recording": visible(call.recording.name),
        "sha256": entry.sha256,
        "duration": round(call.recording.duration, 3),
        "language": visible(call.language.code) if call.language else "",
        "counted": not entry.same_as,
        "same_as": visible(entry.same_as),
        "scored": entry.score is not None,
        "unscored_because": visible(entry.unscored),
        "score": entry.score,
        "passed": entry.passed,
        "customer_score": entry.customer_score,
        "agent_findings": len(agent),
        "customer_findings": len(customer),
        "other_findings": len(rude) - len(agent) - len(customer),
        "dismissed": sum(m["level"] == "finding" and m["status"] == "dismissed" for m in moments),
        "places_to_listen": sum(
            m["level"] == "review" and m["status"] != "dismissed" for m in moments
        ),
        "supervisor_asked": kinds.count("escalation_request"),
        "supervisor_refused": kinds.count("escalation_refused")
        + kinds.count("escalation_deflected"),
        "agent_voices": sum(s.role == "agent" for s in call.speakers),
        "agent_certainty": round(main.role_confidence, 4) if main else None,
        "agent_talk": round(sum(side.share for side in own), 4) if own else None,
        "agent_interruptions": sum(side.interruptions for side in own) if own else None,
        "customer_interruptions": sum(side.interruptions for side in other) if other else None,
        "longest_silence": round(max(silences, default=0.0), 3),
        "hold": round(sum(w.end - w.start for w in call.pace.holds if w.kind == "hold"), 3),
        "transcribed": round(call.coverage.share, 4),
        "reviewed_by": visible(", ".join(by)),
        "page": entry.page,
        "extra": json.dumps(
            {visible(k): visible(v) for k, v in sorted(meta.extra.items())}, ensure_ascii=False
        ),
    }
