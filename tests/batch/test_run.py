"""An audit goes on whatever happens to its calls, its workers and itself."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from earwitness.errors import InputError, ModelError
from earwitness.pipeline.audit import AuditOptions
from earwitness.pipeline.batch import probe
from earwitness.pipeline.batch.documents import Writing
from earwitness.pipeline.batch.finished import finished
from earwitness.pipeline.batch.machine import only_one
from earwitness.pipeline.batch.state import State
from earwitness.pipeline.call import Call
from stand_in import Watch, audit, make, reasons, recipe, same

TESTS = Path(__file__).parents[1]


def test_a_bad_call_stops_no_other(tmp_path: Path) -> None:
    calls = make(tmp_path / "in", a="one", b="fail", c="crash", d="two", e="die", f="hang")
    report = audit(calls, tmp_path / "out", jobs=2, time_limit=2.0)
    assert (report.calls, report.analysed, report.waiting) == (2, 2, 0)
    told = reasons(tmp_path / "out")
    assert list(told) == ["b.wav", "c.wav", "e.wav", "f.wav"]
    assert told["b.wav"].endswith("holds no sound")
    assert told["c.wav"].endswith("ValueError: nobody thought of this")
    assert "ended its worker 2 times (signal 9)" in told["e.wav"]
    assert "longer than the limit of 2 s" in told["f.wav"]
    assert all("\n" not in reason for reason in told.values())
    assert sorted(p.name for p in (tmp_path / "out" / "calls").iterdir()) == ["a.wav", "d.wav"]
    assert not (tmp_path / "out" / "work").exists()


def test_failed_calls_are_taken_up_again_when_asked(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one", b="fail"), tmp_path / "out"
    audit(calls, out)
    watch = Watch()
    audit(calls, out, watch)
    assert watch.begun == 0, "a failure is not repeated unasked"
    audit(calls, out, watch, retry_failed=True)
    assert [o.id for o in watch.outcomes] == ["b.wav"]
    make(calls, b="mended")
    assert audit(calls, out, watch).failures == []


def test_nothing_new_starts_no_worker_and_writes_nothing(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one", b="one"), tmp_path / "out"
    report = audit(calls, out)
    assert (report.calls, report.duplicates, report.audio) == (2, 1, 60.0)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.name != ".lock"}
    again = audit(calls, out, recipe=recipe(maker="no.such.module:Worker"))
    assert again.written is None
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.name != ".lock"} == before
    titled = audit(calls, out, writing=Writing(AuditOptions(title="July")))
    assert titled.written is not None
    (out / "audit.html").unlink()
    assert audit(calls, out).written is not None


def test_other_options_are_refused_unless_everything_is_done_again(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one"), tmp_path / "out"
    audit(calls, out)
    with pytest.raises(InputError, match=r"other options \(light\)"):
        audit(calls, out, recipe=recipe(light=True))
    report = audit(calls, out, recipe=recipe(light=True), force=True)
    assert report.analysed == 1
    assert report.written is not None, "the same call, but another record"
    assert (out / "calls" / "a.wav" / "call.json").is_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(InputError, match="not an audit folder"):
        audit(calls, tmp_path / "mine")


def test_a_worker_that_cannot_start_ends_it_with_the_reason(tmp_path: Path) -> None:
    calls = make(tmp_path / "in", a="one")
    with pytest.raises(ModelError, match="models pull base"):
        audit(calls, tmp_path / "out", recipe=recipe(maker="stand_in:Broken"))
    assert audit(calls, tmp_path / "out").calls == 1


def test_a_worker_that_grows_is_replaced(tmp_path: Path) -> None:
    texts = {f"c{n:02d}": f"plain {n}" for n in range(6)} | {
        f"g{n}": "grow\n" + str(n) for n in (1, 2, 3)
    }
    calls, watch = make(tmp_path / "in", **texts), Watch()
    # The plain ones are larger, and so come first.
    for n in range(6):
        make(calls, **{f"c{n:02d}": f"plain {n}" * 10})
    audit(calls, tmp_path / "out", watch)
    grown = [o.memory for o in watch.outcomes if o.id.startswith("g")]
    assert len(grown) == 3
    assert max(grown) < 2 * min(grown), "each 200 MB fell to a fresh worker"


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one"), tmp_path / "out"
    out.mkdir()
    with only_one(out), pytest.raises(InputError, match="Another audit is at work"):
        audit(calls, out)


def test_results_go_below_a_url_and_the_record_comes_back(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one"), tmp_path / "out"
    url = (tmp_path / "store").as_uri()
    audit(calls, out, recipe=recipe(results=url))
    assert (tmp_path / "store" / "calls" / "a.wav" / "data" / "page.html").is_file()
    assert [p.name for p in (out / "calls" / "a.wav").iterdir()] == ["call.json"]
    (call,) = finished(out)[0]
    assert (
        call.record.read_bytes()
        == (tmp_path / "store" / "calls" / "a.wav" / "data" / "call.json").read_bytes()
    )
    assert call.meanings.is_file()


PROGRAM = """
import sys
from pathlib import Path
from stand_in import audit
if __name__ == "__main__":
    audit(Path(sys.argv[1]), Path(sys.argv[2]), jobs=2)
"""


def start(calls: Path, out: Path) -> subprocess.Popen[str]:
    """The audit as a process of its own, to be killed or stopped."""
    program = calls.parent / "program.py"
    program.write_text(PROGRAM, "utf-8")
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(program), str(calls), str(out)],
        env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_killed_again_and_again_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    texts = {f"c{n:02d}": f"slow\n{n}" for n in range(10)} | {"x": "fail", "y": "slow\n3"}
    calls = make(tmp_path / "in", **texts)
    audit(calls, tmp_path / "plain", jobs=2)
    out, chance, seen = tmp_path / "killed", random.Random(7), set[int]()
    for _ in range(4):
        process = start(calls, out)
        until = time.monotonic() + 20
        begun = len(finished(out)[0]) if (out / "audit.sqlite").is_file() else 0
        while time.monotonic() < until and process.poll() is None:
            # Somewhere after the first call of this round has come in.
            time.sleep(chance.uniform(0.05, 0.5))
            if (out / "audit.sqlite").is_file() and len(finished(out)[0]) > begun:
                break
        process.kill()
        process.communicate()
        seen.add(len(finished(out)[0]))
    assert len(seen) > 2, "it was killed in the middle"
    assert start(calls, out).wait(60) == 0
    assert same(tmp_path / "plain", out)
    assert len(finished(out)[0]) == 11
    assert list(reasons(out)) == ["x.wav"]


def test_workers_do_not_outlive_a_killed_audit(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="hang", b="hang 2"), tmp_path / "out"
    process = start(calls, out)
    until = time.monotonic() + 20
    children: list[int] = []
    while len(children) < 2 and time.monotonic() < until:
        time.sleep(0.1)
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = [int(p) for p in listed.read_text().split()] if listed.exists() else []
    process.kill()
    process.communicate()
    while time.monotonic() < until and any(Path(f"/proc/{p}").exists() for p in children):
        time.sleep(0.1)
    assert children
    assert not [p for p in children if Path(f"/proc/{p}").exists()]


def test_stopped_by_hand_it_writes_what_is_finished(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="a longer one", b="hang"), tmp_path / "out"
    process = start(calls, out)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        time.sleep(0.1)
        if (out / "audit.sqlite").is_file() and finished(out)[0]:
            break
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0, told
    assert told == ""
    assert "a.wav" in (out / "audit.html").read_text("utf-8")
    assert not (out / "work").exists()


def shas(out: Path) -> None:
    """Every record is of the recording that its row names."""
    for call in finished(out)[0]:
        record = Call.model_validate_json(call.record.read_bytes())
        assert record.recording.sha256 == call.sha256


def test_results_never_replace_recordings(tmp_path: Path) -> None:
    team = tmp_path / "team"
    (team / "calls").mkdir(parents=True)
    calls = make(team / "calls", a="one")
    (tmp_path / "link").symlink_to(team)
    for results in (team.as_uri(), (tmp_path / "link").as_uri()):
        with pytest.raises(InputError, match="choose another --results"):
            audit(calls, tmp_path / "out", recipe=recipe(results=results))
    assert (calls / "a.wav").read_text("utf-8") == "one"
    # A folder of somebody else's at the place of a result, with JSON of that name in it.
    store = tmp_path / "store"
    theirs = store / "calls" / "a.wav" / "call.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text('{"agent": "Ana"}', "utf-8")
    out = tmp_path / "out"
    audit(calls, out, recipe=recipe(results=store.as_uri()))
    assert "is left alone" in reasons(out)["a.wav"]
    assert theirs.read_text("utf-8") == '{"agent": "Ana"}'
    assert not list((store / "attempts").glob("*"))


def test_a_result_below_a_url_is_replaced_by_an_accepted_one_alone(tmp_path: Path) -> None:
    calls, out, store = make(tmp_path / "in", a="one", b="two"), tmp_path / "out", tmp_path / "s"
    audit(calls, out, recipe=recipe(results=store.as_uri()))
    before = {p: p.read_bytes() for p in store.rglob("*") if p.is_file()}
    # Killed while a result was published: half of it is there, and marked as such.
    half = store / "calls" / "b.wav"
    (half / ".part").write_bytes(b"")
    (half / "data" / "call.json").unlink()
    # An attempt that nobody will accept, of a worker that woke up late.
    with State(out) as state:
        token = state.told("token")
    late = store / "attempts" / token / "late" / "calls" / "a.wav"
    late.mkdir(parents=True)
    (late / "half.html").write_text("half", "utf-8")
    make(calls, b="fail")
    audit(calls, out, recipe=recipe(results=store.as_uri()))
    kept = {p: data for p, data in before.items() if "a.wav" in str(p)}
    assert {p: p.read_bytes() for p in kept} == kept
    make(calls, b="three")
    audit(calls, out, recipe=recipe(results=store.as_uri()))
    shas(out)
    assert not (half / ".part").exists()
    assert b"three" in (half / "data" / "call.json").read_bytes()
    assert not late.exists()


def test_force_gives_nothing_up_before_there_is_something_in_its_place(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one", b="two"), tmp_path / "out"
    audit(calls, out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != ".lock"}
    broken = recipe(maker="stand_in:Broken", light=True)
    with pytest.raises(ModelError):
        audit(calls, out, recipe=broken, force=True)
    (calls / "a.wav").write_text("die", "utf-8")
    (calls / "b.wav").unlink()
    with pytest.raises(InputError, match="other options"):
        audit(calls, out, recipe=broken)
    make(calls, a="one", b="two")
    after = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != ".lock"}
    assert after.keys() == before.keys()
    assert [n for n in after if after[n] != before[n] and n.name != "audit.sqlite"] == []
    assert audit(calls, out).analysed == 0, "nor did the state change"


def test_a_changed_recording_that_fails_costs_nothing_else(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one", b="two"), tmp_path / "out"
    audit(calls, out)
    make(calls, b="fail")
    report = audit(calls, out)
    assert (report.calls, list(reasons(out))) == (1, ["b.wav"])
    audit(calls, out)
    assert b"two" in (out / "calls" / "b.wav" / "data" / "call.json").read_bytes()
    make(calls, b="mended")
    assert audit(calls, out).failures == []
    shas(out)


class Stopped(Watch):
    """Presses Ctrl-C after some calls."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after

    def outcome(self, outcome, size: int) -> None:
        super().outcome(outcome, size)
        if len(self.outcomes) == self._after:
            raise KeyboardInterrupt


def test_a_force_or_retry_that_is_cut_short_goes_on(tmp_path: Path) -> None:
    calls = make(tmp_path / "in", a="one", b="two", c="three", d="fail", e="fail\n2")
    out = tmp_path / "out"
    audit(calls, out)
    first = Stopped(2)
    report = audit(calls, out, first, force=True, recipe=recipe(light=True))
    assert report.stopped
    assert f"{report.waiting} waiting" in (out / "audit.html").read_text("utf-8")
    with pytest.raises(InputError, match="other options"):
        audit(calls, out)
    second = Watch()
    audit(calls, out, second, force=True, recipe=recipe(light=True))
    done = [o.id for o in (*first.outcomes, *second.outcomes)]
    assert sorted(done) == ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"]
    assert "0 waiting" in (out / "audit.html").read_text("utf-8")
    third, fourth = Stopped(1), Watch()
    audit(calls, out, third, retry_failed=True, recipe=recipe(light=True))
    audit(calls, out, fourth, retry_failed=True, recipe=recipe(light=True))
    assert sorted(o.id for o in (*third.outcomes, *fourth.outcomes)) == ["d.wav", "e.wav"]
    fifth = Watch()
    audit(calls, out, fifth, retry_failed=True, recipe=recipe(light=True))
    assert len(fifth.outcomes) == 2, "one that was not cut short begins anew"


def test_all_calls_are_measured_by_one_ruler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, out = make(tmp_path / "in", a="one"), tmp_path / "out"
    audit(calls, out)
    make(calls, b="two")
    monkeypatch.setenv("STAND_IN_ENGINE", "another")
    with pytest.raises(InputError, match=r"another ruler \(engine another instead of stand-in\)"):
        audit(calls, out)
    assert audit(calls, out, force=True).analysed == 2
    make(calls, c="three")
    monkeypatch.delenv("STAND_IN_ENGINE")
    with pytest.raises(InputError, match="another ruler"):
        audit(calls, out)


def test_options_are_bound_by_a_call_that_is_done(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one"), tmp_path / "out"
    with pytest.raises(ModelError):
        audit(calls, out, recipe=recipe(light=True, maker="stand_in:Broken"))
    assert audit(calls, out).analysed == 1


def test_a_failed_call_that_was_taken_away_is_forgotten(tmp_path: Path) -> None:
    calls, out = make(tmp_path / "in", a="one", b="fail"), tmp_path / "out"
    assert len(audit(calls, out).failures) == 1
    (calls / "b.wav").unlink()
    (calls / "a.wav").unlink()
    make(calls, c="three")
    report = audit(calls, out)
    assert (report.failures, report.calls) == ([], 2), "a finished one stays"


def test_where_nothing_can_be_written_no_call_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, out, watch = make(tmp_path / "in", a="one"), tmp_path / "out", Watch()
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(InputError):
        audit(calls, out, watch, recipe=recipe(results=(tmp_path / "file").as_uri()))
    assert watch.begun == 0

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(InputError, match="No space left"):
            audit(calls, out, watch)
    assert watch.begun == 0
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(InputError, match="what is finished stays"):
            audit(calls, out, watch)
    with monkeypatch.context() as patch:
        patch.setattr(State, "done", lambda *_, **__: (_ for _ in ()).throw(sqlite3.Error("full")))
        with pytest.raises(InputError, match="what is finished stays"):
            audit(calls, out, watch)
    assert audit(calls, out).calls == 1
    shas(out)


def test_a_probe_of_the_driver_is_looked_for_by_workers(tmp_path: Path) -> None:
    for staging in (str(tmp_path / "work"), (tmp_path / "store").as_uri()):
        with pytest.raises(InputError):
            probe.find(staging)
        probe.leave(staging)
        probe.find(staging)
    assert [p.name for p in (tmp_path / "work").iterdir()] == [probe.MARK]


def test_names_that_are_not_utf8_and_folders_that_are_shut_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, out = make(tmp_path / "in", a="one"), tmp_path / "out"
    Path(os.fsdecode(os.fsencode(calls) + b"/caf\xe9.wav")).write_text("two", "utf-8")
    make(calls / "shut", s="three")
    scan = os.scandir

    def refuse(path: str):
        if str(path).endswith("shut"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        report = audit(calls, out)
    assert report.calls == 1
    told = reasons(out)
    assert list(told) == ["caf\\xe9.wav", "shut"]
    assert "rename it" in told["caf\\xe9.wav"]
    assert "Permission denied" in told["shut"]
    Path(os.fsdecode(os.fsencode(calls) + b"/caf\xe9.wav")).unlink()
    report = audit(calls, out)
    assert (report.calls, report.failures) == (2, [])
