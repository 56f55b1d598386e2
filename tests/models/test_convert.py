"""The conversion to openai-whisper loses nothing: every tensor is compared."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.models import convert, store

pytestmark = pytest.mark.weights


@pytest.mark.parametrize("name", ["base", "tiny.en"])
def test_every_value_of_the_source_is_in_the_checkpoint_and_nothing_else(name: str) -> None:
    import whisper

    folder = store.resolve(name).folder
    source = convert.read_variables(folder / "model.bin")
    checkpoint = convert.checkpoint_from_ctranslate2(folder)
    model = whisper.model.Whisper(whisper.model.ModelDimensions(**checkpoint.dims))
    assert model.load_state_dict(checkpoint.state_dict).missing_keys == []

    def numbers(values: list[np.ndarray]) -> np.ndarray:
        return np.sort(np.concatenate([v.ravel().astype(np.float32) for v in values]))

    tensors = [tensor.numpy() for tensor in checkpoint.state_dict.values()]
    # The output projection is the token embedding again; key biases are zeros Whisper has not.
    wanted = [
        value
        for key, value in source.items()
        if value.dtype == np.float16 and key != "decoder/projection/weight"
    ]
    ours, theirs = numbers(tensors), numbers(wanted)
    assert np.array_equal(ours[ours != 0], theirs[theirs != 0])


def test_stacked_matrices_are_split_in_order() -> None:
    folder = store.resolve("tiny.en").folder
    source = convert.read_variables(folder / "model.bin")
    state = convert.checkpoint_from_ctranslate2(folder).state_dict
    for side in ("encoder", "decoder"):
        stacked = source[f"{side}/layer_0/self_attention/linear_0/weight"]
        parts = [state[f"{side}.blocks.0.attn.{p}.weight"] for p in ("query", "key", "value")]
        assert np.array_equal(np.concatenate([p.numpy() for p in parts]), stacked)
    stacked = source["decoder/layer_3/attention/linear_1/weight"]
    parts = [state[f"decoder.blocks.3.cross_attn.{p}.weight"] for p in ("key", "value")]
    assert np.array_equal(np.concatenate([p.numpy() for p in parts]), stacked)
