"""The sentence encoder, on its real weights."""

from __future__ import annotations

import numpy as np
import pytest
from earwitness.models.meaning import WIDTH, MeaningModel
from earwitness.pipeline.judge import rubric as rubrics
from earwitness.pipeline.judge.meaning import turn_meanings
from earwitness.pipeline.judge.scorecard import score
from made_calls import CIVIL, RUDE, call_of

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def model() -> MeaningModel:
    return MeaningModel.load()


def test_like_sentences_lie_close(model: MeaningModel) -> None:
    texts = ["I have been waiting for weeks.", "Nobody has called me back for a month.",
             "What colour is the box?", ""]  # fmt: skip
    vectors = model.encode(texts)
    assert vectors.shape == (4, WIDTH)
    assert np.allclose(np.linalg.norm(vectors[:3], axis=1), 1.0, atol=1e-5)
    assert not vectors[3].any()
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.15


def test_a_vector_depends_on_its_own_text(model: MeaningModel) -> None:
    alone = model.encode(["Thank you for calling."])[0]
    among = model.encode(["x " * 300, "Thank you for calling.", "No."])[1]
    assert np.abs(alone - among).max() < 1e-5


def test_the_shipped_rubric_tells_a_good_call_from_a_bad_one(model: MeaningModel) -> None:
    rubric, _ = rubrics.load(rubrics.DEFAULT)
    sentences = dict(zip(rubric.sentences, model.encode(rubric.sentences), strict=True))
    cards = []
    for script in (CIVIL, RUDE):
        call = call_of(script)
        meanings = turn_meanings(call, model)
        assert meanings.dtype == np.float16 and meanings.shape == (len(call.turns), WIDTH)
        cards.append(score(call, rubric, meanings=meanings, sentences=sentences))
    good, bad = ({o.item: o.outcome for o in card.outcomes} for card in cards)
    assert cards[0].passed and not cards[1].passed
    for item in ("greeting", "offer_of_help", "restating", "apology", "options", "respect",
                 "next_steps", "thanks_and_close", "request_stated"):  # fmt: skip
        assert good[item] == "given", item
    for item in ("respect", "no_sarcasm", "honest_limits", "manager_when_asked", "apology"):
        assert bad[item] == "missing", item
    assert good["manager_when_asked"] == "not called for"
