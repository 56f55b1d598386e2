"""Talk ratio, pace, pauses, holds, and who talked over whom.

People only: a recorded announcement holds no floor, cannot be interrupted and answers nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ..call import (
    Hold,
    Moment,
    Overlap,
    Pace,
    Region,
    SidePace,
    Silence,
    Speaker,
    SpeakerSegment,
    Turn,
)
from .spans import Span, covered, merge_spans, subtract

LONG_SILENCE = 3.0
"""Seconds from which a pause is a silence."""

LONG_HOLD = 10.0
"""Seconds of waiting, by whatever is heard meanwhile, from which it is a hold."""

ANNOUNCED = 10.0
"""Seconds within which a wait follows the words that announce it."""

PACED_SECONDS = 3.0
"""Seconds of speech below which words per minute say nothing."""

INSIDE = 0.8
"""Share of a turn under the other's speech from which it is a back-channel, not a response."""

BACK_CHANNEL_WORDS = 3
"""Words up to which a turn can be a back-channel."""

NEAR = 0.5
"""Seconds by which a word may reach into a silence: edges of words and of speech differ."""

FLICKER = 0.5
"""Seconds below which speech without words ends no hold."""

PROMPT_PAUSE = 2.0
"""Seconds between an announcement's sentences."""


def mark_prompts(
    regions: Sequence[Region], turns: Sequence[Turn], segments: Sequence[SpeakerSegment]
) -> list[Region]:
    """The regions with announcements cut out of speech as `prompt`.

    Wherever a person speaks at the same time, on a channel of their own, it stays speech.
    """
    people = [t for t in turns if t.role != "system"]
    own = {turn.speaker for turn in people}
    prompts = _prompt_spans(turns)
    # A voice that is a recording throughout is known by its segments; one that shares its line
    # with a person only by the turns that were read as announcements.
    machine = {turn.speaker for turn in turns if turn.role == "system"} - own
    prompts = merge_spans(
        [*prompts, *((s.start, s.end) for s in segments if s.speaker in machine)],
        pause=PROMPT_PAUSE,
    )
    spoken = merge_spans((t.start, t.end) for t in people)
    prompts = subtract(prompts, spoken)
    marked = []
    for region in regions:
        if region.kind != "speech":
            marked.append(region)
            continue
        rest = subtract([(region.start, region.end)], prompts)
        if len(rest) != 1 or rest[0] != (region.start, region.end):
            # Words begin a little after the sound does: the edges are the announcement's too.
            rest = [span for span in rest if covered(spoken, *span)]
        said = subtract([(region.start, region.end)], rest)
        marked += [Region(kind="speech", start=s, end=e) for s, e in rest]
        marked += [Region(kind="prompt", start=s, end=e) for s, e in said]
    return sorted(marked, key=lambda region: (region.start, region.end))


def between_people(overlaps: Sequence[Overlap], turns: Sequence[Turn]) -> list[Overlap]:
    """The overlaps, with none that an announcement takes part in called an interruption."""
    prompts = _prompt_spans(turns)
    return [
        overlap.model_copy(update={"interruption": False})
        if overlap.interruption
        and covered(prompts, overlap.start, overlap.end) > 0.5 * (overlap.end - overlap.start)
        else overlap
        for overlap in overlaps
    ]


def measure_pace(
    turns: Sequence[Turn],
    speakers: Sequence[Speaker],
    *,
    segments: Sequence[SpeakerSegment],
    overlaps: Sequence[Overlap],
    regions: Sequence[Region],
    moments: Sequence[Moment],
) -> Pace:
    """Pace of a call whose turns carry roles, by start; `regions` have their prompts marked."""
    people = [turn for turn in turns if turn.role != "system" and turn.words]
    voices = [speaker for speaker in speakers if any(t.speaker == speaker.id for t in people)]
    talk = {voice.id: _talk(voice.id, turns, segments) for voice in voices}
    seconds = {name: sum(e - s for s, e in spans) for name, spans in talk.items()}
    holds = _holds(people, regions, moments)
    gaps = _latencies(people, talk, merge_spans((hold.start, hold.end) for hold in holds))
    total = sum(seconds.values())
    sides = []
    for voice in voices:
        took = [o for o in overlaps if o.interruption and o.entrant == voice.id]
        words = sum(len(turn.words) for turn in people if turn.speaker == voice.id)
        own = gaps.get(voice.id, [])
        enough = seconds[voice.id] >= PACED_SECONDS
        sides.append(
            SidePace(
                speaker=voice.id,
                role=voice.role,
                talk=seconds[voice.id],
                share=seconds[voice.id] / total if total else 0.0,
                words=words,
                words_per_minute=round(60 * words / seconds[voice.id], 1) if enough else None,
                interruptions=len(took),
                talk_over=sum(o.end - o.start for o in took),
                responses=len(own),
                latency=median(own) if own else None,
                longest_latency=max(own, default=None),
            )
        )
    everybody = merge_spans(span for spans in talk.values() for span in spans)
    return Pace(
        sides=sides,
        overlap=total - sum(e - s for s, e in everybody),
        silences=_silences(people, regions, holds),
        holds=holds,
    )


def _prompt_spans(turns: Sequence[Turn]) -> list[Span]:
    return merge_spans(
        ((turn.start, turn.end) for turn in turns if turn.role == "system"), pause=PROMPT_PAUSE
    )


def _talk(speaker: str, turns: Sequence[Turn], segments: Sequence[SpeakerSegment]) -> list[Span]:
    """Where this voice speaks, without the announcements on its line."""
    own = merge_spans((s.start, s.end) for s in segments if s.speaker == speaker)
    return subtract(own, _prompt_spans([turn for turn in turns if turn.speaker == speaker]))


def _latencies(
    people: Sequence[Turn], talk: dict[str, list[Span]], holds: list[Span]
) -> dict[str, list[float]]:
    """Seconds before each answer, by who answers.

    A back-channel takes no turn, and a wait on hold is nobody's answer.
    """
    gaps: dict[str, list[float]] = {}
    said: Turn | None = None
    for turn in people:
        others = (
            merge_spans(
                span for name, spans in talk.items() if name != turn.speaker for span in spans
            )
            if len(turn.words) <= BACK_CHANNEL_WORDS
            else []
        )
        if covered(others, turn.start, turn.end) > INSIDE * (turn.end - turn.start):
            continue
        if said is not None and turn.speaker != said.speaker:
            start, end = min(said.end, turn.start), turn.start
            if not covered(holds, start, end):
                gaps.setdefault(turn.speaker, []).append(end - start)
        if said is None or turn.speaker != said.speaker or turn.end > said.end:
            said = turn
    return gaps


def _silences(
    people: Sequence[Turn], regions: Sequence[Region], holds: Sequence[Hold]
) -> list[Silence]:
    """Long silences between people's words, holds left out."""
    waits = merge_spans((hold.start, hold.end) for hold in holds)
    silences = []
    for region in regions:
        length = region.end - region.start
        if region.kind != "silence" or length < LONG_SILENCE:
            continue
        if covered(waits, region.start, region.end) > 0.5 * length:
            continue
        earlier = [turn for turn in people if turn.end <= region.start + NEAR]
        later = [turn for turn in people if turn.start >= region.end - NEAR]
        if earlier and later:
            silences.append(
                Silence(
                    start=region.start,
                    end=region.end,
                    after=max(earlier, key=lambda turn: turn.end).speaker,
                    before=later[0].speaker,
                )
            )
    return silences


def _holds(
    people: Sequence[Turn], regions: Sequence[Region], moments: Sequence[Moment]
) -> list[Hold]:
    """Waits without a person: with music or announcements, or announced and then silent."""
    said = merge_spans((turn.start, turn.end) for turn in people)
    # The first note of hold music can pass for a moment of speech, but nobody says words in it.
    spoken = [
        (region.start, region.end)
        for region in regions
        if region.kind == "speech"
        and (region.end - region.start >= FLICKER or covered(said, region.start, region.end))
    ]
    whole = (
        min((region.start for region in regions), default=0.0),
        max((region.end for region in regions), default=0.0),
    )
    holds = []
    for start, end in subtract([whole], spoken):
        if end - start < LONG_HOLD:
            continue
        heard = {
            kind: sum(
                max(0.0, min(end, r.end) - max(start, r.start)) for r in regions if r.kind == kind
            )
            for kind in ("music", "prompt")
        }
        told = [
            m
            for m in moments
            if m.kind == "hold" and m.quote and m.end - 1.0 <= start <= m.end + ANNOUNCED
        ]
        if not told and heard["music"] + heard["prompt"] < LONG_SILENCE:
            continue
        before = any(turn.start < start for turn in people)
        holds.append(
            Hold(
                kind="hold" if before else "queue",
                start=start,
                end=end,
                music=heard["music"],
                prompts=heard["prompt"],
                announced=told[-1].id if told else None,
            )
        )
    return holds
