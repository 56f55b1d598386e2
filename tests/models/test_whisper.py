"""How both engines are asked, and that they answer alike; stand-ins where no weights are needed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from earwitness.errors import InputError
from earwitness.models import whisper
from earwitness.models.seeds import Seeded, seeded
from earwitness.models.store import Resolved
from earwitness.models.whisper import FasterWhisper, OpenAIWhisper, check_weights, load
from earwitness.pipeline.listen.audio import decode
from support import sample

SOUND = np.zeros(16_000, np.float32)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What each engine's `transcribe` is given, and a random number drawn in it."""
    calls: list[dict] = []

    def answer(*_, **options):
        calls.append({**options, "drawn": float(torch.rand(1))})
        return {"segments": []}

    monkeypatch.setattr(whisper, "_reference", lambda: SimpleNamespace(transcribe=answer))
    return calls


def faster(asked: list[dict]) -> FasterWhisper:
    engine = FasterWhisper(weights())

    def transcribe(*_, **options):
        asked.append(options)
        return [], None

    model = SimpleNamespace(begin=lambda: None, is_multilingual=False)
    engine.__dict__["_model"] = SimpleNamespace(transcribe=transcribe, model=model)
    return engine


def reference() -> OpenAIWhisper:
    engine = OpenAIWhisper(weights())
    device = torch.device("cpu")
    engine.__dict__["_model"] = SimpleNamespace(device=device, is_multilingual=False)
    return engine


def weights() -> Resolved:
    return Resolved("small.en", Path("small.en"), {}, "path", "", "MIT")


@pytest.mark.parametrize("temperature", [None, 0.2])
def test_no_engine_drops_what_it_takes_for_silence(
    asked: list[dict], temperature: float | None
) -> None:
    for engine in (faster(asked), reference()):
        engine.transcribe(SOUND, language="en", temperature=temperature)
    assert len(asked) == 2
    assert all(options["no_speech_threshold"] is None for options in asked)


def test_torch_samples_alike_in_every_stretch_and_leaves_others_their_numbers(
    asked: list[dict],
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    engine = reference()
    engine.transcribe(SOUND, language="en")
    first = torch.rand(1)
    engine.transcribe(SOUND, language="en")
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)
    assert asked[0]["drawn"] == asked[1]["drawn"]
    with seeded(torch.device("cpu")):
        assert float(torch.rand(1)) == asked[0]["drawn"]


class Drawing:
    """A model whose threads take a seed before they have drawn, and never after, as they do."""

    def __init__(self, seeds: list[int]) -> None:
        self._seeds, self._state = seeds, -1
        self.is_multilingual = True

    def generate(self, *, sampling_temperature: float = 0.0) -> int:
        if sampling_temperature:
            self._state = self._seeds[-1] if self._state < 0 else self._state + 1
        return self._state


def test_ctranslate2_samples_alike_in_every_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    stand_in = SimpleNamespace(set_random_seed=seeds.append)
    monkeypatch.setitem(sys.modules, "ctranslate2", stand_in)
    loads: list[int] = []

    def load_again() -> Drawing:
        loads.append(1)
        return Drawing(seeds)

    model = Seeded(Drawing(seeds), load_again)
    stretches = []
    for temperatures in ((0.0,), (0.0, 0.2, 0.4), (0.0,), (0.2, 0.4), (0.0, 0.2, 0.4)):
        model.begin()
        drawn = [model.generate(sampling_temperature=t) for t in temperatures]
        stretches.append([d for d, t in zip(drawn, temperatures, strict=True) if t])
    assert stretches == [[], [0, 1], [], [0, 1], [0, 1]]
    assert len(loads) == 2  # only where another stretch had been sampled before
    assert model.is_multilingual


def test_a_rehearsal_samples_in_two_stretches_so_that_the_model_has_been_loaded_anew(
    asked: list[dict],
) -> None:
    engine, begun = faster(asked), []
    engine._model.model.begin = lambda: begun.append(1)
    engine.rehearse()
    assert [options["temperature"] > 0 for options in asked] == [True, True]
    assert len(begun) == 2


@pytest.mark.parametrize(
    ("language", "translate"), [("de", False), ("auto", True), ("en", True), ("de", True)]
)
def test_english_weights_refuse_another_language(
    asked: list[dict], language: str, translate: bool
) -> None:
    for engine in (faster(asked), reference()):
        with pytest.raises(InputError, match=r"small\.en do not: leave it out or use --model"):
            check_weights(engine, language=language, translate=translate)
        check_weights(engine, language="en", translate=False)
        check_weights(engine, language="auto", translate=False)


@pytest.mark.weights
@pytest.mark.parametrize("name", ["faster-whisper", "openai-whisper"])
def test_what_is_sampled_is_the_same_whatever_was_heard_before(name: str) -> None:
    engine = load(name, threads=1)
    _, audio = decode(sample("civil"))
    with audio:
        one, other = audio.read(5.0, 9.0), audio.read(20.0, 23.0)
    first = engine.transcribe(one, language="en", temperature=1.0)
    engine.transcribe(other, language="en", temperature=1.0)
    assert engine.transcribe(one, language="en", temperature=1.0) == first
