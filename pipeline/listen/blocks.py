"""Speech packed into blocks that the recogniser can hear at once."""

from __future__ import annotations

from collections.abc import Callable

from ...models.whisper import MAX_SECONDS
from .audio import Samples
from .spans import Span, merge_spans

Read = Callable[[float, float], Samples]
"""Samples (n,) at 16 kHz between two times in seconds."""

PADDING = 0.3
"""Seconds of sound kept before and after speech: soft onsets and endings."""

PAUSE = 2.0
"""Seconds of pause that end a block, so that long silences are not transcribed."""

BLOCK = MAX_SECONDS - 1.0
"""Seconds a block may last."""


def blocks_of(
    speech: list[Span],
    duration: float,
    *,
    padding: float = PADDING,
    pause: float = PAUSE,
    longest: float = BLOCK,
) -> list[Span]:
    """Speech packed into blocks that begin and end in pauses, in order."""
    padded = merge_spans(
        ((max(0.0, s - padding), min(duration, e + padding)) for s, e in speech), pause=0.0
    )
    blocks: list[Span] = []
    for start, end in padded:
        last = blocks[-1] if blocks else None
        if last is not None and start - last[1] <= pause and end - last[0] <= longest:
            blocks[-1] = (last[0], end)
            continue
        at = start
        while end - at > longest:  # one unbroken stretch longer than the recogniser's window
            blocks.append((at, at + longest))
            at += longest
        blocks.append((at, end))
    return blocks
