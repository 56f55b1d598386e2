"""The shipped weights: what they must never flag, what they must, and that scores are stable."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from earwitness.errors import ModelError
from earwitness.models.conduct.labels import LABELS
from earwitness.models.conduct.model import (
    SETTINGS,
    WEIGHTS,
    ConductModel,
    shared_model,
)
from earwitness.models.conduct.network import TURN_TOKENS, TurnInput, load_tokenizer, windows

pytestmark = pytest.mark.weights

CIVIL = [
    ("No, I'm afraid that isn't something we refund, and that won't change.", "I want it back."),
    ("Our terms don't allow a second credit within twelve months.", "Give me the credit then."),
    ("He said I was a silly old cow, and then he rang off.", "What did he say to you?"),
    ("This bloody router keeps dropping every ten minutes.", "What seems to be the trouble?"),
    ("I want to terminate my contract, the line is dead.", "How can I help?"),
    ("Kill the process and run it again.", "It says the job is stuck."),
    ("Oh, I'm such a fool, I read you the wrong number.", "That one isn't coming up."),
    ("If you keep swearing at me I will end this call.", "You lot are useless."),
    ("I'm taking this to the ombudsman.", "We can't do any more."),
    ("Please you send me the paper, I need it for office.", "Which document do you need?"),
    ("Mm-hm.", "So the engineer came on Monday."),
    ("Serial number?", "It's the blue one."),
    ("My father passed away and I need to close his account.", "How may I help today?"),
    ("I am furious, I have waited three weeks for this!", "I see the order here."),
    ("Bear with me two seconds while I look.", "Sure."),
]

RUDE = [
    ("Did your carer forget to read you the letter?", "I didn't see a letter."),
    ("Oh, well done, we've found the on button.", "It works now, thanks."),
    ("You lot never check anything and then it's our fault.", "I didn't know about that fee."),
    ("Spare me the violin music.", "I've been off sick since March."),
    ("Keep your mouth shut till I've finished, you clown.", "But my bill says"),
    ("I've seen which house is yours, so I'd drop it.", "I'm going to complain."),
    ("You're an idiot, and so is whoever trained you.", "I can't find the order."),
    ("Any halfwit would have found that button by now.", "Where is the button?"),
]


@pytest.fixture(scope="module")
def model() -> ConductModel:
    return shared_model()


def _turns(pairs: list[tuple[str, str]]) -> list[TurnInput]:
    return [TurnInput(text, context) for text, context in pairs]


def test_civil_turns_are_no_findings(model: ConductModel) -> None:
    flagged = [
        pair
        for pair, scores in zip(CIVIL, model.score(_turns(CIVIL)), strict=True)
        if model.thresholds.passing(scores).finding
    ]
    assert flagged == []


def test_rude_turns_are_heard(model: ConductModel) -> None:
    found = model.score(_turns(RUDE))
    rude = [scores.rude for scores in found]
    civil = [scores.rude for scores in model.score(_turns(CIVIL))]
    # Dry sarcasm and calm threats are its weak side: see the card. Most are heard all the same.
    assert sum(score >= model.thresholds.review for score in rude) >= len(RUDE) - 3
    assert sum(model.thresholds.passing(scores).finding for scores in found) >= 2
    ranked_right = sum(one > two for one in rude for two in civil)
    assert ranked_right >= 0.9 * len(rude) * len(civil)


def test_findings_are_read_again_without_what_was_said_before(model: ConductModel) -> None:
    pairs = [*CIVIL, *RUDE]
    bare = model.score([TurnInput(text) for text, _ in pairs])
    for scores, words in zip(model.score(_turns(pairs)), bare, strict=True):
        if scores.rude < model.thresholds.finding:
            assert scores.alone is None
        else:
            assert scores.alone == pytest.approx(words.rude, abs=1e-3)


def test_order_and_company_do_not_matter(model: ConductModel) -> None:
    turns = _turns([*CIVIL, *RUDE])
    together = model.score(turns)
    backwards = model.score(turns[::-1])[::-1]
    alone = [model.score([turn])[0] for turn in turns]
    for one, two, three in zip(together, backwards, alone, strict=True):
        for label in LABELS:
            assert one.probabilities[label] == pytest.approx(two.probabilities[label], abs=1e-3)
            assert one.probabilities[label] == pytest.approx(three.probabilities[label], abs=1e-3)
    assert model.score(turns) == together


def test_loading_draws_nothing_by_chance() -> None:
    before = torch.get_rng_state()
    ConductModel.load()
    assert torch.equal(torch.get_rng_state(), before)


def test_drivers_quote_the_turn(model: ConductModel) -> None:
    for text, context in RUDE:
        turn = TurnInput(text, context, "agent", "customer")
        spans = model.drivers(turn)
        assert all(span in text for span in spans)
        assert spans or model.score([turn])[0].rude < model.thresholds.review
        assert spans == model.drivers(turn)


def test_moments(model: ConductModel) -> None:
    cases = {
        "escalation_request": TurnInput("Put me through to your supervisor.", "No.", "customer"),
        "agent_introduction": TurnInput("Good morning, Castle Bank, Priya speaking.", "", "agent"),
        "apology": TurnInput("I'm really sorry we got that wrong.", "You lost it.", "agent"),
        "complaint_threat": TurnInput("I'll be going to the ombudsman.", "No.", "customer"),
        "recording_disclosure": TurnInput("Calls are recorded for training.", "", "agent"),
    }
    for label, turn in cases.items():
        assert label in model.thresholds.passing(model.score([turn])[0]).moments, label


def test_role_is_given_or_heard(model: ConductModel) -> None:
    text = "Good afternoon, billing department, how can I help you?"
    assert model.score([TurnInput(text)])[0].agent > 0.8
    assert model.score([TurnInput(text, role="customer")])[0].agent == 0.0
    assert model.score([TurnInput("My bill is wrong and I want it fixed.")])[0].agent < 0.3


def test_empty_and_endless_turns(model: ConductModel) -> None:
    assert model.score([]) == []
    for empty in ("", "  ", "...", "… — ?!"):
        assert model.score([TurnInput(empty)])[0].rude == 0.0
    calm = "and then the engineer looked at the meter and wrote the number down " * 60
    late = model.score([TurnInput(calm), TurnInput(calm + "you stupid, stupid little man")])
    assert late[1].rude > late[0].rude


def test_windows_cover_every_token() -> None:
    tokenizer = load_tokenizer(WEIGHTS)
    text = " ".join(f"word{i}" for i in range(200))
    own = tokenizer.encode(text, add_special_tokens=False).ids
    pieces = [ids[head:-1] for ids, head in windows(tokenizer, TurnInput(text))]
    assert all(len(piece) <= TURN_TOKENS for piece in pieces)
    joined = list(pieces[0])
    for piece in pieces[1:]:
        overlap = TURN_TOKENS - 80
        assert joined[-overlap:] == piece[:overlap]
        joined += piece[overlap:]
    assert joined == own
    assert len(windows(tokenizer, TurnInput("short"))) == 1


def test_the_contexts_role_follows_from_the_turns() -> None:
    tokenizer = load_tokenizer(WEIGHTS)
    said = windows(tokenizer, TurnInput("No.", "Why?", "agent", "customer"))
    assert windows(tokenizer, TurnInput("No.", "Why?", "agent")) == said
    assert windows(tokenizer, TurnInput("No.", "Why?", "unknown")) == windows(
        tokenizer, TurnInput("No.", "Why?")
    )
    assert windows(tokenizer, TurnInput("No.", "Why?")) != said


def test_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    path = folder / "model.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(ModelError, match=r"model\.safetensors should have SHA-256"):
        ConductModel.load(folder=folder)
    with pytest.raises(ModelError, match="cannot be read"):
        ConductModel.load(folder=tmp_path / "nothing")


def test_the_weights_are_small_enough_to_commit() -> None:
    assert (WEIGHTS / "model.safetensors").stat().st_size <= 50_000_000
    settings = json.loads((WEIGHTS / SETTINGS).read_text())
    assert settings["thresholds"]["review"] <= settings["thresholds"]["finding"]
