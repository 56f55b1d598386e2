"""Called for and given, called for and missing, not called for: on scripted calls."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.pipeline.call import Call
from earwitness.pipeline.judge.looks import main_agent
from earwitness.pipeline.judge.rubric import Rubric, parse
from earwitness.pipeline.judge.scorecard import Scorecard, Scored, score
from made_calls import (
    ABUSED,
    CIVIL,
    RUBRIC,
    RUDE,
    call_of,
    with_interruption,
    with_silence,
    with_wait,
)


def card(call: Call, rubric: Rubric | str = RUBRIC, **more) -> Scorecard:
    made = parse(rubric, "test") if isinstance(rubric, str) else rubric
    given = {"meanings": np.zeros((len(call.turns), 3)), "sentences": {}, **more}
    return score(call, made, **given)


def outcome(call: Call, item: str, *, by: str = "agent", **more) -> Scored:
    text = f'name = "x"\n[[items]]\nid = "a"\ntitle = "A"\nby = "{by}"\n{item}'
    return card(call, text, **more).outcomes[0]


def test_a_call_is_scored_by_what_was_called_for() -> None:
    good, bad = card(call_of(CIVIL)), card(call_of(RUDE))
    assert [o.outcome for o in good.outcomes] == ["given"] * 3 + ["not called for", "given"]
    assert (good.agent, good.passed, good.customer) == (1.0, True, 1.0)
    assert [o.outcome for o in bad.outcomes] == ["given", "missing", "missing", "missing", "given"]
    assert bad.agent == pytest.approx(1 / 6, abs=1e-3)
    assert bad.passed is False
    assert bad.outcomes[2].evidence[0].moment == "m001"
    assert bad.outcomes[3].called_by[0].start == call_of(RUDE).turns[3].start


def test_both_sides_are_held_to_the_same() -> None:
    abused = card(call_of(ABUSED))
    assert abused.outcomes[2].outcome == "given"
    assert abused.outcomes[4].outcome == "missing"
    assert abused.customer == 0.0


def test_an_essential_item_fails_a_call_that_has_the_points() -> None:
    rubric = RUBRIC.replace("pass_mark = 0.6", "pass_mark = 0.1", 1)
    assert card(call_of(RUDE), rubric).passed is False
    assert card(call_of(RUDE), rubric.replace("essential = true", "")).passed is True


def test_a_dismissed_finding_counts_for_nothing() -> None:
    kept, dropped = card(call_of(RUDE)), card(call_of(RUDE), dismissed=frozenset({"m001"}))
    assert kept.outcomes[2].outcome == "missing"
    assert dropped.outcomes[2].outcome == "given"
    look = 'at_most = 0\nlook_for = [{ label = "condescension" }]'
    assert outcome(call_of(RUDE), look).outcome == "missing"
    assert outcome(call_of(RUDE), look, dismissed=frozenset({"m001"})).outcome == "given"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"language": "kk"}, "language is kk"),
        ({"sure": 0.4}, "nothing was called for"),
    ],
)
def test_what_is_not_known_counts_for_nobody(change: dict, why: str) -> None:
    found = card(call_of(RUDE, **change))
    assert {o.outcome for o in found.outcomes} == {"not called for"}
    assert (found.agent, found.passed) == (None, None)
    assert why in found.unscored


def test_a_second_agents_words_are_not_held_against_the_first() -> None:
    script = [*CIVIL, ("B", "And who are you to complain, you fool?", "rude!insult")]
    call = call_of(script, agents=("A", "B"))
    look = 'at_most = 0\nlook_for = [{ moment = "rude" }]'
    assert outcome(call, look).outcome == "given"
    # What a colleague gives, the call was given.
    late = [*CIVIL[:5], ("B", "Anything else that we can do for you today?", "offer_of_help")]
    call = call_of(late, agents=("A", "B"))
    given = 'part = { last = "30 %" }\nlook_for = [{ label = "offer_of_help" }]'
    assert outcome(call, given).outcome == "given"


def test_the_voice_that_gave_the_agents_name_is_the_agent() -> None:
    rude = ("B", "And who are you to complain, you fool? I am the supervisor here", "rude!insult")
    script = [("A", "Returns desk, Marcus", "agent_introduction"), *CIVIL[1:2], rude, rude]
    call = call_of(script, agents=("A", "B"), names={"A": "Marcus", "B": "Derek"})
    assert main_agent(call) == "B"
    assert main_agent(call, "Marcus Bell") == "A"
    assert main_agent(call, "Derek Ash") == "B"
    assert main_agent(call, "Joan") == "B"
    assert main_agent(call, "Marcus Bell", surest=0.99) is None
    look = 'at_most = 0\nlook_for = [{ moment = "rude" }]'
    assert outcome(call, look).outcome == "missing"
    assert outcome(call, look, agent_name="Marcus Bell").outcome == "given"


def test_an_uncertain_turn_accuses_nobody() -> None:
    call = call_of(RUDE)
    turns = [t.model_copy(update={"uncertain": t.id == 2}) for t in call.turns]
    unsure = call.model_copy(update={"turns": turns})
    look = 'at_most = 0\nlook_for = [{ moment = "rude" }]'
    assert outcome(call, look).outcome == "missing"
    assert outcome(unsure, look).outcome == "given"


def test_phrases_are_whole_words_with_gaps() -> None:
    call = call_of(CIVIL)
    said = 'look_for = [{{ phrase = "{}" }}]'
    for phrase, found in (
        ("how can i help you", True), ("How can I", True), ("how * help you", True),
        ("how can", True), ("ow can i", False), ("how can you", False), ("how * today", False),
        ("MARCUS speaking", True),
    ):  # fmt: skip
        assert (outcome(call, said.format(phrase)).outcome == "given") is found, phrase
    place = outcome(call, said.format("how can i help")).evidence[0]
    assert place.start == call.turns[0].words[6].start
    unless = 'look_for = [{ phrase = "how can i help", unless = "marcus" }]'
    assert outcome(call, unless).outcome == "missing"


def test_parts_of_the_call() -> None:
    call = call_of(CIVIL)
    thanks = 'look_for = [{{ label = "thanks" }}]\npart = {{ {} }}'
    for part, found in (
        ('first = "5 s"', False), ('first = "100 %"', True), ('last = "20 %"', True),
        ('last = "20 %", first = "20 %"', False),
    ):  # fmt: skip
        assert (outcome(call, thanks.format(part)).outcome == "given") is found, part


def test_counts_and_absence() -> None:
    call = call_of(ABUSED)
    look = 'look_for = [{ moment = "rude" }]\n'
    for count, found in (("at_least = 2", True), ("at_least = 3", False), ("at_most = 2", True),
                         ("at_most = 1", False), ("at_least = 1\nat_most = 2", True)):  # fmt: skip
        assert (outcome(call, look + count, by="customer").outcome == "given") is found, count


def test_every_one_wants_its_own_answer() -> None:
    script = [
        ("A", "Bear with me, I will put you on hold for a minute", "hold"),
        ("C", "All right then", ""),
        ("A", "Still looking into it", ""),
        ("C", "All right then", ""),
        ("A", "Thank you for waiting, here we are", "thanks"),
    ]
    call = call_of(script)
    first, second = call.turns[1].end, call.turns[3].end
    item = (
        'every = {}\ncalled_for = [{{ hold = 1 }}]\npart = {{ before = true, near = "4 s" }}\n'
        'look_for = [{{ label = "hold" }}]'
    )
    one = with_wait(call, first, first + 1.5)
    both = one.model_copy(
        update={"pace": one.pace.model_copy(update={
            "holds": [*one.pace.holds, *with_wait(call, second, second + 1.5).pace.holds]})}
    )  # fmt: skip
    assert outcome(call, item.format("true")).outcome == "not called for"
    assert outcome(one, item.format("true")).outcome == "given"
    assert outcome(both, item.format("true")).outcome == "missing"
    assert outcome(both, item.format("false")).outcome == "given"


def test_an_answer_before_the_question_is_none() -> None:
    script = [*RUDE[:4], ("A", "I will get my manager for you", "escalation_granted!")]
    early = [script[0], script[1], script[4], *script[2:4]]
    item = (
        'part = { after = true }\ncalled_for = [{ moment = "escalation_request", '
        'by = "customer" }]\nlook_for = [{ moment = "escalation_granted" }]'
    )
    assert outcome(call_of(script), item).outcome == "given"
    assert outcome(call_of(early), item).outcome == "missing"


def test_an_excuse_takes_the_call_for_it_away() -> None:
    item = (
        'at_most = 0\nlook_for = [{ moment = "hangup_threat_or_disconnect" }]\n'
        'excused_by = [{ moment = "rude", by = "customer" }]'
    )
    assert outcome(call_of(ABUSED), item).outcome == "not called for"
    calm = [(who, text, marks.replace("rude!insult", "")) for who, text, marks in ABUSED]
    assert outcome(call_of(calm), item).outcome == "missing"


def test_what_is_measured() -> None:
    call = call_of(CIVIL)
    over = with_interruption(call, 5.0, 1.2, "A")
    assert outcome(over, "at_most = 0\nlook_for = [{ interruption = 1 }]").outcome == "missing"
    assert outcome(over, "at_most = 0\nlook_for = [{ interruption = 2 }]").outcome == "given"
    own = "at_most = 0\nlook_for = [{ interruption = 1 }]"
    assert outcome(over, own, by="customer").outcome == "given"
    quiet = with_silence(call, 8.0, 20.0, "A")
    assert outcome(quiet, "at_most = 0\nlook_for = [{ silence = 10 }]").outcome == "missing"
    assert outcome(quiet, "at_most = 0\nlook_for = [{ silence = 15 }]").outcome == "given"
    other = with_silence(call, 8.0, 20.0, "C")
    assert outcome(other, "at_most = 0\nlook_for = [{ silence = 10 }]").outcome == "given"
    assert outcome(call, "at_most = 0\nlook_for = [{ talk_share = 0.5 }]").outcome == "missing"
    assert outcome(call, "at_most = 0\nlook_for = [{ talk_share = 0.9 }]").outcome == "given"


def test_meanings_are_compared_by_their_angle() -> None:
    call = call_of(CIVIL)
    vectors = np.zeros((len(call.turns), 3), np.float16)
    vectors[4] = (0.8, 0.6, 0.0)
    sentences = {"We are sorry.": np.array([1, 0, 0], np.float32)}
    look = 'look_for = [{{ meaning = "We are sorry.", least = {} }}]'
    near = {"meanings": vectors, "sentences": sentences}
    assert outcome(call, look.format(0.75), **near).evidence[0].turn == 4
    assert outcome(call, look.format(0.85), **near).outcome == "missing"


def test_an_introduction_may_take_two_turns_and_needs_name_and_department() -> None:
    item = 'part = { first = "30 s" }\nlook_for = [{ introduction = "name and department" }]'
    rest = CIVIL[1:]

    def greeted(*opening: tuple[str, str, str]) -> str:
        names = {"A": "Priya", "C": "Elena"}
        return outcome(call_of([*opening, *rest], names=names), item).outcome

    label = "agent_introduction"
    assert greeted(("A", "Halden Water, this is Priya in billing.", label)) == "given"
    assert greeted(("A", "Good morning, this is Priya, how can I help?", label)) == "missing"
    assert greeted(("A", "Billing.", label)) == "missing"
    both = (("A", "Good morning, Halden Water.", label), ("C", "Hello?", ""))
    assert greeted(*both, ("A", "This is Priya.", label)) == "given"
    assert greeted(("A", "Tell me what it is about then, quickly.", "")) == "missing"
    # What the customer says of themselves is no introduction of the agent's.
    assert greeted(("A", "Yes?", ""), ("C", "My name is Elena from Halden Water.", "")) == "missing"
