"""Words to speakers, speakers' words to turns; overlaps and who interrupted whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..call import Overlap, SpeakerSegment, Turn, Word
from .spans import Span, Touching, intersect, merge_spans

TURN_PAUSE = 2.5
"""Seconds of silence after which the same speaker's next words are a new turn."""

NEAR = 0.15
"""Seconds around a word in which a segment still counts as its speaker's."""

MIN_OVERLAP = 0.2
"""Seconds; shorter overlaps are the edges of turn-taking."""

INTERRUPTION = 0.5
"""Seconds of overlap from which taking the floor is an interruption (back-channels are shorter)."""

FLOOR = 1.0
"""Seconds the entrant must go on alone for the floor to have been taken, and the holder must have
spoken to have had it."""

RUN_PAUSE = 0.5
"""Seconds of pause that do not give up the floor."""

BREATH = 0.4
"""Seconds of pause between words said in one breath, whoever else speaks meanwhile."""


def attribute(words: list[Word], segments: list[SpeakerSegment]) -> list[Word]:
    """Give each word the speaker who overlaps it most; all who overlap it are candidates.

    A word that no segment touches takes the nearest one.
    """
    if not segments:
        return [word.model_copy(update={"speaker": None}) for word in words]
    ordered = sorted(segments, key=lambda s: s.start)
    touching = Touching([(s.start, s.end) for s in ordered])
    attributed = []
    for word in words:
        shared: dict[str, float] = {}
        for segment in (ordered[i] for i in touching(word.start, word.end)):
            overlap = min(word.end, segment.end) - max(word.start, segment.start)
            shared[segment.speaker] = shared.get(segment.speaker, 0.0) + overlap
        if not shared:
            shared = {ordered[touching.nearest(word.start, word.end)].speaker: 0.0}
        half = (word.end - word.start) / 2
        speaker = max(sorted(shared), key=lambda s: shared[s])
        candidates = [s for s in sorted(shared) if s == speaker or shared[s] >= half]
        attributed.append(word.model_copy(update={"speaker": speaker, "candidates": candidates}))
    return attributed


def build_turns(
    words: list[Word],
    overlaps: list[Overlap],
    *,
    language: str | None,
    language_of: Callable[[Word], str | None] | None = None,
    uncertain: list[Span] | None = None,
) -> list[Turn]:
    """Attributed words to turns by start.

    Each speaker's words are taken in order; a turn ends at a long pause, where somebody else
    speaks in a pause of it, or where its language changes. Who goes on without one is in the same
    turn, whatever others say meanwhile.
    `language_of` tells a word's language where it is not the call's.
    """
    in_language: Callable[[Word], str | None] = language_of or (lambda word: language)
    turns: list[Turn] = []
    open_turns: dict[str, list[Word]] = {}
    finished: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.start, w.end)):
        assert word.speaker is not None
        current = open_turns.get(word.speaker)
        if current is not None and (
            word.start - current[-1].end > TURN_PAUSE
            or in_language(word) != in_language(current[-1])
            or (
                word.start - current[-1].end > BREATH
                and any(
                    speaker != word.speaker
                    and other[-1].start > current[-1].start
                    and other[-1].start >= current[-1].end - NEAR
                    for speaker, other in open_turns.items()
                )
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
                language=in_language(run[0]),
                overlap=overlap_of(speaker, (start, end), overlaps),
                uncertain=_mostly(uncertain or [], start, end),
            )
        )
    return turns


def overlap_of(speaker: str, span: Span, overlaps: Sequence[Overlap]) -> float:
    """Seconds of a span in which this speaker and somebody else speak at once."""
    start, end = span
    return sum(
        max(0.0, min(end, o.end) - max(start, o.start))
        for o in overlaps
        if speaker in (o.holder, o.entrant)
    )


def talk_of(speaker: str, segments: Sequence[SpeakerSegment]) -> float:
    """Seconds for which somebody speaks."""
    return sum(s.end - s.start for s in segments if s.speaker == speaker)


def find_overlaps(segments: list[SpeakerSegment]) -> list[Overlap]:
    """Stretches in which two speak at once, and whether the second one took the floor.

    The floor is held by runs of speech: a breath does not give it up, so that who goes on after
    one is not taken for somebody who comes in. An interruption needs a holder who had spoken for
    `FLOOR`, `INTERRUPTION` of speaking at once, and an entrant who goes on for `FLOOR` after the
    holder; it is put down once, to the longest stretch of the overlap.
    """
    by_speaker: dict[str, list[Span]] = {}
    for segment in segments:
        by_speaker.setdefault(segment.speaker, []).append((segment.start, segment.end))
    spoken = {name: merge_spans(spans) for name, spans in by_speaker.items()}
    runs = sorted(
        (start, end, name)
        for name, spans in spoken.items()
        for start, end in merge_spans(spans, pause=RUN_PAUSE)
    )
    overlaps: list[Overlap] = []
    for i, (start, end, holder) in enumerate(runs):
        for other_start, other_end, entrant in runs[i + 1 :]:
            if other_start >= end:
                break
            if entrant == holder:
                continue
            window = [(other_start, min(end, other_end))]
            at_once = intersect(
                intersect(spoken[holder], window), intersect(spoken[entrant], window)
            )
            both = [(s, e) for s, e in merge_spans(at_once, pause=BREATH) if e - s >= MIN_OVERLAP]
            took_floor = (
                other_start - start >= FLOOR
                and other_end - end >= FLOOR
                and sum(e - s for s, e in both) >= INTERRUPTION
            )
            longest = max(both, key=lambda span: span[1] - span[0], default=None)
            overlaps.extend(
                Overlap(
                    start=s,
                    end=e,
                    holder=holder,
                    entrant=entrant,
                    interruption=took_floor and (s, e) == longest,
                )
                for s, e in both
            )
    return sorted(overlaps, key=lambda o: (o.start, o.end, o.entrant))


def _mostly(spans: list[Span], start: float, end: float) -> bool:
    inside = sum(max(0.0, min(end, e) - max(start, s)) for s, e in spans)
    return inside > 0.5 * (end - start)
