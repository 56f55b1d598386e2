"""Public text sets as partly labelled rows: what a set does not say stays masked.

Written insults are not spoken condescension, so no public row says outright that a phone turn is
rude. What the sets do say is used: that one wording is ruder than another (pairs, for a ranking
loss), that a line is sarcastic, thankful or empathic, that a neutral request is no rudeness. The
sets are no part of this repository; training uses the ones it finds and records which.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

csv.field_size_limit(1 << 24)

HELD_OUT_TENTHS = 2
"""Of ten parts of each paired set, as many are kept for the out-of-domain bench."""

_LONGEST = 60
"""Rows of more words than this are no likely phone turns."""


@dataclass(frozen=True)
class PublicRow:
    """A text with what its set says of it."""

    source: str
    text: str
    context: str = ""
    role: str = ""
    labels: dict[str, bool] = field(default_factory=dict)
    weight: float = 1.0


@dataclass(frozen=True)
class PublicPair:
    """Two texts of which the first is the ruder."""

    source: str
    ruder: str
    civil: str
    weight: float = 1.0


def held_out(text: str) -> bool:
    """Whether a text belongs to the part kept for measuring; decided by its hash alone."""
    return hashlib.sha256(text.encode()).digest()[0] % 10 < HELD_OUT_TENTHS


def read_rows(folder: Path) -> list[PublicRow]:
    """The partly labelled rows of every set found under `folder`, those set apart left out."""
    readers: tuple[Callable[[Path], Iterator[PublicRow]], ...] = (_bitext, _goemotions, _mustard)
    rows = [row for reader in readers for row in reader(folder)]
    return [row for row in rows if len(row.text.split()) <= _LONGEST and not held_out(row.text)]


def read_pairs(folder: Path, *, held: bool = False) -> list[PublicPair]:
    """Pairs ranked by rudeness; `held=True` gives the part that never trains."""
    pairs = [*_paradetox(folder), *_politeness(folder)]
    return [
        pair
        for pair in pairs
        if held_out(pair.ruder) == held and len(pair.ruder.split()) <= _LONGEST
    ]


def _read_csv(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            if delimiter == "\t":
                yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            else:
                yield from csv.DictReader(stream, delimiter=delimiter)


def _bitext(folder: Path) -> Iterator[PublicRow]:
    """Customers' requests; their offensive tag is mostly `damn` at a thing, which is civil here."""
    # Intents that stand close to a moment say nothing sure about it.
    close = {"contact_human_agent", "contact_customer_service", "complaint", "file_complaint"}
    for path in sorted((folder / "bitext" / "intent").glob("*Training*.csv")):
        for row in _read_csv(path):
            text, intent = row.get("utterance", ""), row.get("intent", "")
            if not text:
                continue
            civil = ("rude", "apology", "agent_introduction", "hold", "promise", "empathy")
            labels = dict.fromkeys(civil, False)
            if intent not in close:
                labels |= {"complaint_threat": False, "escalation_request": False}
            yield PublicRow("bitext", text, labels=labels, weight=0.5)


def _goemotions(folder: Path) -> Iterator[PublicRow]:
    """Comments with one clear emotion: thanks, caring and remorse, for their wording."""
    names_file = folder / "goemotions" / "original" / "labels.txt"
    train = folder / "goemotions" / "original" / "train.tsv"
    if not (names_file.is_file() and train.is_file()):
        return
    names = names_file.read_text(encoding="utf-8").split()
    for line in train.read_text(encoding="utf-8").splitlines():
        text, ids, _ = line.split("\t")
        emotions = {names[int(number)] for number in ids.split(",")}
        if emotions == {"gratitude"}:
            yield PublicRow("goemotions", text, labels={"thanks": True, "rude": False}, weight=0.5)
        elif emotions == {"caring"}:
            yield PublicRow("goemotions", text, labels={"rude": False, "thanks": False}, weight=0.3)
        elif emotions == {"remorse"}:
            yield PublicRow("goemotions", text, labels={"rude": False}, weight=0.3)


def _mustard(folder: Path) -> Iterator[PublicRow]:
    """Lines of television dialogue, sarcastic or not; sarcasm among friends may not be rude."""
    path = folder / "mustard" / "sarcasm_data.json"
    if path.is_file():
        for entry in json.loads(path.read_text(encoding="utf-8")).values():
            yield PublicRow(
                "mustard",
                entry["utterance"],
                context=(entry["context"] or [""])[-1],
                labels={"sarcasm": bool(entry["sarcasm"])},
                weight=0.5,
            )


def _paradetox(folder: Path) -> Iterator[PublicPair]:
    """A toxic sentence and a human's civil rewrite of it."""
    for row in _read_csv(folder / "paradetox" / "paradetox.tsv", "\t"):
        if row["toxic"] and row["neutral1"]:
            yield PublicPair("paradetox", row["toxic"], row["neutral1"], 0.5)


def politeness(folder: Path) -> list[tuple[str, str, bool]]:
    """(source, request, impolite) of the outer quartiles of the politeness corpora."""
    found: list[tuple[str, str, bool]] = []
    scored: dict[str, list[tuple[float, str]]] = {}
    for name in ("wikipedia", "stack-exchange"):
        scored[f"stanford-{name}"] = [
            (float(row["Normalized Score"]), row["Request"])
            for row in _read_csv(folder / "stanford_politeness" / f"{name}.annotated.csv")
        ]
    scored["tydip-en"] = [
        (float(row["score"]), row["sentence"])
        for part in ("train", "test")
        for row in _read_csv(folder / "tydip" / "all" / f"en_{part}.csv")
    ]
    for source, rows in scored.items():
        ordered = sorted(rows)
        quarter = len(ordered) // 4
        found += [(source, text, True) for _, text in ordered[:quarter]]
        found += [(source, text, False) for _, text in ordered[len(ordered) - quarter :]]
    return found


def _politeness(folder: Path) -> Iterator[PublicPair]:
    """Requests of the lowest quartile against requests of the highest, within one corpus."""
    rows = [row for row in politeness(folder) if len(row[1].split()) <= _LONGEST]
    for source in sorted({row[0] for row in rows}):
        for held in (False, True):
            part = [row for row in rows if row[0] == source and held_out(row[1]) == held]
            low = [text for _, text, impolite in part if impolite]
            high = [text for _, text, impolite in part if not impolite]
            for ruder, civil in zip(low, high, strict=False):
                yield PublicPair(source, ruder, civil, 0.3)
