"""All documents of one record at once, from values alone: the same call gives the same bytes.

Writing evidence, rendering it again after a review, and checking that nobody edited a document
all come through here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..call import Call
from . import captions, clips, html, markdown, pdf, timeline
from .document import build
from .html import PageAudio
from .redact import Redaction
from .reviewed import Answer, Decision, Reviewed
from .schema import call_text
from .sensitive import DEFAULT
from .text import json_safe
from .timeline import Waveform

PAGE_AUDIO_LIMIT = 60_000_000
"""Bytes of clips that the page carries at most; clips past it stay files beside the page."""

PAGE_AUDIO_BESIDE_WHOLE = 6_000_000
"""The same where the page carries the whole call, in which every finding can be heard anyway."""

CALL = "call.json"
DOSSIER = "case.json"
"""In place of the record, where several calls are brought together."""

PAGE = "evidence.html"
VIEW = "view.json"
WAVEFORM = "waveform.json"
WHOLE = "audio/call.mp3"
"""The whole call, compressed for the page, where it is included."""


@dataclass(frozen=True)
class View:
    """What the documents show beside the record itself."""

    reference: str = ""
    amendments: tuple[str, ...] = ()
    reviewed: Reviewed | None = None
    redactions: tuple[Redaction, ...] = ()
    withhold: frozenset[str] = DEFAULT
    """Kinds of sensitive data that are withheld, in a person's words too."""

    def dump(self) -> str:
        """As JSON, for `view.json`."""
        reviewed = None
        if self.reviewed is not None:
            reviewed = {
                "by": self.reviewed.by,
                "date": self.reviewed.date,
                "decisions": {
                    key: {"verdict": decision.verdict, "note": decision.note}
                    for key, decision in sorted(self.reviewed.decisions.items())
                },
                "answers": {
                    key: {"by": answer.by, "date": answer.date, "text": answer.text}
                    for key, answer in sorted(self.reviewed.answers.items())
                },
            }
        data = {
            "reference": self.reference,
            "amendments": list(self.amendments),
            "reviewed": reviewed,
            "withhold": sorted(self.withhold),
            "redactions": [
                {
                    "kind": place.kind,
                    "start": round(place.start, 3),
                    "end": round(place.end, 3),
                    "turn": place.turn,
                    "reason": place.reason,
                }
                for place in self.redactions
            ],
        }
        return json_safe(json.dumps(data, indent=1, ensure_ascii=False)) + "\n"

    @classmethod
    def load(cls, text: str) -> View:
        """From `view.json`; `ValueError` or `KeyError` where it is not one."""
        data: dict[str, Any] = json.loads(text)
        reviewed = data["reviewed"]
        return cls(
            reference=str(data["reference"]),
            amendments=tuple(str(note) for note in data["amendments"]),
            withhold=frozenset(str(kind) for kind in data.get("withhold", DEFAULT)),
            redactions=tuple(
                Redaction(
                    str(place["kind"]),
                    float(place["start"]),
                    float(place["end"]),
                    int(place["turn"]),
                    str(place["reason"]),
                )
                for place in data["redactions"]
            ),
            reviewed=None
            if reviewed is None
            else Reviewed(
                by=str(reviewed["by"]),
                date=str(reviewed["date"]),
                decisions={
                    str(key): Decision(str(value["verdict"]), str(value["note"]))
                    for key, value in reviewed["decisions"].items()
                },
                answers={
                    str(key): Answer(str(value["by"]), str(value["date"]), str(value["text"]))
                    for key, value in reviewed.get("answers", {}).items()
                },
            ),
        )


def dump_waveform(waveform: Waveform) -> str:
    """`waveform.json`: peaks of each channel, 0 to 100."""
    return json.dumps({"buckets": timeline.BUCKETS, "peaks": waveform.peaks}) + "\n"


def load_waveform(text: str) -> Waveform:
    """From `waveform.json`; `ValueError` or `KeyError` where it is not one."""
    return Waveform(tuple(tuple(int(v) for v in row) for row in json.loads(text)["peaks"]))


def page_sounds(files: Mapping[str, bytes], *, limit: int) -> dict[str, PageAudio]:
    """The sound that the page carries, from the clips' bytes by path; `limit` bytes at most."""
    sounds: dict[str, PageAudio] = {}
    total = 0
    for path in sorted(files):
        data = files[path]
        pcm, rate = clips.decode(data)
        lowered, page_rate = clips.for_page((pcm / 32768.0).astype(np.float32), rate)
        if page_rate != rate:
            data = clips.encode(lowered, page_rate)
        if total + len(data) > limit:
            continue
        total += len(data)
        sounds[path] = PageAudio("audio/flac", data)
    return sounds


def render_documents(
    call: Call,
    *,
    view: View,
    waveform: Waveform,
    hashes: Mapping[str, str],
    clip_files: Mapping[str, bytes],
    whole: bytes | None = None,
) -> dict[str, bytes]:
    """Every document by its file name.

    Args:
        call: the record, clip paths set.
        view: case number, review and amendments.
        waveform: loudness for the timeline.
        hashes: SHA-256 of `call.json` and the clips, by path.
        clip_files: the clips' bytes, by path.
        whole: the compressed whole call, where it is included.
    """
    document = build(
        call,
        hashes=hashes,
        reviewed=view.reviewed,
        reference=view.reference,
        amendments=view.amendments,
        withheld=[(place.start, place.end, place.name, place.reason) for place in view.redactions],
    )
    page = html.render(
        document,
        timeline=timeline.draw(call, document, waveform),
        sounds=page_sounds(
            clip_files, limit=PAGE_AUDIO_BESIDE_WHOLE if whole else PAGE_AUDIO_LIMIT
        ),
        whole=PageAudio("audio/mpeg", whole) if whole else None,
        call_sha256=hashes.get(CALL, ""),
    )
    printed = timeline.draw(
        call, document, waveform, font=pdf.FONT, links=False, width=timeline.PRINT_WIDTH
    )
    texts = {
        VIEW: view.dump(),
        WAVEFORM: dump_waveform(waveform),
        "evidence.md": markdown.render(document),
        PAGE: page,
        "speakers.rttm": captions.rttm(call),
        **{writer.name: writer.write(document) for writer in captions.WRITERS},
    }
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    files["evidence.pdf"] = pdf.render(document, timeline=printed, call_json=call_text(call))
    return files
