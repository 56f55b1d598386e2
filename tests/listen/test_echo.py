"""An echo laid under a sample call: found where it is, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.pipeline.call import Word
from earwitness.pipeline.listen.audio import RATE, Audio, decode
from earwitness.pipeline.listen.echo import REASON, Echo, find_echoes, withhold_echoes, without_echo
from earwitness.pipeline.listen.spans import Span, covered, merge_spans, subtract
from scipy.signal import butter, fftconvolve, sosfilt
from support import sample, truth_of

NAME = "civil"


def both_sides() -> tuple[np.ndarray, list[list[Span]]]:
    """Samples (2, n) of the two-channel sample and where each side speaks."""
    _, audio = decode(sample(NAME, "stereo"))
    with audio:
        channels = np.stack([audio.read(0, audio.duration, channel=c) for c in (0, 1)])
    truth = truth_of(NAME)
    roles = {speaker["id"]: speaker["role"] for speaker in truth["speakers"]}
    spoken: list[list[Span]] = [[], []]
    for turn in truth["turns"]:
        side = spoken[roles[turn["speaker"]] == "customer"]
        side.extend((word["start"], word["end"]) for word in turn["words"])
    return channels, [merge_spans(side, pause=0.3) for side in spoken]


def with_echo(channels: np.ndarray, *, delay: float, gain: float, coloured: bool) -> np.ndarray:
    voice = channels[1]
    if coloured:
        rng = np.random.default_rng(0)
        room = rng.standard_normal(1600) * np.exp(-np.arange(1600) / 320)
        room *= 0.6 / np.linalg.norm(room)
        room[0] = 1
        band = butter(2, (500, 2500), "bandpass", fs=RATE, output="sos")
        voice = sosfilt(band, fftconvolve(voice, room)[: len(voice)])
    late = round(delay * RATE)
    mixed = channels.copy()
    mixed[0, late:] += gain * voice[: len(voice) - late]
    return np.clip(mixed, -1, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("delay", "gain", "coloured"), [(0.12, 0.5, False), (0.02, 0.3, False), (0.3, 0.4, True)]
)
def test_an_echo_is_found_with_its_delay_and_taken_out(
    delay: float, gain: float, coloured: bool
) -> None:
    channels, spoken = both_sides()
    echoed = [(s + delay, e + delay) for s, e in spoken[1]]
    heard = merge_spans([*spoken[0], *echoed])
    with Audio.from_samples(
        with_echo(channels, delay=delay, gain=gain, coloured=coloured)
    ) as audio:
        (echo,) = find_echoes(audio, [heard, spoken[1]])
    assert (echo.source, echo.channel) == (1, 0)
    assert echo.delay == pytest.approx(delay, abs=0.003)
    if not coloured:
        assert echo.level == pytest.approx(20 * np.log10(gain), abs=1.0)
    left = without_echo(heard, echo)
    own = sum(e - s for s, e in spoken[0])
    only_echo = subtract(echoed, spoken[0])
    remaining = sum(covered(left, *span) for span in only_echo)
    assert remaining < 0.1 * sum(e - s for s, e in only_echo)
    assert sum(covered(left, *span) for span in spoken[0]) > 0.98 * own


def test_ordinary_crosstalk_is_no_echo() -> None:
    channels, spoken = both_sides()
    with Audio.from_samples(channels) as audio:
        assert find_echoes(audio, spoken) == []
    faint = with_echo(channels, delay=0.1, gain=0.1, coloured=False)
    with Audio.from_samples(faint) as audio:
        assert find_echoes(audio, spoken) == []


def test_echoed_words_are_withheld_and_own_words_are_not() -> None:
    echo = Echo(source=1, delay=0.2, level=-6.0, path=np.zeros(1), spans=[(10.0, 12.0)])
    theirs = [word("refund", 5.0), word("yes", 8.0)]
    own = [
        word("refund", 5.2),  # said by the other side one delay before
        word("refund", 6.0),  # taken up later
        word("yes", 8.9),
        word("please", 10.5),  # where the channel carries nothing else
        word("hold", 11.0),
    ]
    kept, withheld = withhold_echoes(own, theirs, echo)
    assert [(w.text, w.start) for w in kept] == [("refund", 6.0), ("yes", 8.9)]
    assert [(w.text, w.reason) for w in withheld] == [("refund", REASON), ("please hold", REASON)]


def word(text: str, start: float) -> Word:
    return Word(text=text, start=start, end=start + 0.3, confidence=0.9)
