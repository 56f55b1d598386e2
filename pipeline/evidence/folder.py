"""The evidence folder: made whole beside its place, then moved there in one step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..call import Call
from . import clips, timeline
from .bag import PAYLOAD, BagInfo, close, digests, payload
from .clips import ReadAudio
from .redact import cover, redact, sentence
from .render import CALL, DOSSIER, WHOLE, View, render_documents
from .schema import call_text, settled
from .sensitive import DEFAULT
from .text import slug


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def is_evidence(folder: Path) -> bool:
    """Whether `folder` is one of ours, and so may be replaced."""
    for place in (folder / CALL, folder / "data" / CALL):
        try:
            record = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(record, dict) and {"schema_version", "recording"} <= record.keys():
            return True
    return is_dossier(folder)


def is_dossier(folder: Path) -> bool:
    """Whether `folder` is a dossier of several calls (`case.write_case`)."""
    return (folder / "bagit.txt").is_file() and (folder / PAYLOAD / DOSSIER).is_file()


def check_target(folder: Path, *, force: bool) -> None:
    """Refuse a target that must not be written over; call it before the long work begins.

    Raises:
        InputError: something is there and `force` is not given, or it is not an evidence folder.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise InputError(f"{folder} exists and is not an evidence folder: choose another --out.")
    if not force:
        raise InputError(f"{folder} exists already: use --force to replace it, or another --out.")
    if any(folder.iterdir()) and not is_evidence(folder):
        raise InputError(
            f"{folder} is not an evidence folder, so it is left alone even with --force: "
            "choose another --out."
        )


@contextmanager
def made_whole(folder: Path, *, force: bool = False) -> Iterator[Path]:
    """A temporary sibling to write into, which becomes `folder` only when the block succeeds.

    On any way out but success, interruption included, the sibling is removed and what stood at
    `folder` before is still there.
    """
    check_target(folder, force=force)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name[:60]}.", suffix=".part", dir=folder.parent))
    old: Path | None = None
    try:
        yield work
        work.chmod(0o777 & ~_umask())
        check_target(folder, force=force)
        if os.path.lexists(folder):
            old = Path(
                tempfile.mkdtemp(prefix=f".{folder.name[:60]}.", suffix=".old", dir=folder.parent)
            )
            folder.rename(old / "was")
        try:
            work.rename(folder)
        except BaseException:
            if old is not None:
                (old / "was").rename(folder)
            raise
    finally:
        if work.exists():
            shutil.rmtree(work, ignore_errors=True)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write(path: Path, content: bytes) -> str:
    """Write a file, making its folders; returns its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256(content)


def cut_clips(call: Call, read_audio: ReadAudio) -> tuple[Call, dict[str, bytes]]:
    """The clips' bytes by path, and the call with those paths set."""
    files: dict[str, bytes] = {}
    moments = []
    for moment in call.moments:
        path = None
        if moment.level != "note":
            start, end = clips.clip_span(moment, duration=call.recording.duration)
            samples, rate = read_audio(start, end)
            if samples.shape[1]:
                path = f"clips/{clips.clip_name(moment)}"
                files[path] = clips.encode(samples, rate)
        moments.append(moment.model_copy(update={"clip": path}))
    return call.model_copy(update={"moments": moments}), files


def _same_recording(call: Call, recording: Path) -> None:
    found = digests(recording)["sha256"]
    if found != call.recording.sha256:
        raise InputError(
            f"{recording} is not the recording that was analysed: its SHA-256 is {found}, and the "
            f"record has {call.recording.sha256}."
        )


def _copy_recording(call: Call, recording: Path, place: Path) -> None:
    """A copy of the recording, byte for byte."""
    _same_recording(call, recording)
    place.mkdir(parents=True, exist_ok=True)
    suffix = slug(Path(call.recording.name).suffix.lstrip("."), fallback="bin")
    shutil.copyfile(recording, place / f"{_stem(call)}.{suffix}")


def covered_copy(call: Call, place: Path, covered: ReadAudio) -> None:
    """A FLAC copy of the recording as `covered` reads it: with tones over withheld places."""
    duration = call.recording.duration
    starts = np.arange(0.0, duration, clips.WINDOW)
    parts = (covered(float(t), min(float(t) + clips.WINDOW, duration))[0] for t in starts)
    rate = covered(0.0, min(0.1, duration))[1]
    write(place / f"{_stem(call)}.redacted.flac", clips.encode_parts(parts, rate))


def _stem(call: Call) -> str:
    return slug(Path(call.recording.name).stem, fallback="recording")


def write_evidence(
    call: Call,
    folder: Path,
    *,
    read_audio: ReadAudio,
    run: Mapping[str, Any],
    force: bool = False,
    reference: str = "",
    info: BagInfo | None = None,
    amendments: Sequence[str] = (),
    recording: Path | None = None,
    whole: bool = False,
    withhold: frozenset[str] = DEFAULT,
) -> Call:
    """Write the evidence of `call` into `folder`, as a BagIt bag.

    Args:
        call: the whole record.
        folder: where the evidence is to stand; its parents are made.
        read_audio: gives the sound between two times (seconds) as float32 samples (channels, n)
            and their rate in hertz, at the recording's own rate.
        run: what varies between runs (time, host, durations); goes into `run.json` alone.
        force: replace an evidence folder that stands there.
        reference: case number or heading, shown on every page.
        info: who hands the evidence over, for `bag-info.txt`.
        amendments: sentences on what was changed after the machine's record.
        recording: the recording's file, to include a byte-identical copy; where something is
            withheld, a FLAC copy with a tone over those places is included instead.
        whole: embed the whole call, compressed, in the page, so that every word can be heard.
        withhold: kinds of sensitive data to redact (`redact.kinds_of`); empty for none.

    Returns:
        The call as written, with `Moment.clip` set (paths inside `payload(folder)`).

    Raises:
        InputError: `folder` exists and must not be replaced, or `recording` is another file.
    """
    info = info or BagInfo()
    with made_whole(folder, force=force) as work:
        inside = work / PAYLOAD
        call, redactions = redact(settled(call), withhold)
        call = settled(call)
        read_audio = cover(read_audio, redactions)
        notes = [*amendments, *([sentence(redactions)] if redactions else [])]
        written, files = cut_clips(call, read_audio)
        hashes = {path: write(inside / path, data) for path, data in files.items()}
        hashes[CALL] = write(inside / CALL, call_text(written).encode("utf-8"))
        sound = clips.compress(read_audio, call.recording.duration) if whole else None
        if sound:
            hashes[WHOLE] = write(inside / WHOLE, sound)
        documents = render_documents(
            written,
            view=View(
                reference=reference or info.case,
                amendments=tuple(notes),
                redactions=tuple(redactions),
                withhold=withhold,
            ),
            waveform=timeline.measure(read_audio, call.recording.duration),
            hashes=hashes,
            clip_files=files,
            whole=sound,
        )
        for name, data in documents.items():
            write(inside / name, data)
        if recording is not None and redactions:
            _same_recording(call, recording)
            covered_copy(call, inside / "recording", read_audio)
        elif recording is not None:
            _copy_recording(call, recording, inside / "recording")
        close(work, written, info=info, run=run)
    return written


__all__ = ["BagInfo", "check_target", "is_evidence", "payload", "write_evidence"]
