"""A translation stands beside the words in every reading of the transcript, marked as one."""

from __future__ import annotations

from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import captions, markdown
from earwitness.pipeline.evidence.document import build


def test_a_translation_is_marked_and_never_takes_the_words_place(rude: Call) -> None:
    turn = rude.turns[3].model_copy(update={"translation": "I have <b>not</b> paid."})
    turns = [turn if t.id == turn.id else t for t in rude.turns]
    document = build(rude.model_copy(update={"turns": turns}))
    for text in (captions.TextWriter().write(document), markdown.render(document)):
        assert "machine translation: “I have" in text
        assert turn.words[0].text in text
