"""A call held against a rubric: what was called for, and whether it was given.

Where it is not known who speaks, in which language, or what, nothing is judged: a call counts for
or against nobody then, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..call import Call
from .looks import Heard, Hit, Sentences, find
from .rubric import Item, Look, Part, Rubric, Side

Outcome = Literal["given", "missing", "not called for"]

CLOSE_TO = 0.05
"""Seconds by which times may differ and still be the same place."""


@dataclass(frozen=True)
class Scored:
    """One item's outcome in one call."""

    item: str
    side: Literal["agent", "customer"]
    outcome: Outcome
    weight: float
    why: str
    called_by: tuple[Hit, ...] = ()
    """What called for it; empty where every call does."""
    evidence: tuple[Hit, ...] = ()
    """Where it was given; where something must not be, the places that have it."""


@dataclass(frozen=True)
class Scorecard:
    """A call's outcomes and what they add up to."""

    outcomes: tuple[Scored, ...]
    agent: float | None
    """Share of the weight called for that was given, 0 to 1; none where nothing was."""
    customer: float | None
    passed: bool | None
    """The agent's side reaches the pass mark and misses nothing essential."""
    unscored: str = ""
    """Why the call was not held against the rubric; empty where it was."""


def score(
    call: Call,
    rubric: Rubric,
    *,
    meanings: npt.NDArray[np.floating],
    sentences: Sentences,
    dismissed: frozenset[str] = frozenset(),
    agent_name: str = "",
) -> Scorecard:
    """Hold a call against a rubric.

    Args:
        call: the record.
        rubric: the rubric.
        meanings: vectors of the turns, of shape (turns, width), in the order of `call.turns`.
        sentences: vector of every sentence in `rubric.sentences`.
        dismissed: ids of moments that a person dismissed; they count for nothing.
        agent_name: the agent's name in the metadata, to tell a voice that gave it from another's.
    """
    heard = Heard(call, meanings, sentences, dismissed, rubric.needs.role_confidence, agent_name)
    unscored = _unscored(call, rubric)
    if unscored:
        outcomes = tuple(_nothing(item, unscored) for item in rubric.items)
        return Scorecard(outcomes, None, None, None, unscored)
    outcomes = tuple(_item(heard, item) for item in rubric.items)
    agent = _share(outcomes, "agent")
    essential = {item.id for item in rubric.items if item.essential}
    failed = any(o.outcome == "missing" and o.item in essential for o in outcomes)
    return Scorecard(
        outcomes=outcomes,
        agent=agent,
        customer=_share(outcomes, "customer"),
        passed=None if agent is None else agent >= rubric.pass_mark - 1e-9 and not failed,
        unscored="" if agent is not None else "nothing was called for of the agent",
    )


def _unscored(call: Call, rubric: Rubric) -> str:
    needs = rubric.needs
    code = call.language.code if call.language else ""
    if needs.languages and code not in needs.languages:
        return f"the language is {code or 'not known'}, which this rubric is not written for"
    if call.recording.duration < needs.seconds:
        return f"the call is shorter than {needs.seconds:g} s"
    if sum(1 for turn in call.turns if turn.role != "system" and turn.words) < needs.turns:
        return f"fewer than {needs.turns} turns were heard"
    if call.coverage.share < needs.transcribed:
        return f"only {100 * call.coverage.share:.0f} % of the speech could be transcribed"
    return ""


def _nothing(item: Item, why: str) -> Scored:
    return Scored(item.id, item.side, "not called for", item.weight, why)


def _share(outcomes: Sequence[Scored], side: str) -> float | None:
    own = [o for o in outcomes if o.side == side and o.outcome != "not called for"]
    total = sum(o.weight for o in own)
    if not total:
        return None
    return round(sum(o.weight for o in own if o.outcome == "given") / total, 4)


def _item(heard: Heard, item: Item) -> Scored:
    """One item's outcome."""
    called = _all(heard, item.called_for, item.by, strict=False)
    excuse = _all(heard, item.excused_by, item.by, strict=False)
    if not heard.knows(item.by):
        return _nothing(item, f"no voice is known to be the {item.by}’s")
    if item.called_for and not called:
        return _nothing(item, "nothing in the call calls for it")
    if excuse:
        return replace(_nothing(item, f"excused: {excuse[0].grounds}"), called_by=tuple(excuse))
    outcome, why, calls, found = _weighed(heard, item, called)
    return Scored(item.id, item.side, outcome, item.weight, why, tuple(calls), tuple(found))


def _weighed(
    heard: Heard, item: Item, called: Sequence[Hit]
) -> tuple[Outcome, str, Sequence[Hit], Sequence[Hit]]:
    """Outcome, grounds, what called for it, and the evidence, of an item that is called for."""
    found = _all(heard, item.look_for, item.by, strict=item.forbids)
    found = [hit for hit in found if _in_part(heard, hit, item.part)]
    if item.part.after or item.part.before:
        # Each thing that called for it looks for its own; or one of them for all.
        answers = [[hit for hit in found if _placed(hit, e, item.part, heard)] for e in called]
        unmet = [e for e, own in zip(called, answers, strict=True) if not _meets(item, own)]
        if item.every and unmet:
            return "missing", f"not for {len(unmet)} of {len(called)} that called for it", unmet, ()
        found = sorted({hit for own in answers for hit in own})
    if not _meets(item, found):
        return "missing", _short_of(item, found), called, found
    why = found[0].grounds if found else "nothing of the kind was heard"
    return "given", why, called, found


def _short_of(item: Item, found: Sequence[Hit]) -> str:
    if not found:
        return "not heard"
    if len(found) < item.least:
        return f"{_times(len(found))}, wanted {item.least} times"
    return f"{_times(len(found))}: {found[0].grounds}"


def _meets(item: Item, found: Sequence[Hit]) -> bool:
    if item.at_most is not None and len(found) > item.at_most:
        return False
    return len(found) >= item.least


def _times(count: int) -> str:
    return "heard once" if count == 1 else f"heard {count} times"


def _all(heard: Heard, looks: Sequence[Look], side: Side, *, strict: bool) -> list[Hit]:
    """The places of all looks, one a turn."""
    once: dict[object, Hit] = {}
    for look in looks:
        for hit in find(heard, look, side, strict=strict):
            key = hit.turn if hit.turn is not None else (hit.start, hit.end)
            if key not in once or (once[key].moment is None and hit.moment is not None):
                once[key] = hit
    return sorted(once.values())


def _in_part(heard: Heard, hit: Hit, part: Part) -> bool:
    begin, stop = heard.bounds
    if part.first is not None and hit.start > begin + part.first.of(stop - begin):
        return False
    return part.last is None or hit.end >= stop - part.last.of(stop - begin)


def _placed(hit: Hit, event: Hit, part: Part, heard: Heard) -> bool:
    """Whether the hit lies where the part wants it, seen from one event."""
    begin, stop = heard.bounds
    near = part.near.of(stop - begin) if part.near is not None else float("inf")
    # An answer may follow in the same turn.
    after = hit.start >= event.start - CLOSE_TO and hit.start <= event.end + near
    before = hit.start < event.start - CLOSE_TO and hit.end >= event.start - near
    return (part.after and after) or (part.before and before)
