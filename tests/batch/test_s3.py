"""Recordings in object storage, and results that go back there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from earwitness.pipeline.audit import AuditOptions
from earwitness.pipeline.batch import remote
from earwitness.pipeline.batch.documents import Writing
from earwitness.pipeline.batch.purge import purge
from earwitness.pipeline.batch.run import run_audit
from earwitness.pipeline.batch.sources import find
from earwitness.pipeline.batch.state import finished
from stand_in import Watch, make, recipe, same, write

pytest.importorskip("s3fs")
pytest.importorskip("moto.server")

pytestmark = pytest.mark.filterwarnings("ignore")


def audit(bucket: str, out: Path, watch: Watch, **options):
    return run_audit(
        out, find([f"{bucket}/calls"]), recipe(results=f"{bucket}/results"),
        Writing(AuditOptions()), watch, jobs=1, write=write, **options,
    )  # fmt: skip


def fill(bucket: str, folder: Path) -> None:
    make(folder, a="one", b="one", c="three", d="fail")
    (folder / "a.json").write_text('{"agent": "Ana"}', "utf-8")
    for path in folder.iterdir():
        remote.put(path, f"{bucket}/calls/{path.name}")


def check(bucket: str, out: Path, watch: Watch) -> None:
    assert sorted(o.id for o in watch.outcomes) == ["a.wav", "c.wav", "d.wav"]
    (failure,) = finished(out)[1]
    assert failure.reason == f"{bucket}/calls/d.wav holds no sound"
    a, b, c = finished(out)[0]
    assert (a.metadata.agent, b.same_as) == ("Ana", "a.wav")
    assert c.record.read_bytes() == remote.read(f"{bucket}/results/calls/c.wav/data/call.json")
    assert remote.read(f"{bucket}/results/calls/c.wav/data/page.html") == b"page"


def test_from_a_bucket_and_back(tmp_path: Path, bucket: str) -> None:
    fill(bucket, tmp_path / "in")
    watch, out = Watch(), tmp_path / "out"
    audit(bucket, out, watch)
    check(bucket, out, watch)
    again = Watch()
    audit(bucket, out, again)
    assert again.begun == 0
    purge(out, "0d", today=date(2100, 1, 1), write=write)
    assert remote.listing(f"{bucket}/results") == []


@pytest.mark.cluster
def test_the_same_on_a_cluster(tmp_path: Path, bucket: str, request: pytest.FixtureRequest) -> None:
    pytest.importorskip("ray")
    fill(bucket, tmp_path / "in")
    audit(bucket, tmp_path / "plain", Watch())
    made, _ = request.getfixturevalue("cluster")
    watch, out = Watch(), tmp_path / "out"
    audit(bucket, out, watch, ray=made.address)
    check(bucket, out, watch)
    assert same(tmp_path / "plain", out)
