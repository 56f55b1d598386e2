"""A person's decisions and corrections lie over the machine's record; both stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from earwitness.errors import InputError
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import pdf
from earwitness.pipeline.evidence.document import Document, build
from earwitness.pipeline.evidence.report import load_call, load_view
from earwitness.pipeline.evidence.report import report as render_again
from earwitness.pipeline.evidence.verify import verify
from earwitness.pipeline.remeasure import remeasure

report = partial(render_again, measure=remeasure)


@pytest.fixture
def folder(rude: Call, put: Callable[..., Call], tmp_path: Path) -> Path:
    put(rude, tmp_path / "e", reference="Case 9")
    return tmp_path / "e"


def review_file(folder: Path, **changes: Any) -> Path:
    call = load_call(folder)
    review = {
        "format": "earwitness-review", "version": 1, "by": "Ада <b>Öberg</b>",
        "date": "2026-11-20", "recording_sha256": call.recording.sha256, "call_sha256": "",
        "decisions": [
            {"id": call.findings[0].id, "verdict": "dismissed", "note": "friendly banter"},
            {"id": call.findings[1].id, "verdict": "confirmed", "note": ""},
        ],
        "speakers": [],
        **changes,
    }  # fmt: skip
    path = folder.parent / "review.json"
    path.write_text(json.dumps(review), "utf-8")
    return path


def test_a_review_is_shown_on_page_one(folder: Path) -> None:
    page = (folder / "data" / "evidence.html").read_text("utf-8")
    assert "Machine findings, not reviewed" in page
    before = load_call(folder)
    report(folder, review=review_file(folder))
    page = (folder / "data" / "evidence.html").read_text("utf-8")
    assert (
        "Reviewed by Ада &lt;b&gt;Öberg&lt;/b&gt; on 2026-11-20: 1 confirmed, 1 dismissed" in page
    )
    assert "not reviewed" not in page
    assert "friendly banter" in page
    assert "7 of the agent" in page  # the dismissed one no longer counts
    assert "Case 9" in page
    assert load_call(folder) == before
    assert verify(folder).ok


def answer(call: Call, at: int, text: str, day: str = "2026-11-22") -> dict[str, str]:
    return {"id": call.findings[at].id, "by": "Marcus <i>Thole</i>", "date": day, "text": text}


def shown(folder: Path) -> Document:
    return build(load_call(folder), reviewed=load_view(folder).reviewed)


def test_an_answer_stands_beside_its_finding_everywhere(folder: Path) -> None:
    before = load_call(folder)
    report(folder, review=review_file(folder, answers=[answer(before, 0, "I read it *aloud*")]))
    page = (folder / "data" / "evidence.html").read_text("utf-8")
    told = "Marcus &lt;i&gt;Thole&lt;/i&gt; answers, 2026-11-22: “I read it *aloud*”"
    assert page.count(told) == page.count("Reviewed: dismissed: friendly banter.") == 1
    plain = (folder / "data" / "evidence.md").read_text("utf-8")
    assert "I read it \\*aloud\\*" in plain
    assert "Reviewed: dismissed: friendly banter." in plain
    told_in_pdf = [text for i in pdf.data_of(shown(folder))["findings"] for text in i["told"]]
    assert [text.replace("\u200b", "") for text in told_in_pdf] == [
        "Reviewed: dismissed: friendly banter.",
        "Marcus <i>Thole</i> answers, 2026-11-22: “I read it *aloud*”",
        "Reviewed: confirmed.",
    ]
    assert load_call(folder) == before, "the machine's record stays"
    assert verify(folder).ok
    # Rendered again, reviewed again by somebody else, answered again: what others said stays.
    report(folder)
    report(folder, review=review_file(folder, by="Eve", decisions=[
        {"id": before.findings[2].id, "verdict": "confirmed", "note": ""}]))  # fmt: skip
    again = (folder / "data" / "evidence.html").read_text("utf-8")
    assert told in again and "friendly banter" not in again
    report(folder, review=review_file(folder, by="Marcus", decisions=[],
                                      answers=[answer(before, 1, "So I did")]))  # fmt: skip
    last = (folder / "data" / "evidence.html").read_text("utf-8")
    assert told in last and "So I did" in last
    assert "Reviewed by Eve on 2026-11-20: 1 confirmed, 0 dismissed" in last
    assert verify(folder).ok


def test_who_only_answers_has_reviewed_nothing(folder: Path) -> None:
    call = load_call(folder)
    report(folder, review=review_file(folder, decisions=[], answers=[answer(call, 0, "No")]))
    page = (folder / "data" / "evidence.html").read_text("utf-8")
    assert "Machine findings, not reviewed" in page
    with pytest.raises(InputError, match="answers 'zz', which this evidence does not hold"):
        wrong = {**answer(call, 0, "No"), "id": "zz"}
        report(folder, review=review_file(folder, decisions=[], answers=[wrong]))


def test_a_review_of_something_else_is_refused(folder: Path) -> None:
    for changes, told in (
        ({"recording_sha256": "0" * 64}, "another recording"),
        ({"decisions": [{"id": "zz", "verdict": "confirmed", "note": ""}]}, "does not hold"),
        ({"decisions": [{"id": "m01", "verdict": "yes", "note": ""}]}, "verdict"),
        ({"by": ""}, "by"),
        ({"format": "x"}, "not a review"),
        ({"more": 1}, "more"),
    ):
        with pytest.raises(InputError, match=told):
            report(folder, review=review_file(folder, **changes))
    path = folder.parent / "review.json"
    path.write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        report(folder, review=path)
    assert verify(folder).ok


def test_corrections_reach_every_document(folder: Path) -> None:
    call = load_call(folder)
    turn = next(t for t in call.turns if "smaller words" in t.text)
    index = [w.text for w in turn.words].index("smaller")
    path = folder.parent / "fixes.toml"
    path.write_text(
        f'by = "Ада"\ndate = "2026-11-21"\n[[words]]\nturn = {turn.id}\nfirst = {index}\n'
        'text = "much simpler"\n[[speakers]]\nid = "A"\nname = "Marcus Thole"\n',
        "utf-8",
    )
    machine = (folder / "data" / "call.json").read_bytes()
    report(folder, corrections=path)
    inside = folder / "data"
    for name in ("evidence.md", "evidence.html", "transcript.txt", "transcript.vtt", "call.json"):
        text = (inside / name).read_text("utf-8")
        flat = " ".join(text.replace("</span>", "").split())
        assert "smaller words" not in flat, name
    moment = next(m for m in load_call(folder).moments if m.turn == turn.id)
    assert "much simpler words" in moment.quote
    assert "Marcus Thole" in (inside / "evidence.md").read_text("utf-8")
    assert "Corrected by Ада on 2026-11-21: 2 changes" in (inside / "evidence.md").read_text(
        "utf-8"
    )
    assert (inside / "call.machine.json").read_bytes() == machine
    rows = json.loads((inside / "corrections.json").read_text("utf-8"))
    assert {(r["before"], r["after"]) for r in rows} >= {("smaller", "much simpler")}
    assert verify(folder).ok
    report(folder, review=review_file(folder))
    assert (inside / "call.machine.json").read_bytes() == machine
    assert verify(folder).ok


def test_findings_follow_when_roles_are_mended(folder: Path) -> None:
    path = review_file(folder, speakers=[{"id": "A", "role": "customer", "name": "Marcus"},
                                         {"id": "C", "role": "agent", "name": None}])  # fmt: skip
    report(folder, review=path)
    assert "none of the agent, 7 of the customer" in (folder / "data" / "evidence.md").read_text(
        "utf-8"
    )
    assert verify(folder).ok


def test_the_judge_hears_the_corrected_words(folder: Path) -> None:
    path = folder.parent / "fixes.json"
    path.write_text(json.dumps({"by": "x", "date": "2026-11-21", "words": [
        {"turn": 0, "first": 0, "text": "Evening"}]}))  # fmt: skip
    heard = []

    def judge(call: Call, given: object) -> Call:
        assert given == {}
        heard.append(call.turns[0].text)
        return call.model_copy(update={"moments": []})

    report(folder, corrections=path, judge=judge, out=folder.parent / "f")
    assert heard[0].startswith("Evening morning")
    assert load_call(folder.parent / "f").moments == []
    assert load_call(folder).moments
    assert verify(folder.parent / "f").ok


@pytest.mark.parametrize("fix", ['{"turn": 999, "first": 0, "text": "x"}',
                                 '{"turn": 0, "first": 99, "text": "x"}'])  # fmt: skip
def test_corrections_that_point_nowhere_are_refused(folder: Path, fix: str) -> None:
    path = folder.parent / "fixes.json"
    path.write_text('{"by": "x", "date": "2026-11-21", "words": [' + fix + "]}")
    with pytest.raises(InputError, match="does not hold"):
        report(folder, corrections=path)
    assert verify(folder).ok


def test_a_translation_goes_with_the_words_it_was_made_of(
    rude: Call, put: Callable[..., Call], tmp_path: Path
) -> None:
    turns = [t.model_copy(update={"translation": f"said {t.id}"}) for t in rude.turns]
    put(rude.model_copy(update={"turns": turns}), tmp_path / "e")
    path = tmp_path / "fixes.json"
    path.write_text(json.dumps({"by": "x", "date": "2026-11-21", "words": [
        {"turn": 0, "first": 0, "text": "Evening"}]}))  # fmt: skip
    report(tmp_path / "e", corrections=path)
    assert [t.translation for t in load_call(tmp_path / "e").turns[:2]] == [None, "said 1"]


def test_decisions_stay_with_their_findings_when_ids_change(folder: Path) -> None:
    """The judge numbers moments anew; a dismissal must not land on another finding."""
    before = load_call(folder)
    path = folder.parent / "fixes.json"
    path.write_text(json.dumps({"by": "x", "date": "2026-11-21", "words": [
        {"turn": 0, "first": 0, "text": "Evening"}]}))  # fmt: skip
    dismissed = before.findings[0]

    def judge(call: Call, given: object) -> Call:
        moved = [m.model_copy(update={"id": before.moments[(i + 1) % len(before.moments)].id})
                 for i, m in enumerate(call.moments)]  # fmt: skip
        return call.model_copy(update={"moments": moved})

    report(folder, review=review_file(folder), corrections=path, judge=judge)
    after = load_call(folder)
    view = json.loads((folder / "data" / "view.json").read_text("utf-8"))
    shown = {m.id: (m.kind, m.turn) for m in after.moments}
    kept = {shown[key]: str(value) for key, value in view["reviewed"]["decisions"].items()}
    assert "dismissed" in kept[dismissed.kind, dismissed.turn]
    assert verify(folder).ok
