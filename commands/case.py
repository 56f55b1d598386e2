"""`earwitness case EVIDENCE…`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import Authority, Dates, EvidenceList, Force, SignKey
from .letter import FactsFile


def case(
    evidence: EvidenceList,
    out: Annotated[Path, typer.Option("--out", help="The dossier's folder.")] = Path("dossier"),
    title: Annotated[
        str, typer.Option("--title", help="Heading. [default: the organisation, if given]")
    ] = "",
    case: Annotated[str, typer.Option("--case", help="Case number, shown on every page.")] = "",
    organisation: Annotated[
        str, typer.Option("--organisation", help="The organisation that was called.")
    ] = "",
    contact: Annotated[str, typer.Option("--contact", help="Who hands the dossier over.")] = "",
    date: Dates = None,
    facts: FactsFile = None,
    force: Force = False,
    sign: SignKey = None,
    tsa: Authority = None,
) -> None:
    """Bring several calls to one organisation together as one dossier.

    One chronology across the calls: who was spoken to, what was asked for and answered, what was
    promised and whether a later call comes back to it, and an index of the exhibits with their
    hashes. Every evidence folder lies inside whole and can still be checked on its own. With
    --facts the complaint letter is written too and lies in the dossier.
    """
    from ..pipeline.evidence import letter as letters
    from ..pipeline.evidence.bag import BagInfo
    from ..pipeline.evidence.case import compose, write_case
    from ..pipeline.evidence.facts import load_facts
    from ..pipeline.evidence.folder import check_target
    from ..pipeline.evidence.text import visible
    from .letter import advise, check_dates, check_evidence, scorer, tell
    from .seal import apply_seals, check_seals

    check_target(out, force=force)
    check_seals(sign=sign, tsa=tsa)
    dates = dict(zip(evidence, check_dates(date, evidence), strict=False))
    title = title or organisation
    made, found = compose(evidence, dates=dates, reference=case, title=title)
    check_evidence(evidence)
    files: dict[str, bytes] = {}
    written = None
    if facts is not None:
        written = letters.compose(found, load_facts(facts), scorer=scorer())
        files = {"letter.pdf": letters.to_pdf(written), "letter.docx": letters.to_docx(written)}
    write_case(
        evidence,
        out,
        dates=dates,
        info=BagInfo(case=case, organisation=organisation, contact=contact),
        title=title,
        letter=files,
        force=force,
    )
    apply_seals(out, sign=sign, tsa=tsa)
    for call in made.calls:
        typer.echo(f"{call['exhibit']}  {call['date']}  {visible(call['title'])}")
    typer.echo(f"Dossier: {out}  (open {out / 'data' / 'case.pdf'})")
    if written is not None:
        tell(written.remarks)
        advise(found)
