"""What stands behind the evidence: tampering, bags, redaction, sameness. One table.

    python bench/evidence.py

The lists of changes, bags and spoken forms are those of the tests, so that the numbers here are of
the same things; the ordinary talk is the project's own dialogues.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from earwitness.pipeline.evidence import sensitive
from earwitness.pipeline.evidence.bag import BagInfo
from earwitness.pipeline.evidence.conformance import problems
from earwitness.pipeline.evidence.folder import write_evidence
from earwitness.pipeline.evidence.verify import verify
from stdnum import luhn

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "evidence"
FORMS = 40
"""Card numbers said in each style."""

ELSEWHERE = (
    {},
    {"TZ": "Pacific/Kiritimati"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    {"USER": "someone", "LOGNAME": "someone", "HOME": "/nonexistent"},
    {"PYTHONHASHSEED": "7"},
)
"""Environments in which the same evidence is made, each in a folder of its own."""

Row = tuple[str, str, str]


def listed(name: str) -> Any:
    """A test module, for its lists."""
    sys.path.insert(0, str(TESTS.parent))
    spec = importlib.util.spec_from_file_location(f"evidence_{name}", TESTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def put(folder: Path) -> None:
    """The evidence of a small call in three alphabets, with made sound."""
    calls = listed("conftest")
    call = calls.make_call(calls.ALPHABETS, name="қоңырау.mp3", language="kk")
    write_evidence(call, folder, read_audio=calls.sound_of(call), run={"at": "now"},
                   reference="Case 7", info=BagInfo(case="7", contact="A. Öberg"))  # fmt: skip


def tampering(work: Path) -> Row:
    tests = listed("test_verify")
    made, kinds, missed = work / "made", 0, []
    put(made)
    assert verify(made).ok

    def found(change: Any, name: str) -> None:
        nonlocal kinds
        kinds += 1
        shutil.rmtree(work / "e", ignore_errors=True)
        shutil.copytree(made, work / "e")
        change(work / "e")
        if verify(work / "e").ok:
            missed.append(name)

    for name in tests.NAMES:
        found(lambda f, n=name: tests.flip(f / n, 0.37), f"a flipped bit in {name}")
        found(lambda f, n=name: (f / n).unlink(), f"without {name}")
    for name, change in tests.CHANGES.items():
        found(change, name)
    return "kinds of tampering found", f"{kinds - len(missed)} of {kinds}", "; ".join(missed)


def bags(work: Path) -> Row:
    tests = listed("test_conformance")
    right, wrong = 0, []
    cases = [(n, c, True) for n, c in tests.VALID.items()]
    cases += [(n, c, False) for n, c in tests.INVALID.items()]
    for number, (name, change, valid) in enumerate(cases):
        folder = tests.bag(work / "bags" / str(number))
        change(folder)
        if (not problems(folder)) == valid:
            right += 1
        else:
            wrong.append(name)
    return (
        "BagIt verdicts as the RFC has them",
        f"{right} of {right + len(wrong)}",
        "; ".join(wrong),
    )


def recall() -> Iterator[Row]:
    tests = listed("test_redact")
    said = hit = 0
    missed: dict[str, int] = {}
    for style, form in tests.STYLES.items():
        rng = random.Random(style)
        for _ in range(FORMS):
            start, length = rng.choice(
                [("4", 16), ("52", 16), ("37", 15), ("6011", 16), ("4", 13)]
            )  # fmt: skip
            body = start + "".join(str(rng.randrange(10)) for _ in range(length - 1 - len(start)))
            digits = next(body + c for c in "0123456789" if luhn.is_valid(body + c))
            words = ["yes", "it's", *form(digits).split(), "did", "you", "get", "that"]
            found = sensitive.find(words, "", sensitive.DEFAULT)
            whole = any((f.first, f.last) == (2, len(words) - 5) for f in found)
            said, hit = said + 1, hit + whole
            if not whole:
                missed[style] = missed.get(style, 0) + 1
    yield (
        "cards withheld whole",
        f"{hit} of {said}",
        ", ".join(f"{k} {v}" for k, v in missed.items()),
    )
    hit = 0
    for lead, number, before in tests.IDENTITIES:
        words = [*lead.split(), *number.split(), "thanks"]
        covered = {i for f in sensitive.find(words, before, sensitive.DEFAULT)
                   for i in range(f.first, f.last + 1)}  # fmt: skip
        hit += set(range(len(lead.split()), len(words) - 1)) <= covered
    yield "identity numbers withheld whole", f"{hit} of {len(tests.IDENTITIES)}", ""


def ordinary_talk() -> Row:
    hits, turns = listed("test_redact").found_in_ordinary_talk()
    rate = f"one in {turns // len(hits)}" if hits else "none"
    return "redactions in ordinary talk", f"{len(hits)} in {turns} turns", rate


def sameness(work: Path) -> Row:
    made = []
    for number, change in enumerate(ELSEWHERE):
        folder = work.joinpath(f"place {number}", *["deeper"] * number, "e")
        folder.parent.mkdir(parents=True)
        subprocess.run(
            [sys.executable, __file__, "--make", str(folder)],
            env={**os.environ, **change}, cwd=folder.parent, check=True,
        )  # fmt: skip
        made.append(
            {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        )
    differ = [str(p) for other in made[1:] for p in made[0] if other.get(p) != made[0][p]]
    same = sum(other == made[0] for other in made[1:])
    told = ", ".join(sorted(set(differ))) or "time zone, locale, user, hash seed, folder"
    return "the same bytes elsewhere", f"{same} of {len(made) - 1}", told


def main() -> None:
    if sys.argv[1:2] == ["--make"]:
        put(Path(sys.argv[2]))
        return
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        rows += [tampering(work), bags(work), *recall(), ordinary_talk(), sameness(work)]
    width = max(len(row[0]) for row in rows)
    for what, figure, note in rows:
        print(f"{what:<{width}}  {figure:<18}  {note}".rstrip())


if __name__ == "__main__":
    main()
