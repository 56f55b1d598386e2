"""Who speaks when in a dual-channel call: a channel is one party's, until a further voice earns it.

A queue announcement, or the agent who takes over after a transfer, comes over a channel that
another voice had before. The speech of each channel is cut by its own activity alone; the voices
in it are told as in a mono call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from .blocks import Read
from .diarize import (
    Diarization,
    HeardTurn,
    Voiced,
    cluster_turns,
    hear_turns,
    segments_of,
    speaker_name,
    uncertain_spans,
    voices_of,
)
from .spans import Span
from .stitch import LocalTurn

if TYPE_CHECKING:
    from ...models.speakers import Embedder
    from .audio import Audio


def hear_channels(
    audio: Audio,
    speech_by_channel: Sequence[list[Span]],
    embedder: Embedder,
    *,
    progress: Callable[[float], None] = lambda share: None,
) -> list[list[HeardTurn]]:
    """The stretches of speech of each channel with what their voices can be told from."""
    channels = len(speech_by_channel)
    heard: list[list[HeardTurn]] = []
    for channel, spans in enumerate(speech_by_channel):

        def report(share: float, done: int = channel) -> None:
            progress((done + share) / channels)

        turns = [LocalTurn(0, start, end) for start, end in spans]
        read = partial(audio.read, channel=channel)
        alone = [[span] for span in spans]
        heard.append(hear_turns(turns, alone, embedder, read, progress=report) if turns else [])
    return heard


def diarize_channels(
    audio: Audio,
    heard_by_channel: Sequence[list[HeardTurn]],
    embedder: Embedder,
    *,
    num_speakers: int | None = None,
) -> Diarization:
    """Speakers of a call with a channel a party, wherever that channel has speech.

    The first voice of the n-th channel is the n-th speaker; further ones are numbered after them
    by appearance. A `num_speakers` that is not above the channels' leaves each of them to one.
    """
    channels = len(heard_by_channel)
    alone = num_speakers is not None and num_speakers <= channels
    heard = [
        _voices(turns, None if alone else embedder, partial(audio.read, channel=channel))
        for channel, turns in enumerate(heard_by_channel)
    ]
    further = sorted(
        (min(v.start for v in voiced if v.voice == voice), channel, voice)
        for channel, (voiced, _) in enumerate(heard)
        for voice in {v.voice for v in voiced} - {0}
    )
    names = [{0: speaker_name(channel)} for channel in range(channels)]
    for number, (_, channel, voice) in enumerate(further, channels):
        names[channel][voice] = speaker_name(number)
    segments = [
        segment
        for channel, (voiced, _) in enumerate(heard)
        for segment in segments_of(voiced, names[channel], channel=channel)
    ]
    return Diarization(
        sorted(segments, key=lambda s: (s.start, s.end, s.speaker)),
        sorted(span for voiced, _ in heard for span in uncertain_spans(voiced)),
        tuple(
            sorted(
                names[channel][voice]
                for channel, (_, doubtful) in enumerate(heard)
                for voice in doubtful
            )
        ),
    )


def _voices(
    turns: list[HeardTurn], embedder: Embedder | None, read: Read
) -> tuple[list[Voiced], frozenset[int]]:
    """A channel's speech with its voices, numbered by appearance, and who may be two people."""
    one = [Voiced(0, heard.turn.start, heard.turn.end, 0, 1.0) for heard in turns]
    if embedder is None or not turns:
        return one, frozenset()
    voices = cluster_turns(turns, prior=1)
    if len(voices.centroids) <= 1:
        # A channel is a party: two of its people who sound alike are still on its side.
        return one, frozenset()
    voiced = voices_of(turns, voices, embedder, read)
    voiced.sort(key=lambda v: (v.start, v.end))
    order = list(dict.fromkeys(v.voice for v in voiced))
    numbered = [replace(v, voice=order.index(v.voice)) for v in voiced]
    return numbered, frozenset(order.index(voice) for voice in order if voice in voices.doubtful)
