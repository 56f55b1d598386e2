"""A CTranslate2 Whisper file read as an openai-whisper model, without loss.

Both engines then listen with the same weights: the CTranslate2 file stores the official tensors
in half precision, and openai-whisper's published checkpoints are half precision too. CTranslate2
stacks query, key and value of self-attention in one matrix (`linear_0`), and key and value of
cross-attention in another; openai-whisper keeps them apart and has no key bias, so the key's
third of a stacked bias is all zeros and is dropped after checking that it is.

File layout (CTranslate2 `python/ctranslate2/specs/model_spec.py`, version 6): u32 version, spec
name, u32 revision, u32 variable count; for each variable its name, u8 rank, u32 dimensions, u8
type, u32 bytes, data; then the aliases.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

_TYPES: dict[int, type[np.generic]] = {
    0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16
}  # fmt: skip


@dataclass(frozen=True)
class Checkpoint:
    """What openai-whisper calls a checkpoint: dimensions and tensors."""

    dims: dict[str, int]
    state_dict: dict[str, Tensor]


def read_variables(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All variables of a CTranslate2 model file by name, aliases resolved."""
    data = path.read_bytes()
    at = 0

    def number(kind: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(f"<{kind}", data, at)
        at += struct.calcsize(f"<{kind}")
        return int(value)

    def string() -> str:
        nonlocal at
        length = number("H")
        text = data[at : at + length - 1].decode()  # the last byte is a NUL
        at += length
        return text

    variables: dict[str, npt.NDArray[Any]] = {}
    try:
        number("I"), string(), number("I")
        for _ in range(number("I")):
            name = string()
            shape = [number("I") for _ in range(number("B"))]
            kind = _TYPES[number("B")]
            size = number("I")
            variables[name] = np.frombuffer(data, kind, size // kind().itemsize, at).reshape(shape)
            at += size
        for _ in range(number("I")):
            alias, name = string(), string()
            variables[alias] = variables[name]
    except (struct.error, KeyError, ValueError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not a CTranslate2 model file: {error}") from error
    return variables


def checkpoint_from_ctranslate2(folder: Path) -> Checkpoint:
    """The openai-whisper checkpoint of a CTranslate2 Whisper folder."""
    import torch

    variables = read_variables(folder / "model.bin")
    state: dict[str, Tensor] = {}
    used: set[str] = set()

    def put(name: str, value: npt.NDArray[Any]) -> None:
        state[name] = torch.from_numpy(np.array(value))

    def copy(target: str, source: str, *, parameters: tuple[str, ...] = ("weight", "bias")) -> None:
        for parameter in parameters:
            # CTranslate2 calls a layer norm's weight gamma and its bias beta.
            for name in (parameter, {"weight": "gamma", "bias": "beta"}[parameter]):
                if f"{source}/{name}" in variables:
                    put(f"{target}.{parameter}", variables[f"{source}/{name}"])
                    used.add(f"{source}/{name}")

    def split(source: str, targets: list[str]) -> None:
        for parameter in ("weight", "bias"):
            used.add(f"{source}/{parameter}")
            pieces = np.split(variables[f"{source}/{parameter}"], len(targets))
            for target, piece in zip(targets, pieces, strict=True):
                if parameter == "bias" and target.endswith(".key"):
                    if np.any(piece):
                        raise ModelError(f"{folder}: {source} has a key bias, Whisper has none")
                else:
                    put(f"{target}.{parameter}", piece)

    def attention(target: str, source: str) -> None:
        split(f"{source}/linear_0", [f"{target}.{part}" for part in ("query", "key", "value")])
        copy(f"{target}.out", f"{source}/linear_1")

    def block(side: str, index: int) -> None:
        target, source = f"{side}.blocks.{index}", f"{side}/layer_{index}"
        copy(f"{target}.attn_ln", f"{source}/self_attention/layer_norm")
        attention(f"{target}.attn", f"{source}/self_attention")
        if side == "decoder":
            copy(f"{target}.cross_attn_ln", f"{source}/attention/layer_norm")
            split(f"{source}/attention/linear_0", [f"{target}.cross_attn.query"])
            split(
                f"{source}/attention/linear_1",
                [f"{target}.cross_attn.{part}" for part in ("key", "value")],
            )
            copy(f"{target}.cross_attn.out", f"{source}/attention/linear_2")
        copy(f"{target}.mlp_ln", f"{source}/ffn/layer_norm")
        copy(f"{target}.mlp.0", f"{source}/ffn/linear_0")
        copy(f"{target}.mlp.2", f"{source}/ffn/linear_1")

    def layers(side: str) -> int:
        return 1 + max(
            int(name.split("/")[1].removeprefix("layer_"))
            for name in variables
            if name.startswith(f"{side}/layer_") and name.split("/")[1] != "layer_norm"
        )

    for conv in ("conv1", "conv2"):
        copy(f"encoder.{conv}", f"encoder/{conv}")
    put("encoder.positional_embedding", variables["encoder/position_encodings/encodings"])
    copy("encoder.ln_post", "encoder/layer_norm")
    put("decoder.token_embedding.weight", variables["decoder/embeddings/weight"])
    put("decoder.positional_embedding", variables["decoder/position_encodings/encodings"])
    copy("decoder.ln", "decoder/layer_norm")
    depth = {side: layers(side) for side in ("encoder", "decoder")}
    for side, count in depth.items():
        for index in range(count):
            block(side, index)

    audio_state = state["encoder.conv1.weight"].shape[0]
    text_state = state["decoder.token_embedding.weight"].shape[1]
    dims = {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": state["encoder.positional_embedding"].shape[0],
        "n_audio_state": audio_state,
        "n_audio_head": _heads(variables, "encoder", audio_state),
        "n_audio_layer": depth["encoder"],
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": state["decoder.positional_embedding"].shape[0],
        "n_text_state": text_state,
        "n_text_head": _heads(variables, "decoder", text_state),
        "n_text_layer": depth["decoder"],
    }
    return Checkpoint(dims=dims, state_dict=state)


def alignment_heads(folder: Path) -> list[tuple[int, int]]:
    """(layer, head) pairs whose cross-attention follows time, as the folder's config lists them."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return [(int(layer), int(head)) for layer, head in config.get("alignment_heads", [])]


def _heads(variables: dict[str, npt.NDArray[Any]], side: str, width: int) -> int:
    stated = variables.get(f"{side}/num_heads")
    return int(stated) if stated is not None else width // 64  # Whisper's heads are 64 wide
