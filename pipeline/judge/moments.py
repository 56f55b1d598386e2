"""Turns that carry scores → moments that can be heard, each with its grounds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...models.conduct.labels import RUDE
from ...models.conduct.model import SETTINGS, WEIGHTS, Thresholds
from ..call import Conduct, Moment, Overlap, Region, Speaker, Turn
from .conduct import contexts_of, turn_input
from .drafts import Draft, numbered
from .links import (
    check_answers,
    check_refusals,
    measure_holds,
    merge_deflections,
)
from .outcomes import answer_requests
from .pieces import LONG_TURN, Piece, carrying, sentences_of, text_of
from .repeats import count_repeats, repeated_escalations
from .rules import (
    GRAVE,
    HANG_UP,
    NOTES,
    doubt_the_unsure,
    doubt_whose_it_is,
    hold_back,
    says_something,
    stands,
    weigh_hang_up,
)
from .timeline import tell_order

if TYPE_CHECKING:
    from ...models.conduct.model import ConductModel

LATE = 15.0
"""Seconds before the end of the recording in which the end of the call is stated as a fact."""


def find_moments(
    turns: list[Turn],
    speakers: list[Speaker],
    regions: list[Region],
    overlaps: list[Overlap],
    recording_duration: float,
    *,
    model: ConductModel | None = None,
    thresholds: Thresholds | None = None,
) -> list[Moment]:
    """Moments by start, ids `m001` …; kinds are `rude` and the model's moments.

    `turns` carry roles and `conduct`, in order of start. Without `model` long turns are quoted
    whole and no driving words are named; `thresholds` are then the shipped ones unless given.
    """
    levels = thresholds or (model.thresholds if model else shipped_thresholds())
    contexts = contexts_of(turns)
    drafts = _drafts(turns, contexts, levels)
    if model is not None:
        drafts = _narrow(drafts, turns, contexts, levels, model)
    drafts = merge_deflections(drafts)
    for draft in [d for d in drafts if d.kind in GRAVE]:
        hold_back(draft)
    for draft in [d for d in drafts if d.kind == RUDE]:
        doubt_whose_it_is(draft)
    check_refusals(drafts, turns)
    drafts = count_repeats(check_answers(drafts, turns), turns, contexts)
    drafts += repeated_escalations(drafts, turns)
    drafts = [d for d in drafts if d.kind != HANG_UP or weigh_hang_up(d, drafts)]
    sure = {speaker.id: speaker.role_confidence for speaker in speakers}
    for draft in drafts:
        draft.restrain(sure.get(draft.turn.speaker, 0.0))
        draft.reasons += _heard(draft, overlaps)
        if draft.kind == HANG_UP and recording_duration - draft.end <= LATE:
            left = max(0.0, recording_duration - draft.end)
            draft.reasons.append(f"the recording ends {left:.0f} s after it")
    doubt_the_unsure(drafts)
    answer_requests(drafts, turns)
    tell_order(drafts, turns)
    holds = measure_holds(drafts, turns, regions, speakers)
    if model is not None:
        for draft in drafts:
            # Notes are read as events, and their words speak for themselves.
            if draft.level == "finding" or (draft.level == "review" and draft.kind == RUDE):
                part = turn_input(draft.turn, draft.context, text=draft.quote)
                draft.drivers = model.drivers(part, draft.driven_by or draft.kind)
    return numbered(drafts, holds)


def shipped_thresholds() -> Thresholds:
    """The levels that ship with the weights, without loading them."""
    settings = json.loads((WEIGHTS / SETTINGS).read_text(encoding="utf-8"))
    return Thresholds(**settings["thresholds"])


def _drafts(turns: list[Turn], contexts: list[Turn | None], levels: Thresholds) -> list[Draft]:
    """What each turn's labels, role and words say, before the other turns are looked at."""
    drafts = []
    for at, turn in enumerate(turns):
        conduct = turn.conduct
        if conduct is None or not turn.words or turn.role == "system":
            continue
        whole = (0, len(turn.words))
        if conduct.rude >= levels.review and says_something(turn.text):
            finding = levels.accuses(conduct.rude, conduct.alone)
            drafts.append(
                Draft(
                    kind=RUDE,
                    level="finding" if finding else "review",
                    at=at,
                    turn=turn,
                    piece=whole,
                    score=conduct.rude,
                    context=contexts[at],
                    reasons=[_rude_reason(conduct, finding, levels)],
                )
            )
        for kind in (*GRAVE, *NOTES):
            score = conduct.probabilities.get(kind, levels.labels[kind])
            if kind not in conduct.labels or not stands(kind, score, turn.role, turn.text):
                continue
            drafts.append(
                Draft(
                    kind=kind,
                    level="note" if kind in NOTES else "finding",
                    at=at,
                    turn=turn,
                    piece=whole,
                    score=score,
                    context=contexts[at],
                    reasons=[
                        f"the classifier read it as {kind.replace('_', ' ')} "
                        f"(score {score:.2f}; counted from {levels.labels[kind]:.2f})"
                    ],
                )
            )
    return drafts


def _rude_reason(conduct: Conduct, finding: bool, levels: Thresholds) -> str:
    kinds = ", ".join(conduct.kinds)
    score, level = f"score {conduct.rude:.2f}", f"a finding from {levels.finding:.2f}"
    if conduct.alone is not None and conduct.alone != conduct.rude:
        score += f", by itself {conduct.alone:.2f}"
        level += f", {levels.alone:.2f} by itself"
    if not finding:
        level = f"worth a listen from {levels.review:.2f}, {level}"
    named = f": {kinds}" if kinds else ", though of no certain kind"
    return f"the classifier read the wording as disrespectful{named} ({score}; {level})"


def _narrow(
    drafts: list[Draft],
    turns: list[Turn],
    contexts: list[Turn | None],
    levels: Thresholds,
    model: ConductModel,
) -> list[Draft]:
    """Quote of long turns the sentences that carry the label.

    A long turn that passes nothing as a whole, but has a sentence that does, is worth a listen:
    what surrounds a remark can drown it, and a remark alone can mislead.
    """
    pieces: dict[int, list[Piece]] = {}
    for at, turn in enumerate(turns):
        if turn.conduct is not None and len(turn.words) > LONG_TURN:
            parts = sentences_of(turn)
            if len(parts) > 1:
                pieces[at] = parts
    inputs = [
        turn_input(turns[at], contexts[at], text=text_of(turns[at], piece))
        for at, parts in pieces.items()
        for piece in parts
    ]
    scored = iter(model.score(inputs))
    scores = {at: [next(scored) for _ in parts] for at, parts in pieces.items()}
    for draft in drafts:
        if draft.at in scores:
            level = levels.review if draft.kind == RUDE else levels.labels[draft.kind]
            values = [row.probabilities[draft.kind] for row in scores[draft.at]]
            if (found := carrying(pieces[draft.at], values, level)) is not None:
                draft.piece = found
    heard = {draft.at for draft in drafts if draft.kind == RUDE}
    for at, rows in scores.items():
        values = [row.rude if levels.accuses(row.rude, row.alone) else 0.0 for row in rows]
        found = carrying(pieces[at], values, levels.finding)
        if at in heard or found is None:
            continue
        drafts.append(
            Draft(
                kind=RUDE,
                level="review",
                at=at,
                turn=turns[at],
                piece=found,
                score=max(values),
                context=contexts[at],
                reasons=[
                    f"read alone, these words pass for disrespectful (score {max(values):.2f}); "
                    "the turn as a whole does not"
                ],
            )
        )
    return drafts


def _heard(draft: Draft, overlaps: list[Overlap]) -> list[str]:
    """What there is to hear beside the words quoted."""
    if draft.level == "note":
        return []
    facts = []
    turn = draft.turn
    tone = turn.tone
    if tone is not None and tone.raised_voice:
        pitch = f" and {tone.pitch_change:+.1f} semitones" if tone.pitch_change is not None else ""
        # Tone is measured over a whole turn, of which the quote may be a part.
        facts.append(
            f"in this turn a raised voice ({tone.loudness_change:+.0f} dB{pitch} against the same "
            "speaker’s median)"
        )
    for overlap in overlaps:
        if not overlap.interruption or overlap.end <= draft.start or overlap.start >= draft.end:
            continue
        if overlap.entrant == turn.speaker and overlap.start <= turn.start + 1.0:
            seconds = overlap.end - overlap.start
            facts.append(f"came in while the other was speaking ({seconds:.1f} s)")
        elif overlap.holder == turn.speaker:
            seconds = min(overlap.end, draft.end) - max(overlap.start, draft.start)
            facts.append(f"was talked over ({seconds:.1f} s)")
    return facts
