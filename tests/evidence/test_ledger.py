"""What speaks against somebody is counted from what is listed with its place, and nothing else."""

from __future__ import annotations

from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence.document import Document, build
from earwitness.pipeline.evidence.markdown import render
from earwitness.pipeline.evidence.reviewed import Decision, Reviewed
from earwitness.pipeline.evidence.wording import GOOD, POOR, title_of


def poor(document: Document) -> dict[str, tuple[int, int]]:
    return {row.name: (int(row.agent), int(row.customer)) for row in document.ledger.poor}


def test_a_label_without_a_moment_accuses_nobody(rude: Call) -> None:
    loud = [
        turn.model_copy(
            update={"conduct": turn.conduct.model_copy(update={"labels": [*POOR, *GOOD]})}
        )
        for turn in rude.turns
        if turn.conduct
    ]
    before, after = build(rude), build(rude.model_copy(update={"turns": loud}))
    assert after.ledger.poor == before.ledger.poor
    bare = build(rude.model_copy(update={"turns": loud, "moments": []}))
    assert not set(poor(bare)) & set(POOR.values())


def test_every_count_is_that_of_the_events_listed(rude: Call) -> None:
    document = build(rude)
    counts = poor(document)
    shown = set(counts) & set(POOR.values())
    assert shown
    for kind, name in POOR.items():
        listed = [e for e in document.chronology if e.what == title_of(kind)]
        assert sum(counts.get(name, (0, 0))) == len(listed)


def test_what_a_person_dismissed_counts_no_more(rude: Call) -> None:
    gone = next(m for m in rude.moments if m.kind == "hangup_threat_or_disconnect")
    flagged = next(m for m in rude.moments if m.kind == "rude" and m.level == "finding")
    decisions = {m.id: Decision("dismissed") for m in (gone, flagged)}
    before = poor(build(rude))
    after = poor(build(rude, reviewed=Reviewed("Ada", "2024-04-02", decisions)))
    for name in ("Wording flagged as disrespectful", POOR[gone.kind]):
        assert after[name] == (before[name][0] - 1, before[name][1])
    assert "| Wording flagged as disrespectful |" in render(build(rude))
