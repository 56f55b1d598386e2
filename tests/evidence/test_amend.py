"""A person's corrections hold: nothing is mixed up, and everything that is measured follows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from earwitness.errors import InputError
from earwitness.models.conduct.labels import LABELS
from earwitness.models.conduct.model import Scores, Thresholds
from earwitness.pipeline.call import Call, Speaker, SpeakerSegment, Turn, Word
from earwitness.pipeline.evidence import captions
from earwitness.pipeline.evidence.amend import apply
from earwitness.pipeline.evidence.corrections import Corrections
from earwitness.pipeline.evidence.report import load_call
from earwitness.pipeline.evidence.report import report as render_again
from earwitness.pipeline.evidence.verify import verify
from earwitness.pipeline.rejudge import rejudge
from earwitness.pipeline.remeasure import remeasure

report = partial(render_again, measure=remeasure)
CARD = "4111 1111 1111 1111"


def fixes(**parts: Any) -> Corrections:
    return Corrections.model_validate({"by": "Ada", "date": "2026-11-21", **parts})


def words(turn: int, first: int, last: int, text: str) -> dict[str, Any]:
    return {"turn": turn, "first": first, "last": last, "text": text}


def file_of(folder: Path, **parts: Any) -> Path:
    path = folder.parent / "fixes.json"
    path.write_text(fixes(**parts).model_dump_json(), "utf-8")
    return path


def whole(call: Call, turn: int) -> dict[str, Any]:
    """Strikes every word of a turn."""
    return words(turn, 0, len(next(t for t in call.turns if t.id == turn).words) - 1, "")


def test_corrections_of_the_same_word_are_refused(rude: Call) -> None:
    length = 9
    for first in range(length):
        for last in range(first, length):
            pair = [words(1, 0, 4, "Yes"), words(1, first, last, "sorry for all this")]
            if first <= 4:
                with pytest.raises(InputError, match=r"(?=.*“Yes”).*“sorry for all this”"):
                    apply(rude, fixes(words=pair))
            else:
                apply(rude, fixes(words=pair))
    with pytest.raises(InputError, match="turn 1 twice"):
        apply(rude, fixes(turns=[{"turn": 1, "speaker": "A"}, {"turn": 1, "speaker": "C"}]))


def test_several_corrections_of_a_turn_meet_the_words_they_name(rude: Call) -> None:
    old = [w.text for w in rude.turns[1].words]
    three = [words(1, 6, 7, "six"), words(1, 0, 0, "a b c"), words(1, 3, 4, "")]
    turn = apply(rude, fixes(words=three)).call.turns[1]
    assert [w.text for w in turn.words] == ["a", "b", "c", *old[1:3], old[5], "six", *old[8:]]
    assert [w.text for w in turn.words if w.corrected] == ["a", "b", "c", "six"]
    assert all(a.end <= b.start + 1e-9 for a, b in zip(turn.words, turn.words[1:], strict=False))


@pytest.mark.parametrize("date", ["y", "21.11.2026", "2026-02-30", "20261121", ""])
def test_a_date_is_a_date(date: str, tmp_path: Path, rude: Call, put: Callable[..., Call]) -> None:
    put(rude, tmp_path / "e")
    path = tmp_path / "fixes.json"
    path.write_text(json.dumps({"by": "Ada", "date": date}))
    with pytest.raises(InputError, match=r"date: .*write it as 2024-03-20"):
        report(tmp_path / "e", corrections=path)


def test_what_is_measured_follows_a_moved_turn(rude: Call) -> None:
    """Talk, pace and RTTM of both sides change by that turn and by nothing else."""
    for turn in rude.turns[2:30]:
        other = "C" if turn.speaker == "A" else "A"
        moved = apply(rude, fixes(turns=[{"turn": turn.id, "speaker": other}])).call
        after = remeasure(rude, moved)
        length = turn.end - turn.start
        for name, change in ((turn.speaker, -length), (other, length)):
            was, now = rude.speaker(name), after.speaker(name)
            assert was and now
            assert now.talk - was.talk == pytest.approx(change, abs=0.002)
            side = next(s for s in after.pace.sides if s.speaker == name)
            assert side.talk == pytest.approx(now.talk)
            assert side.words == sum(len(t.words) for t in after.turns if t.speaker == name)
        row = f" {turn.start:.3f} {turn.end - turn.start:.3f} <NA> <NA> {{}} <NA>"
        assert row.format(other) in captions.rttm(after)
        assert row.format(turn.speaker) not in captions.rttm(after)
        assert after.regions == rude.regions


def test_segments_wider_than_the_words_are_divided_between_turns(rude: Call) -> None:
    """Sound begins before the words do; what lies between two turns is nobody else's."""
    first, second = (t for t in rude.turns if t.speaker == "A" and t.id in (0, 2))
    joined = SpeakerSegment(speaker="A", start=first.start - 0.2, end=second.end + 0.3)
    call = rude.model_copy(update={"segments": [joined]})
    moved = apply(call, fixes(turns=[{"turn": second.id, "speaker": "C"}])).call
    spoken = [(s.speaker, s.start, s.end) for s in remeasure(call, moved).segments]
    middle = (first.end + second.start) / 2
    assert spoken == [("A", joined.start, middle), ("C", middle, joined.end)]


def test_overlaps_follow_a_moved_turn(rude: Call) -> None:
    """Over one's own words nobody talks: once the turn is the same voice's, none is left."""
    a, c = rude.turns[4], rude.turns[5]
    segments = [
        s.model_copy(update={"end": s.end + 1.5}) if s.start == a.start else s
        for s in rude.segments
    ]
    wider = rude.model_copy(update={"segments": segments})
    found = remeasure(wider, wider)
    assert [(o.holder, o.entrant, o.interruption) for o in found.overlaps] == [("A", "C", True)]
    assert next(s for s in found.pace.sides if s.speaker == "C").interruptions == 1
    assert found.turns[5].overlap > 0.9
    moved = apply(found, fixes(turns=[{"turn": c.id, "speaker": "A"}])).call
    after = remeasure(found, moved)
    assert after.overlaps == []
    assert sum(s.interruptions for s in after.pace.sides) == 0
    assert after.turns[5].overlap == 0


def test_a_turn_nobody_spoke_can_be_struck(
    rude: Call, put: Callable[..., Call], tmp_path: Path
) -> None:
    put(rude, tmp_path / "e")
    call = load_call(tmp_path / "e")
    finding = call.findings[0]
    turn = next(t for t in call.turns if t.id == finding.turn)
    report(tmp_path / "e", corrections=file_of(tmp_path / "e", words=[whole(call, turn.id)]))
    after = load_call(tmp_path / "e")
    assert turn.id not in [t.id for t in after.turns]
    assert not [m for m in after.moments if m.turn == turn.id]
    assert all(m.context != turn.text for m in after.moments)
    assert all(m.quote for m in after.moments)
    assert any(w.text == turn.text and "struck by Ada" in w.reason for w in after.coverage.withheld)
    assert after.coverage.transcribed < call.coverage.transcribed
    was, now = call.speaker(turn.speaker), after.speaker(turn.speaker)
    assert was and now
    assert was.talk - now.talk == pytest.approx(turn.end - turn.start, abs=0.002)
    page = (tmp_path / "e" / "data" / "evidence.md").read_text("utf-8")
    assert "fell away with the words struck at" in page
    rows = json.loads((tmp_path / "e" / "data" / "corrections.json").read_text("utf-8"))
    assert [(r["turn"], r["before"], r["after"]) for r in rows] == [(turn.id, turn.text, "")]
    assert verify(tmp_path / "e").ok


def test_a_decision_on_a_struck_finding_goes_with_it(
    rude: Call, put: Callable[..., Call], tmp_path: Path
) -> None:
    put(rude, tmp_path / "e")
    call = load_call(tmp_path / "e")
    first, second = call.findings[:2]
    review = {"format": "earwitness-review", "version": 1, "by": "x", "date": "2026-11-21",
              "recording_sha256": call.recording.sha256, "decisions": [
                  {"id": first.id, "verdict": "dismissed", "note": ""},
                  {"id": second.id, "verdict": "confirmed", "note": ""}]}  # fmt: skip
    (tmp_path / "r.json").write_text(json.dumps(review))
    assert first.turn is not None
    report(tmp_path / "e", review=tmp_path / "r.json",
           corrections=file_of(tmp_path / "e", words=[whole(call, first.turn)]))  # fmt: skip
    text = (tmp_path / "e" / "data" / "evidence.md").read_text("utf-8")
    assert "1 confirmed, 0 dismissed" in text


def test_a_context_is_known_by_its_time(rude: Call) -> None:
    """Three turns of the same words: the finding answers the last before it."""
    early, late, after = rude.turns[1], rude.turns[10], rude.turns[12]
    same = [w.model_copy(update={"text": "Okay."}) for w in late.words[:1]]
    turns = [
        t.model_copy(update={"words": [same[0].model_copy(update={"start": t.start})]})
        if t.id in (early.id, late.id, after.id) else t
        for t in rude.turns
    ]  # fmt: skip
    finding = next(m for m in rude.moments if m.turn == 11)
    call = rude.model_copy(
        update={"turns": turns, "moments": [finding.model_copy(update={"context": "Okay."})]}
    )
    for other in (early, after):
        kept = apply(call, fixes(words=[words(other.id, 0, 0, "Fine by me")])).call.moments[0]
        assert kept.context == "Okay."
    second = apply(call, fixes(words=[words(late.id, 0, 0, "Fine by me")])).call.moments[0]
    assert second.context == "Fine by me"
    moved = apply(call, fixes(turns=[{"turn": late.id, "speaker": "A"}])).call.moments[0]
    assert moved.context is None  # one's own words are nobody's that one answers


def test_a_card_number_in_a_correction_is_nowhere(
    rude: Call, put: Callable[..., Call], sound: Callable[..., Any], tmp_path: Path
) -> None:
    read = sound(rude)
    (tmp_path / "call.bin").write_bytes(b"the recording")
    put(rude, tmp_path / "e", whole=True)
    call = load_call(tmp_path / "e")
    finding = call.findings[0]
    assert finding.turn is not None
    path = file_of(tmp_path / "e", words=[words(finding.turn, 1, 4, CARD)])
    with pytest.raises(InputError, match=r"card number.*--recording"):
        report(tmp_path / "e", corrections=path)
    assert verify(tmp_path / "e").ok
    was = {p.name: p.read_bytes() for p in (tmp_path / "e").rglob("*.flac")}
    whole_was = (tmp_path / "e" / "data" / "audio" / "call.mp3").read_bytes()
    report(tmp_path / "e", corrections=path, read_audio=read)
    turn = next(t for t in call.turns if t.id == finding.turn)
    misheard = " ".join(w.text for w in turn.words[1:5])
    for file in (tmp_path / "e").rglob("*"):
        if file.suffix in (".json", ".md", ".html", ".txt", ".vtt", ".srt"):
            text = file.read_text("utf-8")
            assert "4111" not in text, file.name
            assert misheard not in text, file.name
            if file.name in ("call.json", "call.machine.json", "evidence.md"):
                assert "card number withheld" in text, file.name
    now = {p.name: p.read_bytes() for p in (tmp_path / "e").rglob("*.flac")}
    assert now[Path(finding.clip or "").name] != was[Path(finding.clip or "").name]
    assert (tmp_path / "e" / "data" / "audio" / "call.mp3").read_bytes() != whole_was
    assert verify(tmp_path / "e").ok


def test_kinds_withheld_are_those_of_the_first_time(
    rude: Call, put: Callable[..., Call], sound: Callable[..., Any], tmp_path: Path
) -> None:
    for name, kinds, shown in (("none", frozenset(), True), ("all", {"email"}, False)):
        folder = tmp_path / name
        put(rude, folder, withhold=frozenset(kinds))
        path = file_of(folder, words=[words(1, 0, 1, "elena@example.org")])
        report(folder, corrections=path, read_audio=sound(rude))
        assert ("elena@example.org" in (folder / "data" / "evidence.md").read_text()
                .replace("\\", "")) is shown  # fmt: skip


def test_a_name_is_taken_away_on_the_page(
    rude: Call, put: Callable[..., Call], tmp_path: Path
) -> None:
    put(rude, tmp_path / "e")
    for name, left in ((None, "Marcus"), ("Marcus", "Marcus"), ("", None)):
        call = load_call(tmp_path / "e")
        review = {"format": "earwitness-review", "version": 1, "by": "x", "date": "2026-11-21",
                  "recording_sha256": call.recording.sha256,
                  "speakers": [{"id": "A", "role": "agent", "name": name}]}  # fmt: skip
        (tmp_path / "r.json").write_text(json.dumps(review))
        report(tmp_path / "e", review=tmp_path / "r.json", out=tmp_path / "f", force=True)
        speaker = load_call(tmp_path / "f").speaker("A")
        assert speaker and speaker.name == left


class _Nothing:
    """A conduct model that hears nothing worth a moment."""

    thresholds = Thresholds(finding=0.9, review=0.7, labels=dict.fromkeys(LABELS, 0.9))
    sha256 = "00" * 32

    def score(self, inputs: list[Any]) -> list[Scores]:
        return [Scores(dict.fromkeys(LABELS, 0.01)) for _ in inputs]


def recorded(rude: Call) -> Call:
    """The call with an announcement's wording on the agent's line."""
    said = "All our agents are currently busy. Your call is important to us."
    turn = rude.turns[0]
    spoken = [
        Word(text=word, start=turn.start + 0.1 * i, end=turn.start + 0.1 * i + 0.09,
             confidence=0.9, speaker="A")
        for i, word in enumerate(said.split())
    ]  # fmt: skip
    announced = turn.model_copy(update={"words": spoken, "role": "system", "conduct": None})
    return rude.model_copy(update={"turns": [announced, *rude.turns[1:]], "moments": []})


def roles_of(turns: list[Turn], speaker: str) -> set[str]:
    return {turn.role for turn in turns if turn.speaker == speaker}


def test_a_stated_role_holds_for_all_turns_of_a_voice(rude: Call) -> None:
    call = recorded(rude)
    model: Any = _Nothing()
    judged = rejudge(call, model, given={})
    assert judged.turns[0].role == "system"
    assert "prompt" in {region.kind for region in rejudge(_spoken(call), model, given={}).regions}
    stated = apply(call, fixes(speakers=[{"id": "A", "role": "agent"}])).call
    assert roles_of(stated.turns, "A") == {"agent"}
    judged = rejudge(_spoken(stated), model, given={"A": frozenset({"role"})})
    assert roles_of(judged.turns, "A") == {"agent"}
    assert judged.turns[0].conduct is not None
    assert "prompt" not in {region.kind for region in judged.regions}


def _spoken(call: Call) -> Call:
    """With the regions that a recording has: speech wherever there are segments."""
    regions = [
        call.regions[0].model_copy(update={"kind": "speech", "start": s.start, "end": s.end})
        for s in call.segments
    ]
    return call.model_copy(update={"regions": regions})


def test_other_corrections_leave_announcements_be(rude: Call) -> None:
    call = recorded(rude)
    name = apply(call, fixes(speakers=[{"id": "A", "name": "Marc"}], words=[words(3, 0, 0, "We")]))
    assert name.call.turns[0].role == "system"
    assert isinstance(name.call.speaker("A"), Speaker)


def test_what_was_withheld_stays_and_an_included_recording_is_covered(
    rude: Call, put: Callable[..., Call], sound: Callable[..., Any], tmp_path: Path
) -> None:
    recording = tmp_path / "call.mp3"
    recording.write_bytes(b"the recording")
    digest = hashlib.sha256(recording.read_bytes()).hexdigest()
    call = rude.model_copy(
        update={"recording": rude.recording.model_copy(update={"sha256": digest})}
    )
    folder = tmp_path / "e"
    put(call, folder, recording=recording)
    report(folder, corrections=file_of(folder, words=[words(3, 1, 4, CARD)]),
           read_audio=sound(call))  # fmt: skip
    copies = [p.name for p in (folder / "data" / "recording").iterdir()]
    assert len(copies) == 1
    assert copies[0].endswith(".redacted.flac")
    view = json.loads((folder / "data" / "view.json").read_text())
    (place,) = view["redactions"]
    assert (place["kind"], place["turn"]) == ("card", 3)
    report(folder, corrections=file_of(folder, words=[words(5, 0, 0, "We")]))
    again = json.loads((folder / "data" / "view.json").read_text())
    assert again["redactions"] == view["redactions"]
    assert sum("Withheld from this copy" in note for note in again["amendments"]) == 1
    assert verify(folder).ok
