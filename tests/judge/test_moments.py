from __future__ import annotations

import pytest
from earwitness.models.conduct.labels import LABELS, MOMENTS
from earwitness.models.conduct.model import Scores, Thresholds
from earwitness.pipeline.call import Overlap, Region, Tone
from earwitness.pipeline.judge.moments import find_moments
from hypothesis import given, settings
from hypothesis import strategies as st

ASK = "Could I speak to your supervisor, please?"
NO = "No, you can't speak to anybody else."


RUDE = [("C", "I read it."), ("A", "Did you, now.", {"rude": 0.995, "sarcasm": 0.9})]


def test_rude_levels(level):
    assert level(RUDE, "rude") == "finding"
    assert level([RUDE[0], ("A", "Did you, now.", {"rude": 0.8})], "rude") == "review"
    assert level([RUDE[0], ("A", "Did you, now.", {"rude": 0.6})], "rude") is None


def test_a_finding_says_why(moments):
    (found,) = moments(RUDE)
    assert found.quote == "Did you, now." and found.context == "I read it."
    assert found.score == 0.995 and "sarcasm" in found.reasons[0] and "0.99" in found.reasons[0]
    assert (found.speaker, found.role, found.turn, found.id) == ("A", "agent", 1, "m001")


def test_words_that_only_their_context_makes_rude_are_a_place_to_listen_to(moments, level):
    scores = {"rude": 0.995, "alone": 0.81, "sarcasm": 0.8}
    (found,) = moments([RUDE[0], ("A", "Did you, now.", scores)])
    assert found.level == "review" and found.score == 0.995
    assert "by itself 0.81; " in found.reasons[0] and "0.82 by itself" in found.reasons[0]
    scores["alone"] = 0.82
    assert level([RUDE[0], ("A", "Did you, now.", scores), RUDE[1]], "rude") == "finding"


def test_what_somebody_else_said_is_a_place_to_listen_to(moments, level):
    told = (
        "C",
        "Tall, earring, said, and I quote, most oldies moaned and then shut up.",
        {"rude": 0.995},
    )
    (found,) = moments([told])
    assert found.level == "review" and any("told again" in reason for reason in found.reasons)
    for own in (
        "I said shut up, you oldie.",
        "You never told me that, you liar.",
        "It says so. Read it!",
    ):
        assert level([("C", own, {"rude": 0.995})], "rude") == "finding"


@pytest.mark.parametrize(
    ("more", "stands"),
    [
        ([], False),
        ([("A", "You fool.", {"rude": 0.99})], True),
        ([("A", "You fool.", {"rude": 0.95})], False),
        ([("A", "You fool.", {"rude": 0.95}), ("A", "You ape.", {"rude": 0.95})], True),
        ([("A", "You fool.", {"rude": 0.99, "alone": 0.85})], False),
        ([("C", "You fool.", {"rude": 0.99})], False),
        ([("A", "My last boss called me a fool.", {"rude": 0.99})], False),
    ],
)
def test_nobody_is_accused_by_faint_turns(moments, more, stands):
    first = moments([("C", "I read it."), ("A", "Did you, now.", {"rude": 0.92}), *more])[0]
    assert first.level == ("finding" if stands else "review")
    told = "what this speaker says is, taken together, not sure enough for a finding"
    assert (told in first.reasons) is not stands


def test_misheard_words_are_no_evidence(level):
    said = [("A", "Did a D, did dumb.", {"rude": 0.995})]
    assert level(said, "rude", confidence=0.81) == "finding"
    assert level(said, "rude", confidence=0.79) == "review"


def test_a_finding_without_a_certain_kind_says_so(moments):
    (found,) = moments([RUDE[0], ("A", "Did you, now.", {"rude": 0.995})])
    assert "of no certain kind" in found.reasons[0]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"change": (1, {"uncertain": True})}, "who speaks"),
        ({"change": (1, {"role": "unknown"})}, "role"),
        ({"confidence": 0.4}, "not heard clearly"),
    ],
)
def test_nobody_is_accused_on_doubt(moments, more, word):
    (found,) = moments(RUDE, **more)
    assert found.level == "review" and any(word in reason for reason in found.reasons)


def test_empty_words_are_never_rude(moments):
    for text in ("Mm-hm.", "Bye-bye", "Yeah.", "Okay, bye.", "F -I -T -I -L", "4, 40, B."):
        assert moments([("C", "Well."), ("A", text, {"rude": 0.99})]) == []


def test_announcements_are_not_judged(moments):
    assert moments([("S", "All our agents are busy.", {"rude": 0.99, "hold": 0.9})]) == []


def test_request_and_refusal_belong_together(moments):
    script = [
        ("C", ASK, {"escalation_request": 0.95}),
        ("A", NO, {"escalation_refused": 0.95, "escalation_deflected": 0.9}),
    ]
    request, refused = moments(script)
    assert (request.level, refused.level) == ("finding", "finding")
    assert request.related == [refused.id] and refused.related == [request.id]
    assert any("declined" in reason for reason in request.reasons)


def test_a_request_without_an_answer_says_so(moments):
    script = [("C", ASK, {"escalation_request": 0.95}), ("A", "Lovely weather.", {})]
    (request,) = moments(script)
    assert any("no answer" in reason for reason in request.reasons) and request.related == []


def test_an_answer_without_a_request_is_no_finding(moments, level):
    assert level([("A", NO, {"escalation_refused": 0.95})], "escalation_refused") == "review"
    granted = [("A", "Putting you through to billing.", {"escalation_granted": 0.45})]
    assert moments(granted) == []


def test_roles_that_cannot_do_it(moments, level):
    script = [("A", "Shall I get my manager?", {"escalation_request": 0.95})]
    assert moments(script) == []
    assert moments([("C", "No, I won't do that.", {"refusal": 0.95})]) == []
    unsure = [("C", ASK, {"escalation_request": 0.95})]
    assert level(unsure, "escalation_request", sure=0.55) == "review"


def test_the_own_boss_is_not_asked_for(level):
    script = [("C", "I need to call my boss at work first.", {"escalation_request": 0.9})]
    assert level(script, "escalation_request") == "review"


def test_a_refusal_declines_something(level):
    no = ("A", "I'm afraid we can't.", {"refusal": 0.8})
    assert level([("C", "Can I have a refund?"), no], "refusal") == "finding"
    assert level([("C", "It rained on Monday."), no], "refusal") == "review"
    unclear = ("A", "I'm afraid we can't.", {"refusal": 0.4})
    assert level([("C", "Can I have a refund?"), unclear], "refusal") == "review"


def test_repeated_requests_are_counted(moments, level):
    again = {"repeated_request": 0.8}
    script = [
        ("C", "Can I have my money back for the washing machine?"),
        ("A", "Order number?"),
        ("C", "I'd like a refund for the washing machine, please.", again),
        ("A", "Hm."),
        ("C", "Please refund the washing machine.", again),
    ]
    first, second = [m for m in moments(script) if m.kind == "repeated_request"]
    assert first.level == second.level == "finding"
    assert any("2 times" in r and "0:00" in r for r in first.reasons)
    assert any("3 times" in r for r in second.reasons)
    other = [*script[:2], ("C", "Could you spell your surname?", again)]
    assert level(other, "repeated_request") == "review"
    in_a_row = [script[0], ("C", "I'd like a refund for the washing machine.", again)]
    assert level(in_a_row, "repeated_request") == "review"


def test_a_supervisor_asked_for_twice(moments, level):
    ask = {"escalation_request": 0.95}
    no = ("A", NO, {"escalation_refused": 0.95})
    twice = moments([("C", ASK, ask), no, ("C", ASK, ask)])
    again = [m for m in twice if m.kind == "repeated_request"]
    assert len(again) == 1 and again[0].level == "finding" and twice[0].id in again[0].related
    yes = ("A", "I'll put my manager on.", {"escalation_granted": 0.9})
    assert level([("C", ASK, ask), yes, ("C", ASK, ask)], "repeated_request") is None


def test_goodbyes_are_not_hang_ups(moments, level):
    kind = "hangup_threat_or_disconnect"
    end = {kind: 0.9}
    fight = ("C", ASK, {"escalation_request": 0.95})
    assert level([("A", "Take care. Goodbye.", end)], kind) is None
    assert level([fight, ("A", "Yeah, bye.", end)], kind) is None
    assert level([fight, ("C", "Please don't hang up on me.", end)], kind) is None
    assert level([fight, ("A", "I'm ending this call.", end)], kind) == "finding"
    assert level([("A", "I'm ending this call.", end)], kind) == "review"
    last = moments([fight, ("A", "I'm ending this call.", end)], duration=6.0)
    assert any("recording ends" in reason for reason in last[-1].reasons)


def test_holds_and_their_length(moments):
    script = [
        ("A", "Can I put you on hold for a minute?", {"hold": 0.9}),
        ("C", "Sure."),
    ]
    music = Region(kind="music", start=6.0, end=20.0)
    prompt = Region(kind="prompt", start=20.2, end=28.0)
    (hold,) = moments(script, regions=[music, prompt])
    assert hold.level == "note" and any("22 s with music" in reason for reason in hold.reasons)
    (untold,) = moments([("A", "Hello."), ("C", "Hi.")], regions=[music])
    assert untold.kind == "hold" and untold.quote == "" and untold.turn is None
    assert (untold.start, untold.end, untold.speaker) == (6.0, 20.0, "A")
    assert moments([("C", "Hi.")], regions=[music]) == []
    silence = Region(kind="silence", start=6.0, end=20.0)
    assert moments([("A", "Hello.")], regions=[silence]) == []
    button = [("A", "Press and hold the button.", {"hold": 0.9})]
    assert moments(button) == []


def test_acoustic_facts_stand_beside_the_words(moments):
    tone = Tone(loudness=-18, loudness_change=7.2, pitch_change=3.4, raised_voice=True)
    cut = Overlap(start=1.0, end=2.0, holder="C", entrant="A", interruption=True)
    (found,) = moments(RUDE, change=(1, {"tone": tone}), overlaps=[cut])
    assert any("in this turn a raised voice (+7 dB and +3.4 semitones" in r for r in found.reasons)
    assert any("came in while the other was speaking (1.0 s)" in r for r in found.reasons)
    calm = [("C", "I read it."), ("A", "Did you.", {"rude": 0.1})]
    assert moments(calm, change=(1, {"tone": tone}), overlaps=[cut]) == []


class Reader:
    """Stands in for the model: sentences with "fool" are rude."""

    thresholds = Thresholds(finding=0.9, review=0.7, labels=dict.fromkeys(LABELS, 0.3))

    def score(self, turns):
        low = dict.fromkeys(LABELS, 0.01)
        rude = [0.99 if "fool" in turn.text else 0.01 for turn in turns]
        return [Scores({**low, "rude": score}, alone=score) for score in rude]

    def drivers(self, turn, label):
        return []


def test_only_an_overlap_with_the_words_quoted_is_told_of_them(talk):
    calm = "I have the order here and it was sent to the depot on Monday."
    said = f"{calm} {calm} You utter fool. {calm}"
    turns = talk([("C", "Where is it?"), ("A", said, {"rude": 1.0})])
    words = turns[1].words
    start = next(word.start for word in words if word.text == "You")

    def heard(at: float, end: float) -> list[str]:
        lap = Overlap(start=at, end=end, holder="A", entrant="C", interruption=True)
        (found,) = find_moments(turns, [], [], [lap], 60.0, model=Reader())
        assert found.quote == "You utter fool."
        return [reason for reason in found.reasons if "talked over" in reason]

    assert heard(words[0].start, words[0].start + 2.0) == []
    assert heard(words[-1].start, words[-1].end) == []
    assert heard(start - 2.0, start + 0.5) == ["was talked over (0.5 s)"]


lines = st.tuples(
    st.sampled_from("ABCSU"),
    st.sampled_from(
        [ASK, NO, "Bye.", "Hold on.", "Can I have a refund again?", "I'm ending this."]
    ),
    st.dictionaries(st.sampled_from(["rude", *MOMENTS]), st.floats(0, 1), max_size=6),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=12))
def test_properties(moments, talk, script):
    turns = talk(script)
    found = moments(script)
    assert [m.id for m in found] == [f"m{n:03d}" for n in range(1, len(found) + 1)]
    assert [m.start for m in found] == sorted(m.start for m in found)
    known = {m.id for m in found}
    by_id = {turn.id: turn for turn in turns}
    for moment in found:
        assert set(moment.related) <= known and moment.id not in moment.related
        assert moment.reasons and moment.role != "system"
        turn = by_id[moment.turn]
        inside = [w for w in turn.words if moment.start <= w.start and w.end <= moment.end]
        assert " ".join(word.text for word in inside) == moment.quote
        assert moment.role != "unknown" or moment.level != "finding"
        if moment.kind == "rude":
            assert moment.score >= 0.7
    assert found == moments(script)
