"""What is to be done follows from what is there and what is known, and from nothing else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from earwitness.errors import InputError
from earwitness.pipeline.audited import Metadata
from earwitness.pipeline.batch import remote
from earwitness.pipeline.batch.copies import PART, READERS, part_of, sha256_of
from earwitness.pipeline.batch.finished import finished
from earwitness.pipeline.batch.plan import clear_half_done, plan
from earwitness.pipeline.batch.sources import Source, find
from earwitness.pipeline.batch.state import State, place_of, record_at


class Hashes:
    """Counts what was opened."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def __call__(self, location: str) -> str:
        self.opened.append(Path(location).name)
        return sha256_of(location)


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, text in (("a", "same"), ("b", "same"), ("c", "else"), ("d", "longer")):
        (folder / f"{name}.wav").write_text(text, "utf-8")
    return folder


@pytest.fixture
def state(tmp_path: Path):
    (tmp_path / "audit").mkdir()
    with State(tmp_path / "audit") as opened:
        yield opened


def waiting(state: State) -> list[str]:
    return [row.id for row in state.rows("status = 'waiting' AND same_as = ''")]


def finish(state: State) -> None:
    for row in state.rows("status = 'waiting' AND same_as = ''"):
        record = record_at(state.folder, row.place)
        record.parent.mkdir(parents=True)
        record.write_text("{}", "utf-8")
        state.done(row.id, sha256=sha256_of(row.location), duration=1, seconds=1, memory=1)


def test_equal_recordings_are_done_once_and_only_equal_sizes_are_opened(calls, state) -> None:
    hashes = Hashes()
    plan(state, find([str(calls)]), hash_of=hashes)
    assert waiting(state) == ["a.wav", "c.wav", "d.wav"]
    assert sorted(hashes.opened) == ["a.wav", "b.wav", "c.wav"]
    finish(state)
    done, _ = finished(state.folder)
    assert [(c.metadata.call_id, c.same_as) for c in done][:2] == [
        ("a.wav", ""),
        ("b.wav", "a.wav"),
    ]
    assert done[0].record == done[1].record
    assert done[0].sha256 == done[1].sha256


def test_what_did_not_change_is_not_opened_again(calls, state) -> None:
    plan(state, find([str(calls)]))
    finish(state)
    hashes = Hashes()
    plan(state, find([str(calls)]), hash_of=hashes)
    assert hashes.opened == []
    assert waiting(state) == []
    os.utime(calls / "d.wav", (1, 1))
    plan(state, find([str(calls)]), hash_of=hashes)
    assert hashes.opened == ["d.wav"], "another time of change, but the same content"
    assert waiting(state) == []


def test_a_later_copy_shares_the_finished_result(calls, state) -> None:
    plan(state, find([str(calls)]))
    finish(state)
    (calls / "0.wav").write_text("longer", "utf-8")
    plan(state, find([str(calls)]))
    assert waiting(state) == []
    assert {c.metadata.call_id: c.same_as for c in finished(state.folder)[0]}["0.wav"] == "d.wav"


def test_changed_content_is_done_again_and_its_copies_are_told_apart(calls, state) -> None:
    plan(state, find([str(calls)]))
    finish(state)
    (calls / "a.wav").write_text("changed", "utf-8")
    plan(state, find([str(calls)]))
    assert waiting(state) == ["a.wav", "b.wav"]


def test_a_lost_result_is_made_again(calls, state) -> None:
    plan(state, find([str(calls)]))
    finish(state)
    record_at(state.folder, place_of("c.wav")).unlink()
    plan(state, find([str(calls)]))
    assert waiting(state) == ["c.wav"]


def test_an_id_does_not_pass_to_another_recording(calls, state, tmp_path: Path) -> None:
    plan(state, find([str(calls)]))
    finish(state)
    other = tmp_path / "other"
    other.mkdir()
    (other / "d.wav").write_text("longer", "utf-8")
    plan(state, find([str(other)]))  # moved: the same content elsewhere
    assert waiting(state) == []
    (other / "c.wav").write_text("quite another call", "utf-8")
    with pytest.raises(InputError, match=r"The id c\.wav stands for"):
        plan(state, find([str(other)]))


def test_a_problem_that_was_mended_is_taken_up(calls, state) -> None:
    (calls / "d.json").write_text("{", "utf-8")
    plan(state, find([str(calls)]))
    assert [f.metadata.call_id for f in finished(state.folder)[1]] == ["d.wav"]
    (calls / "d.json").write_text('{"agent": "Ana"}', "utf-8")
    plan(state, find([str(calls)]))
    assert waiting(state) == ["a.wav", "c.wav", "d.wav"]
    assert state.rows("id = 'd.wav'")[0].metadata.agent == "Ana"


def test_new_metadata_needs_no_new_analysis(calls, state) -> None:
    plan(state, find([str(calls)]))
    finish(state)
    plan(state, find([str(calls)], pattern=r"(?P<agent>\w)\.wav"))
    assert waiting(state) == []
    assert [c.metadata.agent for c in finished(state.folder)[0]] == list("abcd")


def test_what_is_half_done_is_cleared_away(calls, state) -> None:
    plan(state, find([str(calls)]))
    half = record_at(state.folder, place_of("c.wav"))
    half.parent.mkdir(parents=True)
    half.write_text("{", "utf-8")
    (state.folder / "work" / "9" / "calls").mkdir(parents=True)
    (state.folder / "meanings").mkdir()
    (state.folder / "meanings" / f"{place_of('c.wav')}.npy").write_bytes(b"")
    clear_half_done(state)
    assert [p for p in state.folder.rglob("*") if p.is_file() and "sqlite" not in p.name] == []


def test_places_are_plain_names_and_differ() -> None:
    ids = ["a", "A b", "A-b", "a/b", "../../etc", ".", "ü", "x" * 300, "x" * 301, "a\nb", ""]
    places = [place_of(i) for i in ids]
    assert len(set(places)) == len(ids)
    for place in places:
        assert "/" not in place
        assert not place.startswith(".")
        assert len(place) <= 60


def test_hashes_are_kept_as_they_come_and_told(calls, state, monkeypatch) -> None:
    monkeypatch.setattr("earwitness.pipeline.batch.copies.PATIENCE", -1.0)
    notes: list[str] = []

    def stop(location: str) -> str:
        if location.endswith("b.wav"):
            raise KeyboardInterrupt
        return sha256_of(location)

    with pytest.raises(KeyboardInterrupt):
        plan(state, find([str(calls)]), hash_of=stop, note=notes.append)
    assert notes == ["looking for recordings of equal content: 1 of 3 read"]
    hashes = Hashes()
    plan(state, find([str(calls)]), hash_of=hashes)
    assert hashes.opened == ["b.wav", "c.wav"]
    assert waiting(state) == ["a.wav", "c.wav", "d.wav"]


def fill_alike(folder: Path, middles: dict[str, bytes]) -> None:
    """Recordings of one size that differ in their middle alone."""
    folder.mkdir()
    for name, middle in middles.items():
        (folder / f"{name}.wav").write_bytes(b"\0" * PART + middle + b"\0" * PART)


def test_of_large_recordings_only_those_alike_in_the_middle_are_read(tmp_path, state) -> None:
    folder = tmp_path / "large"
    fill_alike(folder, {f"{n:02d}": bytes([n // 2 if n < 4 else n]) for n in range(20)})
    # Alike in the middle and different elsewhere.
    data = (folder / "02.wav").read_bytes()
    (folder / "20.wav").write_bytes(b"x" + data[1:])
    hashes = Hashes()
    plan(state, find([str(folder)]), hash_of=hashes)
    assert sorted(hashes.opened) == ["00.wav", "01.wav", "02.wav", "03.wav", "20.wav"]
    shared = {row.id: row.same_as for row in state.rows() if row.same_as}
    assert shared == {"01.wav": "00.wav", "03.wav": "02.wav"}


def test_a_copy_of_a_recording_that_is_gone_is_found_by_its_hash(tmp_path, state) -> None:
    folder = tmp_path / "large"
    fill_alike(folder, {"a": b"1"})
    plan(state, find([str(folder)]))
    finish(state)
    (folder / "a.wav").rename(folder / "b.wav")
    plan(state, find([str(folder)]))
    assert {row.id: row.same_as for row in state.rows()} == {"a.wav": "", "b.wav": "a.wav"}


def test_recordings_are_read_side_by_side(tmp_path, state) -> None:
    folder = tmp_path / "large"
    fill_alike(folder, {f"{n:02d}": b"1" for n in range(READERS)})
    together = threading.Barrier(READERS, timeout=20)

    def wait(location: str) -> str:
        together.wait()  # breaks unless all are here
        return sha256_of(location)

    plan(state, find([str(folder)]), hash_of=wait)
    assert waiting(state) == ["00.wav"]


def test_a_part_is_read_alike_behind_a_url(tmp_path) -> None:
    fill_alike(tmp_path / "large", {"a": b"1", "b": b"2"})
    a, b = (tmp_path / "large" / f"{name}.wav" for name in "ab")
    size = a.stat().st_size
    remote.put(a, "memory://parts/a.wav")
    assert part_of("memory://parts/a.wav", size) == part_of(str(a), size) != part_of(str(b), size)
    assert part_of("memory://parts/none.wav", size) == part_of(str(tmp_path / "none"), size) == ""


def test_a_url_that_is_signed_anew_is_the_same_recording(state) -> None:
    def signed(signature: str) -> Source:
        url = f"https://host.example/a.wav?sig={signature}"
        return Source(Metadata(call_id="a"), url, 4, "tag")

    hashes = Hashes()
    plan(state, [signed("one")], hash_of=hashes)
    state.failed("a", "https://host.example/a.wav?sig=one holds no sound")
    plan(state, [signed("two")], hash_of=hashes)
    assert [row.location[-3:] for row in state.rows()] == ["two"]
    (failure,) = finished(state.folder)[1]
    assert "sig" not in failure.source + failure.reason
    assert hashes.opened == []
