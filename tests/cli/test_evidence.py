"""report, verify, seal, letter and case as a user runs them: results, exit codes, one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Write, tone

Run = Callable[..., object]


def record(folder: Path) -> dict:
    return json.loads((folder / "data" / "call.json").read_text("utf-8"))


def one_sentence(done) -> str:
    """The error as told: one line, no traceback."""
    lines = done.stderr.strip().splitlines()
    assert lines
    assert lines[-1].startswith("earwitness: ")
    assert "Traceback" not in done.stderr
    return lines[-1]


def test_verify_tells_by_its_exit_code(run, evidence: Path, tmp_path: Path) -> None:
    done = run("verify", "e", "--recording", "call.wav")
    assert done.returncode == 0
    assert "clips" in done.stdout
    page = evidence / "data" / "evidence.html"
    page.write_bytes(page.read_bytes() + b" ")
    done = run("verify", "e")
    assert done.returncode == 1
    assert "FAILS  files      data/evidence.html: changed" in done.stdout
    assert "e: 2 things do not hold" in one_sentence(done)
    told = json.loads(run("verify", "e", "--json").stdout)
    assert told["ok"] is False
    assert {"name": "files", "ok": False, "detail": "changed",
            "file": "data/evidence.html"} in told["checks"]  # fmt: skip
    (tmp_path / "empty").mkdir()
    assert run("verify", "empty").returncode == 2
    assert run("verify", "nowhere").returncode == 2


def test_another_recording_does_not_hold(run, evidence: Path, tmp_path: Path) -> None:
    (tmp_path / "other.wav").write_bytes(b"not even sound")
    done = run("verify", "e", "--recording", "other.wav")
    assert done.returncode == 1
    assert "other.wav: another file" in done.stdout


def test_seals_hold_until_a_new_rendering(run, evidence: Path, tmp_path: Path) -> None:
    made = run("keygen", "key")
    fingerprint = made.stdout.split("Fingerprint: ")[1].strip()
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert run("keygen", "key").returncode == 2
    assert run("seal", "e").returncode == 2
    assert run("seal", "e", "--sign", "key.pub").returncode == 2
    done = run("seal", "e", "--sign", "key")
    assert done.returncode == 0
    assert fingerprint in done.stderr
    assert fingerprint in run("verify", "e", "--key", "key.pub").stdout
    run("keygen", "stranger")
    assert run("verify", "e", "--key", "stranger.pub").returncode == 1
    assert "sealed" in one_sentence(run("report", "e", "--case", "7"))
    assert run("report", "e", "--case", "7", "--out", "f", "--sign", "key").returncode == 0
    assert run("verify", "f", "--key", "key.pub").returncode == 0
    assert "7" in (tmp_path / "f" / "bag-info.txt").read_text("utf-8")
    assert run("report", "e", "--case", "7", "--force").returncode == 0
    assert run("verify", "e", "--key", "key.pub").returncode == 1
    assert run("verify", "e").returncode == 0


def test_broken_evidence_is_neither_sealed_nor_rendered_nor_cited(
    run, evidence: Path, facts: Path
) -> None:
    run("keygen", "key")
    text = evidence / "data" / "transcript.txt"
    text.write_text(text.read_text("utf-8").replace("Oh,", "Ah,"), "utf-8")
    for command in (
        ["seal", "e", "--sign", "key"],
        ["report", "e", "--case", "7"],
        ["letter", "e", "--facts", "facts.toml"],
        ["case", "e"],
    ):
        done = run(*command)
        assert done.returncode == 2, command
        assert "transcript.txt" in one_sentence(done)


def test_a_time_stamp_needs_an_address(run, evidence: Path) -> None:
    assert "not the address" in one_sentence(run("seal", "e", "--tsa", "ftp://x"))
    done = run("seal", "e", "--tsa", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert "gave no time stamp" in one_sentence(done)


@pytest.mark.weights
def test_corrected_words_are_judged_again(run, evidence: Path, tmp_path: Path) -> None:
    before = record(evidence)
    jibe = before["turns"][2]
    (tmp_path / "fix.toml").write_text(
        'by = "Ada"\ndate = "2024-03-20"\n'
        f"[[words]]\nturn = 2\nfirst = 0\nlast = {len(jibe['words']) - 1}\n"
        'text = "Thank you, one moment please while I look that up for you."\n'
    )
    kept = run("report", "e", "--corrections", "fix.toml", "--keep-findings", "--out", "kept")
    assert kept.returncode == 0
    assert any(m["turn"] == 2 and m["kind"] == "rude" for m in record(tmp_path / "kept")["moments"])
    done = run(
        "report", "e", "--corrections", "fix.toml", "--recording", "call.wav", "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert not [m for m in told["findings"] if m["turn"] == 2 and m["kind"] == "rude"]
    assert [m for m in told["findings"] if m["turn"] == 4 and m["kind"] == "rude"]
    assert all(m["clip"] for m in told["findings"])
    after = record(evidence)
    used = next(m for m in after["provenance"]["models"] if m["name"] == "conduct")
    assert used["sha256"] != "00" * 32
    machine = json.loads((evidence / "data" / "call.machine.json").read_text("utf-8"))
    assert machine == before
    assert run("verify", "e", "--recording", "call.wav").returncode == 0


@pytest.mark.weights
def test_what_a_person_stated_survives_the_judge(run, evidence: Path, tmp_path: Path) -> None:
    """A role and a name mended on the page stay, and decisions stay with their findings."""
    call = record(evidence)
    rude = [m for m in call["moments"] if m["kind"] == "rude"]
    review = {
        "format": "earwitness-review", "version": 1, "by": "Ada", "date": "2024-03-20",
        "recording_sha256": call["recording"]["sha256"], "call_sha256": "",
        "decisions": [{"id": rude[0]["id"], "verdict": "dismissed", "note": "banter"},
                      {"id": rude[1]["id"], "verdict": "confirmed", "note": ""}],
        "speakers": [{"id": "A", "role": "customer", "name": "Marc"},
                     {"id": "C", "role": "agent", "name": ""}],
    }  # fmt: skip
    (tmp_path / "review.json").write_text(json.dumps(review))
    done = run("report", "e", "--review", "review.json")
    assert done.returncode == 0, done.stderr
    after = record(evidence)
    assert [(s["role"], s["name"]) for s in after["speakers"]] == [
        ("customer", "Marc"), ("agent", None),
    ]  # fmt: skip
    assert {t["role"] for t in after["turns"] if t["speaker"] == "A"} == {"customer"}
    view = json.loads((evidence / "data" / "view.json").read_text("utf-8"))
    verdicts = {m["turn"]: view["reviewed"]["decisions"][m["id"]]
                for m in after["moments"]
                if m["kind"] == "rude" and m["id"] in view["reviewed"]["decisions"]}  # fmt: skip
    assert "dismissed" in str(verdicts.get(2, "dismissed"))
    assert "confirmed" in str(verdicts[4])
    assert run("verify", "e").returncode == 0


@pytest.mark.weights
def test_a_letter_comes_in_both_formats(run, evidence: Path, facts: Path, tmp_path: Path) -> None:
    done = run("letter", "e", "--facts", "facts.toml", "--out", "sent/letter")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["sent/letter.pdf", "sent/letter.docx"]
    assert "Appendix A" in done.stderr
    assert (tmp_path / "sent" / "letter.pdf").read_bytes().startswith(b"%PDF")
    again = run("letter", "e", "--facts", "facts.toml", "--out", "sent/letter")
    assert again.returncode == 2
    assert "exists already" in one_sentence(again)
    only = run("letter", "e", "--facts", "facts.toml", "--out", "only.docx")
    assert only.returncode == 0
    assert (tmp_path / "only.docx").read_bytes() == (tmp_path / "sent" / "letter.docx").read_bytes()
    assert not (tmp_path / "only.pdf").exists()
    linted = run("lint-letter", "only.docx", "--json")
    assert linted.returncode in (0, 1)
    assert not {r["kind"] for r in json.loads(linted.stdout)} & {"tone", "insult", "missing"}


@pytest.mark.weights
def test_questions_ask_for_what_is_missing_and_keep_it(run, evidence: Path, tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_text('[sender]\nname = "Elena \\u007f \\"W\\""\n')
    answers = [
        "4 Mill Lane; Ashby", "elena@example.org", "", "", "Northgate", "", "19 March 2024", "", "",
        "", "about a late refund", "", "", "2 April 2024",
    ]  # fmt: skip
    done = run(
        "letter", "e", "--facts", "facts.toml", "--questions", "--out", "x.docx",
        stdin="\n".join(answers) + "\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "cannot do without" in done.stderr  # the organisation was left empty once
    assert "Your full name" not in done.stderr
    from earwitness.pipeline.evidence.facts import load_facts

    kept = load_facts(tmp_path / "x.facts.toml")
    assert kept.sender.name == 'Elena \x7f "W"'
    assert kept.sender.address == ["4 Mill Lane", "Ashby"]
    assert kept.to.organisation == "Northgate"
    assert run("letter", "e", "--facts", "x.facts.toml", "--out", "y.docx").returncode == 0


@pytest.mark.weights
def test_lint_points_out_and_says_so(run, tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("You are useless idiots and you ALWAYS lie.")
    done = run("lint-letter", "l.txt")
    assert done.returncode == 1
    assert "insult: “useless”" in done.stdout
    (tmp_path / "l.docx").write_text("not a document")
    assert "not a letter" in one_sentence(run("lint-letter", "l.docx"))


@pytest.mark.weights
def test_a_dossier_holds_calls_letter_and_seal(
    run, evidence: Path, facts: Path, put_call, write_audio: Write, tmp_path: Path
) -> None:
    other = write_audio(tone(24.0, rate=8000, hertz=300), "later.wav", rate=8000)
    put_call(other, tmp_path / "g")
    run("keygen", "key")
    done = run(
        "case", "g", "e", "--date", "2024-04-02", "--date", "2024-03-19", "--facts", "facts.toml",
        "--organisation", "Northgate", "--sign", "key", "--out", "d",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == ["A", "2024-03-19", "call.wav"]
    assert (tmp_path / "d" / "data" / "letter.pdf").exists()
    checked = run("verify", "d", "--key", "key.pub", "--recording", "later.wav")
    assert checked.returncode == 0, checked.stdout
    assert "recording B" in checked.stdout
    (tmp_path / "x.wav").write_bytes(b"x")
    assert run("verify", "d", "--recording", "x.wav").returncode == 1
    page = tmp_path / "d" / "data" / "case.md"
    page.write_text(page.read_text("utf-8").replace("Northgate", "Southgate"), "utf-8")
    rebag(tmp_path / "d")
    failed = run("verify", "d")
    assert failed.returncode == 1
    assert "data/case.md: does not say what the exhibits say" in failed.stdout
    assert run("case", "e", "--date", "a", "--date", "b").returncode == 2


def rebag(folder: Path) -> None:
    """Hash everything anew, as somebody would who knows how a bag is made."""
    from earwitness.pipeline.call import Call
    from earwitness.pipeline.evidence import bag

    exhibit = folder / "data" / "exhibits" / "A" / "data" / "call.json"
    shutil.rmtree(folder / "seal")
    run = json.loads((folder / "run.json").read_text("utf-8"))
    call = Call.model_validate_json(exhibit.read_text("utf-8"))
    bag.close(folder, call, info=bag.BagInfo(), run=run)
