"""Recordings that are no support calls: `python bench/elsewhere.py [--engine NAME] [PART …]`.

Meetings and a row of three speakers (DER), telephone announcements in four languages (is each heard
as an announcement?), hold music (no words), and minutes of German, Spanish and Russian (language
right). They are not part of the project and are measured where they are found.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calls import ENGINES, show
from measures import der
from truth import SHARED, Truth, rttm


@dataclass(frozen=True)
class Recording:
    """A recording and what is known of it."""

    path: Path
    kind: str
    truth: Truth | None = None
    language: str | None = None


def recordings() -> list[Recording]:
    """Everything that is there."""
    found = []
    meetings = SHARED / "pyannote_tests_ami"
    for part, names in (("development", ("dev00", "dev01")), ("test", ("tst00", "tst01"))):
        table = meetings / f"debug.{part}.rttm"
        for name in names:
            if table.is_file():
                path = meetings / f"{name}.wav"
                found.append(Recording(path, "meeting", Truth(name, path, rttm(table, name))))
    row = SHARED / "picovoice_falcon" / "test.wav"
    if row.is_file():
        segments = rttm(row.with_suffix(".rttm"))
        found.append(Recording(row, "three in turn", Truth("falcon", row, segments)))
    for path in sorted((SHARED / "asterisk").glob("*.wav")):
        music = path.name.startswith("moh_")
        kind, language = ("hold music", None) if music else ("announcement", path.name[:2])
        found.append(Recording(path, kind, language=language))
    for path in sorted((SHARED / "silero").glob("*.wav")):
        found.append(Recording(path, "monologue", language=path.stem))
    for path in sorted((SHARED / "speechmatics").glob("call_center*.wav")):
        found.append(Recording(path, "support call", language="en"))
    return found


def measure(recording: Recording, models: Any, options: Any) -> dict[str, Any]:
    """One row."""
    from earwitness.pipeline.analyze import analyze

    call = analyze(recording.path, models, options)
    told = call.language
    return {
        "recording": recording.path.name,
        "kind": recording.kind,
        "DER": der(call, recording.truth, collar=0.0) if recording.truth else None,
        "DER .25": der(call, recording.truth, collar=0.25) if recording.truth else None,
        "voices": len(call.speakers),
        "language": f"{told.code} {told.confidence:.2f}" if told else "none",
        "right": None if recording.language is None else told and told.code == recording.language,
        "words": sum(len(turn.words) for turn in call.turns),
        "withheld": len(call.coverage.withheld),
        "coverage": call.coverage.share,
        "roles": " ".join(sorted({turn.role for turn in call.turns})),
        "rude": sum(m.kind == "rude" and m.level == "finding" for m in call.moments),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of file names; default: all")
    parser.add_argument("--engine", choices=ENGINES, default="faster-whisper")
    arguments = parser.parse_args()
    from earwitness.pipeline.analyze import Models, Options

    options = Options(engine=arguments.engine)
    models = Models(options)
    rows = []
    for recording in recordings():
        if arguments.names and not any(n in recording.path.name for n in arguments.names):
            continue
        rows.append(measure(recording, models, options))
        print(f"{recording.path.name} done", file=sys.stderr)
    show(rows)


if __name__ == "__main__":
    main()
