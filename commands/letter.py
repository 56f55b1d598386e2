"""`earwitness letter EVIDENCE…` and `earwitness lint-letter FILE`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import AsJson, Dates, EvidenceList, Force

if TYPE_CHECKING:
    from ..pipeline.evidence.facts import Facts
    from ..pipeline.evidence.letter import Exhibit, Letter
    from ..pipeline.evidence.lint import Remark, Scorer

FORMATS = (".pdf", ".docx")

FactsFile = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        metavar="FILE",
        help="facts.toml: who writes to whom, what was bought, what is asked for and by when "
        "(docs/evidence.md shows one).",
    ),
]
NoSpelling = Annotated[
    bool, typer.Option("--no-spelling", help="Leave out the spelling check (English).")
]


def letter(
    evidence: EvidenceList,
    facts: FactsFile = None,
    questions: Annotated[
        bool,
        typer.Option(
            "--questions",
            help="Ask for the facts that are missing, and keep the answers in OUT.facts.toml.",
        ),
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Name of the letter: OUT.pdf and OUT.docx are written, or one of them where OUT "
            "ends so.",
        ),
    ] = Path("complaint"),
    date: Dates = None,
    force: Force = False,
) -> None:
    """Write the complaint letter for one call or several, one page, every claim cited.

    The calls become appendices A, B, C in the order given. What only you know comes from --facts,
    from --questions, or both. The finished letter is checked as lint-letter checks one, and what
    should be looked at again is listed.
    """
    from ..errors import InputError
    from ..pipeline.evidence.facts import Facts, load_facts
    from ..pipeline.evidence.letter import compose, exhibits

    found = exhibits(evidence, dates=check_dates(date, evidence))
    check_evidence(evidence)
    targets = [out] if out.suffix in FORMATS else [out.with_name(out.name + s) for s in FORMATS]
    notes = out.with_name((out.stem if out.suffix in FORMATS else out.name) + ".facts.toml")
    check_free([*targets, *([notes] if questions else [])], force=force)
    if facts is None and not questions:
        raise InputError("The letter needs --facts FILE, or --questions to ask for the facts.")
    known = load_facts(facts) if facts is not None else Facts()
    if questions:
        known = ask(known)
        keep(known, notes)
    made = compose(found, known, scorer=scorer())
    # Both before either is written: a missing extra must not leave half a letter.
    contents = [_as(made, target.suffix) for target in targets]
    for target, content in zip(targets, contents, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        typer.echo(str(target))
    tell(made.remarks)
    advise(found)


def lint_letter(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The letter: .docx, .txt or .md.", show_default=False),
    ],
    no_spelling: NoSpelling = False,
    as_json: AsJson = False,
) -> None:
    """Point out what weakens a complaint letter that you wrote yourself.

    The conduct model reads it as it reads a call; insults, sarcasm, threats, claims that one call
    cannot carry, length, spelling, and what is missing (a request, a date, a contact) are pointed
    out with the words. What you quote from the call is left out of the tone checks.

    Exit code 0: nothing to point out. 1: something is. 2: the letter cannot be read.
    """
    from ..errors import CheckFailed
    from ..pipeline.evidence.lint import lint, read_letter
    from ..pipeline.evidence.text import json_safe, visible

    remarks = lint(read_letter(file), scorer=scorer(), spelling=not no_spelling)
    if as_json:
        import json
        from dataclasses import asdict

        rows = json.dumps([asdict(r) for r in remarks], indent=1, ensure_ascii=False)
        typer.echo(json_safe(rows))
    else:
        tell(remarks)
    if remarks:
        things = "one thing" if len(remarks) == 1 else f"{len(remarks)} things"
        raise CheckFailed(f"{visible(str(file))}: {things} to look at again")
    if not as_json:
        typer.echo("Nothing to point out.")


def scorer() -> Scorer:
    """The conduct model as a reader of sentences; it is loaded at the first one."""

    def score(texts: Sequence[str]) -> list[float]:
        from ..models.conduct.model import shared_model
        from ..models.conduct.network import TurnInput

        turns = [TurnInput(text, role="customer") for text in texts]
        return [scores.rude for scores in shared_model().score(turns)]

    return score


def ask(facts: Facts, *, prompt: Callable[..., str] = typer.prompt) -> Facts:
    """Ask in the terminal for every fact that is missing; an empty answer leaves it open."""
    from ..errors import InputError
    from ..pipeline.evidence.facts import NEEDED, answered, get, missing

    typer.echo("Leave an answer empty where it does not apply.", err=True)
    for key, question in missing(facts):
        while True:
            answer = prompt(question, default="", show_default=False, err=True)
            try:
                facts = answered(facts, key, answer)
            except InputError as error:
                typer.echo(str(error), err=True)
                continue
            if key not in NEEDED or get(facts, key):
                break
            typer.echo("The letter cannot do without this.", err=True)
    return facts


def keep(facts: Facts, path: Path) -> None:
    """Write facts as TOML, so that nobody has to answer twice."""
    from ..pipeline.evidence.facts import as_toml

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_toml(facts), encoding="utf-8")
    typer.echo(f"Your answers are kept in {path}", err=True)


def tell(remarks: Sequence[Remark]) -> None:
    """List what should be looked at again."""
    from ..pipeline.evidence.text import visible

    for remark in remarks:
        typer.echo(f"{remark.kind}: “{visible(remark.words)}”: {remark.advice}")


def advise(found: Sequence[Exhibit]) -> None:
    """What to do with the letter, on standard error."""
    from ..pipeline.evidence.letter import ADVICE
    from ..pipeline.evidence.text import visible

    for exhibit in found:
        typer.echo(
            f"Enclose {visible(str(exhibit.folder))} as Appendix {exhibit.letter}.", err=True
        )
    for sentence in ADVICE:
        typer.echo(sentence, err=True)


def check_dates(dates: Sequence[str] | None, evidence: Sequence[Path]) -> list[str]:
    """The dates given, one for each folder at most; InputError where there are more."""
    from ..errors import InputError

    given = list(dates or ())
    if len(given) > len(evidence):
        raise InputError(f"{len(given)} dates are given for {len(evidence)} evidence folders.")
    return given


def check_evidence(evidence: Sequence[Path]) -> None:
    """Nothing is cited from evidence that is not as it was written."""
    from ..pipeline.evidence.inventory import require_whole

    for folder in evidence:
        require_whole(folder)


def check_free(targets: Sequence[Path], *, force: bool) -> None:
    """Refuse to write over what stands there without `force`."""
    from ..errors import InputError

    for target in targets:
        if target.exists() and not force:
            raise InputError(f"{target} exists already: use --force to replace it, or --out.")


def _as(made: Letter, suffix: str) -> bytes:
    from ..pipeline.evidence.letter import to_docx, to_pdf

    return to_pdf(made) if suffix == ".pdf" else to_docx(made)
