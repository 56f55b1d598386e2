"""Both engines on every call with a truth: `python bench/calls.py [--engine NAME] [NAME …]`.

`--again` measures the records that an earlier run kept in `out/`, judged anew with the conduct
model as it is now, instead of listening again: only time and memory are of that run.

Prints one table. Times are a multiple of the recording's length, without loading the models;
peak memory is that of the whole process, which analyses the calls one after the other.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import Any

from measures import cpwer, der, findings, roles, wer, word_times
from truth import Truth, dealer_calls, samples, telephone_sample

ENGINES = ("faster-whisper", "openai-whisper")
OUT = Path(__file__).parent / "out"


def measure(engine: str, truths: list[Truth]) -> list[dict[str, Any]]:
    """One row a recording."""
    from earwitness.pipeline.analyze import Models, Options, analyze

    options = Options(engine=engine)  # type: ignore[arg-type]
    models = Models(options)
    rows = []
    for truth in truths:
        started = time.perf_counter()
        call = analyze(truth.path, models, options)
        seconds = time.perf_counter() - started
        if not rows:  # the first call also loads the weights: measure it again
            started = time.perf_counter()
            call = analyze(truth.path, models, options)
            seconds = time.perf_counter() - started
        rows.append(
            {
                "call": truth.name,
                "engine": engine,
                **measures(call, truth),
                "x real": seconds / call.recording.duration,
                "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
        OUT.mkdir(exist_ok=True)
        kept(truth, engine).write_text(call.model_dump_json(indent=1), encoding="utf-8")
        with (OUT / "rows.jsonl").open("a", encoding="utf-8") as log:  # a long run may be cut off
            log.write(json.dumps(rows[-1]) + "\n")
        print(f"{engine}: {truth.name} done", file=sys.stderr)
    return rows


def measures(call: Any, truth: Truth) -> dict[str, Any]:
    """What a record is worth against the truth."""
    times = word_times(call, truth)
    found = findings(call, truth)
    right, of = roles(call, truth)
    return {
        "WER": wer(call, truth),
        "cpWER": cpwer(call, truth),
        "DER": der(call, truth, collar=0.0),
        "DER .25": der(call, truth, collar=0.25),
        "roles": f"{right}/{of}" if of else "",
        "found": found.found if found else None,
        "missed": found.missed if found else None,
        "false": found.false if found else None,
        "false rude": found.false_rude if found else None,
        "start": times[0] if times else None,
        "|start|": times[1] if times else None,
        "in 0.2 s": times[2] if times else None,
        "coverage": call.coverage.share,
    }


def kept(truth: Truth, engine: str) -> Path:
    """Where the record of a run is kept."""
    return OUT / f"{truth.name.replace(' ', '_')}.{engine}.call.json"


def judge_again(engine: str, truths: list[Truth]) -> list[dict[str, Any]]:
    """The last kept row of each recording, all but its time and memory made anew."""
    from earwitness.models.conduct.model import ConductModel
    from earwitness.pipeline.call import Call
    from earwitness.pipeline.rejudge import rejudge

    model = ConductModel.load()
    log = [json.loads(line) for line in (OUT / "rows.jsonl").read_text("utf-8").splitlines()]
    last = {(row["call"], row["engine"]): row for row in log}
    rows = []
    for truth in truths:
        row, path = last.get((truth.name, engine)), kept(truth, engine)
        if row is None or not path.is_file():
            print(f"{engine}: {truth.name} was not measured", file=sys.stderr)
            continue
        call = Call.model_validate_json(path.read_text(encoding="utf-8"))
        rows.append({**row, **measures(rejudge(call, model, given={}), truth)})
    return rows


def show(rows: list[dict[str, Any]]) -> None:
    """Print rows as a table in Markdown."""
    names = list(rows[0])
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(_cell(name, row[name]) for name in names) + " |")


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in ("WER", "cpWER", "DER", "DER .25", "in 0.2 s", "coverage"):
        return f"{100 * value:.1f} %"
    if name == "MB":
        return f"{value:.0f}"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of call names; default: all")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--again", action="store_true", help="measure kept records anew")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    truths = [telephone_sample(), *samples(), *dealer_calls()]
    if arguments.names:
        truths = [t for t in truths if any(name in t.name for name in arguments.names)]
    rows: list[dict[str, Any]] = []
    for engine in arguments.engine or ENGINES:
        # A process of its own, so that peak memory is the engine's.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            work = judge_again if arguments.again else measure
            rows.extend(pool.apply(work, (engine, truths)))
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        show(rows)


if __name__ == "__main__":
    main()
