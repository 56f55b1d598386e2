"""Several calls as one dossier: in order, nothing lost, each exhibit still whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import case
from earwitness.pipeline.evidence.bag import BagInfo
from earwitness.pipeline.evidence.verify import verify

Put = Callable[..., Call]


def other(call: Call, sha256: str, **changes: object) -> Call:
    recording = call.recording.model_copy(update={"sha256": sha256 * 64, "name": f"{sha256}.mp3"})
    return call.model_copy(update={"recording": recording, **changes})


@pytest.fixture
def folders(rude: Call, alphabets: Call, put: Put, tmp_path: Path) -> list[Path]:
    promising = next(t for t in rude.turns if "Ten working days" in t.text)
    words = [w.model_copy(update={"text": text}) for w, text in zip(
        promising.words, ["refund", "posted", "ten", "days", "now"], strict=False)]  # fmt: skip
    turn = promising.model_copy(update={"words": words})
    promise = rude.moments[0].model_copy(
        update={"id": "pr", "kind": "promise", "level": "note", "turn": turn.id, "quote": turn.text,
                "start": turn.start, "end": turn.end}
    )  # fmt: skip
    listed = promise.model_copy(update={"level": "finding"})
    turns = [turn if t.id == turn.id else t for t in rude.turns]
    put(other(rude, "a", turns=turns, moments=[*rude.moments, listed]), tmp_path / "first",
        info=BagInfo(call_date="2024-03-19"))  # fmt: skip
    put(other(alphabets, "b"), tmp_path / "second", info=BagInfo(call_date="2024-03-12"))
    put(other(rude, "c"), tmp_path / "third", info=BagInfo(call_date="2024-04-02"))
    return [tmp_path / n for n in ("first", "second", "third")]


def test_a_dossier_is_whole(folders: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "case"
    made = case.write_case(folders, target, info=BagInfo(case="Case 7"), title="Northgate")
    assert [c["date"] for c in made.calls] == ["2024-03-12", "2024-03-19", "2024-04-02"]
    assert [c["title"] for c in made.calls] == ["b.mp3", "a.mp3", "c.mp3"]
    (promise,) = made.promises
    assert promise.exhibit == "B"
    assert promise.later.startswith("C, ")
    assert any(entry.later.startswith("asked before in B") for entry in made.requests)
    bagit.Bag(str(target)).validate()
    assert verify(target).ok
    text = (target / "data" / "case.md").read_text("utf-8")
    assert "Northgate" in text
    assert "Case 7" in text
    for letter, folder in zip("BAC", folders, strict=True):
        for path in folder.rglob("*"):
            if path.is_file():
                copy = target / "data" / "exhibits" / letter / path.relative_to(folder)
                assert copy.read_bytes() == path.read_bytes()
    page = target / "data" / "exhibits" / "A" / "data" / "evidence.md"
    page.write_text(page.read_text("utf-8") + "x", "utf-8")
    assert {f.name for f in verify(target).failures} == {"files", "exhibits"}


def test_same_calls_same_dossier(folders: list[Path], tmp_path: Path) -> None:
    for name, order in (("x", folders), ("y", folders[::-1])):
        case.write_case(order, tmp_path / name)
    for path in sorted((tmp_path / "x").rglob("*")):
        if path.is_file():
            again = tmp_path / "y" / path.relative_to(tmp_path / "x")
            assert again.read_bytes() == path.read_bytes(), path.name


def test_a_call_counts_once(folders: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="same recording"):
        case.write_case([folders[0], folders[0]], tmp_path / "case")
    with pytest.raises(InputError, match="not an evidence folder"):
        case.write_case([tmp_path], tmp_path / "case")
    assert not (tmp_path / "case").exists()
