"""Check an evidence folder: files, record, quotes, documents, seals, and the recording itself.

Everything that is checked is listed, whether it holds or not, so that a reader sees what the
verdict covers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from ...errors import EarwitnessError, InputError
from ..call import Call
from . import clips
from .bag import (
    ALGORITHMS,
    DECLARATION,
    PAYLOAD,
    RUN,
    SEALS,
    digests,
    files_in,
    manifest,
    run_holds,
)
from .clips import ReadAudio
from .redact import cover
from .render import (
    CALL,
    DOSSIER,
    VIEW,
    WAVEFORM,
    WHOLE,
    View,
    load_waveform,
    render_documents,
)
from .schema import call_text
from .seal import SIGNATURE, STAMP, check_signature, check_stamp

TAGS = ("bagit.txt", "bag-info.txt", *(f"manifest-{name}.txt" for name in ALGORITHMS))
UNLISTED = (RUN, *(f"tagmanifest-{name}.txt" for name in ALGORITHMS))

CLIP_TOLERANCE = 1
"""Steps of a 16-bit sample by which a clip may differ from the recording: decoders round."""


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str = ""
    file: str = ""


@dataclass(frozen=True)
class Verdict:
    """Everything that was checked."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Every check holds."""
        return all(check.ok for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """What does not hold."""
        return tuple(check for check in self.checks if not check.ok)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


class _Ledger:
    """Collects checks; a name without a failure becomes one check that holds."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def fail(self, name: str, detail: str, file: str = "") -> None:
        check = Check(name, False, detail, file)
        if check not in self.checks:
            self.checks.append(check)

    def hold(self, name: str, detail: str = "") -> None:
        if not any(check.name == name and not check.ok for check in self.checks):
            self.checks.append(Check(name, True, detail))


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _listed(folder: Path, kind: str, algorithm: str, out: _Ledger) -> dict[str, str] | None:
    """Digests by path from a manifest that must be exactly as it would be written."""
    name = f"{kind}-{algorithm}.txt"
    text = _read(folder / name)
    if text is None:
        out.fail("manifests", "missing or not UTF-8", name)
        return None
    width = hashlib.new(algorithm).digest_size * 2
    entries: dict[str, str] = {}
    for line in text.splitlines():
        match = re.fullmatch(rf"([0-9a-f]{{{width}}})  (\S.*)", line)
        if match is None:
            out.fail("manifests", f"a line cannot be read: {line[:80]!r}", name)
            return None
        entries[re.sub("%(25|0A|0D)", lambda m: chr(int(m[1], 16)), match[2])] = match[1]
    if manifest(entries) != text:
        out.fail("manifests", "not as it was written (order, spaces or repeated lines)", name)
    return entries


def _manifests(folder: Path, out: _Ledger) -> None:
    present: dict[str, Path] = {}
    for path in files_in(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            out.fail("files", "is a link, not a file", name)
        present[name] = path
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            out.fail("files", "is an empty folder", path.relative_to(folder).as_posix())
    if _read(folder / "bagit.txt") != DECLARATION:
        out.fail("manifests", "is not the declaration of a BagIt 1.0 bag", "bagit.txt")
    sums = {name: digests(path) for name, path in present.items() if path.is_file()}
    _compare(folder, present, sums, out)
    seals = {f"{SEALS}/{SIGNATURE}", f"{SEALS}/{STAMP}"}
    for name in sorted(present):
        if "/" in name and not name.startswith(f"{PAYLOAD}/") and name not in seals:
            out.fail("files", "not part of this evidence", name)
    for name in TAGS + UNLISTED:
        if name not in present:
            out.fail("files", "missing", name)
    text = _read(folder / RUN)
    if text is None or not run_holds(text):
        out.fail("files", "changed (its own checksum differs)", RUN)
    out.hold("files", f"{len(present)} files, SHA-256 and SHA-512")
    out.hold("manifests", "as they were written")


def _compare(
    folder: Path, present: dict[str, Path], sums: dict[str, dict[str, str]], out: _Ledger
) -> None:
    """Hold what is there against what the manifests list."""
    for kind, expected in (
        ("manifest", {n for n in present if n.startswith(f"{PAYLOAD}/")}),
        ("tagmanifest", {n for n in present if "/" not in n} - set(UNLISTED)),
    ):
        for algorithm in ALGORITHMS:
            entries = _listed(folder, kind, algorithm, out)
            if entries is None:
                continue
            lost = sorted(entries.keys() - present.keys())
            extra = sorted(expected - entries.keys())
            for name in lost:
                same = [n for n in extra if sums.get(n, {}).get(algorithm) == entries[name]]
                told = f"missing; {same[0]} has its content (renamed)" if same else "missing"
                out.fail("files", told, name)
            for name in extra:
                out.fail("files", "not part of this evidence", name)
            for name in sorted(entries.keys() & present.keys()):
                if sums.get(name, {}).get(algorithm) != entries[name]:
                    out.fail("files", "changed", name)


def _record(inside: Path, out: _Ledger) -> Call | None:
    text = _read(inside / CALL)
    if text is None:
        out.fail("record", "missing or not UTF-8", f"{PAYLOAD}/{CALL}")
        return None
    try:
        call = Call.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        out.fail("record", f"not a call record: {where}: {problem['msg']}", f"{PAYLOAD}/{CALL}")
        return None
    if call_text(call) != text:
        out.fail("record", "not as it was written", f"{PAYLOAD}/{CALL}")
    out.hold("record", f"schema {call.schema_version}")
    return call


def _quotes(call: Call, inside: Path, out: _Ledger) -> None:
    turns = {turn.id: turn for turn in call.turns}
    last = -1.0
    for turn in sorted(call.turns, key=lambda t: (t.start, t.end)):
        if turn.start < last - 0.001 or turn.end > call.recording.duration + 0.5:
            out.fail("quotes", f"turn {turn.id} lies outside the recording", f"{PAYLOAD}/{CALL}")
        last = turn.start
    count = 0
    for moment in call.moments:
        if not moment.quote:
            continue
        own = turns.get(moment.turn) if moment.turn is not None else None
        among = [own] if own else [t for t in call.turns if t.speaker == moment.speaker]
        words = [
            word.text
            for t in among
            for word in t.words
            if word.start >= moment.start - 0.002 and word.end <= moment.end + 0.002
        ]
        count += 1
        if " ".join(words).split() != moment.quote.split():
            out.fail("quotes", f"{moment.id} quotes words that were not heard there",
                     f"{PAYLOAD}/{CALL}")  # fmt: skip
        if own is not None and own.speaker != moment.speaker:
            out.fail("quotes", f"{moment.id} is under another speaker’s name", f"{PAYLOAD}/{CALL}")
        if moment.clip and not (inside / moment.clip).is_file():
            out.fail("quotes", f"{moment.id} has no clip", f"{PAYLOAD}/{moment.clip}")
    out.hold("quotes", f"{count} quotes are words heard at their times")


def _documents(call: Call, inside: Path, out: _Ledger) -> None:
    """Render everything again: a document that was edited and hashed anew is found."""
    from ... import __version__

    if call.provenance.earwitness != __version__:
        out.hold("documents", f"not compared: made by earwitness {call.provenance.earwitness}")
        return
    try:
        view = View.load((inside / VIEW).read_text(encoding="utf-8"))
        waveform = load_waveform((inside / WAVEFORM).read_text(encoding="utf-8"))
        files = {m.clip: (inside / m.clip).read_bytes() for m in call.moments if m.clip}
        whole = (inside / WHOLE).read_bytes() if (inside / WHOLE).exists() else None
        hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        hashes[CALL] = hashlib.sha256((inside / CALL).read_bytes()).hexdigest()
        if whole is not None:
            hashes[WHOLE] = hashlib.sha256(whole).hexdigest()
        again = render_documents(
            call, view=view, waveform=waveform, hashes=hashes,
            clip_files=files, whole=whole,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EarwitnessError) as error:
        out.fail("documents", f"cannot be rendered again from the record: {error}")
        return
    for name, data in again.items():
        path = inside / name
        if not path.is_file() or path.read_bytes() != data:
            out.fail("documents", "does not say what the record says", f"{PAYLOAD}/{name}")
    out.hold("documents", f"{len(again)} documents say what the record says")


def _exhibits(inside: Path, out: _Ledger) -> None:
    """Every call of a dossier, checked as it would be alone."""
    count = 0
    for exhibit in sorted((inside / "exhibits").glob("?")):
        count += 1
        try:
            found = verify(exhibit)
        except InputError as error:
            out.fail("exhibits", str(error), f"{PAYLOAD}/exhibits/{exhibit.name}")
            continue
        for check in found.failures:
            file = f"{PAYLOAD}/exhibits/{exhibit.name}/{check.file}"
            out.fail("exhibits", f"{check.name}: {check.detail}", file)
    if count == 0:
        out.fail("exhibits", "the dossier holds no call", f"{PAYLOAD}/exhibits")
    out.hold("exhibits", f"{count} calls, each whole")


def _covered(inside: Path, read_audio: ReadAudio) -> ReadAudio:
    """The recording with the same places covered as in the clips."""
    try:
        view = View.load((inside / VIEW).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return read_audio
    return cover(read_audio, view.redactions)


def _recording(
    call: Call, inside: Path, recording: Path, read_audio: ReadAudio | None, out: _Ledger
) -> None:
    if not recording.is_file():
        raise InputError(f"{recording} is not a file.")
    found = digests(recording)["sha256"]
    if found != call.recording.sha256:
        out.fail("recording", f"another file: SHA-256 {found}, the record has "
                 f"{call.recording.sha256}", str(recording))  # fmt: skip
        return
    out.hold("recording", "the file that was analysed, byte for byte")
    if read_audio is None:
        return
    count = 0
    for moment in call.moments:
        if not moment.clip or not (inside / moment.clip).is_file():
            continue
        count += 1
        start, end = clips.clip_span(moment, duration=call.recording.duration)
        samples, rate = read_audio(start, end)
        try:
            pcm, clip_rate = clips.decode(inside / moment.clip)
        except (OSError, ValueError, IndexError):
            out.fail("clips", "cannot be decoded", f"{PAYLOAD}/{moment.clip}")
            continue
        expected = clips.to_pcm16(samples)
        if clip_rate != rate or pcm.shape != expected.shape:
            out.fail("clips", "not cut from the recording at its times", f"{PAYLOAD}/{moment.clip}")
        elif pcm.size and np.abs(pcm.astype(int) - expected).max() > CLIP_TOLERANCE:
            out.fail("clips", "does not sound like the recording", f"{PAYLOAD}/{moment.clip}")
    out.hold("clips", f"{count} clips are the recording, sample for sample")


def verify(
    folder: Path,
    *,
    recording: Path | None = None,
    reader: Callable[[Path, Call], ReadAudio] | None = None,
    trusted_key: Path | None = None,
    tsa_roots: Sequence[Path] = (),
) -> Verdict:
    """Check the evidence in `folder`.

    Args:
        folder: what `write_evidence` or `case.write_case` made.
        recording: the recording's file, to be compared with the record and the clips.
        reader: opens the recording for reading, given its path and the record; places that were
            withheld are covered here as they were in the clips.
        trusted_key: public key that the signature must come from.
        tsa_roots: certificates that the time stamp must go back to.

    Raises:
        InputError: `folder` is no folder, or no evidence at all.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    inside = folder / PAYLOAD
    if not (inside / CALL).exists() and not (folder / "bagit.txt").exists():
        raise InputError(
            f"{folder} is not an evidence folder: it has neither bagit.txt nor a record."
        )
    out = _Ledger()
    _manifests(folder, out)
    dossier = (inside / DOSSIER).is_file() and not (inside / CALL).exists()
    if dossier:
        _exhibits(inside, out)
    call = None if dossier else _record(inside, out)
    if call is not None:
        _quotes(call, inside, out)
        _documents(call, inside, out)
        if recording is not None:
            opened = reader(recording, call) if reader is not None else None
            if opened is not None:
                opened = _covered(inside, opened)
            _recording(call, inside, recording, opened, out)
    try:
        seals = [check_signature(folder, trusted=trusted_key), check_stamp(folder, roots=tsa_roots)]
    except OSError as error:
        out.fail("seals", f"cannot be checked: {error}")
        seals = []
    for state in seals:
        if state is not None:
            out.checks.append(Check("seals", state.holds, state.detail, state.name))
    return Verdict(tuple(out.checks))
