"""How both engines are asked, and that they answer alike; stand-ins where no weights are needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from earwitness.errors import InputError
from earwitness.models.chance import Unsampled, seeded
from earwitness.models.faster import FasterWhisper
from earwitness.models.reference import OpenAIWhisper
from earwitness.models.store import Resolved
from earwitness.models.whisper import check_weights, load
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

    monkeypatch.setattr(
        "earwitness.models.reference._reference", lambda: SimpleNamespace(transcribe=answer)
    )
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


def test_ctranslate2_climbs_the_ladder_without_chance() -> None:
    """What faster-whisper asks of CTranslate2 on each rung, by its own `generate_with_fallback`."""
    asked: list[dict] = []
    model = Unsampled(SimpleNamespace(generate=lambda *_, **o: asked.append(o), is_multilingual=1))
    model.generate(beam_size=5, patience=1)
    for temperature in (0.2, 1.0):
        rung = {"num_hypotheses": 5, "sampling_topk": 0, "sampling_temperature": temperature}
        model.generate(beam_size=1, **rung)
    assert asked[0] == {"beam_size": 5, "patience": 1}
    assert all(rung["sampling_topk"] == 1 and rung["num_hypotheses"] == 1 for rung in asked[1:])
    assert 1 < asked[1]["repetition_penalty"] < asked[2]["repetition_penalty"]
    assert model.is_multilingual


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
