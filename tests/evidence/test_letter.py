"""The letter: one page, every claim cited, and held to its own ruler."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import facts as facts_module
from earwitness.pipeline.evidence import letter
from earwitness.pipeline.evidence.facts import Facts
from earwitness.pipeline.evidence.lint import lint, read_letter

FACTS = """
date = "2 April 2024"
why = "about a refund that I have not received"
[sender]
name = "Elena Öberg"
address = ["14 Orchard Close", "Halden HA2 7QT"]
email = "elena@example.org"
[to]
organisation = "Northgate <b>#Broadband</b>"
[purchase]
what = "a router"
account = "NB-4177"
[wanted]
remedy = "refund"
amount = "£89.00"
by = "16 April 2024"
"""


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    (tmp_path / "facts.toml").write_text(FACTS, "utf-8")
    return facts_module.load_facts(tmp_path / "facts.toml")


@pytest.fixture
def folder(rude: Call, put: Callable[..., Call], tmp_path: Path) -> Path:
    put(rude, tmp_path / "e")
    return tmp_path / "e"


def nobody(texts: Sequence[str]) -> list[float]:
    return [0.0] * len(texts)


def test_every_quote_is_cited_to_its_line(folder: Path, facts: Facts) -> None:
    (exhibit,) = letter.exhibits([folder], dates=["19 March 2024"])
    made = letter.compose([exhibit], facts, scorer=nobody)
    quotes = re.findall(r"“([^”]+)” \(Appendix A, (\d\d:\d\d), line (\d+)", made.text)
    assert 2 <= len(quotes) <= 3
    for quote, time, line in quotes:
        first = next(x for x in exhibit.document.lines if x.number == int(line))
        assert first.time == time
        assert quote.startswith(first.text[:20])
    assert "supervisor three times" in made.text
    assert "declined twice" in made.text
    assert letter.pages(made) == 1
    assert made.remarks == ()


def test_both_formats_hold_the_same_words(folder: Path, facts: Facts) -> None:
    made = letter.compose(letter.exhibits([folder]), facts)
    data = letter.to_docx(made)
    assert data == letter.to_docx(made)
    assert letter.to_pdf(made) == letter.to_pdf(made)
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
    for paragraph in made.paragraphs:
        assert paragraph in text
    assert "Northgate <b>#Broadband</b>" in text
    assert text.index("Complaint") < text.index("I am writing")


def test_own_rudeness_is_not_hidden(
    rude: Call, put: Callable[..., Call], facts: Facts, tmp_path: Path
) -> None:
    turn = next(t for t in rude.turns if t.role == "customer")
    own = rude.moments[0].model_copy(
        update={"id": "own", "kind": "rude", "level": "finding", "speaker": "C",
                "role": "customer", "turn": turn.id, "quote": turn.text, "start": turn.start,
                "end": turn.end}
    )  # fmt: skip
    put(rude.model_copy(update={"moments": [*rude.moments, own]}), tmp_path / "f")
    made = letter.compose(letter.exhibits([tmp_path / "f"]), facts)
    assert "flags one turn of mine (Appendix A, " in made.text


def test_dismissed_findings_are_not_used(folder: Path, facts: Facts) -> None:
    from earwitness.pipeline.evidence.report import load_call, report
    from earwitness.pipeline.remeasure import remeasure

    call = load_call(folder)
    review = {
        "format": "earwitness-review", "version": 1, "by": "x", "date": "2026-11-21",
        "recording_sha256": call.recording.sha256,
        "decisions": [{"id": m.id, "verdict": "dismissed", "note": ""} for m in call.findings],
    }  # fmt: skip
    (folder.parent / "r.json").write_text(json.dumps(review))
    report(folder, measure=remeasure, review=folder.parent / "r.json")
    with pytest.raises(InputError, match="no finding"):
        letter.compose(letter.exhibits([folder]), facts)


def test_missing_facts_are_asked_for(folder: Path, facts: Facts) -> None:
    bare = facts_module.answered(facts, "wanted.by", "")
    with pytest.raises(InputError, match="By which date"):
        letter.compose(letter.exhibits([folder]), bare)
    assert ("wanted.by", "By which date do you ask for an answer?") in facts_module.missing(bare)
    full = facts_module.answered(bare, "sender.address", "1 Road; Town")
    assert full.sender.address == ["1 Road", "Town"]
    with pytest.raises(InputError, match="remedy"):
        facts_module.answered(facts, "wanted.remedy", "revenge")


def test_a_bad_letter_is_pointed_out(tmp_path: Path) -> None:
    text = (
        "You people are idiots and crooks. Congratulations on your brilliant service!!\n"
        "Your agents ALWAYS lied to me and it is fraud. She has allways been recieving calls.\n"
        "She said “you stupid woman, that is illegal”."
    )
    (tmp_path / "l.txt").write_text(text, "utf-8")
    remarks = lint(
        read_letter(tmp_path / "l.txt"), scorer=lambda t: [0.9 * ("crooks" in s) for s in t]
    )
    found = {(r.kind, r.words.lower()) for r in remarks}
    for expected in (
        ("insult", "idiots"), ("insult", "crooks"), ("sarcasm", "congratulations"),
        ("sarcasm", "brilliant service"), ("absolute", "always"), ("charge", "lied"),
        ("charge", "fraud"), ("shouting", "!!"), ("spelling", "allways"),
        ("spelling", "recieving"), ("missing", "deadline"), ("missing", "contact"),
    ):  # fmt: skip
        assert expected in found, expected
    assert ("tone", "you people are idiots and crooks.") in found
    assert not {w for k, w in found if k in ("insult", "charge")} & {"stupid", "illegal"}


def test_a_long_letter_is_pointed_out() -> None:
    assert "length" in {r.kind for r in lint("I ask for a reply by 3 May by e-mail. " * 60)}
