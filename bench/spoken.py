"""The conduct model through the microphone: held-out dialogues spoken, heard, and judged again.

    python bench/spoken.py scripts OUT       # scripts of the dialogues to OUT/scripts
    python samples/make_calls.py --scripts OUT/scripts --out OUT/calls   # samples/README.md: voices
    python bench/spoken.py measure OUT       # hear and judge them; prints the tables

Every dialogue in which nobody is rude, and `--rude` of the others; only those written as they are
spoken, not those that already look recognised. `--of civil` are civil calls that were written for
this alone and heard after everything was decided (`models/conduct/data/civil`), `--of development`
the briefs and civil calls by which it was decided. The voices are synthesisers', so tone says
nothing here; what is measured is what Whisper's errors and misplaced voices cost. Records are kept
in OUT/heard, and a second `measure` goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from calls import show
from measures import normalised

EDGE = 0.1
"""Seconds by which a word may lie outside its turn."""

VOICES = ("joe", "heart")

Dialogues = dict[str, list[Any]]
"""Turns as `read_dialogues` gives them, by the dialogue's name."""


def held_out(of: str) -> Dialogues:
    """The dialogues that are written as spoken and that nobody trained on."""
    from earwitness.models.conduct.dialogues import CIVIL_FOLDER, read_dialogues, split

    written, civil = split(read_dialogues()), split(read_dialogues(CIVIL_FOLDER))
    turns = {
        "test": written.test,
        "civil": civil.test,
        "development": [*written.development, *civil.development],
    }[of]
    found: Dialogues = defaultdict(list)
    for turn in turns:
        if not turn.asr:
            found[turn.dialogue].append(turn)
    return found


def write_scripts(out: Path, dialogues: Dialogues, rude: int) -> None:
    """One TOML script a dialogue, agents and customers in both voices alike."""
    hostile = sorted(name for name, turns in dialogues.items() if any(t.rude for t in turns))
    rude = min(rude, len(hostile))
    # Evenly over the briefs, which their names follow.
    dropped = set(hostile) - {hostile[i * len(hostile) // rude] for i in range(rude)}
    folder = out / "scripts"
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(sorted(set(dialogues) - dropped)):
        turns = dialogues[name]
        agent, customer = VOICES if number % 2 else VOICES[::-1]
        lines = [f"name = {json.dumps(name)}", f"about = {json.dumps(turns[0].brief)}"]
        for role, voice in (("agent", agent), ("customer", customer)):
            lines += ["[[speakers]]", f'id = "{role}"', f'role = "{role}"', f'voice = "{voice}"']
        for turn in turns:
            lines += ["[[turns]]", f'speaker = "{turn.role}"', f"text = {json.dumps(turn.text)}"]
            if turn.rude:
                lines.append('kinds = ["rude"]')
        (folder / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(dialogues) - len(dropped)} scripts in {folder}")


def hear(out: Path) -> dict[str, Any]:
    """The record of every call that was made, by dialogue."""
    from earwitness.pipeline.analyze import Models, Options, analyze
    from earwitness.pipeline.call import Call

    options = Options(engine="faster-whisper")
    models = Models(options)
    (out / "heard").mkdir(exist_ok=True)
    records = {}
    for sound in sorted((out / "calls").glob("*.mono.flac")):
        name = sound.name.removesuffix(".mono.flac")
        kept = out / "heard" / f"{name}.json"
        if kept.is_file():
            records[name] = Call.model_validate_json(kept.read_text(encoding="utf-8"))
            continue
        records[name] = analyze(sound, models, options)
        kept.write_text(records[name].model_dump_json(), encoding="utf-8")
        print(f"{name} heard", file=sys.stderr)
    return records


def heard_turns(call: Any, truth: Sequence[dict[str, Any]]) -> list[str]:
    """What was heard while each turn of the truth was spoken."""
    words = sorted((w for t in call.turns for w in t.words), key=lambda w: w.start)
    return [
        " ".join(
            w.text.strip()
            for w in words
            if turn["start"] - EDGE <= (w.start + w.end) / 2 <= turn["end"] + EDGE
        )
        for turn in truth
    ]


def measure(out: Path, dialogues: Dialogues) -> None:
    """Both tables."""
    from earwitness.models.conduct.model import ConductModel
    from earwitness.models.conduct.network import OTHER_ROLE, TurnInput
    from earwitness.models.conduct.report import rude_metrics
    from earwitness.pipeline.rejudge import rejudge

    model = ConductModel.load()
    records = hear(out)
    written: list[TurnInput] = []
    spoken: list[TurnInput] = []
    rude: list[bool] = []
    references, heard_texts = [], []
    calls = []
    for name, record in records.items():
        truth = json.loads((out / "calls" / f"{name}.json").read_text(encoding="utf-8"))["turns"]
        texts = heard_turns(record, truth)
        last: dict[str, str] = {}
        for turn, text in zip(dialogues[name], texts, strict=True):
            other = OTHER_ROLE[turn.role]
            written.append(TurnInput(turn.text, turn.context, turn.role))
            spoken.append(TurnInput(text, last.get(other, ""), turn.role))
            rude.append(turn.rude)
            last[turn.role] = text
            references.append(normalised(turn.text))
            heard_texts.append(normalised(text))
        # A kept record may have been judged by another model than today's.
        calls.append((rejudge(record, model, given={}), truth))
    labels = np.array(rude)
    rows = []
    for title, inputs in (("as written", written), ("as heard", spoken)):
        found = rude_metrics(model.score(inputs), labels, model.thresholds)
        rows.append({"the turns": title, **{what: f"{value:.3g}" for what, value in found.items()}})
    show(rows)
    print(f"\nWER of the turns: {100 * jiwer.wer(references, heard_texts):.1f} %\n")
    table = []
    for title, wanted in (("nobody rude", False), ("somebody rude", True)):
        part = [(c, t) for c, t in calls if any(x["rude"] for x in t) == wanted]
        if not part:
            continue
        hours = sum(c.recording.duration for c, _ in part) / 3600
        table.append({"calls": title, "of": len(part), "hours": round(hours, 2), **claims(part)})
        table[-1]["false an hour"] = round(table[-1]["false findings"] / hours, 2)
    show(table)


def claims(part: Sequence[tuple[Any, Sequence[dict[str, Any]]]]) -> dict[str, int]:
    """Findings of rudeness in records, by whether somebody was rude there."""
    right = false = review = said = 0
    for call, truth in part:
        spans = [(t["start"], t["end"]) for t in truth if t["rude"]]
        said += len(spans)
        for moment in (m for m in call.moments if m.kind == "rude"):
            there = any(moment.start < end and moment.end > start for start, end in spans)
            if moment.level != "finding":
                review += not there
            elif there:
                right += 1
            else:
                false += 1
    return {
        "rude turns": said,
        "right findings": right,
        "false findings": false,
        "false for review": review,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=("scripts", "measure"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--rude", type=int, default=30, help="dialogues with somebody rude")
    parser.add_argument("--of", choices=("test", "development", "civil"), default="test")
    given = parser.parse_args()
    dialogues = held_out(given.of)
    if given.step == "scripts":
        write_scripts(given.out, dialogues, given.rude)
    else:
        measure(given.out, dialogues)


if __name__ == "__main__":
    main()
