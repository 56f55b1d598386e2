"""CAM++: a speaker embedding network (Wang et al., Interspeech 2023, arXiv:2303.00332).

A densely connected TDNN whose layers are gated by context-aware masks, behind a small 2-D
convolutional front end. Written after the paper, with the module names of the published 3D-Speaker
checkpoint so that its weights load.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

GROWTH = 32
BOTTLENECK = 128
BLOCKS = ((12, 3, 1), (24, 3, 2), (16, 3, 2))
"""(layers, kernel, dilation) of the three dense blocks."""
CONTEXT_FRAMES = 100
"""Frames (1 s) over which the context mask pools locally."""


def _activation(channels: int, *, relu: bool = True, affine: bool = True) -> nn.Sequential:
    steps: OrderedDict[str, nn.Module] = OrderedDict()
    steps["batchnorm"] = nn.BatchNorm1d(channels, affine=affine)
    if relu:
        steps["relu"] = nn.ReLU()
    return nn.Sequential(steps)


class _Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut; `stride` thins the frequency axis."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, channels, 1, (stride, 1), bias=False),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(inner + self.shortcut(x))


class _FrontEnd(nn.Module):
    """(batch, mels, frames) → (batch, channels * mels / 8, frames)."""

    def __init__(self, mels: int, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.layer2 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.out_channels = channels * (mels // 8)

    def forward(self, x: Tensor) -> Tensor:
        maps = torch.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        maps = torch.relu(self.bn2(self.conv2(self.layer2(self.layer1(maps)))))
        return maps.flatten(1, 2)


class _ContextMask(nn.Module):
    """A convolution gated by what surrounds it: the mean of all, and of each second."""

    def __init__(self, dilation: int, kernel: int) -> None:
        super().__init__()
        padding = (kernel - 1) // 2 * dilation
        self.linear_local = nn.Conv1d(
            BOTTLENECK, GROWTH, kernel, padding=padding, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(BOTTLENECK, BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(BOTTLENECK // 2, GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        local = nn.functional.avg_pool1d(x, CONTEXT_FRAMES, CONTEXT_FRAMES, ceil_mode=True)
        local = local.repeat_interleave(CONTEXT_FRAMES, dim=-1)[..., : x.shape[-1]]
        context = x.mean(-1, keepdim=True) + local
        gate = torch.sigmoid(self.linear2(torch.relu(self.linear1(context))))
        gated: Tensor = self.linear_local(x) * gate
        return gated


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _activation(channels)
        self.linear1 = nn.Conv1d(channels, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _activation(BOTTLENECK)
        self.cam_layer = _ContextMask(dilation, kernel)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return torch.cat([x, inner], dim=1)


class _Projection(nn.Module):
    """A convolution and its activation, in either order."""

    def __init__(self, linear: nn.Conv1d, activation: nn.Sequential, *, first: bool) -> None:
        super().__init__()
        self.linear, self.nonlinear, self._activate_first = linear, activation, first

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor
        if self._activate_first:
            result = self.linear(self.nonlinear(x))
        elif x.dim() == 2:
            result = self.nonlinear(self.linear(x.unsqueeze(-1)).squeeze(-1))
        else:
            result = self.nonlinear(self.linear(x))
        return result


class CAMPlusPlus(nn.Module):
    """Filter banks (batch, frames, mels), mean-normalised, → embeddings (batch, dimensions)."""

    def __init__(self, mels: int = 80, dimensions: int = 192, channels: int = 128) -> None:
        super().__init__()
        self.head = _FrontEnd(mels)
        first = nn.Conv1d(self.head.out_channels, channels, 5, 2, 2, bias=False)
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        parts["tdnn"] = _Projection(first, _activation(channels), first=False)
        for index, (layers, kernel, dilation) in enumerate(BLOCKS, 1):
            dense: OrderedDict[str, nn.Module] = OrderedDict()
            for layer in range(layers):
                dense[f"tdnnd{layer + 1}"] = _DenseLayer(channels, kernel, dilation)
                channels += GROWTH
            parts[f"block{index}"] = nn.Sequential(dense)
            halving = nn.Conv1d(channels, channels // 2, 1, bias=False)
            parts[f"transit{index}"] = _Projection(halving, _activation(channels), first=True)
            channels //= 2
        parts["out_nonlinear"] = _activation(channels)
        self.xvector = nn.Sequential(parts)
        dense_out = nn.Conv1d(2 * channels, dimensions, 1, bias=False)
        self.xvector.add_module(
            "dense",
            _Projection(dense_out, _activation(dimensions, relu=False, affine=False), first=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Filter banks (batch, frames, mels) to embeddings (batch, dimensions)."""
        maps = self.head(x.transpose(1, 2))
        *body, dense = self.xvector
        for part in body:
            maps = part(maps)
        statistics = torch.cat([maps.mean(-1), maps.std(-1)], dim=1)
        embedding: Tensor = dense(statistics)
        return embedding
