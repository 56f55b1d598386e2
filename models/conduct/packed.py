"""A network's weights in eight bits: how they are stored, and how they are computed with.

Each row of a matrix is whole numbers times one scale. A linear layer rounds each token's input to
eight bits too, by that token's own largest value, so that a turn's score does not depend on what
else is in its batch, and multiplies whole numbers: exact, and where the processor can, about twice
as fast as the same numbers in floats (docs/measurements.md). The method is LLM.int8's vector-wise
product (Dettmers et al., 2022) without its outliers. The card says what the rounding costs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

SCALE = ".scale"
"""Follows the name of a packed matrix in the name of its scales."""

LEVELS = 127

_LEAST = 1e-12
"""No scale is 0: a row of zeros stays one."""


def write(state: dict[str, Any], path: Path) -> None:
    """Write a state dict: matrices as int8 with a scale a row, the rest in single precision."""
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for name, value in state.items():
        if value.ndim != 2:
            tensors[name] = value.to(torch.float32).contiguous()
            continue
        scale = value.abs().amax(dim=1).clamp(min=_LEAST).to(torch.float32) / LEVELS
        tensors[name] = torch.round(value / scale[:, None]).to(torch.int8).contiguous()
        tensors[name + SCALE] = scale
    save_file(tensors, path, metadata={"format": "pt"})


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote, every tensor in single precision, as training goes on from it."""
    from safetensors.torch import load_file

    return _in_floats(load_file(path))


def _in_floats(tensors: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.float() * tensors[name + SCALE][:, None] if name + SCALE in tensors else value
        for name, value in tensors.items()
        if not name.endswith(SCALE)
    }


def load(network: Any, encoder: str, path: Path) -> None:
    """Give the network what `write` wrote; linear layers of its part `encoder` stay eight bits.

    Everything else (word embeddings, the head) is single precision again.
    """
    import torch
    from safetensors.torch import load_file

    tensors, placed = load_file(path), set()
    for name, module in list(network.get_submodule(encoder).named_modules()):
        if isinstance(module, torch.nn.Linear):
            full = f"{encoder}.{name}"
            parts = [tensors.pop(f"{full}.{part}") for part in ("weight", "weight" + SCALE, "bias")]
            layer = linear_class()(*parts)
            placed |= {f"{full}.{part}" for part in layer.state_dict()}
            network.set_submodule(full, layer)
    found = _in_floats(tensors)
    if missing := network.state_dict().keys() - found.keys() - placed:
        raise KeyError(f"{path} lacks {', '.join(sorted(missing))}")
    network.load_state_dict(found, strict=False)


@cache
def linear_class() -> Any:
    """The linear layer in eight bits, a torch module."""
    import torch

    class EightBitLinear(torch.nn.Module):
        """`y = x Wᵀ + b` with W in int8 rows and x rounded token by token."""

        weight: torch.Tensor
        scale: torch.Tensor
        bias: torch.Tensor

        def __init__(self, weight: Any, scale: Any, bias: Any) -> None:
            super().__init__()
            self.register_buffer("weight", weight)
            self.register_buffer("scale", scale)
            self.register_buffer("bias", bias)

        def forward(self, x: Any) -> Any:
            """Shape (…, in) to (…, out), float32."""
            rows = x.reshape(-1, x.shape[-1])
            step = rows.abs().amax(dim=1, keepdim=True).clamp_(min=_LEAST).div_(LEVELS)
            whole = (rows / step).round_()
            able = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
            if able and whole.device.type == "cpu":
                out = torch._int_mm(whole.to(torch.int8), self.weight.t()).to(torch.float32)
            else:  # the same whole numbers, multiplied as floats
                self.weight = self.weight.to(torch.float32)
                out = whole @ self.weight.t()
            out = out.mul_(step).mul_(self.scale).add_(self.bias)
            return out.reshape(*x.shape[:-1], -1)

    return EightBitLinear
