"""Recordings in object storage, and results that go back there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.request import urlopen

import pytest
from earwitness.pipeline.audit import AuditOptions
from earwitness.pipeline.batch import remote
from earwitness.pipeline.batch.documents import Writing
from earwitness.pipeline.batch.finished import finished
from earwitness.pipeline.batch.purge import purge
from earwitness.pipeline.batch.run import run_audit
from earwitness.pipeline.batch.sources import find
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
    # A browser finds a call's page below the address of the storage itself.
    for call in finished(out)[0]:
        assert call.page.startswith("http://127.0.0.1:") and call.page.endswith("/evidence.html")
        system, inside = remote.file_system(f"{bucket}/results")
        place = call.page.rsplit("/results", 1)[1].replace("/evidence.html", "/page.html")
        system.chmod(inside + place, "public-read")  # who may read is the storage's to say
        with urlopen(call.page.replace("/evidence.html", "/page.html")) as answer:
            assert answer.read() == b"page"
    again = Watch()
    audit(bucket, out, again)
    assert again.begun == 0
    purge(out, "0d", today=date(2100, 1, 1), write=write)
    assert remote.listing(f"{bucket}/results") == []


def test_light_results_have_no_page_to_lead_to(tmp_path: Path, bucket: str) -> None:
    fill(bucket, tmp_path / "in")
    light = recipe(results=f"{bucket}/results", light=True)
    found = find([f"{bucket}/calls"])
    out = tmp_path / "out"
    run_audit(out, found, light, Writing(AuditOptions()), Watch(), write=write)
    assert {call.page for call in finished(out)[0]} == {""}


def test_web_addresses_are_those_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    s3fs.S3FileSystem.clear_instance_cache()
    host = "s3.eu-west-1.amazonaws.com"
    assert remote.web_address("s3://calls/a b/c#1") == f"https://calls.{host}/a%20b/c%231"
    assert remote.web_address("s3://calls") == f"https://calls.{host}"
    assert remote.web_address("s3://my.calls/a") == f"https://{host}/my.calls/a"
    assert remote.web_address("memory://store/a") == ""
    assert remote.web_address("file:///srv/a b") == "file:///srv/a%20b"
    s3fs.S3FileSystem.clear_instance_cache()


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
