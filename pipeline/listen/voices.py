"""Where speech is and whose it is, for every layout: one function over mono and dual calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ...models.speakers import Embedder, Segmenter
from ..call import Layout, SpeakerSegment
from .audio import Audio
from .channels import diarize_channels, hear_channels
from .diarize import Diarization, diarize_voices, speaker_name
from .echo import Echo, find_echoes, without_echo
from .edges import within_speech
from .exchange import find_exchanges, note_of
from .spans import Span, Touching
from .speech import Activity, find_activity, without_crosstalk
from .stitch import stitch

MIXED_STEP = 0.5
"""Seconds between the network's windows where voices share a channel; docs/measurements.md says
what longer steps lose."""

ALONE_STEP = 2.0
"""… and where each party has a channel: there is nobody to be told from anybody else."""


@dataclass(frozen=True)
class Voices:
    """Activity by channel (one entry for mono), the speaker segments, echoes between channels."""

    activities: list[Activity]
    diarization: Diarization
    echoes: list[Echo] = field(default_factory=list)
    exchanges: tuple[float, ...] = ()
    """Seconds at which the channels change places, which was undone."""

    @property
    def notes(self) -> list[str]:
        """What is unusual about channels and speakers, one sentence each."""
        moved = [note_of(self.exchanges)] if self.exchanges else []
        return [*moved, *(echo.note for echo in self.echoes), *self.diarization.notes]


def hear_voices(
    audio: Audio,
    layout: Layout,
    segmenter: Segmenter,
    embedder: Embedder,
    *,
    num_speakers: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Voices:
    """Find speech and speakers. Dual calls take their speakers from the channels first."""
    channels: list[int | None] = [0, 1] if layout == "dual" else [None]
    stitched = []
    for index, channel in enumerate(channels):

        def report(share: float, done: int = index) -> None:
            progress((done + share) / (len(channels) + 1))

        local = segmenter(
            lambda a, b, c=channel: audio.read(a, b, channel=c),  # type: ignore[misc]
            audio.duration,
            step=ALONE_STEP if layout == "dual" else MIXED_STEP,
            progress=report,
        )
        stitched.append(stitch(local, audio.duration))
    activities = [
        find_activity(audio, s, channel=channel)
        for s, channel in zip(stitched, channels, strict=True)
    ]
    echoes: list[Echo] = []
    if layout == "dual":
        activities = without_crosstalk(audio, activities)
        echoes = find_echoes(audio, [activity.speech for activity in activities])
        for echo in echoes:
            heard = activities[echo.channel]
            activities[echo.channel] = Activity(without_echo(heard.speech, echo), heard.music)
        turns = hear_channels(
            audio,
            [activity.speech for activity in activities],
            embedder,
            progress=lambda share: progress((2 + share) / 3),
        )
        exchanges = [] if audio.exchanges else find_exchanges(turns)
        if exchanges:  # all that was heard so far was heard on the wrong channels
            audio.exchange(exchanges)
            return hear_voices(
                audio, layout, segmenter, embedder, num_speakers=num_speakers, progress=progress
            )
        diarization = diarize_channels(audio, turns, embedder, num_speakers=num_speakers)
    else:
        diarization = diarize_voices(
            audio,
            stitched[0],
            embedder,
            exclude=activities[0].music,
            num_speakers=num_speakers,
            progress=lambda share: progress((1 + share) / 2),
        )
        diarization = _fitted(diarization, activities[0].speech)
    progress(1.0)
    return Voices(activities, diarization, echoes, audio.exchanges)


def _fitted(diarization: Diarization, speech: list[Span]) -> Diarization:
    """A mono call's speakers where its speech is, and nowhere else."""
    finer = diarization.finer
    return replace(
        with_orphans(
            replace(diarization, segments=within_speech(diarization.segments, speech)), speech
        ),
        finer=None if finer is None else _fitted(finer, speech),
    )


def with_orphans(diarization: Diarization, speech: list[Span]) -> Diarization:
    """A mono call's speakers, with those stretches of its speech in which none was found.

    That somebody speaks and which local speaker does are read from the network separately, and
    may disagree. Such a stretch goes to the nearest voice, or the first one, and is uncertain.
    """
    ordered = sorted(diarization.segments, key=lambda segment: segment.start)
    touching = Touching([(segment.start, segment.end) for segment in ordered])
    orphans = [span for span in speech if not touching(*span)]
    segments = [
        SpeakerSegment(
            speaker=ordered[touching.nearest(start, end)].speaker if ordered else speaker_name(0),
            start=start,
            end=end,
        )
        for start, end in orphans
    ]
    return replace(
        diarization,
        segments=sorted([*ordered, *segments], key=lambda s: (s.start, s.end, s.speaker)),
        uncertain=sorted([*diarization.uncertain, *orphans]),
    )
