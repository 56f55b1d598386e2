"""How a turn was said: loudness, pitch and pace against the same speaker's median in this call.

A raised voice is louder *and* higher at once, and its spectrum falls off less steeply: effort moves
all three (Traunmüller and Eriksson 2000, J. Acoust. Soc. Am. 107). A change of the line's level
moves loudness alone, and a lively melody pitch alone: together they still leave the balance of
high to low where it was, so they never count as one.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..call import Tone, Turn
from .pitch import HOP, RATE, track

if TYPE_CHECKING:
    import numpy as np

LEAST_TURN = 1.0
"""Seconds under which a turn is not measured: a back-channel has a melody of its own."""

LEAST_VOICED = 0.2
"""Seconds of clearly voiced speech under which a turn is not measured."""

LEAST_TURNS = 3
"""Measured turns of a speaker under which there is no baseline to rise from."""

PACED_WORDS = 4
"""Words from which a pace is a pace."""

RAISED_LOUDNESS = 5.0
"""dB above the speaker's own median turn."""

RAISED_PITCH = 2.5
"""Semitones above the speaker's own median turn."""

RISEN_TILT = 2.0
"""dB by which the balance of high to low rises in a raised voice. By the words alone it varies from
one calm turn to another of the same voice by 1.2 dB (standard deviation over the sample calls)."""

BANDS = (300.0, 1000.0, 3400.0)
"""Hertz: the low and the high band whose balance is the spectral tilt."""

SPOKEN_OVER = 0.3
"""Share of a turn with somebody else's voice in it from which its level is not its own."""

OCTAVE = (0.55, 1.85)
"""Pitch of a frame over the speaker's own median outside which it is an octave error."""

FLOOR_DB = 35.0
"""Voiced frames this far under the strongest are echo or crosstalk."""


@dataclass(frozen=True)
class _Measure:
    loudness: float
    frames: np.ndarray
    """Pitch of each voiced frame, hertz."""
    tilt: float

    def pitch(self, usual: float) -> float | None:
        """Median pitch, without frames an octave off the speaker's own; None where few are left."""
        import numpy as np

        low, high = OCTAVE
        near = self.frames[(self.frames > low * usual) & (self.frames < high * usual)]
        return float(np.median(near)) if near.size * HOP >= LEAST_VOICED else None


@dataclass(frozen=True)
class _Baseline:
    """A speaker's median turn."""

    loudness: float
    pitch: float
    tilt: float


def measure_tone(turns: list[Turn], read: Callable[[Turn], np.ndarray]) -> list[Turn]:
    """The turns with `tone` set where there is enough voice to measure, else None.

    `read` gives a turn's sound as float samples of shape (n,) at 16 kHz, in [-1, 1]. Recorded
    announcements are not measured. Changes are 0 and pitch_change None where the speaker has too
    few measured turns.
    """
    measures = [_measure(read(turn)) if _measurable(turn) else None for turn in turns]
    paces = [_pace(turn) for turn in turns]
    toned = list(turns)
    for speaker in dict.fromkeys(turn.speaker for turn in turns):
        own = [n for n, turn in enumerate(turns) if turn.speaker == speaker]
        found = {n: m for n in own if (m := measures[n]) is not None}
        if not found:
            continue
        usual = _usual_pitch(list(found.values()))
        clean = [m for n, m in found.items() if not _spoken_over(turns[n])]
        base = _baseline(clean, usual)
        spoken = [pace for n in own if (pace := paces[n]) is not None]
        pace = statistics.median(spoken) if len(spoken) >= LEAST_TURNS else None
        for n, measure in found.items():
            tone = _tone(measure, measure.pitch(usual), base, alone=not _spoken_over(turns[n]))
            paced = {"pace": _rounded(paces[n], 1), "pace_change": None}
            if (own_pace := paces[n]) is not None and pace:
                paced["pace_change"] = round(own_pace / pace, 3)
            toned[n] = turns[n].model_copy(update={"tone": tone.model_copy(update=paced)})
    return toned


def _measurable(turn: Turn) -> bool:
    return turn.role != "system" and turn.end - turn.start >= LEAST_TURN


def _spoken_over(turn: Turn) -> bool:
    return turn.overlap > SPOKEN_OVER * (turn.end - turn.start)


def _measure(samples: np.ndarray) -> _Measure | None:
    import numpy as np

    pitch, power = track(samples)
    if power.size == 0 or not np.isfinite(power).all():
        return None
    voiced = (pitch > 0) & (power > power.max() * 10 ** (-FLOOR_DB / 10))
    if voiced.sum() * HOP < LEAST_VOICED:
        return None
    return _Measure(
        loudness=10 * math.log10(float(power[voiced].mean()) + 1e-12),
        frames=pitch[voiced],
        tilt=_tilt(samples),
    )


def _tilt(samples: np.ndarray) -> float:
    """Energy from 1 to 3.4 kHz over that from 300 Hz to 1 kHz, in dB."""
    import numpy as np

    size = 1024
    sound = np.asarray(samples, dtype=np.float64)
    frames = sound[: sound.size // size * size].reshape(-1, size) * np.hanning(size)
    spectrum = (np.abs(np.fft.rfft(frames)) ** 2).sum(axis=0)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    low = spectrum[(hertz >= BANDS[0]) & (hertz < BANDS[1])].sum()
    high = spectrum[(hertz >= BANDS[1]) & (hertz < BANDS[2])].sum()
    return 10 * math.log10((float(high) + 1e-12) / (float(low) + 1e-12))


def _usual_pitch(measures: list[_Measure]) -> float:
    """Median over all the speaker's voiced frames: octave errors are the few."""
    import numpy as np

    return float(np.median(np.concatenate([m.frames for m in measures])))


def _baseline(measures: list[_Measure], usual: float) -> _Baseline | None:
    pitches = [pitch for m in measures if (pitch := m.pitch(usual)) is not None]
    if len(pitches) < LEAST_TURNS:
        return None
    return _Baseline(
        loudness=statistics.median(m.loudness for m in measures),
        pitch=statistics.median(pitches),
        tilt=statistics.median(m.tilt for m in measures),
    )


def _pace(turn: Turn) -> float | None:
    """Words a minute from the first word's start to the last one's end."""
    seconds = max((word.end for word in turn.words), default=0.0) - turn.start
    if len(turn.words) < PACED_WORDS or seconds <= 0:
        return None
    return 60 * len(turn.words) / seconds


def _tone(found: _Measure, pitch: float | None, base: _Baseline | None, *, alone: bool) -> Tone:
    louder = found.loudness - base.loudness if base else 0.0
    higher = 12 * math.log2(pitch / base.pitch) if base and pitch else None
    raised = (
        alone
        and base is not None
        and higher is not None
        and louder >= RAISED_LOUDNESS
        and higher >= RAISED_PITCH
        and found.tilt - base.tilt >= RISEN_TILT
    )
    return Tone(
        loudness=round(found.loudness, 1),
        loudness_change=round(louder, 1),
        pitch=_rounded(pitch, 1),
        pitch_change=_rounded(higher, 1),
        raised_voice=raised,
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
