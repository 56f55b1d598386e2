"""Times: what is said to lie at a second lies there, over an hour, word by word, and in a clip."""

from __future__ import annotations

from difflib import SequenceMatcher
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from earwitness.pipeline.analyze import Models, Options, analyze
from earwitness.pipeline.call import Call, Word
from earwitness.pipeline.evidence.clips import clip_span, encode
from earwitness.pipeline.listen.audio import RATE, SpanReader, decode
from support import sample, tone, truth_of

pytestmark = pytest.mark.weights

HOUR = 3600.0
CLICKS = (1.0, 600.25, 1799.5, 2700.0, 3598.0)
"""Seconds at which a click lies in the hour."""

HOURS = [
    ("hour.mp3", "libmp3lame", 16_000, {"variable": True}),
    ("hour.m4a", "aac", 16_000, {}),
    ("hour.opus", "libopus", 16_000, {"bit_rate": 16_000, "effort": "0"}),
    ("hour.amr", "libopencore_amrnb", 8_000, {"bit_rate": 12_200}),
]


def write_hour(
    path: Path, codec: str, rate: int, *, variable=False, bit_rate=0, effort=None
) -> None:
    """An hour of silence with clicks; noise comes and goes in it, so that a variable rate does."""
    rng = np.random.default_rng(0)
    second = 0.02 * rng.standard_normal(rate).astype(np.float32)
    burst = tone(0.02, rate=rate, hertz=1000.0, level=0.9)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        if bit_rate:
            stream.bit_rate = bit_rate
        if effort:  # of the encoder: a quick one will do
            stream.options = {"compression_level": effort}
        if variable:
            stream.codec_context.qscale = True
            stream.codec_context.global_quality = 5 * 118  # LAME's V5, in FFmpeg's units
        resampler = av.AudioResampler(
            stream.format.name, "mono", rate, frame_size=stream.codec_context.frame_size or 1024
        )
        for start in range(int(HOUR)):
            sound = second * (start // 60 % 10 == 5)
            for at in CLICKS:
                if int(at) == start:
                    first = round((at - start) * rate)
                    sound[first : first + len(burst)] = burst
            frame = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            frame.rate, frame.pts, frame.time_base = rate, start * rate, Fraction(1, rate)
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(("name", "codec", "rate", "options"), HOURS)
def test_clicks_do_not_drift_over_an_hour(tmp_path: Path, name, codec, rate, options) -> None:
    path = tmp_path / name
    write_hour(path, codec, rate, **options)
    recording, audio = decode(path)
    with audio:
        assert recording.duration == pytest.approx(HOUR, abs=0.12)
        late = []
        for at in CLICKS:
            near = np.abs(audio.read(at - 0.5, at + 0.5))
            assert near.max() > 0.2
            late.append(np.flatnonzero(near > 0.5 * near.max())[0] / RATE - 0.5)
    assert max(map(abs, late)) < 0.05  # AMR looks 20 ms ahead
    assert max(late) - min(late) < 0.02  # a frame of AMR


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Options(engine="faster-whisper"))


@pytest.fixture(scope="module")
def call(models: Models) -> Call:
    return analyze(sample("rude_refusal"), models, Options(engine="faster-whisper"))


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def in_order(call: Call) -> list[Word]:
    return sorted((w for turn in call.turns for w in turn.words), key=lambda w: (w.start, w.end))


def test_words_begin_when_they_are_said(call: Call) -> None:
    said = sorted(
        (w["start"], plain(w["text"]))
        for t in truth_of("rude_refusal")["turns"]
        for w in t["words"]
    )
    heard = in_order(call)
    match = SequenceMatcher(None, [w for _, w in said], [plain(w.text) for w in heard], False)
    errors = [
        abs(heard[b + i].start - said[a + i][0])
        for a, b, size in match.get_matching_blocks()
        for i in range(size)
    ]
    assert len(errors) > 0.85 * len(said)
    assert np.median(errors) < 0.08
    assert np.mean(np.array(errors) < 0.2) >= 0.85


def test_words_follow_each_other_inside_the_recording(call: Call) -> None:
    words = in_order(call)
    assert all(0 <= w.start <= w.end <= call.recording.duration + 1e-3 for w in words)
    for turn in call.turns:
        starts = [w.start for w in turn.words]
        assert starts == sorted(starts)
        assert (turn.start, turn.end) == (starts[0], max(w.end for w in turn.words))


def test_a_finding_s_clip_holds_the_words_that_are_quoted(
    call: Call, models: Models, tmp_path: Path
) -> None:
    read = SpanReader(sample("rude_refusal"))
    findings = [m for m in call.moments if m.level == "finding"]
    assert len(findings) >= 4
    for moment in sorted(findings, key=lambda m: m.start):
        path = tmp_path / f"{moment.id}.flac"
        path.write_bytes(encode(*read(*clip_span(moment, duration=call.recording.duration))))
        _, audio = decode(path)
        with audio:
            passages = models.engine.transcribe(audio.read_all(), language="en")
        again = [plain(word.text) for passage in passages for word in passage.words]
        quoted = [plain(word) for word in moment.quote.split()]
        blocks = SequenceMatcher(None, quoted, again, False).get_matching_blocks()
        assert sum(block.size for block in blocks) >= len(quoted) - 1, (moment.quote, again)
