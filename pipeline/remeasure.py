"""What is measured of a corrected record follows it: who spoke when, overlaps, pace, coverage."""

from __future__ import annotations

from collections.abc import Sequence

from .call import Call, Coverage, Region, SpeakerSegment, Turn
from .listen.attribute import find_overlaps, overlap_of, talk_of
from .listen.coverage import LOW_CONFIDENCE, WORD_PAUSE
from .listen.pace import between_people, mark_prompts, measure_pace
from .listen.spans import Span, covered, merge_spans, subtract


def remeasure(before: Call, call: Call) -> Call:
    """`call`, made from `before` by corrections, with all that is measured of its turns.

    The segments of a turn that was moved go to its new speaker, on the channel they were heard
    on; those of a turn that was struck go. Where sound is and of what kind stays as it was heard.
    """
    call = call.model_copy(
        update={"segments": _moved(before, call), "coverage": _coverage(before, call)}
    )
    return paced(sounded(call))


def sounded(call: Call) -> Call:
    """Talk, overlaps and announcements' regions as the segments and the turns' roles have them."""
    found = find_overlaps(call.segments)
    turns = [
        turn.model_copy(update={"overlap": overlap_of(turn.speaker, (turn.start, turn.end), found)})
        for turn in call.turns
    ]
    speakers = [
        speaker.model_copy(update={"talk": talk_of(speaker.id, call.segments)})
        for speaker in call.speakers
    ]
    return call.model_copy(
        update={
            "speakers": speakers,
            "turns": turns,
            "regions": mark_prompts(_unmarked(call.regions), turns, call.segments),
            "overlaps": between_people(found, turns),
        }
    )


def paced(call: Call) -> Call:
    """Pace from everything else in the record, moments included."""
    pace = measure_pace(
        call.turns,
        call.speakers,
        segments=call.segments,
        overlaps=call.overlaps,
        regions=call.regions,
        moments=call.moments,
    )
    return call.model_copy(update={"pace": pace})


def _unmarked(regions: Sequence[Region]) -> list[Region]:
    """The regions as they were before announcements were cut out of speech."""
    sound = [region for region in regions if region.kind not in ("speech", "prompt")]
    speech = merge_spans((r.start, r.end) for r in regions if r.kind in ("speech", "prompt"))
    sound += [Region(kind="speech", start=start, end=end) for start, end in speech]
    return sorted(sound, key=lambda region: region.start)


def _moved(before: Call, call: Call) -> list[SpeakerSegment]:
    """The segments of `before`, those of turns with another speaker now put down to that one."""
    now = {turn.id: turn for turn in call.turns}
    lost: dict[int, list[Span]] = {}
    gained: list[SpeakerSegment] = []
    for turn in before.turns:
        after = now.get(turn.id)
        if after is not None and after.speaker == turn.speaker:
            continue
        pieces = _of(turn, before)
        for index, span in pieces:
            lost.setdefault(index, []).append(span)
        if after is None:
            continue
        heard = [(before.segments[index].channel, span) for index, span in pieces]
        if not heard:  # words that no segment touched: they are heard all the same
            channel = next((s.channel for s in before.speakers if s.id == after.speaker), None)
            heard = [(channel, (turn.start, turn.end))]
        gained += [
            SpeakerSegment(speaker=after.speaker, start=start, end=end, channel=channel)
            for channel, (start, end) in heard
        ]
    kept = [
        segment.model_copy(update={"start": start, "end": end})
        for index, segment in enumerate(before.segments)
        for start, end in subtract([(segment.start, segment.end)], lost.get(index, []))
    ]
    for new in gained:
        # Nobody speaks twice at once.
        own = [(s.start, s.end) for s in kept if s.speaker == new.speaker]
        kept += [
            new.model_copy(update={"start": start, "end": end})
            for start, end in subtract([(new.start, new.end)], own)
        ]
    return sorted(kept, key=lambda s: (s.start, s.end, s.speaker))


def _of(turn: Turn, call: Call) -> list[tuple[int, Span]]:
    """What of its speaker's segments belongs to a turn: index of the segment, and the part.

    Words begin and end a little beside the sound; between two turns of a speaker the middle of
    the pause divides.
    """
    others = [t for t in call.turns if t.speaker == turn.speaker and t.id != turn.id]
    ended = max((t.end for t in others if t.start < turn.start), default=None)
    next_start = min((t.start for t in others if t.start >= turn.start), default=None)
    low = float("-inf") if ended is None else min((ended + turn.start) / 2, turn.start)
    high = float("inf") if next_start is None else max((turn.end + next_start) / 2, turn.end)
    parts = []
    for index, segment in enumerate(call.segments):
        start, end = max(segment.start, low), min(segment.end, high)
        inside = start < end and start < turn.end and end > turn.start
        if segment.speaker == turn.speaker and inside:
            parts.append((index, (start, end)))
    return parts


def _coverage(before: Call, call: Call) -> Coverage:
    """Coverage without the words that were struck: their seconds are speech without words."""
    coverage = call.coverage
    channel_of = {speaker.id: speaker.channel for speaker in before.speakers}
    lines = {turn.id: channel_of.get(turn.speaker) for turn in before.turns}
    gone = 0.0
    for channel in set(lines.values()):
        speech = merge_spans((s.start, s.end) for s in before.segments if s.channel == channel)
        was, now = (
            merge_spans(
                ((w.start, w.end) for t in turns if lines.get(t.id) == channel for w in t.words),
                pause=WORD_PAUSE,
            )
            for turns in (before.turns, call.turns)
        )
        gone += sum(covered(was, *span) - covered(now, *span) for span in speech)
    transcribed = max(0.0, coverage.transcribed - gone)
    return coverage.model_copy(
        update={
            "transcribed": transcribed,
            "share": transcribed / coverage.speech if coverage.speech else 1.0,
            "low_confidence_words": max(
                0, coverage.low_confidence_words + _doubtful(call) - _doubtful(before)
            ),
        }
    )


def _doubtful(call: Call) -> int:
    return sum(word.confidence < LOW_CONFIDENCE for turn in call.turns for word in turn.words)
