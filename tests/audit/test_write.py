"""What an audit writes: the same bytes, every call's due, nobody's name where none is wanted."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.audit import remembered
from earwitness.pipeline.evidence.audit import reviews
from earwitness.pipeline.evidence.audit.columns import TABLES, markdown
from earwitness.pipeline.evidence.audit.tables import safe
from earwitness.pipeline.evidence.render import View
from earwitness.pipeline.evidence.reviewed import Answer, Decision, Reviewed
from earwitness.pipeline.pseudonyms import CALL_LETTERS, KEY
from made_calls import CIVIL, RUDE, call_of, put

from .conftest import Make, team

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"
ARROW = {
    "text": "string", "int": "int32", "float": "double", "bool": "bool", "date": "date32[day]",
    "texts": "list<element: string", "floats": "list<element: double",
    "ints": "list<element: int32",
}  # fmt: skip


def rows(folder: Path, name: str) -> list[dict]:
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def everything(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name != KEY}


def test_another_reader_finds_the_columns_as_documented(make: Make) -> None:
    audit = make()
    for name, columns in TABLES.items():
        schema = pq.read_schema(audit.folder / f"{name}.parquet")
        assert schema.names == [c.name for c in columns]
        for column in columns:
            assert str(schema.field(column.name).type).startswith(ARROW[column.kind])
        about = json.loads(schema.metadata[b"columns"])
        assert about == {c.name: c.about for c in columns}
        with (audit.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = list(csv.DictReader(file))
        assert len(cells) == len(rows(audit.folder, name)) > 0
        assert list(cells[0]) == schema.names
    assert markdown() in DOCS.read_text("utf-8")


def test_links_lead_to_pages_that_are_kept_elsewhere(make: Make, tmp_path: Path) -> None:
    far = "https://store.example/team%20a/calls/c7/data/evidence.html"
    call = replace(put(tmp_path / "audit", call_of(RUDE, number=7), agent="Ana"), page=far)
    folder = make([call]).folder
    assert [row["page"] for row in rows(folder, "calls")] == [far]
    links = {row["link"] for name in ("moments", "scores") for row in rows(folder, name)} - {""}
    assert links and all(link.startswith(f"{far}#t=") for link in links)
    assert far in (folder / "audit.html").read_text("utf-8")
    assert rows(make([call], pseudonymize=True).folder, "calls")[0]["page"] == ""


def test_an_answer_in_a_calls_own_folder_reaches_the_audit(make: Make, tmp_path: Path) -> None:
    call = call_of(RUDE, number=3)
    rude = next(m for m in call.moments if m.kind == "rude")
    audited = put(tmp_path / "audit", call, agent="Marcus")
    said = Reviewed("Ada", "2024-04-01", {}, {rude.id: Answer("Marcus", "2024-04-02", "I joked")})
    (audited.folder / "view.json").write_text(View(reviewed=said).dump(), "utf-8")
    folder = make([audited]).folder
    (row,) = [m for m in rows(folder, "moments") if m["moment"] == rude.id]
    assert (row["answer"], row["answered_by"], row["status"]) == ("I joked", "Marcus", "machine")
    page = (folder / "audit.html").read_text("utf-8")
    assert "are not changed by an audit" in page
    earlier = reviews.entry_on(call, "c", rude.id, "answer", "Marcus", "2024-03-01", "Before")
    reviews.append(folder, [earlier])
    (row,) = [m for m in rows(make([audited]).folder, "moments") if m["moment"] == rude.id]
    assert row["answer"] == "I joked", "the later answer holds"


def test_it_is_the_same_again_and_in_another_folder(make: Make) -> None:
    first = make().folder
    before = everything(first)
    assert everything(make().folder) == before
    moved = first.rename(first.with_name("audit.moved"))
    assert everything(make().folder) == everything(moved)


def test_the_summary_names_every_file_by_its_hash(make: Make) -> None:
    audit = make(title="March", min_calls=3)
    summary = json.loads((audit.folder / "audit.json").read_text("utf-8"))
    assert {p.name for p in audit.files} == {*summary["files"], "audit.json"}
    for name, sha in summary["files"].items():
        assert hashlib.sha256((audit.folder / name).read_bytes()).hexdigest() == sha
    assert summary["all"]["calls"] == audit.calls == 12
    assert summary["failures"][0]["reason"] == "bad.wav holds no sound."
    options = remembered(audit.folder)
    assert (options.title, options.min_calls) == ("March", 3)


def test_a_dismissed_finding_drops_out_and_the_record_stays(make: Make) -> None:
    audit = make()
    call = next(r for r in rows(audit.folder, "moments") if r["kind"] == "rude")
    before = rows(audit.folder, "calls")
    entry = reviews.Entry(
        what="dismissed", call_id=call["call_id"],
        recording_sha256=f"{int(call['call_id'][1:]):064x}", moment=call["moment"],
        kind="rude", start=call["start"], by="Ada", date="2024-04-01",
        text="a quotation",
    )  # fmt: skip
    answer = entry.model_copy(update={"what": "answer", "by": "Marcus", "text": "I quoted him"})
    reviews.append(audit.folder, [entry, answer])
    after = make()
    assert after.flagged == audit.flagged - 1
    assert after.passed == audit.passed + 1
    place = [r["call_id"] for r in before].index(call["call_id"])
    row = rows(after.folder, "calls")[place]
    assert (row["agent_findings"], row["dismissed"], row["reviewed_by"]) == (0, 1, "Ada")
    summary = json.loads((after.folder / "audit.json").read_text("utf-8"))
    assert [d["note"] for d in summary["dismissed"]] == ["a quotation"]
    assert [a["answer"] for a in summary["answers"]] == ["I quoted him"]
    assert call["call_id"] not in [
        m["call_id"] for m in summary["worst_moments"] if m["kind"] == "rude"
    ]
    # The last word counts, and nothing is rewritten.
    reviews.append(after.folder, [entry.model_copy(update={"what": "undecided"})])
    assert make().flagged == audit.flagged
    assert len(reviews.read(audit.folder)) == 3


def test_of_two_decisions_the_later_day_counts() -> None:
    call = call_of(RUDE, number=3)
    rude = next(m for m in call.moments if m.kind == "rude")

    def said(page: str, record: str) -> str:
        shown = Reviewed("Bo", page, {rude.id: Decision("confirmed")})
        entry = reviews.entry_on(call, "c3", rude.id, "dismissed", "Ada", record, "")
        return reviews.standing(call, View(reviewed=shown), [entry]).verdicts[rude.id].verdict

    assert said("2024-04-01", "2024-04-02") == "dismissed"
    assert said("2024-04-02", "2024-04-01") == "confirmed"


def test_an_entry_that_was_broken_off_counts_for_nothing(tmp_path: Path) -> None:
    call = call_of(RUDE, number=3)
    entry = reviews.entry_on(call, "c3", call.moments[0].id, "dismissed", "Ada", "2024-04-01", "é")
    reviews.append(tmp_path, [entry, entry])
    file = tmp_path / reviews.REVIEWS
    whole = file.read_bytes()
    half = whole.index(b"\n") + 1
    for cut in (half, half + 1, len(whole) - 3):
        file.write_bytes(whole[:cut])
        assert reviews.read(tmp_path) == [entry]
    reviews.append(tmp_path, [entry])
    assert file.read_bytes() == whole


def test_a_note_beside_no_decision_lifts_none(tmp_path: Path) -> None:
    call = call_of(RUDE, number=3)
    rude, other = call.moments[:2]
    page = tmp_path / "review.json"
    page.write_text(
        json.dumps({
            "format": "earwitness-review", "version": 1, "recording_sha256": f"{3:064x}",
            "by": "Ada", "date": "2024-04-01", "decisions": [
                {"id": rude.id, "verdict": "", "note": "to be asked"},
                {"id": other.id, "verdict": "", "note": ""},
            ],
        }),
        "utf-8",
    )  # fmt: skip
    found = reviews.from_file(page, "c3", call)
    assert [(e.moment, e.what) for e in found] == [(other.id, "undecided")]
    swapped = json.loads(page.read_text("utf-8")) | {"speakers": [{"id": "A", "role": "customer"}]}
    page.write_text(json.dumps(swapped), "utf-8")
    with pytest.raises(InputError, match="earwitness report"):
        reviews.from_file(page, "c3", call)


def test_a_decision_without_its_finding_is_told(make: Make) -> None:
    audit = make()
    entry = reviews.Entry(
        what="dismissed", call_id="c0000", recording_sha256=f"{0:064x}", moment="m099",
        kind="refusal", start=3.0, by="Ada", date="2024-04-01",
    )  # fmt: skip
    reviews.append(audit.folder, [entry])
    summary = json.loads((make().folder / "audit.json").read_text("utf-8"))
    assert [e["moment"] for e in summary["decisions_without_finding"]] == ["m099"]


def test_a_record_that_cannot_be_read_stops_no_other(make: Make, tmp_path: Path) -> None:
    calls = team(tmp_path / "audit", 3)
    calls[1].record.write_text("{}", "utf-8")
    audit = make(calls)
    assert (audit.calls, audit.failures) == (2, 2)


def test_a_broken_rubric_leaves_the_old_documents(make: Make, rubric: Path) -> None:
    before = everything(make().folder)
    rubric.write_text("name = 1", "utf-8")
    with pytest.raises(InputError, match=r"short\.toml"):
        make()
    assert everything(rubric.parent / "audit") == before


def test_duplicates_count_once(make: Make, tmp_path: Path) -> None:
    calls = team(tmp_path / "audit", 3)
    twin = put(tmp_path / "audit", call_of(CIVIL, number=0), call_id="again", same_as="c0000")
    audit = make([*calls, twin])
    assert audit.calls == 3
    assert [r["counted"] for r in rows(audit.folder, "calls")] == [True, True, True, False]


NAMED = [
    ("A", "Kestrel Nine desk, Marcus speaking. Who am I talking to?", "agent_introduction"),
    ("C", "My name is Elena Whitcombe, and I spoke to Derek in Ashby yesterday", ""),
    ("A", "Well, Miss Whitcombe, Derek is off. Are you always this slow, Elena?", "rude!insult"),
    ("C", "Marcus, do not speak to me like that. Let me talk to Mrs Oduya", "escalation_request!"),
    ("A", "No. She will not talk to marcus or to whitcombe", "escalation_refused!"),
]
NAMES = ("marcus", "bell", "elena", "whitcombe", "derek", "ashby", "oduya", "kestrel", "ada")


def test_nobody_is_named_where_codes_are_wanted(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    call = call_of(NAMED)
    calls = [
        put(folder, call, call_id="marcus_2024", agent="Marcus Bell", team="Kestrel Nine",
            date="2024-03-01"),
        put(folder, call_of(CIVIL, number=1), call_id="b", agent="Marcus Bell",
            team="Kestrel Nine"),
    ]  # fmt: skip
    entry = reviews.Entry(
        what="dismissed", call_id="marcus_2024", recording_sha256=f"{0:064x}", moment="m003",
        kind="escalation_refused", start=call.moments[2].start, by="Ada", date="2024-04-01",
        text="Elena was never refused",
    )  # fmt: skip
    folder.mkdir(exist_ok=True)
    reviews.append(
        folder, [entry, entry.model_copy(update={"what": "answer", "by": "Marcus Bell"})]
    )
    plain = make(calls)
    assert b"whitcombe" in (plain.folder / "turns.csv").read_bytes().lower()
    audit = make(calls, pseudonymize=True, title="Marcus Bell in March")
    written = {p.name: p.read_bytes() for p in audit.files}
    for table in TABLES:  # compressed in the file: read it as others do
        written[f"{table}.parquet"] = repr(rows(audit.folder, table)).encode()
    for name, data in written.items():
        if name != "rubric.toml" and not name.endswith(".pdf"):
            text = data.decode("utf-8").lower()
            found = [n for n in NAMES if f"{n} " in text or f"{n}<" in text or f'{n}"' in text]
            assert found == [], name
    assert [a["page"] for a in rows(audit.folder, "calls")] == ["", ""]
    agents = {r["agent"] for r in rows(audit.folder, "calls")}
    assert len(agents) == 1 and agents.pop().startswith("Agent ")
    said = [r["text"] for r in rows(audit.folder, "turns")]
    assert said[1].startswith("My name is [Customer ")
    assert said[1].endswith("] yesterday")
    # The same key gives the same codes; another key gives others.
    before = rows(audit.folder, "calls")
    make(calls)
    assert rows(make(calls, pseudonymize=True).folder, "calls") == before
    (audit.folder / KEY).unlink()
    assert rows(make(calls, pseudonymize=True).folder, "calls") != before


def test_a_code_is_the_right_persons(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    script = [("A", "Returns desk, Marcus speaking, I am your agent. Plan A or plan B?", "")]
    calls = [
        put(
            folder, call_of([*script, *CIVIL[1:]], number=n), call_id=f"c{n}", agent=agent, team="A"
        )
        for n, agent in enumerate(("Marcus Bell", "Marcus Ash", "Agent 7"))
    ]
    audit = make(calls, pseudonymize=True)
    codes = {r["call_id"]: r["agent"] for r in rows(audit.folder, "calls")}
    assert len(codes) == len(set(codes.values())) == 3
    assert all(len(name) == len("Call ") + CALL_LETTERS for name in codes)
    first = {r["call_id"]: r["text"] for r in rows(audit.folder, "turns") if r["turn"] == 0}
    named = [name for name, code in codes.items() if f"[{code}] speaking" in first[name]]
    assert len(named) == 2, first
    for text in first.values():  # neither a generic word nor a letter inside a word is a name
        assert "your agent." in text
        assert "Marcus" not in text and text.startswith("Returns desk")


def test_a_damaged_key_is_not_replaced(make: Make) -> None:
    folder = make(pseudonymize=True).folder
    (folder / KEY).write_text("oops", "utf-8")
    with pytest.raises(InputError, match="not a key"):
        make(pseudonymize=True)


def test_what_is_withheld_is_in_no_output(make: Make, tmp_path: Path) -> None:
    script = [*RUDE, ("C", "My card number is 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 thank you", "")]
    script.append(("C", "You can reach me at elena@example.org", ""))
    calls = [put(tmp_path / "audit", call_of(script))]
    for _ in range(2):  # the second time from what was kept of the first
        text = "".join(r["text"] for r in rows(make(calls).folder, "turns"))
        assert "1 1 1" not in text
        assert "elena@example.org" in text
    audit = make(calls, withhold=frozenset({"card", "email"}))
    for path in audit.folder.glob("*.csv"):
        assert b"elena@example.org" not in path.read_bytes()
        assert b"1 1 1 1" not in path.read_bytes()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\u00a0=1"])
def test_a_spreadsheet_runs_nothing(text: str) -> None:
    assert safe(text) == "'" + text


def test_hostile_words_stay_words(make: Make, tmp_path: Path) -> None:
    said = "=HYPERLINK(1) </script><script>alert(1)</script> \x00\u202e x"
    script = [("A", said, "rude!insult"), *((w, t, "") for w, t, _ in CIVIL)]
    name = '"><img src=x onerror=alert(1)>'
    calls = [put(tmp_path / "audit", call_of(script), agent="=cmd|' /C calc'!A0", team=name)]
    folder = make(calls, title="</title><script>alert(1)</script>").folder
    page = (folder / "audit.html").read_text("utf-8")
    assert page.lower().count("<script") == 2
    assert "<img" not in page
    assert "\x00" not in page and "\u202e" not in page
    with (folder / "turns.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["text"].startswith("'=HYPERLINK(1)")
    with (folder / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["agent"].startswith("'=cmd|")
