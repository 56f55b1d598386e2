"""The same work on a Ray cluster of two nodes on this machine."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from earwitness.errors import InputError
from earwitness.pipeline.audit import AuditOptions
from earwitness.pipeline.batch.documents import Writing
from earwitness.pipeline.batch.finished import finished
from earwitness.pipeline.batch.run import Report, run_audit
from earwitness.pipeline.batch.sources import find
from stand_in import Watch, make, reasons, recipe, same, write

pytest.importorskip("ray")

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


def run(calls: Path, out: Path, watch: Watch, **options: Any) -> Report:
    made = {"recipe": recipe(), "jobs": 2, **options}
    return run_audit(
        out, find([str(calls)]), made.pop("recipe"), Writing(AuditOptions()), watch,
        ray=made.pop("address"), write=write, **made,
    )  # fmt: skip


def test_a_node_is_lost_and_nothing_with_it(tmp_path: Path, cluster) -> None:
    made, second = cluster
    texts = {f"c{n:02d}": f"slow\n{n}" for n in range(24)} | {"x": "fail", "y": "crash"}
    calls = make(tmp_path / "in", **texts)
    run(calls, tmp_path / "plain", Watch(), address=None)
    watch = Watch()

    def lose() -> None:
        while len(watch.outcomes) < 6:
            time.sleep(0.05)
        made.remove_node(second, allow_graceful=False)

    killer = threading.Thread(target=lose)
    killer.start()
    # No number of workers: as many as there is room for, before the loss and after it.
    report = run(calls, tmp_path / "out", watch, address=made.address, jobs=0)
    killer.join()
    assert (report.calls, len(report.failures), report.waiting) == (24, 2, 0)
    assert same(tmp_path / "plain", tmp_path / "out")
    assert sorted(o.id for o in watch.outcomes) == sorted(f"{name}.wav" for name in texts)
    assert any("lost" in note for note in watch.notes), "it had a call in hand"


def test_calls_that_hang_or_kill_cost_only_themselves(tmp_path: Path, cluster) -> None:
    made, _ = cluster
    calls = make(tmp_path / "in", a="one", b="die", c="hang", d="two")
    url = (tmp_path / "store").as_uri()
    report = run(
        calls, tmp_path / "out", Watch(), address=made.address, time_limit=3.0,
        recipe=recipe(results=url, light=True),
    )  # fmt: skip
    told = reasons(tmp_path / "out")
    assert list(told) == ["b.wav", "c.wav"]
    assert "lost its worker 4 times" in told["b.wav"]
    assert "limit of 3 s" in told["c.wav"]
    assert report.calls == len(finished(tmp_path / "out")[0]) == 2
    assert (tmp_path / "store" / "calls" / "a.wav" / "call.json").is_file()


def test_one_worker_outlives_one_bad_call(tmp_path: Path, cluster) -> None:
    made, _ = cluster
    calls = make(tmp_path / "in", a="die, and again", b="one", c="two")
    make(calls, a="die\nand again, the longest of all")
    report = run(calls, tmp_path / "out", Watch(), address=made.address, jobs=1)
    assert (report.calls, list(reasons(tmp_path / "out"))) == (2, ["a.wav"])


def test_a_worker_that_no_node_can_hold_is_refused(tmp_path: Path, cluster) -> None:
    made, _ = cluster
    calls = make(tmp_path / "in", a="one")
    with pytest.raises(InputError, match="No node of the cluster has the 4 cores"):
        run(calls, tmp_path / "out", Watch(), address=made.address, recipe=recipe(threads=4))
