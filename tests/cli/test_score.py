"""`score`: JSON lines or a transcript in, one JSON line a turn out, and bad lines named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from earwitness.commands.naming import role_of
from earwitness.commands.score import _judged
from earwitness.commands.transcripts import Line, read_json, read_transcript
from earwitness.errors import InputError
from earwitness.models.conduct.labels import LABELS
from earwitness.models.conduct.model import Scores, Thresholds

SAID = [
    ("Agent", "Northgate, Marcus speaking."),
    ("Customer", "Hello, it is 12:30 and: I would like a refund."),
    ("Agent", "Did nobody teach you to read? Honestly, you people."),
]


def one(row: object) -> Line:
    (line,) = read_json(json.dumps(row).encode(), "f")
    return line


def test_a_turn_needs_only_its_text() -> None:
    line = one({"text": "Hello."})
    assert (line.id, line.turn.text, line.turn.context, line.turn.role) == (1, "Hello.", "", "")
    assert one({"id": "x7", "text": "", "role": None}).id == "x7"
    assert one({"id": None, "text": "x"}).id == 1
    assert read_json(b"\xef\xbb\xbf\n\n  \r\n", "f") == []


AGENT, CUSTOMER = {"role": "agent", "text": "a"}, {"role": "customer", "text": "c"}


@pytest.mark.parametrize(
    ("role", "history", "context", "other"),
    [
        ("agent", [AGENT, CUSTOMER, AGENT], "c", "customer"),
        ("customer", [AGENT, CUSTOMER], "a", "agent"),
        ("", [AGENT, CUSTOMER], "c", "customer"),
        ("agent", [CUSTOMER, "bare words"], "bare words", ""),
        ("agent", [CUSTOMER, {"role": "system", "text": "press one"}], "c", "customer"),
        ("agent", [CUSTOMER, {"role": "agent", "text": ""}], "c", "customer"),
        ("agent", [AGENT], "", ""),
        ("agent", [], "", ""),
        ("Agent", [{"role": "Caller", "text": "x"}], "x", "customer"),
    ],
)
def test_the_other_sides_last_turn_is_the_context(
    role: str, history: list[Any], context: str, other: str
) -> None:
    turn = one({"role": role, "text": "t", "context": "  ", "history": history}).turn
    assert (turn.context, turn.context_role) == (context, other)
    given = one({"role": role, "text": "t", "context": "given", "history": history}).turn
    assert given.context == "given"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b'"x"', "is not a JSON object"),
        (b'{"id": "1"}', "has no text"),
        (b'{"text": 5}', "has no text"),
        (b'{"text": "x", "role": 5}', "role that is not a string"),
        (b'{"text": "x", "history": "y"}', "not a list"),
        (b'{"text": "x", "history": [5]}', "has no text"),
        (b'{"text": "x", "id": {}}', "an id that is neither"),
        (b'{"text": "\xff"}', "not UTF-8"),
        (b'{"a":' * 100_000, "is not JSON"),
        (b'{"text": "x", "context": "c", "history": [5]}', "has no text"),
        (b'{"text": "x", "history": [{"text": "y", "role": 5}]}', "history, has a role that is"),
        (b'{"text": "' + b"x" * 100_001 + b'"}', "no turn of speech"),
    ],
)
def test_a_bad_line_is_named(line: bytes, told: str) -> None:
    with pytest.raises(InputError, match=rf"^f, line 3.*{told}"):
        read_json(b'{"text": "fine"}\n\n' + line, "f")


def test_an_array_of_turns_is_read() -> None:
    rows = [{"id": "a", "text": "one"}, {"text": "two"}]
    pretty = json.dumps(rows, indent=1).encode()
    assert [(li.id, li.turn.text) for li in read_json(pretty, "f")] == [("a", "one"), (2, "two")]
    with pytest.raises(InputError, match=r"^f, turn 2 has no text"):
        read_json(b'[{"text": "x"},\n{"id": 5}]', "f")
    with pytest.raises(InputError, match=r"^f is not JSON"):
        read_json(b"[" * 100_000, "f")


NO = {"role": "agent", "text": "What is the order number?"}
WANTS = {"role": "customer", "text": "Can I have my money back for the kettle?"}
AGAIN = "I would like a refund for the kettle, please."


@pytest.mark.parametrize(
    ("role", "text", "history", "repeats"),
    [
        ("customer", AGAIN, [WANTS, NO], True),
        ("customer", AGAIN, [WANTS], False),
        ("customer", AGAIN, [WANTS, {"role": "agent", "text": "I've refunded it."}], False),
        ("customer", "Where is my parcel, please?", [WANTS, NO], False),
        ("agent", AGAIN, [{**WANTS, "role": "agent"}, {**NO, "role": "customer"}], False),
        ("", AGAIN, ["Can I have a refund?", "Hm."], False),
    ],
)
def test_an_ask_that_stands_in_the_history_is_made_again(
    role: str, text: str, history: list[Any], repeats: bool
) -> None:
    row = {"role": role, "text": text, "context": "Hm.", "history": history}
    assert one(row).repeats is repeats
    if all(isinstance(turn, dict) for turn in history):
        script = "\n".join(f"{t['role']}: {t['text']}" for t in [*history, row])
        assert read_transcript(script, "txt")[-1].repeats is repeats


BUSY = "All our agents are busy. Your call is important to us."


def test_announcements_are_judged_by_nobody_and_answer_nobody() -> None:
    script = f"Customer: Hello?\nSystem: Please hold.\nAgent: {BUSY}\nAgent (Derek): Hi."
    lines = read_transcript(script, "txt")
    assert [li.announced for li in lines] == [False, True, True, False]
    assert [li.turn.context for li in lines][0::3] == ["", "Hello?"]
    assert one({"role": "system", "text": "x"}).announced
    assert one({"text": BUSY}).announced and not one({"text": "They are busy."}).announced
    spoken = [{"role": "customer", "text": "c"}, {"text": BUSY}]
    assert one({"role": "agent", "text": "t", "history": spoken}).turn.context == "c"


def test_half_a_character_does_no_harm() -> None:
    assert one({"text": "a \ud83d b"}).turn.text == "a ? b"


def vtt() -> str:
    cues = [
        f"00:0{i}:00.000 --> 00:0{i}:02.000 align:start\n<v {who}>{text}"
        for i, (who, text) in enumerate(SAID)
    ]
    style = "STYLE\n::cue { color: red }"
    return "\n\n".join(
        ["WEBVTT - x", "NOTE a --> b", style, *cues, "id\n00:09.000 --> 00:10.000\n"]
    )


def srt() -> str:
    return "\r\n\r\n".join(
        f"{i}\r\n00:0{i}:00,000 --> 00:0{i}:02,000\r\n{who}: {text}"
        for i, (who, text) in enumerate(SAID)
    )


def txt() -> str:
    return "\n".join(f"[00:0{i}] {who}: {text}" for i, (who, text) in enumerate(SAID))


@pytest.mark.parametrize(("form", "text"), [("vtt", vtt()), ("srt", srt()), ("txt", txt())])
def test_transcripts_become_turns(form: str, text: str) -> None:
    lines = read_transcript(text, form)
    assert [(li.about["speaker"], li.turn.text) for li in lines] == SAID
    assert [li.turn.role for li in lines] == ["agent", "customer", "agent"]
    assert [li.turn.context for li in lines] == ["", *[said for _, said in SAID[:2]]]
    assert [li.id for li in lines] == [1, 2, 3]
    assert all(li.about["start"].startswith("00:0") for li in lines)


def test_pieces_of_one_speaker_are_one_turn_and_nobody_answers_a_stranger() -> None:
    text = "Agent: one\nAgent: two\nSupervisor: three\nCustomer: four\nno name\nand none"
    lines = read_transcript(text, "txt")
    assert [li.turn.text for li in lines] == ["one two", "three", "four", "no name", "and none"]
    assert [li.turn.context for li in lines] == ["", "", "three", "", ""]


def said(text: str, form: str = "txt") -> list[tuple[str, str]]:
    return [(li.about["speaker"], li.turn.text) for li in read_transcript(text, form)]


@pytest.mark.parametrize(
    "name",
    ["Agent", "agent", "Agent (Derek)", "The Customer", "CALLER 1", "Supervisor Maria", "A", "IVR",
     "SPEAKER_00", "speaker 2", "Maria", "Maria Lopez", "Jean-Luc O’Neill", "Dr. Amy Chen", "Мария",
     "Derek (billing)", "客服"],
)  # fmt: skip
@pytest.mark.parametrize("lead", ["", "- ", "1. ", "[00:12] "])
def test_a_name_before_a_colon_is_the_speaker(name: str, lead: str) -> None:
    assert said(f"{lead}{name}: Hello there.") == [(name, "Hello there.")]


@pytest.mark.parametrize(
    "line",
    [
        "He told me: you're an idiot",
        "The Manager Said: get lost",
        "HE TOLD ME: GET LOST",
        "Manager of the shop: a fool",
        "So here's the thing: I want a refund.",
        "Look: I want a refund.",
        "My question is: where is it?",
        "One more thing: stop it.",
        "Really, Derek: stop it.",
        "it is 12:30 and: I want a refund",
    ],
)
def test_the_beginning_of_a_sentence_is_not(line: str) -> None:
    assert said(line) == [("", line)]
    assert said(f"Agent: Yes?\n{line}\n{line}")[1:] == [("", line), ("", line)]


def test_a_name_in_small_letters_is_one_where_it_comes_again() -> None:
    assert said("derek: hello\nmaria: hi\nderek: bye")[0] == ("derek", "hello")
    assert said("derek: hello") == [("", "derek: hello")]


BOTH = [("Agent", "Hello."), ("Customer", "Shut up.")]


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("<v Agent>Hello.</v>\n<v Customer>Shut up.</v>", BOTH),
        ("<v Agent>Hello. <v.loud Customer>Shut\nup.", BOTH),
        ("<v Agent>Look: no.</v>\n(door)", [("Agent", "Look: no."), ("", "(door)")]),
        ("Agent: Hello.\nCustomer: Shut\nup.", BOTH),
        ("- Agent: Hello.\n- Customer: Shut up.", BOTH),
        ("- Hello.\n- Shut up.", [("", "Hello."), ("", "Shut up.")]),
        ("<i>Hello\nthere.</i>", [("", "Hello there.")]),
    ],
)
def test_a_cue_may_hold_several_voices(text: str, turns: list[tuple[str, str]]) -> None:
    for form in ("vtt", "srt"):
        assert said(f"1\n00:01.000 --> 00:02.000\n{text}\n", form) == turns


def test_the_projects_own_transcript_reads_back() -> None:
    own = (
        "Transcript of x.flac\n"
        "Numbers are those of the evidence documents. [word?] marks a doubtful word.\n\n"
        " 1  00:00  Agent     [Markfield?] returns desk: this is Derek. This call is\n"
        " 2  00:05            being recorded.\n"
        " 3  00:06  Customer  Hello Derek.\n"
    )
    lines = read_transcript(own, "txt")
    assert [li.turn.text for li in lines] == [
        "Markfield returns desk: this is Derek. This call is being recorded.", "Hello Derek.",
    ]  # fmt: skip
    assert [li.about["start"] for li in lines] == ["00:00", "00:06"]


@pytest.mark.parametrize(
    ("name", "role"),
    [("Agent (Derek)", "agent"), ("CALLER 1", "customer"), ("agent_2", "agent"), ("Derek", ""),
     ("", ""), ("customers’ lawyer", "")],
)  # fmt: skip
def test_roles_by_name(name: str, role: str) -> None:
    assert role_of(name) == role


def test_what_cannot_be_read_is_one_sentence(run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "fine"}\n{"text": 5}\n')
    (tmp_path / "a.doc").write_text("x")
    (tmp_path / "a.txt").write_bytes(b"fine\nso \xff")
    for name, told in (
        ("a.jsonl", "a.jsonl, line 2 has no text"),
        ("a.doc", "say with --format"),
        ("a.txt", "a.txt, line 2 is not UTF-8"),
        ("none.jsonl", "No such file"),
    ):
        done = run("score", name)
        assert (done.returncode, done.stdout) == (2, ""), name
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert "standard input, line 1" in run("score", "-", stdin="{").stderr


def test_a_transcript_is_one_call_and_lines_of_json_are_not() -> None:
    levels = Thresholds(finding=0.9, review=0.7, labels=dict.fromkeys(LABELS, 0.3))
    said = ["You silly man.", "What did you say?", "You heard me, you silly man."]
    rows = zip(("Agent", "Customer", "Agent"), said, strict=True)
    call = read_transcript("\n".join(f"{name}: {text}" for name, text in rows), "txt")
    alone = [one({"role": "agent", "text": text}) for text in said]

    def findings(lines: list[Line], *rude: float) -> list[bool]:
        scores = [Scores({**dict.fromkeys(LABELS, 0.01), "rude": r}, alone=r) for r in rude]
        return [turn.finding for turn in _judged(lines, scores, levels)]

    assert findings(call, 0.92, 0.01, 0.93) == [False, False, False]
    assert findings(call, 0.92, 0.01, 0.99) == [True, False, True]
    assert findings(alone, 0.92, 0.01, 0.93) == [True, False, True]


@pytest.mark.weights
def test_each_turn_gives_one_line(run) -> None:
    from earwitness.models.conduct.labels import CONDUCT, KINDS, LABELS, MOMENTS

    rows = [
        {"id": "r", "role": "agent", "context": "Can you help me?",
         "text": "Are you stupid? I have told you three times, you silly little man. Shut up."},
        {"id": 7, "role": "customer", "text": "Could I speak to your supervisor, please?"},
        {"id": "\x1b[31m\u2028", "text": "Okay."},
    ]  # fmt: skip
    given = "\n".join(json.dumps(row) for row in rows)
    done = run("score", "-", "--all", stdin=given)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in found] == [row.get("id") for row in rows]
    for row in found:
        assert set(row) == {
            "id", "rude", "finding", "review", "kinds", "moments", "conduct", "probabilities",
        }  # fmt: skip
        assert set(row["probabilities"]) == set(LABELS)
        assert row["rude"] == row["probabilities"]["rude"]
        assert set(row["kinds"]) <= set(KINDS)
        assert set(row["moments"]) <= set(MOMENTS)
        assert set(row["conduct"]) <= set(CONDUCT)
    assert found[0]["finding"] and found[0]["review"]
    assert not found[1]["finding"]
    assert "escalation_request" in found[1]["moments"]
    assert not found[2]["finding"]


@pytest.mark.weights
def test_the_context_reaches_the_model(run) -> None:
    rows = [
        {"text": "And whose fault is that?", "role": "agent", "context": context}
        for context in (
            "My husband died, and I could not pay the bill in time.",
            "It was hers, ha.",
        )
    ]
    rows.append({"text": rows[0]["text"], "role": "agent",
                 "history": [{"role": "customer", "text": rows[0]["context"]}]})  # fmt: skip
    done = run("score", "-", stdin="\n".join(json.dumps(row) for row in rows))
    first, second, third = (json.loads(line)["rude"] for line in done.stdout.splitlines())
    assert first != second
    assert first == third


@pytest.mark.weights
def test_what_nobody_says_has_no_scores(run) -> None:
    rows = [{"text": BUSY}, {"text": "..."}, {"role": "system", "text": "Shut up, you idiot."}]
    done = run("score", "-", "--all", stdin=json.dumps(rows))
    busy, dots, system = (json.loads(line) for line in done.stdout.splitlines())
    for row, rude in ((busy, None), (dots, 0.0), (system, None)):
        assert row["rude"] == rude
        assert not (row["finding"] or row["review"] or row["kinds"] or row["moments"])
