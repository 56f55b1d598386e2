"""A short answer inside another's turn, with the real embeddings."""

from __future__ import annotations

import json

import pytest
from earwitness.models.speakers import Embedder
from earwitness.pipeline.listen.audio import decode
from earwitness.pipeline.listen.diarize import cluster_turns, hear_turns, voices_of
from earwitness.pipeline.listen.stitch import LocalTurn
from support import SAMPLES

pytestmark = pytest.mark.weights


def test_a_retort_run_into_the_others_turn_is_told_by_voice():
    truth = json.loads((SAMPLES / "same_gender_men.json").read_text())
    spoken = sorted(truth["turns"], key=lambda t: t["start"])
    second = next(i for i, t in enumerate(spoken) if t["text"].startswith("Don't sir me"))
    first, retort = spoken[second - 1], spoken[second]
    # The network hears both as one turn: they follow each other at once, in voices alike.
    run_in = LocalTurn(0, retort["start"] - 1.3, retort["start"] + 0.8)
    turns = [LocalTurn(0, t["start"], t["end"]) for t in spoken if t not in (first, retort)]
    embedder = Embedder()
    _, audio = decode(SAMPLES / "same_gender_men.mono.flac")
    with audio:
        spans = [[(t.start, t.end)] for t in turns]
        voices = cluster_turns(hear_turns(turns, spans, embedder, audio.read))
        both = [[(run_in.start, run_in.end)]]
        heard = hear_turns([run_in], both, embedder, audio.read)
        before, after = voices_of(heard, voices, embedder, audio.read)
    assert before.voice != after.voice
    assert after.start == before.end == pytest.approx(retort["start"], abs=0.25)
