"""Results below a URL, in storage that knows no renaming."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.batch import remote, results
from earwitness.pipeline.evidence.schema import call_text
from stand_in import call_of

STORE = "memory://store"


@pytest.fixture
def attempt(tmp_path: Path):
    """An attempt below the URL, of the call `a.wav`."""
    recording = tmp_path / "a.wav"
    recording.write_text("one", "utf-8")
    data = tmp_path / "made" / "calls" / "a.wav" / "data"
    data.mkdir(parents=True)
    (data / "page.html").write_text("page", "utf-8")
    (data / "call.json").write_text(call_text(call_of(recording, "one")), "utf-8")
    (tmp_path / "made" / "meanings").mkdir()
    (tmp_path / "made" / "meanings" / "a.wav.npy").write_bytes(b"vectors")
    url = f"{results.attempts_of(STORE, 'audit')}/1"
    remote.put(tmp_path / "made", url)
    yield url
    system = fsspec.filesystem("memory")
    if system.exists("/store"):
        system.rm("/store", recursive=True)


def below(name: str) -> list[str]:
    root = f"{STORE}/{name}"
    return [file.url.removeprefix("memory:///store/") for file in remote.listing(root)]


def test_a_result_is_published_whole_and_removed_whole(attempt: str) -> None:
    for _ in range(2):
        results.publish(attempt, STORE, "a.wav")
        assert below("calls") == ["calls/a.wav/data/call.json", "calls/a.wav/data/page.html"]
        assert below("meanings") == ["meanings/a.wav.npy"]
        remote.write(f"{STORE}/calls/a.wav/data/older.html", b"of another result")
    results.clear_attempts(results.attempts_of(STORE, "audit"))
    assert below("attempts") == []
    results.remove(STORE, "a.wav")
    results.remove(STORE, "a.wav")
    assert below("calls") == below("meanings") == []


def test_half_published_it_can_be_published_again(
    attempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.publish(attempt, STORE, "a.wav")
    system = type(fsspec.filesystem("memory"))
    for step in range(12):
        left = [step]

        def stop(real, *args, left=left, **more):
            left[0] -= 1
            if left[0] < 0:
                raise ConnectionError("gone")
            return real(*args, **more)

        with monkeypatch.context() as patch:
            for name in ("rm_file", "cp_file", "pipe_file"):
                real = getattr(system, name)
                patch.setattr(system, name, lambda *a, real=real, **k: stop(real, *a, **k))
            try:
                results.publish(attempt, STORE, "a.wav")
            except InputError:
                assert left[0] < 0
        results.publish(attempt, STORE, "a.wav")
        assert below("calls") == ["calls/a.wav/data/call.json", "calls/a.wav/data/page.html"]
    assert left[0] >= 0, "every step was tried"


def test_what_is_somebody_elses_is_left_alone(attempt: str) -> None:
    remote.write(f"{STORE}/calls/a.wav", b"a recording")
    with pytest.raises(InputError, match="is left alone"):
        results.publish(attempt, STORE, "a.wav")
    results.remove(STORE, "a.wav")
    assert remote.read(f"{STORE}/calls/a.wav") == b"a recording"
