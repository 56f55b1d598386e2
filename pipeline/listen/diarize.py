"""Who speaks when in a mono call: speaker segments by voice.

The segmentation network's stitched local turns keep the edges and the overlaps; CAM++
embeddings of short windows inside them are clustered into voices; each local turn then takes the
voice its windows agree on, and is split where they change sides for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..call import SpeakerSegment
from .blocks import Read
from .cluster import PRIOR, Embeddings, Voices, Windows, cluster
from .spans import Span, Touching, subtract
from .stitch import LocalTurn, Stitched

if TYPE_CHECKING:
    from ...models.speakers import Embedder
    from .audio import Audio

WINDOW, STEP = 1.5, 0.75
"""Seconds of speech an embedding is taken from, short enough to hold one speaker, and seconds
between such windows."""

CLOSE_WINDOW, CLOSE_STEP = 1.0, 0.5
"""… where a turn's windows disagree or hardly tell the voices apart: a short answer inside it."""

CLOSE_MARGIN = 0.15
"""Cosine by which every window's voice must lead the next for a turn not to be looked at closer."""

MIN_WINDOW = 0.3
"""Seconds below which an embedding says nothing; such a turn takes its neighbours' voice."""

SWITCH_COST = 0.15
"""Cosine a voice change inside one local turn must win, over its windows, to be believed."""

SLOT_REACH = 5.0
"""Seconds within which a stitched slot is trusted to be one voice."""

UNCERTAIN_MARGIN = 0.04
"""A segment whose mean cosine to its voice leads the next by less is marked uncertain."""

CHANGE_REACH = 0.2
CHANGE_FRAME = 0.05
"""Seconds around, and steps in which, a change of voice inside a turn is placed."""

MERGE_PAUSE = 0.15
"""Seconds of pause inside one voice's speech that do not end its segment."""


@dataclass(frozen=True)
class Diarization:
    """Speaker segments by start (they may overlap) and where the speaker is uncertain."""

    segments: list[SpeakerSegment]
    uncertain: list[Span] = field(default_factory=list)
    doubtful: tuple[str, ...] = ()
    """Speakers who may be two people each; all they say is uncertain."""
    finer: Diarization | None = None
    """The same with each of those as two, who are then the doubtful ones."""
    told_by_words: tuple[str, ...] = ()
    """Two speakers whose voices leave it open whether they are one, and whose words do not."""

    @property
    def notes(self) -> list[str]:
        """What is doubtful about the speakers, one sentence each."""
        told = " and ".join(self.told_by_words)
        by_words = [
            f"{told} sound alike on this line; they are taken for two people because one speaks as "
            "the agent does and the other as the customer."
        ]
        return (by_words if told else []) + [
            f"{name} may be two people whose voices are too alike on this line to be told apart: "
            "whose words those are is marked as uncertain (--speakers N says how many speak)."
            for name in self.doubtful
        ]


@dataclass(frozen=True)
class HeardTurn:
    """A local turn with what its voice can be told from."""

    turn: LocalTurn
    alone: list[Span]
    """Its stretches in which nobody else speaks; all of it where there is none."""
    windows: list[Span]
    """Embedding windows over those, none where the turn is too short."""
    embeddings: Embeddings
    """One row a window."""


@dataclass(frozen=True)
class Voiced:
    """A local turn, or a part of one, with its voice and how far that voice leads."""

    slot: int
    start: float
    end: float
    voice: int
    margin: float


def diarize_voices(
    audio: Audio,
    stitched: Stitched,
    embedder: Embedder,
    *,
    exclude: list[Span] | None = None,
    num_speakers: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Diarization:
    """Speakers of a mono call, by voice.

    `exclude` are spans (music) whose local turns are nobody's. `num_speakers` fixes the count.
    """
    turns = [turn for turn in stitched.local_turns() if not _mostly_inside(turn, exclude or [])]
    if not turns:
        return Diarization([])
    touching = Touching([(turn.start, turn.end) for turn in turns])
    alone = [_alone(turn, turns, touching) for turn in turns]
    heard = hear_turns(turns, alone, embedder, audio.read, progress=progress)
    voices = cluster_turns(heard, num_speakers=num_speakers)
    found = _named(voices_of(heard, voices, embedder, audio.read), voices.doubtful)
    if voices.finer is None:
        return found
    parts = replace(
        voices.finer, doubtful=frozenset()
    )  # if they are two people, nobody is in doubt
    finer = _named(voices_of(heard, parts, embedder, audio.read), voices.finer.doubtful)
    return replace(found, finer=finer)


def hear_turns(
    turns: Sequence[LocalTurn],
    alone: Sequence[list[Span]],
    embedder: Embedder,
    read: Read,
    *,
    progress: Callable[[float], None] = lambda share: None,
) -> list[HeardTurn]:
    """Local turns with the embeddings of windows over their stretches `alone`."""
    windows = [slide(spans, WINDOW, STEP) for spans in alone]
    embeddings = embedder([span for some in windows for span in some], read, progress=progress)
    ends = np.cumsum([len(some) for some in windows])
    parts = np.split(embeddings, ends[:-1])
    return [HeardTurn(*each) for each in zip(turns, alone, windows, parts, strict=True)]


def cluster_turns(
    heard: Sequence[HeardTurn], *, num_speakers: int | None = None, prior: int = PRIOR
) -> Voices:
    """The voices among all windows of all turns."""
    windows = Windows(
        np.concatenate([one.embeddings for one in heard]),
        np.array([end - start for one in heard for start, end in one.windows]),
        np.repeat(np.arange(len(heard)), [len(one.windows) for one in heard]),
    )
    return cluster(windows, num_speakers=num_speakers, prior=prior)


def voices_of(
    heard: Sequence[HeardTurn], voices: Voices, embedder: Embedder, read: Read
) -> list[Voiced]:
    """The voices along each turn, looked at closer where its windows leave doubt.

    A turn too short for a window takes a neighbour's; such turns come last.
    """
    centroids = voices.centroids
    voiced: list[Voiced] = []
    for one in heard:
        if not one.windows:
            continue
        windows, scores = one.windows, one.embeddings @ centroids.T
        if _doubtful(scores):
            windows = slide(one.alone, CLOSE_WINDOW, CLOSE_STEP)
            scores = embedder(windows, read) @ centroids.T
        voiced.extend(_voices_along(one.turn, windows, scores, read))
    unheard = [one.turn for one in heard if not one.windows]
    voiced.extend([_by_neighbour(turn, voiced) for turn in unheard])
    return [replace(v, margin=0.0) if v.voice in voices.doubtful else v for v in voiced]


def _doubtful(scores: Embeddings) -> bool:
    """Whether windows (n, voices) disagree on the voice, or one of them hardly tells."""
    if scores.shape[1] < 2:
        return False
    leading = np.sort(scores, axis=1)
    margins = leading[:, -1] - leading[:, -2]
    return bool(margins.min() < CLOSE_MARGIN or len(np.unique(scores.argmax(axis=1))) > 1)


def speaker_name(index: int) -> str:
    """The name of the n-th voice or channel, as RTTM files have it."""
    return f"SPEAKER_{index:02d}"


def _mostly_inside(turn: LocalTurn, spans: list[Span]) -> bool:
    inside = sum(max(0.0, min(turn.end, e) - max(turn.start, s)) for s, e in spans)
    return inside > 0.5 * turn.duration


def slide(spans: Sequence[Span], window: float, step: float) -> list[Span]:
    """Embedding windows over stretches of one local turn; none where they are too short."""
    windows = []
    for start, end in spans:
        if end - start < MIN_WINDOW:
            continue
        at = start
        while at + window < end:
            windows.append((at, at + window))
            at += step
        # The last window ends with the speech, so that nothing of the turn goes unheard.
        windows.append((max(start, end - window), end))
    return windows


def _alone(turn: LocalTurn, turns: list[LocalTurn], touching: Touching) -> list[Span]:
    """Where nobody else speaks; the whole turn, if that is nowhere long enough for a window."""
    whole = [(turn.start, turn.end)]
    others = (turns[i] for i in touching(turn.start, turn.end))
    alone = subtract(whole, [(o.start, o.end) for o in others if o is not turn])
    return alone if any(end - start >= MIN_WINDOW for start, end in alone) else whole


def _voices_along(
    turn: LocalTurn, spans: Sequence[Span], scores: Embeddings, read: Read
) -> list[Voiced]:
    """The path through a turn's windows whose scores (n, voices) are best (Viterbi).

    Its parts follow each other without gaps and fill the turn.
    """
    path = _viterbi(scores)
    cuts = [i for i in range(1, len(path)) if path[i] != path[i - 1]]
    # Neighbouring changes are sought in stretches that overlap, and may be found in reverse order.
    found = [turn.start, *(_change(read, spans[i - 1], spans[i]) for i in cuts)]
    starts = [min(time, turn.end) for time in accumulate(found, max)]
    parts = []
    for (first, last), (start, end) in zip(
        pairwise([0, *cuts, len(path)]), pairwise([*starts, turn.end]), strict=True
    ):
        if end <= start:
            continue
        mean = scores[first:last].mean(axis=0)
        voice = int(path[first])
        others = np.delete(mean, voice)
        margin = float(mean[voice] - others.max()) if len(others) else 1.0
        parts.append(Voiced(turn.slot, start, end, voice, margin))
    return parts


def _change(read: Read, before: Span, after: Span) -> float:
    """Where one voice hands over to the next: the quietest moment between two windows' middles."""
    first, last = sum(before) / 2 - CHANGE_REACH, sum(after) / 2 + CHANGE_REACH
    samples = read(first, last)
    size = int(CHANGE_FRAME * len(samples) / max(last - first, 1e-6)) or 1
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(frames):
        return (first + last) / 2
    quietest = int((frames.astype(np.float64) ** 2).mean(axis=1).argmin())
    return first + (quietest + 0.5) * CHANGE_FRAME


def _viterbi(scores: npt.NDArray[np.float32]) -> list[int]:
    total = scores[0].astype(np.float64)
    back = []
    for row in scores[1:]:
        stay_or_switch = total[:, None] - SWITCH_COST * (1 - np.eye(len(total)))
        back.append(stay_or_switch.argmax(axis=0))
        total = stay_or_switch.max(axis=0) + row
    path = [int(total.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def _by_neighbour(turn: LocalTurn, voiced: list[Voiced]) -> Voiced:
    """A turn too short to be told by voice: a neighbour's, uncertain.

    Within a window's reach the same slot is the same voice; farther off, nearness decides.
    """
    if not voiced:
        return Voiced(turn.slot, turn.start, turn.end, 0, 0.0)

    def distance(v: Voiced) -> tuple[bool, float]:
        gap = max(v.start - turn.end, turn.start - v.end)
        return v.slot != turn.slot or gap > SLOT_REACH, gap

    nearest = min(voiced, key=distance)
    return Voiced(turn.slot, turn.start, turn.end, nearest.voice, 0.0)


def _named(voiced: list[Voiced], doubtful: frozenset[int]) -> Diarization:
    """Voices numbered by first appearance, uncertain spans collected."""
    voiced = sorted(voiced, key=lambda v: (v.start, v.end, v.voice))
    order = list(dict.fromkeys(v.voice for v in voiced))
    names = {voice: speaker_name(number) for number, voice in enumerate(order)}
    return Diarization(
        segments_of(voiced, names),
        uncertain_spans(voiced),
        tuple(names[voice] for voice in order if voice in doubtful),
    )


def segments_of(
    voiced: Sequence[Voiced], names: Mapping[int, str], *, channel: int | None = None
) -> list[SpeakerSegment]:
    """Segments of parts in order, by each voice's name, short pauses inside one's speech closed."""
    segments: list[SpeakerSegment] = []
    latest: dict[str, SpeakerSegment] = {}
    for part in voiced:
        name = names[part.voice]
        last = latest.get(name)
        if last is not None and part.start - last.end <= MERGE_PAUSE:
            last.end = max(last.end, part.end)
            continue
        latest[name] = SpeakerSegment(speaker=name, start=part.start, end=part.end, channel=channel)
        segments.append(latest[name])
    return segments


def uncertain_spans(voiced: list[Voiced]) -> list[Span]:
    """Where the voice hardly leads the next best one."""
    return [(v.start, v.end) for v in voiced if v.margin < UNCERTAIN_MARGIN]
