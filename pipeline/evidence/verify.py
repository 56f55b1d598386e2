"""Check an evidence folder: files, record, quotes, documents, seals, and the recording itself.

Everything that is checked is listed, whether it holds or not, so that a reader sees what the
verdict covers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from ...errors import EarwitnessError, InputError
from ..call import Call
from . import clips
from .bag import PAYLOAD, digests
from .checks import Check, Ledger, Verdict
from .clips import ReadAudio
from .inventory import check_files, read_text
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
from .seal import check_signature, check_stamp

Reader = Callable[[Path, Call], ReadAudio]
"""Opens the recording at a path, given the record, for reading its sound."""

CLIP_TOLERANCE = 1
"""Steps of a 16-bit sample by which a clip may differ from the recording: decoders round."""


def _record(inside: Path, out: Ledger) -> Call | None:
    text = read_text(inside / CALL)
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


def _quotes(call: Call, inside: Path, out: Ledger) -> None:
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


def _documents(call: Call, inside: Path, out: Ledger) -> None:
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


def _exhibits(inside: Path, recording: Path | None, reader: Reader | None, out: Ledger) -> None:
    """Every call of a dossier, checked as it would be alone; the recording with its own call."""
    count = 0
    wanted = recording_sum(recording) if recording is not None else ""
    belongs = False
    for exhibit in sorted((inside / "exhibits").glob("?")):
        count += 1
        place = f"{PAYLOAD}/exhibits/{exhibit.name}"
        own = bool(wanted) and f'"{wanted}"' in (read_text(exhibit / PAYLOAD / CALL) or "")
        belongs = belongs or own
        try:
            found = verify(exhibit, recording=recording if own else None, reader=reader)
        except InputError as error:
            out.fail("exhibits", str(error), place)
            continue
        for check in found.checks:
            if not check.ok:
                file = f"{place}/{check.file}" if check.file else place
                out.fail("exhibits", f"{check.name}: {check.detail}", file)
            elif check.name in ("recording", "clips", "seals"):
                out.hold(f"{check.name} {exhibit.name}", check.detail)
    if count == 0:
        out.fail("exhibits", "the dossier holds no call", f"{PAYLOAD}/exhibits")
    if recording is not None and not belongs:
        out.fail("recording", "the recording of none of these calls", str(recording))
    out.hold("exhibits", f"{count} calls, each whole")


def _dossier(inside: Path, out: Ledger) -> None:
    """The dossier's own documents, made again from its exhibits."""
    from ... import __version__
    from .case import again

    try:
        made = again(inside)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EarwitnessError) as error:
        out.fail("documents", f"cannot be made again from the exhibits: {error}")
        return
    if made.version != __version__:
        out.hold("documents", f"not compared: made by earwitness {made.version}")
        return
    for name, data in made.files.items():
        path = inside / name
        if not path.is_file() or path.read_bytes() != data:
            out.fail("documents", "does not say what the exhibits say", f"{PAYLOAD}/{name}")
    out.hold("documents", f"{len(made.files)} documents say what the exhibits say")


def recording_sum(recording: Path) -> str:
    """The recording's SHA-256; InputError where there is no such file."""
    if not recording.is_file():
        raise InputError(f"{recording} is not a file.")
    return digests(recording)["sha256"]


def _covered(inside: Path, read_audio: ReadAudio) -> ReadAudio:
    """The recording with the same places covered as in the clips."""
    try:
        view = View.load((inside / VIEW).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return read_audio
    return cover(read_audio, view.redactions)


def _recording(
    call: Call, inside: Path, recording: Path, reader: Reader | None, out: Ledger
) -> None:
    found = recording_sum(recording)
    if found != call.recording.sha256:
        out.fail("recording", f"another file: SHA-256 {found}, the record has "
                 f"{call.recording.sha256}", str(recording))  # fmt: skip
        return
    out.hold("recording", "the file that was analysed, byte for byte")
    if reader is None:
        return
    read_audio = _covered(inside, reader(recording, call))
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
    reader: Reader | None = None,
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
    out = Ledger()
    check_files(folder, out)
    dossier = (inside / DOSSIER).is_file() and not (inside / CALL).exists()
    if dossier:
        _exhibits(inside, recording, reader, out)
        _dossier(inside, out)
    call = None if dossier else _record(inside, out)
    if call is not None:
        _quotes(call, inside, out)
        _documents(call, inside, out)
        if recording is not None:
            _recording(call, inside, recording, reader, out)
    try:
        seals = [check_signature(folder, trusted=trusted_key), check_stamp(folder, roots=tsa_roots)]
    except OSError as error:
        out.fail("seals", f"cannot be checked: {error}")
        seals = []
    for state in seals:
        if state is not None:
            out.checks.append(Check("seals", state.holds, state.detail, state.name))
    return Verdict(tuple(out.checks))
