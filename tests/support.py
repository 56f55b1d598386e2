"""What tests share: the sample calls with their truth, and sound made on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES = Path(__file__).parent.parent / "samples" / "calls"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))


def truth_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def sample(name: str, layout: str = "mono") -> Path:
    return SAMPLES / f"{name}.{layout}.flac"


def tone(seconds: float, *, rate: int = 16_000, hertz: float = 440.0, level: float = 0.3) -> Any:
    t = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


Write = Callable[..., Path]
