"""What is in each stretch of the recording: speech, music, or silence.

Speech is what the segmentation network hears. Music and hold tones are stretches without speech
that are not quiet either; short islands of speech inside them are the network's own errors (a
saxophone's phrase), since nobody says half a second in the middle of hold music.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..call import Region
from .edges import FRAME, speech_with_edges
from .spans import Span, covered, merge_spans, subtract
from .stitch import Stitched, runs

if TYPE_CHECKING:
    from .audio import Audio
    from .stream import Samples

LEVEL_FRAME = 0.05
"""Seconds over which a level is measured."""

MUSIC_SECONDS = 3.0
"""A sound without speech must last this long to be called music (ringing, tones included)."""

MUSIC_DBFS = -45.0
"""Level from which sound without speech is music rather than noise on the line."""

MUSIC_ABOVE_FLOOR = 12.0
"""dB that music must stand above the recording's own noise floor."""

MUSIC_PAUSE = 1.0
"""Seconds of quiet inside music that do not end it: rests, and gaps between rings."""

ISLAND_SECONDS = 1.0
"""Speech no longer than this, with music on both sides, is part of the music."""

CROSSTALK_DB = 15.0
"""A channel that is this much quieter than the other one is hearing the other side's leak."""

BELOW_OWN_VOICE_DB = 18.0
"""… provided it is also this much quieter than its own voice: people may speak quietly at once."""


@dataclass(frozen=True)
class Activity:
    """Speech and music of one channel (or of a mono recording), as spans in seconds."""

    speech: list[Span]
    music: list[Span]


def find_activity(audio: Audio, stitched: Stitched, *, channel: int | None = None) -> Activity:
    """Speech and music of one channel, or of the mean of all."""

    def read(start: float, end: float) -> Samples:
        return audio.read(start, end, channel=channel)

    levels = frame_levels(read, audio.duration)
    speech = speech_with_edges(stitched, frame_levels(read, audio.duration, frame=FRAME))
    music = _music(levels, speech)
    islands = [span for span in speech if _is_island(span, speech, music)]
    if islands:
        speech = [span for span in speech if span not in islands]
        music = _music(levels, speech)
    return Activity(speech=speech, music=music)


def without_crosstalk(audio: Audio, activities: list[Activity]) -> list[Activity]:
    """Both channels' activities, without the speech that only leaks in from the other side."""
    levels = [
        frame_levels(lambda a, b, c=c: audio.read(a, b, channel=c), audio.duration)  # type: ignore[misc]
        for c in range(2)
    ]
    kept = []
    for channel, activity in enumerate(activities):
        own, other = levels[channel], levels[1 - channel]
        voice = _voice_level(own, activity.speech)
        leak = (own < other - CROSSTALK_DB) & (own < voice - BELOW_OWN_VOICE_DB)
        quiet_pause = own < voice - BELOW_OWN_VOICE_DB
        speech = []
        for start, end in activity.speech:
            frames = slice(int(start / LEVEL_FRAME), max(int(end / LEVEL_FRAME), 1))
            alive = ~leak[frames]
            # A pause inside own speech is no leak: only stretches that hold no own voice go.
            if alive.any() and not (leak[frames] | quiet_pause[frames]).all():
                first, last = np.flatnonzero(alive)[[0, -1]]
                begin = max(start, start + first * LEVEL_FRAME)
                speech.append((begin, min(end, start + (last + 1) * LEVEL_FRAME)))
        kept.append(Activity(speech=speech, music=activity.music))
    return kept


def regions_of(activities: list[Activity], duration: float) -> list[Region]:
    """The whole recording as regions: speech where anybody speaks, else music, else silence."""
    speech = merge_spans(span for activity in activities for span in activity.speech)
    music = subtract(merge_spans(s for activity in activities for s in activity.music), speech)
    silence = subtract([(0.0, duration)], merge_spans([*speech, *music]))
    regions = [
        Region(kind=kind, start=start, end=end)
        for kind, spans in (("speech", speech), ("music", music), ("silence", silence))
        for start, end in spans
    ]
    return sorted(regions, key=lambda region: region.start)


def frame_levels(
    read: Callable[[float, float], Samples], duration: float, *, frame: float = LEVEL_FRAME
) -> npt.NDArray[np.float64]:
    """Level in dBFS of each `frame` seconds, read in blocks of a minute."""
    levels = []
    block = 60.0
    for start in np.arange(0.0, duration, block):
        samples = read(float(start), min(float(start) + block, duration))
        size = round(frame * 16_000)
        padded = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
        levels.append(10 * np.log10((padded.astype(np.float64) ** 2).mean(axis=1) + 1e-12))
    return np.concatenate(levels) if levels else np.zeros(0)


def _music(levels: npt.NDArray[np.float64], speech: list[Span]) -> list[Span]:
    if not len(levels):
        return []
    floor = float(np.percentile(levels, 5))
    loud = levels > max(MUSIC_DBFS, min(floor + MUSIC_ABOVE_FLOOR, MUSIC_DBFS + 15))
    for start, end in speech:
        # A little around speech is speech too: breath, a last consonant, the room.
        loud[max(0, int((start - 0.3) / LEVEL_FRAME)) : int((end + 0.3) / LEVEL_FRAME) + 1] = False
    spans = [
        (first * LEVEL_FRAME, last * LEVEL_FRAME)
        for first, last in runs(
            loud,
            min_on=round(MUSIC_SECONDS / LEVEL_FRAME),
            min_off=round(MUSIC_PAUSE / LEVEL_FRAME),
        )
    ]
    return subtract(spans, speech)


def _is_island(span: Span, speech: list[Span], music: list[Span]) -> bool:
    if span[1] - span[0] > ISLAND_SECONDS:
        return False
    near = 2.0
    if covered(speech, span[0] - near, span[1] + near) > span[1] - span[0] + 1e-6:
        return False
    before = any(m[0] < span[0] and m[1] > span[0] - near for m in music) or span[0] < near
    after = any(m[1] > span[1] and m[0] < span[1] + near for m in music)
    return before and after


def _voice_level(levels: npt.NDArray[np.float64], speech: list[Span]) -> float:
    inside = [levels[int(s / LEVEL_FRAME) : int(e / LEVEL_FRAME) + 1] for s, e in speech]
    joined = np.concatenate(inside) if inside else levels
    return float(np.percentile(joined, 80)) if len(joined) else -120.0
