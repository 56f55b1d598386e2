"""Both sides' pace stands in every document, by the same ruler; announcements are nobody's."""

from __future__ import annotations

from earwitness.pipeline.call import Call, Overlap, Silence
from earwitness.pipeline.evidence import captions, markdown, pdf
from earwitness.pipeline.evidence.document import Document, build
from earwitness.pipeline.remeasure import paced


def table_of(document: Document) -> dict[str, tuple[str, ...]]:
    assert document.pace is not None
    return {side.label: side.cells for side in document.pace.sides}


def test_the_table_says_what_the_record_says(rude: Call) -> None:
    over = Overlap(start=1.0, end=1.8, holder="C", entrant="A", interruption=True)
    call = paced(rude.model_copy(update={"overlaps": [over]}))
    silence = Silence(start=61.0, end=67.5, after="C", before="A")
    call = call.model_copy(
        update={"pace": call.pace.model_copy(update={"silences": [silence], "overlap": -1e-15})}
    )
    document = build(call)
    table = table_of(document)
    for side in call.pace.sides:
        cells = table["Agent" if side.speaker == "A" else "Customer"]
        assert f"{side.words_per_minute:.0f}" == cells[2]
        assert f"{side.latency:.1f} s" == cells[3]
    assert table["Agent"][4] == "1 (0.8 s)"
    assert table["Customer"][4] == "0"
    assert document.pace
    whole = dict(document.pace.whole)
    assert whole["Longest silence"] == "6.5 s at 01:01, between words of Customer and Agent"
    assert whole["Spoken at once"] == "0.0 s"
    data = pdf.data_of(document)["pace"]
    assert [tuple(side["cells"]) for side in data["sides"]] == list(table.values())
    text = markdown.render(document)
    assert "## Pace of the conversation" in text
    assert f"| Agent | {' | '.join(table['Agent'])} |" in text


def test_changing_the_sides_changes_the_table_alike(rude: Call) -> None:
    """One ruler: with the roles swapped the same figures stand under the other name."""
    swap = {"agent": "customer", "customer": "agent"}
    swapped = rude.model_copy(
        update={
            "speakers": [s.model_copy(update={"role": swap[s.role]}) for s in rude.speakers],
            "turns": [t.model_copy(update={"role": swap[t.role]}) for t in rude.turns],
        }
    )
    one, other = table_of(build(rude)), table_of(build(paced(swapped)))
    assert one["Agent"] == other["Customer"]
    assert one["Customer"] == other["Agent"]


def test_a_record_without_pace_has_no_table(empty: Call) -> None:
    assert build(empty).pace is None
    assert "Pace of the conversation" not in markdown.render(build(empty))


def test_an_announcement_on_a_persons_line_is_not_that_persons(rude: Call) -> None:
    turns = [
        t.model_copy(update={"role": "system", "conduct": None}) if t.id == 0 else t
        for t in rude.turns
    ]
    moments = [m.model_copy(update={"role": "system"}) if m.turn == 0 else m for m in rude.moments]
    call = paced(rude.model_copy(update={"turns": turns, "moments": moments}))
    document = build(call)
    first = document.lines[0]
    assert first.party.label == "System"
    assert "recorded announcement" in first.notes
    assert document.lines[-1].party.label == "Agent"
    assert next(captions.cues_of(document.lines)).who == "System"
    assert "System" in captions.TextWriter().write(document).splitlines()[3]
    said = {(e.who, e.what): e.start for e in document.chronology}
    assert said["System", "Recorded announcement begins"] == turns[0].start
    assert said["Agent (Marcus)", "First words"] == turns[2].start
    agent = next(p for p in document.parties if p.id == "A")
    talk = sum(t.end - t.start for t in turns[1:] if t.speaker == "A")
    assert abs(agent.talk - talk) < 0.01
