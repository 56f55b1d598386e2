"""Every change to an evidence folder is found, and named by its file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import bagit
import numpy as np
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import bag, clips
from earwitness.pipeline.evidence.verify import verify

Put = Callable[..., Call]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one evidence folder is made for the whole module."""
    return tmp_path_factory.mktemp("made") / "e"


@pytest.fixture
def folder(alphabets: Call, put: Put, made: Path, tmp_path: Path) -> Path:
    if not made.exists():
        put(alphabets, made, reference="Case 7", info=bag.BagInfo(case="7", contact="A. Öberg"))
    shutil.copytree(made, tmp_path / "e")
    return tmp_path / "e"


def flip(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(at * (len(data) - 1))] ^= 1
    path.write_bytes(bytes(data))


def clip(folder: Path) -> Path:
    return next((folder / "data" / "clips").iterdir())


def rebag(folder: Path) -> None:
    """Hash everything anew, as somebody would who knows how a bag is made."""
    call = Call.model_validate_json((folder / "data" / "call.json").read_text("utf-8"))
    run = json.loads((folder / "run.json").read_text("utf-8"))
    bag.close(folder, call, info=bag.BagInfo(), run=run)


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


NAMES = [
    "bagit.txt", "bag-info.txt", "run.json",
    "manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt",
    "tagmanifest-sha512.txt", "data/call.json", "data/evidence.html", "data/evidence.md",
    "data/evidence.pdf", "data/transcript.txt", "data/transcript.vtt", "data/transcript.srt",
    "data/speakers.rttm", "data/waveform.json", "data/view.json",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_is_found(folder: Path, name: str) -> None:
    for at in (0.0, 0.37, 1.0):
        before = (folder / name).read_bytes()
        flip(folder / name, at)
        failures = verify(folder).failures
        assert any(name in f.file or "manifest" in name for f in failures), (name, at)
        (folder / name).write_bytes(before)
    assert verify(folder).ok


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_found(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(f.file == name for f in verify(folder).failures)


def _rename(f: Path) -> None:
    clip(f).rename(f / "data" / "clips" / "renamed.flac")


def _swap_clips(f: Path) -> None:
    page, text = f / "data" / "evidence.md", f / "data" / "transcript.txt"
    a, b = page.read_bytes(), text.read_bytes()
    page.write_bytes(b)
    text.write_bytes(a)


def _link(f: Path) -> None:
    target = f / "data" / "evidence.md"
    copy = f.parent / "elsewhere.md"
    shutil.move(target, copy)
    target.symlink_to(copy)


def _silence(f: Path) -> None:
    pcm, rate = clips.decode(clip(f))
    pcm[:, len(pcm) // 2 :] = 0
    clip(f).write_bytes(clips.encode((pcm / 32768).astype(np.float32), rate))
    rebag(f)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a flipped bit in a clip": lambda f: flip(clip(f), 0.5),
    "a missing clip": lambda f: clip(f).unlink(),
    "a renamed clip": _rename,
    "two files swapped": _swap_clips,
    "a file for a link": _link,
    "an extra file beside": lambda f: (f / "note.txt").write_text("x"),
    "an extra file inside": lambda f: (f / "data" / "note.txt").write_text("x"),
    "an extra clip": lambda f: shutil.copy(clip(f), f / "data" / "clips" / "more.flac"),
    "an extra folder": lambda f: (f / "data" / "more").mkdir(),
    "an extra file in an extra folder": lambda f: (
        (f / "notes").mkdir(),
        (f / "notes" / "x").write_text("x"),
    ),
    "a hidden file": lambda f: (f / "data" / ".hidden").write_text("x"),
    "an extra seal": lambda f: ((f / "seal").mkdir(), (f / "seal" / "x").write_text("x")),
    "a byte added at an end": lambda f: (f / "data" / "evidence.md").open("ab").write(b"\n"),
    "a truncated document": lambda f: (f / "data" / "evidence.pdf").write_bytes(b"%PDF"),
    "an emptied document": lambda f: (f / "data" / "evidence.html").write_bytes(b""),
    "line ends changed": lambda f: (f / "data" / "transcript.srt").write_bytes(
        (f / "data" / "transcript.srt").read_bytes().replace(b"\n", b"\r\n")
    ),
    "a manifest line dropped": lambda f: (f / "manifest-sha256.txt").write_text(
        "".join((f / "manifest-sha256.txt").read_text().splitlines(keepends=True)[1:])
    ),
    "a manifest line twice": lambda f: (f / "manifest-sha256.txt").write_text(
        (f / "manifest-sha256.txt").read_text() + (f / "manifest-sha256.txt").read_text()
    ),
    "digests in capitals": lambda f: (f / "manifest-sha256.txt").write_text(
        (f / "manifest-sha256.txt").read_text().upper()
    ),
    "the run changed": lambda f: swap(f / "run.json", "now", "then"),
    "the case number changed": lambda f: swap(
        f / "bag-info.txt", "External-Identifier: 7", "External-Identifier: 8"
    ),
    # From here on, the one who changes it also hashes everything anew.
    "a document edited, all hashed anew": lambda f: (
        swap(f / "data" / "evidence.md", "Record", "Recorded"),
        rebag(f),
    ),
    "a transcript edited, all hashed anew": lambda f: (
        swap(f / "data" / "transcript.txt", "Växjö", "Malmö"),
        rebag(f),
    ),
    "the page edited, all hashed anew": lambda f: (
        swap(f / "data" / "evidence.html", "Machine findings, not", "Human findings, not"),
        rebag(f),
    ),
    "the PDF replaced, all hashed anew": lambda f: (
        (f / "data" / "evidence.pdf").write_bytes(b"%PDF-1.7\n"),
        rebag(f),
    ),
    "a file added, all hashed anew": lambda f: (
        swap(f / "data" / "speakers.rttm", "SPEAKER", "SPEAKER"),
        (f / "data" / "call.json").write_text((f / "data" / "call.json").read_text() + " "),
        rebag(f),
    ),
    "a quote edited, all hashed anew": lambda f: (
        swap(f / "data" / "call.json", '"quote": "Сен', '"quote": "Сіз'),
        rebag(f),
    ),
    "a quote under the other name, all hashed anew": lambda f: (
        swap(f / "data" / "call.json", '"speaker": "A",\n   "role": "agent",\n   "turn"',
             '"speaker": "C",\n   "role": "agent",\n   "turn"'),
        rebag(f),
    ),
    "the record is no record": lambda f: (f / "data" / "call.json").write_text("[]"),
    "a silenced clip, all hashed anew": _silence,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(folder: Path, change: str) -> None:
    CHANGES[change](folder)
    assert verify(folder).failures


def test_a_clip_that_is_not_the_recording_is_found(
    rude: Call, put: Put, sound: Callable[..., clips.ReadAudio], tmp_path: Path
) -> None:
    source = tmp_path / "call.mp3"
    source.write_bytes(b"the recording")
    call = rude.model_copy(
        update={
            "recording": rude.recording.model_copy(
                update={"sha256": hashlib.sha256(b"the recording").hexdigest()}
            )
        }
    )
    put(call, tmp_path / "e")
    read = sound(call)
    assert verify(tmp_path / "e", recording=source, reader=lambda path, call: read).ok

    def louder(start: float, end: float) -> tuple[np.ndarray, int]:
        samples, rate = read(start, end)
        return samples * np.float32(0.98), rate

    verdict = verify(tmp_path / "e", recording=source, reader=lambda path, call: louder)
    assert {f.name for f in verdict.failures} == {"clips"}
    source.write_bytes(b"another recording")
    verdict = verify(tmp_path / "e", recording=source, reader=lambda path, call: read)
    assert {f.name for f in verdict.failures} == {"recording"}


@pytest.mark.parametrize("name", ["rude", "dual", "hostile", "alphabets", "empty"])
def test_it_is_a_bag_for_others_too(
    request: pytest.FixtureRequest, put: Put, tmp_path: Path, name: str
) -> None:
    put(request.getfixturevalue(name), tmp_path / "e")
    found = bagit.Bag(str(tmp_path / "e"))
    found.validate()
    assert found.info["Recording-SHA256"]
    assert verify(tmp_path / "e").ok


def test_what_is_no_evidence_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an evidence folder"):
        verify(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        verify(tmp_path / "none")


def test_the_recording_can_lie_inside(rude: Call, put: Put, tmp_path: Path) -> None:
    source = tmp_path / "a call.mp3"
    source.write_bytes(b"sound")
    with pytest.raises(InputError, match="not the recording"):
        put(rude, tmp_path / "e", recording=source)
    assert not (tmp_path / "e").exists()
    recording = rude.recording.model_copy(
        update={"sha256": hashlib.sha256(b"sound").hexdigest(), "name": "../../a call.mp3"}
    )
    put(rude.model_copy(update={"recording": recording}), tmp_path / "e", recording=source)
    assert [p.read_bytes() for p in (tmp_path / "e" / "data" / "recording").iterdir()] == [b"sound"]
    assert verify(tmp_path / "e").ok


def test_times_finer_than_the_record_do_not_show(rude: Call, put: Put, tmp_path: Path) -> None:
    moments = [
        m.model_copy(update={"start": m.start - 0.00041, "end": m.end + 0.00043})
        for m in rude.moments
    ]
    turns = [
        t.model_copy(
            update={"words": [w.model_copy(update={"start": w.start + 0.0002}) for w in t.words]}
        )
        for t in rude.turns
    ]
    put(rude.model_copy(update={"moments": moments, "turns": turns}), tmp_path / "e")
    assert verify(tmp_path / "e").ok
