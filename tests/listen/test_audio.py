"""Decoding: every format people have, every broken file they have."""

from __future__ import annotations

import hashlib
import struct
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.listen.audio import RATE, SpanReader, decode
from earwitness.pipeline.listen.stream import (
    MAX_FILLED,
    UNSTATED_FILLED,
    blocks,
    open_recording,
)
from support import Write, sample, tone

CLICKS = (1.0, 7.25, 20.0, 44.5)
"""Seconds at which a click lies in the click track."""

FORMATS = [
    ("a.wav", "pcm_s16le", 8_000),
    ("a.wav", "pcm_s16le", 48_000),
    ("alaw.wav", "pcm_alaw", 8_000),
    ("mulaw.wav", "pcm_mulaw", 8_000),
    ("a.flac", "flac", 16_000),
    ("a.mp3", "libmp3lame", 44_100),
    ("a.m4a", "aac", 44_100),
    ("a.ogg", "libopus", 48_000),
    ("a.opus", "libopus", 48_000),
    ("a.webm", "libopus", 48_000),
    ("a.wma", "wmav2", 44_100),
    ("a.amr", "libopencore_amrnb", 8_000),
    ("a.mkv", "aac", 48_000),
]


BIT_RATES = defaultdict(int, wmav2=64_000, libopencore_amrnb=12_200)


def click_track(rate: int, seconds: float = 50.0) -> np.ndarray:
    samples = np.zeros(round(seconds * rate), np.float32)
    burst = tone(0.02, rate=rate, hertz=1000.0, level=0.9)
    for at in CLICKS:
        samples[round(at * rate) : round(at * rate) + len(burst)] = burst
    return samples


@pytest.mark.parametrize(("name", "codec", "rate"), FORMATS)
def test_clicks_stay_where_they_are_in_every_format(
    write_audio: Write, name: str, codec: str, rate: int
) -> None:
    path = write_audio(click_track(rate), name, rate=rate, codec=codec, bit_rate=BIT_RATES[codec])
    recording, audio = decode(path)
    with audio:
        assert recording.duration == pytest.approx(50.0, abs=0.12)
        envelope = np.abs(audio.read_all())
        for at in CLICKS:
            near = slice(round((at - 0.5) * RATE), round((at + 0.5) * RATE))
            threshold = 0.5 * envelope[near].max()
            onset = at - 0.5 + np.flatnonzero(envelope[near] > threshold)[0] / RATE
            assert envelope[near].max() > 0.1
            assert onset == pytest.approx(at, abs=0.05)  # AMR looks 20 ms ahead, WMA 46


def test_gsm_in_wav_is_read_whole(tmp_path: Path) -> None:
    """Microsoft's GSM 6.10 (format 0x31): 65 bytes hold 320 samples. Encoded by hand: silence."""
    blocks = 25 * 10
    data = bytes(65) * blocks
    header = struct.pack(
        "<4sI4s4sIHHIIHHHH4sII4sI", b"RIFF", 52 + len(data), b"WAVE", b"fmt ", 20, 0x31, 1, 8000,
        1625, 65, 0, 2, 320, b"fact", 4, blocks * 320, b"data", len(data),
    )  # fmt: skip
    path = tmp_path / "call.wav"
    path.write_bytes(header + data)
    recording, audio = decode(path)
    audio.close()
    assert (recording.codec, recording.rate) == ("gsm_ms", 8000)
    assert recording.duration == pytest.approx(10.0, abs=0.05)


def test_the_original_is_hashed_and_left_as_it_was(write_audio: Write) -> None:
    path = write_audio(tone(1.0), "call.wav")
    before = path.read_bytes(), path.stat().st_mtime_ns
    recording, audio = decode(path)
    audio.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert recording.sha256 == hashlib.sha256(before[0]).hexdigest()
    assert recording.size == len(before[0])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: None, "no file"),
        (lambda p: p.mkdir(), "folder"),
        (lambda p: p.write_bytes(b""), "empty"),
        (lambda p: p.write_text("Dear Sir or Madam, " * 50), "audio or video"),
        (lambda p: p.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt "), "call.wav"),
        (lambda p: p.write_bytes(bytes(range(256)) * 64), "audio or video"),
    ],
)
def test_what_is_no_recording_gets_one_sentence(tmp_path: Path, make, says: str) -> None:
    path = tmp_path / "call.wav"
    make(path)
    with pytest.raises(InputError, match=r"call\.wav") as caught:
        decode(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kept", [44, 78, 200])
def test_header_only_is_one_sentence(write_audio: Write, kept: int) -> None:
    path = write_audio(tone(2.0), "call.wav")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"call\.wav (holds no sound|is not a recording)"):
        decode(path)


def test_video_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    with pytest.raises(InputError, match="no sound in it"):
        decode(path)


def test_a_file_cut_in_the_middle_is_read_as_far_as_it_goes(write_audio: Write) -> None:
    path = write_audio(click_track(16_000), "call.flac", codec="flac")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    recording, audio = decode(path)
    audio.close()
    assert 1.0 < recording.duration < 49.0
    assert any("cut off" in note for note in recording.notes)


def test_layouts(write_audio: Write) -> None:
    rng = np.random.default_rng(0)
    left, right = np.zeros(160_000, np.float32), np.zeros(160_000, np.float32)
    for i in range(0, 10, 2):
        left[i * 16_000 : (i + 1) * 16_000] = 0.2 * rng.standard_normal(16_000)
        right[(i + 1) * 16_000 : (i + 2) * 16_000] = 0.2 * rng.standard_normal(16_000)
    silent = np.zeros_like(left)
    cases = {
        "dual": np.stack([left, right]),
        "dual-mono": np.stack([left + right, 0.5 * (left + right)]),
        "mono": np.stack([left + right, silent]),
    }
    for layout, samples in cases.items():
        recording, audio = decode(write_audio(np.clip(samples, -1, 1), f"{layout}.wav"))
        assert recording.layout == layout
        assert audio.channels == (2 if layout == "dual" else 1)
        audio.close()


def test_sample_layouts() -> None:
    for layout, expected in (("mono", "mono"), ("stereo", "dual")):
        recording, audio = decode(sample("civil", layout))
        audio.close()
        assert recording.layout == expected


def test_span_reader_gives_the_same_samples_in_any_order() -> None:
    whole, rate = SpanReader(sample("civil", "stereo"))(0.0, 60.0)
    reader = SpanReader(sample("civil", "stereo"))
    for start, end in ((3.0, 5.5), (40.0, 44.0), (1.0, 2.0), (1.5, 50.0)):
        piece, _ = reader(start, end)
        assert np.array_equal(piece, whole[:, round(start * rate) : round(end * rate)])


def test_reading_outside_the_recording_is_clipped() -> None:
    _, audio = decode(sample("civil"))
    with audio:
        assert len(audio.read(-1.0, 1.0)) == RATE
        assert len(audio.read(audio.duration, audio.duration + 1.0)) == 0


def joined(write_audio: Write, first: dict, second: dict, codec: str, extension: str) -> Path:
    """Two recordings of three seconds in one file, as recorders and splicers leave them."""
    parts = []
    for index, (hertz, given) in enumerate(((440.0, first), (880.0, second))):
        channels = given.get("channels", 1)
        sound = np.stack([tone(3.0, rate=given["rate"], hertz=hertz)] * channels)
        name = f"part{index}.{extension}"
        parts.append(write_audio(sound, name, rate=given["rate"], codec=codec).read_bytes())
    path = write_audio(tone(0.1), f"call.{extension}", codec=codec)
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize(("codec", "extension"), [("libmp3lame", "mp3"), ("aac", "aac")])
@pytest.mark.parametrize("second", [{"rate": 32_000}, {"rate": 44_100, "channels": 2}])
def test_a_file_that_changes_its_rate_or_channels_midway_is_read_whole(
    write_audio: Write, codec: str, extension: str, second: dict
) -> None:
    _, audio = decode(joined(write_audio, {"rate": 44_100}, second, codec, extension))
    with audio:
        assert audio.duration == pytest.approx(6.0, abs=0.15)
        for at, hertz in ((1.0, 440), (4.0, 880)):
            assert np.abs(np.fft.rfft(audio.read(at, at + 1.0))).argmax() == hertz


def with_jumps(path: Path, jumps: list[float]) -> Path:
    """A Matroska file of 20 ms packets whose time stamps jump before every one of `jumps`."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8_000, layout="mono")
        at = 0.0
        for jump in [0.0, *jumps]:
            at += jump
            frame = av.AudioFrame.from_ndarray(np.full((1, 160), 9_000, np.int16), "s16", "mono")
            frame.rate, frame.pts, frame.time_base = 8_000, round(at * 8_000), Fraction(1, 8_000)
            at += 0.02
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def test_a_hole_in_the_stream_stays_a_hole_and_is_said(tmp_path: Path) -> None:
    recording, audio = decode(with_jumps(tmp_path / "call.mkv", [0.0] * 9 + [25.0] + [0.0] * 9))
    with audio:
        assert audio.duration == pytest.approx(25.4, abs=0.02)
        assert np.abs(audio.read(1.0, 24.0)).max() == 0
        assert np.abs(audio.read(25.25, 25.35)).max() > 0.1
    assert any(note.startswith("25.0 s in which") for note in recording.notes)


def test_holes_are_filled_in_short_pieces_up_to_a_limit(tmp_path: Path) -> None:
    path = with_jumps(tmp_path / "call.mkv", [500.0] * 40)
    for promised, limit in ((None, UNSTATED_FILLED), (1200.0, 1200.0), (1e9, MAX_FILLED)):
        notes: list[str] = []
        with open_recording(path) as container:
            sizes = [
                block.shape[1] for block, _ in blocks(container, 1, 8_000, notes, promised=promised)
            ]
        assert max(sizes) <= 10 * 8_000
        assert limit - 500 <= sum(sizes) / 8_000 <= limit + 1
        assert any("clock jumps" in note for note in notes)


class Failing:
    """A container whose demuxer gives up after some packets."""

    def __init__(self, container: av.container.InputContainer, after: int) -> None:
        self._container, self._after = container, after
        self.streams = container.streams

    def demux(self, stream):
        for count, packet in enumerate(self._container.demux(stream)):
            if count == self._after:
                raise av.error.InvalidDataError(1, "Invalid data found")
            yield packet


def test_where_reading_stops_is_said(tmp_path: Path) -> None:
    notes: list[str] = []
    with open_recording(with_jumps(tmp_path / "call.mkv", [0.0] * 99)) as container:
        found = list(blocks(Failing(container, 50), 1, 8_000, notes, promised=None))
    assert found[-1][1] == pytest.approx(1.0, abs=0.05)
    assert notes == ["Reading stopped at 1.0 s: invalid data found."]
