"""The audit at work: `python bench/audit.py [PART …] [--calls 200] [--many 1000] [--kills 20]`.

Parts, all of them unless some are named:

    jobs     the calls with one worker and with two: time, speed-up, equal results
    memory   the same run with two: peak memory of the workers in its second and its last quarter
    kills    killed with kill -9 at random moments and started again: equal to the undisturbed run
    ray      on two local nodes, one of them killed in the middle: complete and equal
    cost     seconds of work a call with 10 calls and with --many
    noop     a second run over --many finished calls: seconds
    rescore  a changed rubric over --many finished calls: seconds

Calls are cut and put together from the samples, 10 to 20 s each, no two alike. Everything goes to a
temporary folder, or stays in --keep and is taken up there. One thread a worker throughout, so that
two workers on two cores are held against one on one.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
PARTS = ("jobs", "memory", "kills", "ray", "cost", "noop", "rescore")
VARIES = ("run.json", "audit.sqlite", ".lock")
"""What may differ between two runs."""
MANY = ("--light", "--model", "tiny.en", "--jobs", len(os.sched_getaffinity(0)))
"""How the --many calls are heard."""


@dataclass
class Run:
    """One run of the command, watched from outside."""

    seconds: float = 0.0
    memory: list[tuple[int, int]] = field(default_factory=list)
    """Calls done so far, and bytes that the command and its workers hold then."""


def row(part: str, what: str, value: str) -> None:
    print(f"| {part} | {what} | {value} |", flush=True)


def make(folder: Path, count: int) -> Path:
    """`count` short calls; made once."""
    if len(list(folder.glob("*.flac"))) != count:
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, SAMPLES / "make_calls.py", "--short", str(count), folder]
        subprocess.run(command, check=True, capture_output=True)
        for truth in folder.glob("*.json"):
            truth.unlink()
    return folder


def command(calls: Path, out: Path, *more: object) -> list[str]:
    options = [calls, "--out", out, "--threads", 1, *more]
    return [sys.executable, "-m", "earwitness", "audit", *map(str, options)]


def audit(calls: Path, out: Path, *more: object, fresh: bool = True) -> Run:
    """Run the audit to its end, looking at its memory twice a second."""
    if fresh:
        shutil.rmtree(out, ignore_errors=True)
    run, started = Run(), time.perf_counter()
    with subprocess.Popen(
        command(calls, out, *more), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        told: list[str] = []
        reader = threading.Thread(target=lambda: told.extend(process.stderr or ()))
        reader.start()
        while process.poll() is None:
            run.memory.append((done(out), sum(map(resident, tree(process.pid)))))
            time.sleep(0.5)
        reader.join()
    if process.returncode:
        raise SystemExit("".join(told))
    run.seconds = time.perf_counter() - started
    return run


def done(out: Path) -> int:
    """Finished calls, as the state has them."""
    if not (out / "audit.sqlite").is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{(out / 'audit.sqlite').as_uri()}?mode=ro", uri=True)) as db:
            found = db.execute("SELECT count(*) FROM calls WHERE status = 'done'").fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(found[0])


def tree(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from tree(int(child))


def resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    except (OSError, IndexError):
        return 0


def differences(a: Path, b: Path) -> list[str]:
    """Files that one run has and the other has not, or that differ."""
    files = [
        {p.relative_to(root) for p in root.rglob("*") if p.is_file() and p.name not in VARIES}
        for root in (a, b)
    ]
    both = files[0] & files[1]
    wrong = [p for p in both if not filecmp.cmp(a / p, b / p, shallow=False)]
    return sorted(map(str, [*(files[0] ^ files[1]), *wrong]))


def verdict(a: Path, b: Path) -> str:
    found = differences(a, b)
    return "equal" if not found else f"{len(found)} files differ: {', '.join(found[:3])}"


def costs(out: Path) -> list[float]:
    """Seconds of work of each finished call."""
    with closing(sqlite3.connect(out / "audit.sqlite")) as db:
        return [r[0] for r in db.execute("SELECT seconds FROM calls WHERE status = 'done'")]


class Bench:
    """The parts, and the runs that several of them need."""

    def __init__(self, work: Path, options: argparse.Namespace) -> None:
        self.work, self.options = work, options
        self.calls = make(work / f"calls-{options.calls}", options.calls)
        self.how = ["--light"] if options.light else []
        if options.model:
            self.how += ["--model", options.model]
        self._two: Run | None = None

    @property
    def plain(self) -> Path:
        return self.work / "two.audit"

    def two(self) -> Run:
        """The undisturbed run with two workers."""
        if self._two is None:
            self._two = audit(self.calls, self.plain, "--jobs", 2, *self.how)
        return self._two

    def undisturbed(self) -> Path:
        """The result of that run; one that stands in --keep is as good."""
        if done(self.plain) != self.options.calls:
            self.two()
        return self.plain

    def jobs(self) -> None:
        one = audit(self.calls, self.work / "one.audit", "--jobs", 1, *self.how)
        two = self.two()
        row("jobs", "1 worker", f"{one.seconds:.0f} s")
        row("jobs", "2 workers", f"{two.seconds:.0f} s")
        row("jobs", "2 over 1, the whole command", f"{one.seconds / two.seconds:.2f} ×")
        steady = [steady_seconds(run) for run in (one, two)]
        if all(steady):
            row("jobs", "2 over 1, from first call to last", f"{steady[0] / steady[1]:.2f} ×")
        row("jobs", "results", verdict(self.work / "one.audit", self.plain))

    def memory(self) -> None:
        seen = self.two().memory
        count = self.options.calls
        peaks = [
            max((held for at, held in seen if low <= at * 4 / count < low + 1), default=0)
            for low in range(4)
        ]
        # The last look of the last quarter may fall to the writing of the documents: no call.
        row("memory", "peak by quarter, MB", ", ".join(f"{peak / 1e6:.0f}" for peak in peaks))
        if peaks[1]:
            row("memory", "last over second quarter", f"{peaks[3] / peaks[1]:.3f}")

    def kills(self) -> None:
        plain = self.undisturbed()
        out, chance = self.work / "killed.audit", random.Random(self.options.seed)
        shutil.rmtree(out, ignore_errors=True)
        middle = 0
        for number in range(self.options.kills):
            begun, share = done(out), self.options.calls / (self.options.kills + 1)
            process = subprocess.Popen(
                command(self.calls, out, "--jobs", 2, *self.how),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            # Every fourth is killed before its first call; the others after some, at any moment.
            wanted = 0 if number % 4 == 3 else begun + chance.uniform(0, 1.6 * share)
            time.sleep(chance.uniform(0.2, 6.0))
            while process.poll() is None and done(out) < wanted:
                time.sleep(chance.uniform(0.01, 0.3))
            middle += process.poll() is None
            process.kill()
            process.wait()
        left = self.options.calls - done(out)
        audit(self.calls, out, "--jobs", 2, *self.how, fresh=False)
        row("kills", "kill -9 while at work", f"{middle} of {self.options.kills}")
        row("kills", "calls left for the last run", str(left))
        row("kills", "results", verdict(plain, out))

    def ray(self) -> None:
        plain = self.undisturbed()
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 10**8}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        second = cluster.add_node(num_cpus=1, object_store_memory=10**8)
        out, lost = self.work / "ray.audit", []

        def lose() -> None:
            while done(out) < self.options.calls / 2:
                time.sleep(0.2)
            lost.append(done(out))
            cluster.remove_node(second, allow_graceful=False)

        shutil.rmtree(out, ignore_errors=True)
        thread = threading.Thread(target=lose, daemon=True)
        thread.start()
        run = audit(self.calls, out, "--ray", cluster.address, *self.how)
        cluster.shutdown()
        row("ray", "two nodes, one killed after", f"{lost[0] if lost else 'no'} calls")
        row("ray", "time", f"{run.seconds:.0f} s")
        row("ray", "results", verdict(plain, out))

    def cost(self) -> None:
        few = make(self.work / "calls-10", 10)
        audit(few, self.work / "ten.audit", *MANY)
        # The same ten calls in both, since calls differ in what they cost.
        names = {p.name for p in few.iterdir()}
        self.many()
        with closing(sqlite3.connect(self.work / "many.audit" / "audit.sqlite")) as db:
            rows = dict(db.execute("SELECT id, seconds FROM calls WHERE status = 'done'"))
        ten = costs(self.work / "ten.audit")
        row("cost", "seconds a call, 10 calls", f"{sum(ten) / len(ten):.2f}")
        mean = sum(rows.values()) / len(rows)
        row("cost", f"seconds a call, {len(rows)} calls", f"{mean:.2f}")
        shared = [rows[name] for name in names if name in rows]
        row("cost", "the same ten among them", f"{sum(shared) / max(len(shared), 1):.2f}")

    def many(self) -> Path:
        """`--many` calls, analysed once; light, since a thousand folders prove nothing more."""
        calls = make(self.work / f"calls-many-{self.options.many}", self.options.many)
        out = self.work / "many.audit"
        if done(out) != self.options.many:
            audit(calls, out, *MANY, fresh=False)
        return calls

    def noop(self) -> None:
        calls = self.many()
        before = {p: p.stat().st_mtime_ns for p in (self.work / "many.audit").rglob("*.parquet")}
        run = audit(calls, self.work / "many.audit", *MANY, fresh=False)
        after = {p: p.stat().st_mtime_ns for p in (self.work / "many.audit").rglob("*.parquet")}
        same = "not touched" if before == after else "WRITTEN AGAIN"
        row("noop", f"{self.options.many} finished calls", f"{run.seconds:.2f} s, tables {same}")

    def rescore(self) -> None:
        self.many()
        out = self.work / "many.audit"
        own, changed = self.work / "rubric.toml", self.work / "changed.toml"
        shutil.copy(out / "rubric.toml", own)
        # The calls are shorter than the default rubric scores: changed, it scores every one.
        needs = re.compile(r"^(seconds|turns) = \d+", re.MULTILINE)
        text, found = needs.subn(r"\1 = 1", own.read_text(encoding="utf-8"))
        changed.write_text(text, encoding="utf-8")
        if found != 2:
            raise SystemExit(f"{own}: needs no seconds and turns that could be changed")
        before = (out / "scores.parquet").read_bytes()
        for rubric in (changed, own):
            started = time.perf_counter()
            line = [sys.executable, "-m", "earwitness", "rescore", out, "--rubric", rubric]
            subprocess.run(line, check=True, capture_output=True)
            took = time.perf_counter() - started
            same = "as before" if (out / "scores.parquet").read_bytes() == before else "changed"
            which = "changed" if rubric == changed else "own"
            row("rescore", f"{self.options.many} calls, {which} rubric", f"{took:.1f} s, {same}")


def steady_seconds(run: Run) -> float:
    """Seconds between the first look that saw a call done and the first that saw all of them.

    What is left out is the loading of the models and the writing of the documents.
    """
    counts = [at for at, _ in run.memory]
    last = max(counts)
    return 0.5 * (counts.index(last) - next(i for i, at in enumerate(counts) if at)) if last else 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--light", action="store_true", help="records alone, no evidence folders")
    parser.add_argument("--model", help="Whisper's size for all parts, as in `earwitness audit`")
    parser.add_argument("--keep", type=Path, help="folder to work in, and to leave things in")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}: {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.keep or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        bench = Bench(work, options)
        load: Any = os.getloadavg()
        row("part", "what", "measured")
        row("---", "---", "---")
        row("machine", "cores, load before", f"{os.cpu_count()}, {load[0]:.1f}")
        for part in options.parts or PARTS:
            getattr(bench, part)()
        (work / "options.json").write_text(json.dumps(vars(options), default=str))


if __name__ == "__main__":
    main()
