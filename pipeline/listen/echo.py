"""One side's voice coming back on the other side's channel: found, measured, and not taken twice.

A loudspeaker near a microphone, or a hybrid on the line, returns the far side's voice a little
later and a little quieter. The delay stands out in the phase-weighted cross-correlation of the
channels (Knapp and Carter 1976, IEEE Trans. ASSP 24), summed over the moments at which the far
side speaks alone; the path around that delay (room and line colour the echo) is the least-squares
one. What that path makes of the far side's voice is what the channel would carry without anybody
speaking into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..call import Withheld, Word
from .spans import Span, covered, merge_spans, subtract

if TYPE_CHECKING:
    from .audio import Audio
    from .stream import Samples

RATE = 16_000

ECHO_DB = -15.0
"""Level of an echo against the voice it returns; a quieter one is ordinary crosstalk."""

FRAME = 2.0
"""Seconds looked at together: several times the longest delay of a telephone line."""

MAX_FRAMES = 120
"""Frames that decide, spread over the recording."""

MAX_DELAY = 0.8
"""Seconds; a satellite hop and a slow handset together."""

EARLIEST = -0.02
"""Seconds; recorders may start one channel a little late."""

BAND = (300.0, 3400.0)
"""Hertz; outside the telephone band there is no voice to compare."""

PROMINENCE = 10.0
"""How far the correlation's peak must stand above its own spread, in standard deviations."""

LIKENESS = 0.35
"""Median correlation of the delayed voice with the other channel from which it is an echo."""

STEP = 0.1
REACH = 0.4
"""Seconds between, and length of, the pieces by which echo is told from own speech."""

EARLY = 0.005
LATE = 0.12
"""Seconds of the echo's path before and after its delay: a small room's reflections."""

REGULARISED = 0.01
"""Share of the mean power added where the voice has little, so that noise is not blown up."""

EXPLAINED = 0.45
"""Share of a piece's energy that the delayed voice explains from which it may be echo …"""

LOUDER = 6.0
"""… provided it is no more than this many dB louder than the echo should be."""

FLOOR_DBFS = -50.0
"""Level below which a channel is not speaking."""

SHORTEST = 0.2
"""Seconds; what is left of speech between echoes and shorter than this is their edge."""

REASON = "echo of the other channel"


@dataclass(frozen=True)
class Echo:
    """The voice of channel `source`, heard again on the other channel."""

    source: int
    delay: float
    """Seconds after which it comes back."""
    level: float
    """dB against the voice itself."""
    path: npt.NDArray[np.float64]
    """Impulse response (n,) from `EARLY` before the delay on: how the line changes the voice."""
    spans: list[Span] = field(default_factory=list)
    """Where the other channel carries nothing else."""

    @property
    def channel(self) -> int:
        """The channel on which it is heard again."""
        return 1 - self.source

    @property
    def note(self) -> str:
        """One sentence for the record."""
        sides = ("left", "right")
        seconds = sum(end - start for start, end in self.spans)
        return (
            f"The {sides[self.channel]} channel returns the {sides[self.source]} side’s voice "
            f"{max(0.0, self.delay):.2f} s later and {-self.level:.0f} dB quieter; {seconds:.1f} s "
            "of such echo were not taken as speech."
        )


def find_echoes(audio: Audio, speech: Sequence[list[Span]]) -> list[Echo]:
    """Echoes between the two channels, given where each has speech; nearly always none."""
    found = []
    for source in (0, 1):
        echo = _path(audio, source, speech[source])
        if echo is not None:
            found.append(replace(echo, spans=_echo_spans(audio, echo, speech[1 - source])))
    return [echo for echo in found if echo.spans]


def without_echo(speech: list[Span], echo: Echo) -> list[Span]:
    """A channel's speech without the stretches that are only an echo."""
    kept = []
    for start, end in speech:
        rest = subtract([(start, end)], echo.spans)
        whole = rest == [(start, end)]
        kept += [span for span in rest if whole or span[1] - span[0] >= SHORTEST]
    return kept


def withhold_echoes(
    words: list[Word], others: list[Word], echo: Echo
) -> tuple[list[Word], list[Withheld]]:
    """The words of the echo's channel that are its own, and those that are withheld.

    A word is an echo where the channel carries nothing else, or where the other side said the
    same word one delay before (`others` are that side's words).
    """
    said = {(_plain(w.text), round((w.start + echo.delay) / STEP)) for w in others}
    kept, withheld = [], []
    for word in words:
        length = max(word.end - word.start, 0.02)
        inside = covered(echo.spans, word.start, word.end) > 0.5 * length
        at = round(word.start / STEP)
        again = any((_plain(word.text), at + near) in said for near in (-1, 0, 1))
        if inside or again:
            withheld.append(word)
        else:
            kept.append(word)
    return kept, _phrases(withheld)


def _phrases(words: list[Word]) -> list[Withheld]:
    phrases: list[Withheld] = []
    for word in words:
        if phrases and word.start - phrases[-1].end <= 1.0:
            phrases[-1].text += f" {word.text}"
            phrases[-1].end = max(phrases[-1].end, word.end)
        else:
            phrases.append(Withheld(start=word.start, end=word.end, text=word.text, reason=REASON))
    return phrases


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _path(audio: Audio, source: int, speech: list[Span]) -> Echo | None:
    """The delay and level at which the other channel returns this one, if it does."""
    starts = [
        float(at)
        for start, end in merge_spans(speech, pause=0.5)
        for at in np.arange(start, end - FRAME / 2, FRAME)
    ]
    if not starts:
        return None
    picked = np.unique(np.linspace(0, len(starts) - 1, min(len(starts), MAX_FRAMES)).astype(int))
    frames = []
    for index in picked:
        voice, back = _pair(audio, source, starts[index], starts[index] + FRAME)
        # Where the other side speaks up itself, nothing can be said about its echo.
        if _dbfs(voice) > FLOOR_DBFS and _dbfs(back) < _dbfs(voice) + 3.0:
            frames.append((voice, back))
    if not frames:
        return None
    delay, prominence = _delay(frames)
    if prominence < PROMINENCE:
        return None
    path = _impulse_response(frames, delay)
    likeness, gains = [], []
    for voice, back in frames:
        returned = _returned(voice, path, delay)
        energy = float(returned @ returned)
        likeness.append(abs(float(returned @ back)) / np.sqrt(energy * float(back @ back) + 1e-12))
        gains.append(energy / (float(voice @ voice) + 1e-12))
    # Half of the frames may hold the other side's own voice as well: the better half decides.
    best = np.argsort(likeness)[len(likeness) // 2 :]
    if float(np.median(np.array(likeness)[best])) < LIKENESS:
        return None
    level = 10 * np.log10(float(np.median(np.array(gains)[best])) + 1e-12)
    return Echo(source, delay, float(level), path) if level >= ECHO_DB else None


def _impulse_response(
    frames: list[tuple[Samples, Samples]], delay: float
) -> npt.NDArray[np.float64]:
    """The least-squares path from voice to echo, `EARLY` before its delay to `LATE` after."""
    size = 2 * round(FRAME * RATE)
    band = np.fft.rfftfreq(size, 1 / RATE)
    power = np.zeros(size // 2 + 1)
    cross = np.zeros(size // 2 + 1, np.complex128)
    for voice, back in frames:
        spectrum = np.fft.rfft(voice, size)
        power += np.abs(spectrum) ** 2
        cross += np.fft.rfft(back, size) * np.conj(spectrum)
    keep = (band >= BAND[0]) & (band <= BAND[1])
    transfer = np.where(keep, cross / (power + REGULARISED * power[keep].mean()), 0.0)
    response = np.fft.irfft(transfer, size)
    at = round((delay - EARLY) * RATE)
    return np.roll(response, -at)[: round((EARLY + LATE) * RATE)]


def _returned(
    voice: npt.NDArray[np.floating], path: npt.NDArray[np.float64], delay: float
) -> npt.NDArray[np.float64]:
    """What the path makes of a voice (n,), in step with it."""
    from scipy.signal import fftconvolve

    at = round((delay - EARLY) * RATE)
    whole = fftconvolve(voice.astype(np.float64), path)
    moved = np.concatenate([np.zeros(at), whole]) if at >= 0 else whole[-at:]
    return np.asarray(_padded(moved, len(voice)))


def _delay(frames: list[tuple[Samples, Samples]]) -> tuple[float, float]:
    """The delay in seconds at which all frames agree best, and how far it stands out."""
    size = 2 * round(FRAME * RATE)
    band = np.fft.rfftfreq(size, 1 / RATE)
    keep = (band >= BAND[0]) & (band <= BAND[1])
    total = np.zeros(size // 2 + 1, np.complex128)
    for voice, back in frames:
        cross = np.fft.rfft(back, size) * np.conj(np.fft.rfft(voice, size))
        total += np.where(keep, cross / (np.abs(cross) + 1e-12), 0.0)
    correlation = np.fft.irfft(total, size)
    before, after = round(-EARLIEST * RATE), round(MAX_DELAY * RATE)
    lags = np.concatenate([correlation[-before:], correlation[: after + 1]])
    peak = int(np.abs(lags).argmax())
    return (peak - before) / RATE, float(np.abs(lags[peak]) / (lags.std() + 1e-12))


def _echo_spans(audio: Audio, echo: Echo, speech: list[Span]) -> list[Span]:
    """Where the other channel's speech is no more than the delayed voice."""
    spans = []
    for start, end in speech:
        pieces = []
        for block in np.arange(start, end, 60.0):
            pieces += _echo_pieces(audio, echo, float(block), min(float(block) + 60.0, end))
        spans += merge_spans(pieces, pause=2 * STEP)
    return merge_spans(spans)


def _echo_pieces(audio: Audio, echo: Echo, start: float, end: float) -> list[Span]:
    begin = max(0.0, start - REACH / 2)
    lead = min(begin, MAX_DELAY + LATE)  # the voice is needed from before, to come back in time
    heard = audio.read(begin, end + REACH / 2, channel=echo.channel).astype(np.float64)
    source = audio.read(begin - lead, end + REACH / 2, channel=echo.source)
    voice = _returned(source, echo.path, echo.delay)[round(lead * RATE) :]
    size = round(REACH * RATE)
    pieces = []
    for at in np.arange(start, end, STEP):
        first = max(0, round((float(at) + STEP / 2 - begin) * RATE) - size // 2)
        a, b = voice[first : first + size], heard[first : first + size]
        energy, back = float(a @ a), float(b @ b)
        if not len(b) or len(a) != len(b):
            continue
        if 10 * np.log10(energy / len(a) + 1e-12) < FLOOR_DBFS + echo.level:
            continue
        explained = float(a @ b) ** 2 / (energy * back + 1e-12)
        excess = 10 * np.log10(back / energy + 1e-12)
        if explained >= EXPLAINED and excess <= LOUDER:
            pieces.append((float(at), min(float(at) + STEP, end)))
    return pieces


def _pair(audio: Audio, source: int, start: float, end: float) -> tuple[Samples, Samples]:
    count = round(FRAME * RATE)
    return (
        _padded(audio.read(start, end, channel=source), count),
        _padded(audio.read(start, end, channel=1 - source), count),
    )


def _padded(samples: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    return np.pad(samples, (0, max(0, count - len(samples))))[:count]


def _dbfs(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))
