"""Recordings are found, and what is said of them is read, wherever it stands."""

from __future__ import annotations

import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from earwitness.errors import DependencyMissing, InputError
from earwitness.pipeline.batch import remote
from earwitness.pipeline.batch.sources import find


def put(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def ids(found) -> list[str]:
    return [source.metadata.call_id for source in found]


def test_a_folder_gives_its_recordings_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.wav", "a/one.MP3", "a/notes.txt", ".hidden.wav", ".cache/x.wav"):
        put(tmp_path / name)
    put(tmp_path / "a" / "one.evidence" / "bagit.txt")
    put(tmp_path / "a" / "one.evidence" / "data" / "clips" / "m001.flac")
    put(tmp_path / "old.audit" / "audit.sqlite")
    put(tmp_path / "old.audit" / "calls" / "x" / "clip.flac")
    found = find([str(tmp_path)])
    assert ids(found) == ["a/one.MP3", "b.wav"]
    assert [source.location for source in found] == [
        str(tmp_path / "a" / "one.MP3"),
        str(tmp_path / "b.wav"),
    ]
    assert all(source.size == 1 and source.stamp for source in found)


def test_wildcards_and_lists_of_files(tmp_path: Path) -> None:
    for name in ("x/1.wav", "x/2.wav", "x/2.json", "y/1.raw"):
        put(tmp_path / name)
    assert ids(find([str(tmp_path / "*" / "*.wav")])) == ["x/1.wav", "x/2.wav"]
    assert ids(find([str(tmp_path / "x" / "*")])) == ["1.wav", "2.wav"]
    assert ids(find([str(tmp_path / "y" / "*.raw")])) == ["1.raw"]
    assert ids(find([str(tmp_path / "x/1.wav"), str(tmp_path / "y/1.raw")])) == ["1.raw", "1.wav"]
    put(tmp_path / "y" / "1.wav")
    with pytest.raises(InputError, match=r"same id 1\.wav"):
        find([str(tmp_path / "x" / "1.wav"), str(tmp_path / "y" / "1.wav")])


def test_file_names_speak_by_named_groups(tmp_path: Path) -> None:
    put(tmp_path / "billing" / "Ana_20240319T101500_in_77.wav")
    put(tmp_path / "billing" / "unnamed.wav")
    pattern = r"^(?P<team>\w+)/(?P<agent>[^_]+)_(?P<date>\w+)_(?P<direction>in|out)_(?P<desk>\d+)"
    first, second = find([str(tmp_path)], pattern=pattern)
    assert first.metadata.model_dump() == {
        "call_id": "billing/Ana_20240319T101500_in_77.wav", "agent": "Ana", "team": "billing",
        "queue": "", "date": "2024-03-19T10:15:00", "direction": "inbound",
        "extra": {"desk": "77"},
    }  # fmt: skip
    assert second.metadata.agent == ""
    parts = find([str(tmp_path)], pattern=r"_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T")
    assert parts[0].metadata.date == "2024-03-19"
    for wrong in ("(", "no groups"):
        with pytest.raises(InputError, match="--pattern"):
            find([str(tmp_path)], pattern=wrong)


def test_sidecars_say_more_than_names_and_lists_more_than_both(tmp_path: Path) -> None:
    put(tmp_path / "bob.wav")
    put(tmp_path / "bob.json", json.dumps({"Agent": "Robert", "Queue": "sales", "turns": [1]}))
    put(tmp_path / "eve.wav")
    put(tmp_path / "eve.wav.json", json.dumps({"agent": "Eve", "ID": "c-9"}))
    put(tmp_path / "eve.json", json.dumps({"agent": "wrong"}))
    put(tmp_path / "tom.wav")
    put(tmp_path / "tom.json", json.dumps({"name": "tom", "duration": 3}))
    pattern = r"(?P<agent>\w+)\.wav"
    bob, eve, tom = find([str(tmp_path)], pattern=pattern)
    assert (bob.metadata.agent, bob.metadata.queue) == ("Robert", "sales")
    assert bob.metadata.extra == {}
    assert (eve.metadata.call_id, eve.metadata.agent) == ("c-9", "Eve")
    assert (tom.metadata.agent, tom.metadata.extra) == ("tom", {}), "JSON of another kind"
    put(tmp_path / "tom.json", "{broken")
    assert "sidecar" in find([str(tmp_path)])[-1].problem
    listed = put(tmp_path / "list.csv", "path,agent\nbob.wav,Bobby\n")
    (only,) = find([str(listed)], pattern=pattern)
    assert only.metadata.agent == "Bobby"


def test_a_list_is_read_as_spreadsheets_write_it(tmp_path: Path) -> None:
    put(tmp_path / "calls" / "1.wav")
    text = '\ufeffCall ID;File;Agent;Direction;Note\r\nc1;calls/1.wav;"Ång, A";OUT;a\r\n;;;;\r\n'
    put(tmp_path / "list.csv", text)
    (one,) = find([str(tmp_path / "list.csv")])
    assert one.location == str(tmp_path / "calls" / "1.wav")
    assert one.metadata.model_dump(exclude_defaults=True) == {
        "call_id": "c1", "agent": "Ång, A", "direction": "outbound", "extra": {"note": "a"}
    }  # fmt: skip
    lines = '{"path": "calls/1.wav", "date": "2024-03-19"}\n\n{"path": "calls/gone.wav"}\n'
    gone, one = sorted(
        find([str(put(tmp_path / "l.jsonl", lines))]), key=lambda source: source.problem == ""
    )
    assert one.metadata.date == "2024-03-19"
    assert "gone.wav" in gone.problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agent\nAna\n", "line 2 names no recording"),
        ("path,agent\na.wav,b,c\n", "line 2 has more fields"),
        ("path\na.wav\na.wav\n", "lines 2 and 3 have the same id"),
        ("path\n", "lists no recordings"),
    ],
)
def test_an_unusable_list_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    put(tmp_path / "a.wav")
    with pytest.raises(InputError, match=told):
        find([str(put(tmp_path / "list.csv", text))])


def test_urls_are_searched_alike() -> None:
    system = fsspec.filesystem("memory")
    for name in ("/bucket/july/1.wav", "/bucket/july/old/bagit.txt", "/bucket/july/old/c.flac"):
        system.pipe_file(name, b"x")
    system.pipe_file("/bucket/july/1.json", b'{"agent": "Ana"}')
    system.pipe_file("/bucket/l.csv", b"path,team\njuly/1.wav,blue\n")
    try:
        (one,) = find(["memory://bucket/july"])
        assert (one.metadata.call_id, one.metadata.agent) == ("1.wav", "Ana")
        assert remote.read(one.location) == b"x"
        assert ids(find(["memory://bucket/*/*.wav"])) == ["july/1.wav"]
        assert ids(find(["memory://bucket/july/1.wav"])) == ["1.wav"]
        (listed,) = find(["memory://bucket/l.csv"])
        assert (listed.metadata.team, remote.read(listed.location)) == ("blue", b"x")
        with pytest.raises(InputError, match="No recordings"):
            find(["memory://bucket/august"])
    finally:
        system.rm("/bucket", recursive=True)


def test_a_missing_package_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    fsspec.get_filesystem_class("file")
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(DependencyMissing, match=r"earwitness\[s3\]"):
        find(["s3://bucket/calls"])


def test_nothing_there_is_told(tmp_path: Path) -> None:
    for what in ("nowhere", "*.wav", "s.txt"):
        with pytest.raises(InputError):
            find([str(tmp_path / what)])


def test_a_list_takes_sidecars_and_a_folder_is_looked_into_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{n:03d}.wav" for n in range(200)]
    for name in names:
        put(tmp_path / name)
    put(tmp_path / "007.json", json.dumps({"agent": "James", "queue": "sales"}))
    looks: list[Path] = []
    iterdir = Path.iterdir

    def count(path: Path):
        looks.append(path)
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", count)
    found = find([str(tmp_path / name) for name in names])
    assert [s.metadata.agent for s in found if s.metadata.agent] == ["James"]
    assert looks == [tmp_path]
    listed = put(tmp_path / "list.csv", "path,agent\n007.wav,Bond\n")
    (one,) = find([str(listed)])
    assert (one.metadata.agent, one.metadata.queue) == ("Bond", "sales")


def test_a_name_that_no_file_can_have_is_a_problem_of_its_row(tmp_path: Path) -> None:
    put(tmp_path / "a.wav")
    lines = (
        '{"path": "a.wav"}\n{"path": "b\\u0000.wav"}\n{"path": "\\ud800.wav", "agent": "\\udcff"}'
    )
    found = find([str(put(tmp_path / "l.jsonl", lines))])
    assert [bool(source.problem) for source in found] == [True, False, True]
    for source in found:
        text = source.metadata.model_dump_json() + source.location + source.problem
        assert "\0" not in text
        text.encode()


SIGNED = "https://me:pw@host.example/calls/a.wav?X-Signature=abc&token=xyz"


def test_what_is_secret_in_a_url_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "look", lambda url: remote.Listed(url, 4, "tag"))
    listed = put(tmp_path / "list.csv", f"url\n{SIGNED}\n")
    (one,) = find([str(listed)])
    assert one.location == SIGNED, "it is needed to fetch the call"
    assert one.metadata.call_id == "https://host.example/calls/a.wav"
    assert remote.name_of(SIGNED) == "a.wav"
    told = remote.redacted(f"403, url={SIGNED} and {SIGNED}")
    for secret in ("abc", "xyz", "pw@"):
        assert secret not in told
    assert remote.redacted("s3://bucket/what?.wav") == "s3://bucket/what?.wav"


def test_a_signed_url_of_the_web_is_found_and_fetched(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    put(tmp_path / "a.wav", "one")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a.wav?X-Signature=secret"
        (one,) = find([url])
        assert one.metadata.call_id == "a.wav"
        assert one.size == 3
        remote.fetch(one.location, tmp_path / "here.wav")
        assert (tmp_path / "here.wav").read_text("utf-8") == "one"
        listed = put(tmp_path / "list.csv", f"url,id\n{url.replace('a.wav', 'gone.wav')},g\n")
        (gone,) = find([str(listed)])
        assert "gone.wav" in gone.problem
        assert "secret" not in gone.problem
        server.shutdown()
