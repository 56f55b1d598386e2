"""The folder is whole or not there, the same every time, and eats nothing that is not its own."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import captions, clips, markdown, text
from earwitness.pipeline.evidence.document import build
from earwitness.pipeline.evidence.folder import write_evidence
from earwitness.pipeline.evidence.schema import call_schema, call_text, schema_text

ROOT = Path(__file__).parents[2]
Put = Callable[..., Call]
Sound = Callable[[Call], Callable[[float, float], tuple[np.ndarray, int]]]
NAMES = ["rude", "dual", "hostile", "alphabets", "empty"]


@pytest.fixture(params=NAMES)
def call(request: pytest.FixtureRequest) -> Call:
    return request.getfixturevalue(request.param)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_call_same_bytes(call: Call, tmp_path: Path, put: Put) -> None:
    put(call, tmp_path / "a")
    put(call, tmp_path / "elsewhere" / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "elsewhere" / "b")


def test_nothing_is_written_over(rude: Call, empty: Call, tmp_path: Path, put: Put) -> None:
    folder = tmp_path / "x.evidence"
    put(rude, folder)
    before = tree(folder)
    with pytest.raises(InputError, match="--force"):
        put(empty, folder)
    assert tree(folder) == before
    put(empty, folder, force=True)
    assert tree(folder) != before
    assert [p.name for p in tmp_path.iterdir()] == ["x.evidence"]


def test_force_spares_what_is_not_evidence(rude: Call, tmp_path: Path, put: Put) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "call.json").write_text('{"mine": true}')
    with pytest.raises(InputError, match="not an evidence folder"):
        put(rude, folder, force=True)
    assert tree(folder) == {"call.json": b'{"mine": true}'}
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        put(rude, tmp_path / "file", force=True)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(InputError):
        put(rude, tmp_path / "link", force=True)


@pytest.mark.parametrize("when", [0, 3, 20])
def test_interruption_leaves_nothing_new(
    rude: Call, tmp_path: Path, when: int, put: Put, sound: Sound
) -> None:
    folder = tmp_path / "x"
    put(rude, folder)
    before, read, count = tree(folder), sound(rude), [0]

    def interrupted(start: float, end: float) -> tuple[np.ndarray, int]:
        count[0] += 1
        if count[0] > when:
            raise KeyboardInterrupt
        return read(start, end)

    with pytest.raises(KeyboardInterrupt):
        write_evidence(rude, folder, read_audio=interrupted, run={}, force=True)
    assert tree(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_clips_hold_the_recording(dual: Call, tmp_path: Path, put: Put, sound: Sound) -> None:
    read = sound(dual)
    written = put(dual, tmp_path / "x")
    flagged = [m for m in written.moments if m.level != "note"]
    assert flagged
    assert all(m.clip for m in flagged)
    for moment in flagged:
        pcm, rate = clips.decode(next((tmp_path / "x").rglob(Path(str(moment.clip)).name)))
        start, end = clips.clip_span(moment, duration=dual.recording.duration)
        assert start <= max(moment.start - 2, 0) + 0.001
        assert end >= moment.end
        assert (pcm == clips.to_pcm16(read(start, end)[0])).all()
        assert rate == dual.recording.rate


def test_record_is_true_to_its_schema(call: Call) -> None:
    document = call_text(call)
    jsonschema.validate(json.loads(document), call_schema())
    assert (
        Call.model_validate_json(document).turns
        == Call.model_validate_json(call.model_dump_json()).turns
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", document)
    assert "\\u04d9" not in document


def test_published_schema_is_current() -> None:
    assert (ROOT / "docs" / "call.schema.json").read_text(encoding="utf-8") == schema_text()


class Page(HTMLParser):
    """What a browser would act on in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.raw = {"style": "", "script": ""}
        self.words = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [str(dict(attrs)["id"])] if "id" in dict(attrs) else []
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside] += data
        else:
            self.words += data


def test_page_is_closed_and_escaped(call: Call, tmp_path: Path, put: Put) -> None:
    put(call, tmp_path / "x")
    source = next((tmp_path / "x").rglob("evidence.html")).read_text(encoding="utf-8")
    page = Page()
    page.feed(source)
    names = [tag for tag, _ in page.tags]
    assert names.count("script") == names.count("style") == 1
    assert not {"img", "iframe", "object", "embed", "link", "b>mar", "image"} & set(names)
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"], tag
        for name in ("href", "src", "action"):
            assert (attrs.get(name) or "#").startswith(("#", "data:audio/")), (tag, attrs)
    policy = next(str(a["content"]) for t, a in page.tags if "http-equiv" in a)
    for content in page.raw.values():
        digest = hashlib.sha256(content.encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert "unsafe" not in policy
    assert len(page.ids) == len(set(page.ids))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", source)
    anchors = [str(a.get("href"))[1:] for t, a in page.tags if t == "a"]
    assert set(anchors) <= set(page.ids)


def test_hostile_words_are_shown_as_text(hostile: Call, tmp_path: Path, put: Put) -> None:
    put(hostile, tmp_path / "x")
    page = Page()
    page.feed(next((tmp_path / "x").rglob("evidence.html")).read_text(encoding="utf-8"))
    for said in ("<script>alert(document.domain)</script>", "{{7*7}}", "⟨U+202E⟩evil", "#set"):
        assert said in page.words
    assert "49" not in build(hostile).lines[2].text
    vtt = next((tmp_path / "x").rglob("transcript.vtt")).read_text(encoding="utf-8")
    assert all(
        re.fullmatch(r"(WEBVTT|)|[\d:.]+ --> [\d:.]+|(<v [\w ]+>)?[^<>]*", line)
        for line in vtt.split("\n")
    )
    srt = next((tmp_path / "x").rglob("transcript.srt")).read_text(encoding="utf-8")
    assert not re.search(r"[<{]", srt)
    rttm = next((tmp_path / "x").rglob("speakers.rttm")).read_text(encoding="utf-8")
    assert all(len(line.split()) == 10 for line in rttm.splitlines())


def test_markdown_shows_hostile_words_as_text(hostile: Call) -> None:
    from markdown_it import MarkdownIt

    tokens = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .parse(markdown.render(build(hostile)))
    )
    kinds = [child.type for token in tokens for child in token.children or []]
    assert "html_inline" not in kinds
    assert "html_block" not in [token.type for token in tokens]
    assert "link_open" not in kinds  # no clip was written, so nothing links
    assert "<script>alert(document.domain)</script>" in "".join(
        child.content for token in tokens for child in token.children or []
    )


def test_no_speech_is_said_plainly(empty: Call, tmp_path: Path, put: Put) -> None:
    put(empty, tmp_path / "x")
    for name in ("evidence.md", "evidence.html", "transcript.txt"):
        path = next((tmp_path / "x").rglob(name))
        assert "No speech was found" in path.read_text(encoding="utf-8"), name
    assert next((tmp_path / "x").rglob("transcript.vtt")).read_text() == "WEBVTT\n"


def test_lines_hold_every_word_once(call: Call) -> None:
    lines = build(call).lines
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    said = "".join(text.visible(w.text) for turn in call.turns for w in turn.words)
    assert "".join(p.text for line in lines for p in line.pieces) == said
    assert all(len(line.text) <= 64 for line in lines)


def test_cues_are_in_order_and_inside_the_call(rude: Call) -> None:
    cues = list(captions.cues_of(build(rude).lines))
    assert all(cue.end - cue.start <= captions.CUE_LONGEST for cue in cues)
    assert all(a.end <= b.start + 0.001 for a, b in itertools.pairwise(cues))
    assert max(len(cue.text) for cue in cues) <= 2 * captions.CUE_WIDTH


def test_a_doubtful_role_is_marked_everywhere(rude: Call) -> None:
    speakers = [s.model_copy(update={"role_confidence": 0.6}) for s in rude.speakers]
    document = build(rude.model_copy(update={"speakers": speakers}))
    assert {party.label for party in document.parties} == {"Agent?", "Customer?"}
    assert sum("is uncertain" in limit for limit in document.limits) == 2
    assert all("uncertain" in item.sentence for item in document.findings)


def test_weight_does_not_depend_on_the_side(rude: Call) -> None:
    swap = {"agent": "customer", "customer": "agent"}
    turned = rude.model_copy(
        update={
            "moments": [m.model_copy(update={"role": swap[m.role]}) for m in rude.moments],
            "speakers": [s.model_copy(update={"role": swap[s.role]}) for s in rude.speakers],
        }
    )
    assert [i.id for i in build(rude).by_weight] == [i.id for i in build(turned).by_weight]


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from conftest import RUDE, make_call, sound_of
from earwitness.pipeline.evidence.folder import write_evidence
call = make_call(RUDE[:16])
write_evidence(call, Path(sys.argv[2]), read_audio=sound_of(call), run={"at": "now"}, whole=True)
"""


def test_same_bytes_under_another_sky(tmp_path: Path) -> None:
    """Another time zone, locale, user, folder, hash seed and umask."""
    here = str(Path(__file__).parent)
    base = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    for name, changes, mask in (
        ("a", {"TZ": "Pacific/Kiritimati", "LANG": "C", "PYTHONHASHSEED": "1", "HOME": "/"}, 0o022),
        ("b/c", {"TZ": "America/Lima", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2",
                 "USER": "somebody", "HOME": str(tmp_path)}, 0o077),
    ):  # fmt: skip
        (tmp_path / name).mkdir(parents=True)
        subprocess.run(
            [sys.executable, "-c", SCRIPT, here, str(tmp_path / name / "e")],
            env={**base, **changes},
            cwd=tmp_path / name,
            umask=mask,
            check=True,
        )
    assert tree(tmp_path / "a" / "e") == tree(tmp_path / "b" / "c" / "e")
