"""Render an evidence folder again: after a review, with corrections, under another case number."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...errors import InputError
from ..call import Call
from . import clips, timeline
from .amend import Change, apply, carried, stated
from .bag import PAYLOAD, RUN, BagInfo, close, payload
from .clips import ReadAudio, clip_name
from .corrections import Corrections, load_corrections, load_review
from .folder import covered_copy, cut_clips, made_whole, write
from .redact import Redaction, blank, cover, redact, sentence
from .render import CALL, VIEW, WAVEFORM, WHOLE, View, load_waveform, render_documents
from .reviewed import Reviewed
from .schema import call_text, settled
from .text import json_safe

MACHINE = "call.machine.json"
"""The record as the machine made it, kept once somebody has corrected it."""

CHANGES = "corrections.json"

CORRECTED, WITHHELD = "Corrected by", "Withheld from this copy"
"""How the first page's sentences on corrections and on redactions begin."""

HELD = "[held something that is withheld]"
"""In place of a correction's words, in the list of changes."""

Measure = Callable[[Call, Call], Call]
"""Measures a corrected call (second) anew, given the one it was made from."""

Judge = Callable[[Call, Mapping[str, frozenset[str]]], Call]
"""Judges a corrected call again; the mapping tells which of a voice's `role` and `name` stand."""


def load_call(folder: Path) -> Call:
    """The record in an evidence folder.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    path = payload(folder) / CALL
    try:
        return Call.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{folder} is not an evidence folder: it holds no {CALL}.") from error
    except ValidationError as error:
        raise InputError(f"{path} is not a call record: {error.errors()[0]['msg']}.") from error


def load_view(folder: Path) -> View:
    """What the documents of a folder show beside the record; the plain view where it has none."""
    path = payload(folder) / VIEW
    if not path.exists():
        return View()
    try:
        return View.load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} cannot be read.") from error


def load_info(folder: Path) -> BagInfo:
    """Case number, organisation and contact from `bag-info.txt`."""
    path = folder / "bag-info.txt"
    rows: dict[str, str] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            match = re.fullmatch(r"([A-Za-z0-9-]+): (.*)", line)
            if match:
                rows[match[1]] = match[2]
    return BagInfo(
        case=rows.get("External-Identifier", ""),
        organisation=rows.get("Source-Organization", ""),
        contact=rows.get("Contact-Name", ""),
        contact_email=rows.get("Contact-Email", ""),
        call_date=rows.get("Call-Date", ""),
        bagging_date=rows.get("Bagging-Date", ""),
    )


def _clips_again(
    old: Call, new: Call, inside: Path, read_audio: ReadAudio | None
) -> tuple[Call, dict[str, bytes]]:
    """Clips for the new call: cut anew where there is sound, else those of the same place."""
    if read_audio is not None:
        return cut_clips(new, read_audio)
    at = {(m.start, m.end): m.clip for m in old.moments if m.clip}
    files: dict[str, bytes] = {}
    moments = []
    for moment in new.moments:
        path = None
        source = at.get((moment.start, moment.end))
        if source is not None and moment.level != "note":
            path = f"clips/{clip_name(moment)}"
            files[path] = (inside / source).read_bytes()
        moments.append(moment.model_copy(update={"clip": path}))
    return new.model_copy(update={"moments": moments}), files


def report(
    folder: Path,
    *,
    measure: Measure,
    out: Path | None = None,
    review: Path | None = None,
    corrections: Path | None = None,
    judge: Judge | None = None,
    read_audio: ReadAudio | None = None,
    reference: str | None = None,
    info: BagInfo | None = None,
    run: Mapping[str, Any] | None = None,
    force: bool = False,
) -> Call:
    """Render the evidence in `folder` again.

    Args:
        folder: what `write_evidence` made. Its seals no longer fit and are left out.
        measure: measures a corrected call anew: who spoke when, overlaps, pace, coverage.
        out: another folder to write; without it `folder` is replaced.
        review: `review.json` saved from the page.
        corrections: a person's corrections of words, speakers, names and roles.
        judge: finds roles and moments again in a corrected call, given what people stated of its
            voices; without it the findings stay where they are and follow the corrected words.
        read_audio: the recording's sound, needed for clips of findings at new places, and where a
            correction holds something that is withheld.
        reference: another case number or heading; without it the old one stays.
        info: another `bag-info.txt`; without it the old one stays.
        run: for `run.json`; without it the old one stays.
        force: replace `out` where it is an evidence folder.

    Raises:
        InputError: something given cannot be used.
    """
    old = load_call(folder)
    inside = payload(folder)
    view = load_view(folder)
    fixes = [load_corrections(corrections)] if corrections is not None else []
    if review is not None:
        reviewed, mended = load_review(review, old)
        view = replace(view, reviewed=_said(view.reviewed, reviewed))
        fixes += [mended] if mended.speakers else []
    call, new, told = _corrected(old, fixes, measure)
    call, places = redact(settled(call), view.withhold) if new else (call, [])
    if places and read_audio is None:
        raise InputError(
            f"The corrections hold a {places[0].name}, over whose sound a tone must be laid: give "
            "--recording, or leave it out of the corrections."
        )
    changes = _earlier(inside) + new
    view = _amended(view, told, places, reference)
    if new and judge is not None:
        corrected = call
        call = judge(corrected, stated(changes))
        view = replace(view, reviewed=carried(view.reviewed, corrected, call))
    else:
        view = replace(view, reviewed=carried(view.reviewed, call, call))
    if read_audio is not None:
        read_audio = cover(read_audio, view.redactions)
    target = out or folder
    with made_whole(target, force=force or out is None) as work:
        place = work / PAYLOAD
        written, files = _clips_again(old, settled(call), inside, read_audio)
        hashes = {path: write(place / path, data) for path, data in files.items()}
        hashes[CALL] = write(place / CALL, call_text(written).encode("utf-8"))
        whole = (inside / WHOLE).read_bytes() if (inside / WHOLE).exists() else None
        waveform = load_waveform((inside / WAVEFORM).read_text(encoding="utf-8"))
        if places and read_audio is not None:
            waveform = timeline.measure(read_audio, call.recording.duration)
            whole = clips.compress(read_audio, call.recording.duration) if whole else None
        if whole is not None:
            hashes[WHOLE] = write(place / WHOLE, whole)
        documents = render_documents(
            written, view=view, waveform=waveform, hashes=hashes, clip_files=files,
            whole=whole,
        )  # fmt: skip
        for name, data in documents.items():
            write(place / name, data)
        if changes:
            _keep_changes(inside, place, changes, places)
        if (inside / "recording").is_dir() and places and read_audio is not None:
            covered_copy(written, place / "recording", read_audio)
        elif (inside / "recording").is_dir():
            shutil.copytree(inside / "recording", place / "recording")
        close(work, written, info=info or load_info(folder), run=run or _old_run(folder))
    return written


def _said(before: Reviewed | None, now: Reviewed) -> Reviewed:
    """A new review takes the place of the one before; answers are others' and stay beside it."""
    if before is None:
        return now
    answers = {**before.answers, **now.answers}
    if now.answers and not now.decisions:
        return replace(before, answers=answers)
    return replace(now, answers=answers)


def _corrected(
    call: Call, fixes: Sequence[Corrections], measure: Measure
) -> tuple[Call, tuple[Change, ...], list[str]]:
    """The call after these corrections, the changes, and what the first page says of them."""
    changes: tuple[Change, ...] = ()
    told: list[str] = []
    for fix in fixes:
        corrected = apply(call, fix)
        if corrected.changes:
            call = measure(call, corrected.call)
        changes += corrected.changes
        told += corrected.sentences()
    return call, changes, told


def _amended(
    view: View, told: Sequence[str], places: Sequence[Redaction], reference: str | None
) -> View:
    """The view with new corrections and new withheld places told on the first page."""
    before = [note for note in view.amendments if note.startswith(CORRECTED)]
    rest = [note for note in view.amendments if not note.startswith(CORRECTED)]
    redactions = view.redactions
    if places:
        redactions = tuple(sorted({*redactions, *places}, key=lambda r: (r.start, r.end, r.kind)))
        rest = [note for note in rest if not note.startswith(WITHHELD)] + [sentence(redactions)]
    return replace(
        view,
        amendments=(*before, *told, *rest),
        redactions=redactions,
        reference=view.reference if reference is None else reference,
    )


def _keep_changes(
    inside: Path, place: Path, changes: Sequence[Change], places: Sequence[Redaction]
) -> None:
    """The list of changes and the machine's record, without what a correction made withheld."""
    machine = (inside / (MACHINE if (inside / MACHINE).exists() else CALL)).read_bytes()
    if places:
        record = blank(Call.model_validate_json(machine), places)
        machine = call_text(settled(record)).encode("utf-8")
    write(place / MACHINE, machine)
    rows = [asdict(_without(change, places)) for change in changes]
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    write(place / CHANGES, (json_safe(text) + "\n").encode("utf-8"))


def _without(change: Change, places: Sequence[Redaction]) -> Change:
    if change.start is None or change.end is None:
        return change
    held = any(
        change.start < place.end and change.end > place.start and place.turn in (change.turn, -1)
        for place in places
    )
    return replace(change, before=HELD, after=HELD) if held else change


def _earlier(inside: Path) -> tuple[Change, ...]:
    path = inside / CHANGES
    if not path.exists():
        return ()
    try:
        return tuple(Change(**row) for row in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} cannot be read.") from error


def _old_run(folder: Path) -> dict[str, Any]:
    try:
        data = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
