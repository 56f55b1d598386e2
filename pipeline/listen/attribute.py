"""Words to speakers, speakers' words to turns; overlaps and who interrupted whom."""

from __future__ import annotations

from ..call import Overlap, SpeakerSegment, Turn, Word
from .speech import Span

TURN_PAUSE = 2.5
"""Seconds of silence after which the same speaker's next words are a new turn."""

NEAR = 0.15
"""Seconds around a word in which a segment still counts as its speaker's."""

MIN_OVERLAP = 0.2
"""Seconds; shorter overlaps are the edges of turn-taking."""

INTERRUPTION = 0.5
"""Seconds of overlap from which taking the floor is an interruption (back-channels are shorter)."""

FLOOR = 1.0
"""Seconds the entrant must go on alone for the floor to have been taken."""


def attribute_by_voice(words: list[Word], segments: list[SpeakerSegment]) -> list[Word]:
    """Give each word the speaker who overlaps it most; all who overlap it are candidates.

    A word that no segment touches takes the nearest one.
    """
    if not segments:
        return [word.model_copy(update={"speaker": None}) for word in words]
    attributed = []
    for word in words:
        shared: dict[str, float] = {}
        for segment in segments:
            overlap = min(word.end, segment.end) - max(word.start, segment.start)
            if overlap > 0:
                shared[segment.speaker] = shared.get(segment.speaker, 0.0) + overlap
        if not shared:
            nearest = min(segments, key=lambda s: max(s.start - word.end, word.start - s.end))
            shared = {nearest.speaker: 0.0}
        half = (word.end - word.start) / 2
        speaker = max(sorted(shared), key=lambda s: shared[s])
        candidates = [s for s in sorted(shared) if s == speaker or shared[s] >= half]
        attributed.append(word.model_copy(update={"speaker": speaker, "candidates": candidates}))
    return attributed


def attribute_by_channel(words: list[Word], speaker: str) -> list[Word]:
    """Words of a channel that is one party's own."""
    return [word.model_copy(update={"speaker": speaker, "candidates": [speaker]}) for word in words]


def build_turns(
    words: list[Word],
    overlaps: list[Overlap],
    *,
    language: str | None,
    uncertain: list[Span] | None = None,
) -> list[Turn]:
    """Attributed words to turns by start.

    Each speaker's words are taken in order; a turn ends at a long pause, or where somebody else
    speaks words that begin after it and end before it goes on.
    """
    turns: list[Turn] = []
    open_turns: dict[str, list[Word]] = {}
    finished: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.start, w.end)):
        assert word.speaker is not None
        current = open_turns.get(word.speaker)
        if current is not None and (
            word.start - current[-1].end > TURN_PAUSE
            or any(
                speaker != word.speaker
                and other[-1].start > current[-1].start
                and other[-1].start >= current[-1].end - NEAR
                for speaker, other in open_turns.items()
            )
        ):
            finished.append(current)
            current = None
        if current is None:
            open_turns[word.speaker] = [word]
        else:
            current.append(word)
    finished.extend(open_turns.values())
    finished.sort(key=lambda run: (run[0].start, run[-1].end))
    for index, run in enumerate(finished):
        start, end = run[0].start, max(word.end for word in run)
        speaker = run[0].speaker or ""
        turns.append(
            Turn(
                id=index,
                speaker=speaker,
                start=start,
                end=end,
                words=run,
                language=language,
                overlap=sum(
                    max(0.0, min(end, o.end) - max(start, o.start))
                    for o in overlaps
                    if speaker in (o.holder, o.entrant)
                ),
                uncertain=_mostly(uncertain or [], start, end),
            )
        )
    return turns


def find_overlaps(segments: list[SpeakerSegment]) -> list[Overlap]:
    """Stretches in which two speak at once, and whether the second one took the floor."""
    overlaps = []
    ordered = sorted(segments, key=lambda s: (s.start, s.end))
    for i, first in enumerate(ordered):
        for second in ordered[i + 1 :]:
            if second.start >= first.end:
                break
            if second.speaker == first.speaker:
                continue
            start, end = second.start, min(first.end, second.end)
            if end - start < MIN_OVERLAP:
                continue
            took_floor = second.end - first.end >= FLOOR
            overlaps.append(
                Overlap(
                    start=start,
                    end=end,
                    holder=first.speaker,
                    entrant=second.speaker,
                    interruption=took_floor and end - start >= INTERRUPTION,
                )
            )
    return overlaps


def _mostly(spans: list[Span], start: float, end: float) -> bool:
    inside = sum(max(0.0, min(end, e) - max(start, s)) for s, e in spans)
    return inside > 0.5 * (end - start)
