"""The shipped weights on the true words of the sample calls: roles right, nobody wronged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from earwitness.errors import InputError
from earwitness.models.conduct.model import shared_model
from earwitness.pipeline.call import Region, Speaker, Turn, Word
from earwitness.pipeline.judge.conduct import score_turns
from earwitness.pipeline.judge.moments import find_moments
from earwitness.pipeline.judge.roles import assign_roles

CALLS = Path(__file__).parents[2] / "samples" / "calls"
NAMES = sorted(path.stem for path in CALLS.glob("*.json"))

pytestmark = pytest.mark.weights


def read(name, *, channels=False):
    truth = json.loads((CALLS / f"{name}.json").read_text())
    turns = [
        Turn(
            id=number,
            speaker=turn["speaker"],
            start=turn["words"][0]["start"],
            end=turn["words"][-1]["end"],
            words=[
                Word(text=w["text"], start=w["start"], end=w["end"], confidence=0.9)
                for w in turn["words"]
            ],
        )
        for number, turn in enumerate(truth["turns"])
    ]
    speakers = [
        Speaker(id=s["id"], channel=int(s["role"] == "customer") if channels else None)
        for s in truth["speakers"]
    ]
    return truth, turns, speakers


def judged(name):
    truth, turns, speakers = read(name)
    model = shared_model()
    speakers, turns = assign_roles(turns, speakers, model)
    turns = score_turns(turns, model)
    regions = [Region(**region) for region in truth["regions"]]
    found = find_moments(turns, speakers, regions, [], truth["duration"], model=model)
    return truth, turns, found


@pytest.mark.parametrize("name", NAMES)
def test_roles(name):
    truth, turns, speakers = read(name)
    ruled, spoken = assign_roles(turns, speakers, shared_model())
    assert {s.id: s.role for s in ruled} == {s["id"]: s["role"] for s in truth["speakers"]}
    assert all(s.role_confidence > 0.9 and s.role_reasons for s in ruled)
    for said, known in zip(ruled, truth["speakers"], strict=True):
        assert said.name is None or said.name in (known["name"] or "")
    assert all(turn.role == "unknown" for turn in turns), "the turns given are not changed"
    assert all(turn.role != "unknown" for turn in spoken)


@pytest.mark.parametrize("name", NAMES)
def test_roles_do_not_hang_on_the_opening_or_on_ids(name):
    truth, turns, speakers = read(name)
    ids = {s.id: f"voice {n}" for n, s in enumerate(reversed(speakers))}
    cut = [t.model_copy(update={"speaker": ids[t.speaker]}) for t in turns[3:]]
    ruled, _ = assign_roles(cut, [Speaker(id=i) for i in ids.values()], shared_model())
    roles = {s.id: s.role for s in ruled}
    wrong = [
        s["id"] for s in truth["speakers"] if roles[ids[s["id"]]] not in (s["role"], "unknown")
    ]
    assert wrong == []


def test_the_agent_can_be_named():
    _, turns, speakers = read("civil", channels=True)
    for name, agent in (("right", "customer"), ("left", "agent"), ("customer", "customer")):
        ruled, _ = assign_roles(turns, speakers, shared_model(), agent=name)
        assert {s.id for s in ruled if s.role == "agent"} == {agent}
        assert {s.role for s in ruled} == {"agent", "customer"}
        assert all(s.role_confidence == 1 for s in ruled)


def test_naming_a_channel_names_all_its_people_and_no_announcement():
    _, turns, speakers = read("hold_transfer", channels=True)
    ruled, _ = assign_roles(turns, speakers, shared_model(), agent="left")
    left = [s for s in ruled if s.channel == 0]
    assert sorted(s.role for s in left) == ["agent", "agent", "system"]
    assert {s.role for s in ruled if s.channel == 1} == {"customer"}


def test_naming_nobody_is_an_error_that_names_those_there_are():
    _, turns, speakers = read("civil", channels=True)
    with pytest.raises(InputError, match=r"agent \(left\), customer \(right\)"):
        assign_roles(turns, speakers, shared_model(), agent="Bob")
    with pytest.raises(InputError, match="the speakers are agent, customer"):
        assign_roles(turns, read("civil")[2], shared_model(), agent="left")


def test_silence_has_no_roles():
    assert assign_roles([], [], shared_model()) == ([], [])
    (alone,), _ = assign_roles([], [Speaker(id="A")], shared_model())
    assert (alone.role, alone.role_confidence) == ("unknown", 0.0)


def test_hardly_a_word_is_no_role(talk):
    turns = talk([("A", "Mm."), ("C", "Yeah.")])
    ruled, _ = assign_roles(turns, [Speaker(id="A"), Speaker(id="C")], shared_model())
    assert all(s.role_confidence < 0.6 for s in ruled)


@pytest.mark.parametrize("name", ["civil", "hold_transfer"])
def test_no_finding_of_rudeness_in_a_civil_call(name):
    _, _, found = judged(name)
    assert [m for m in found if m.kind == "rude" and m.level == "finding"] == []


@pytest.mark.parametrize(
    ("name", "side", "other"),
    [("rude_refusal", "agent", "customer"), ("abusive_customer", "customer", "agent")],
)
def test_the_rude_side_is_heard_and_the_other_is_not_blamed(name, side, other):
    truth, _, found = judged(name)
    rude = {m.turn for m in found if m.kind == "rude" and m.level == "finding"}
    true = {n for n, turn in enumerate(truth["turns"]) if turn["rude"]}
    assert len(rude & true) >= 2 and rude <= true
    assert {truth["turns"][n]["speaker"] for n in rude} == {side}
    assert other not in {m.role for m in found if m.kind == "rude"}


def test_findings_give_their_grounds():
    _, turns, found = judged("rude_refusal")
    for moment in found:
        turn = turns[moment.turn]
        assert moment.quote in turn.text and moment.reasons
        assert all(span in moment.quote for span in moment.drivers)
        if moment.level == "finding":
            assert moment.drivers and turn.conduct.probabilities
    asked = next(m for m in found if m.kind == "escalation_request")
    answers = {m.id: m.kind for m in found}
    assert "escalation_refused" in {answers[i] for i in asked.related}


def test_the_hold_is_timed():
    _, _, found = judged("hold_transfer")
    holds = [m for m in found if m.kind == "hold"]
    assert any("with music followed" in " ".join(m.reasons) for m in holds)
    assert any(m.kind == "transfer" for m in found)


def test_announcements_carry_no_scores():
    _, turns, _ = judged("hold_transfer")
    assert {t.conduct is None for t in turns if t.role == "system"} == {True}
    assert all(t.conduct is not None for t in turns if t.role != "system")


def test_long_turns_are_quoted_by_what_carries_the_label(talk):
    calm = "I have the order here and it was sent to the depot on Monday morning."
    text = f"{calm} {calm} You stupid, useless little man. {calm}"
    model = shared_model()
    turns = score_turns(talk([("C", "Where is my parcel?"), ("A", text)]), model)
    found = find_moments(turns, [], [], [], 60.0, model=model)
    (rude,) = [m for m in found if m.kind == "rude"]
    assert "useless little man" in rude.quote and len(rude.quote.split()) < 25
    words = turns[1].words
    assert any(w.start == rude.start for w in words) and any(w.end == rude.end for w in words)
