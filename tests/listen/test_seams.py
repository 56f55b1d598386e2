"""Words at the seam between two speakers."""

from __future__ import annotations

import pytest
from earwitness.pipeline.call import Word
from earwitness.pipeline.listen.seams import mend_seams
from hypothesis import given
from hypothesis import strategies as st


def said(script: str, *, pause_at: int | None = None, pause: float = 0.6) -> list[Word]:
    """`A:is A:it B:Monday?` as words of 0.2 s, 0.1 s apart, a pause before one of them.

    `BA:` is a word given to B over which A is heard too.
    """
    words, clock = [], 0.0
    for number, part in enumerate(script.split()):
        speaker, text = part.split(":")
        clock += pause if number == pause_at else 0.1
        words.append(
            Word(
                text=text,
                start=clock,
                end=clock + 0.2,
                confidence=0.9,
                speaker=speaker[0],
                candidates=sorted(speaker),
            )
        )
        clock += 0.2
    return words


def speakers(words: list[Word]) -> str:
    return "".join(word.speaker or "-" for word in words)


def test_the_last_word_of_a_question_stays_with_who_asks():
    mended = mend_seams(said("A:Is A:there A:somebody A:to A:talk B:to? B:They B:would B:laugh."))
    assert speakers(mended) == "AAAAAABBB"
    assert mended[5].candidates == ["A", "B"]


def test_the_first_word_of_an_answer_goes_with_the_answer():
    mended = mend_seams(said("A:When? A:It B:came B:on B:Monday B:morning."))
    assert speakers(mended) == "ABBBBB"


def test_a_sentence_that_goes_on_under_both_voices_stays_with_who_goes_on():
    mended = mend_seams(said("A:And A:when A:I A:rang BA:it BA:made A:me A:told. B:Well."))
    assert speakers(mended) == "AAAAAAAAB"
    assert mended[4].candidates == ["A", "B"]


def test_what_was_handed_over_is_not_taken_for_the_others_again():
    mended = mend_seams(said("A:I BA:think AB:that B:we"))
    assert speakers(mended) == "AAAB"


@pytest.mark.parametrize(
    ("script", "pause_at"),
    [
        ("A:I A:sent A:it A:twice. B:Right. A:And A:nobody A:answered A:me.", None),
        ("A:I A:was A:going A:to A:say B:no", 5),
        ("A:But A:you A:told A:me B:that B:is B:not B:true.", None),
        ("A:Well A:I B:see A:that A:it A:failed.", None),
        ("A:And A:when A:I BA:yeah, BA:mm-hm A:rang A:you.", None),
        ("A:And A:when A:I BA:be BA:quiet A:rang A:you.", 5),
    ],
    ids=[
        "own sentence",
        "after a pause",
        "three and more",
        "in the middle",
        "an aside",
        "a pause after it",
    ],
)
def test_what_may_be_the_other_speakers_own_words_is_left_alone(script, pause_at):
    words = said(script, pause_at=pause_at)
    assert mend_seams(words) == words


@given(
    st.lists(
        st.sampled_from(["A:yes", "B:no", "A:so.", "B:why?", "A:it", "BA:so", "AB:if"]),
        max_size=30,
    )
)
def test_only_names_change_and_mending_again_changes_nothing_that_matters(parts):
    words = said(" ".join(parts))
    mended = mend_seams(words)
    assert [(w.text, w.start, w.end) for w in mended] == [(w.text, w.start, w.end) for w in words]
    assert all(w.speaker in w.candidates for w in mended)
