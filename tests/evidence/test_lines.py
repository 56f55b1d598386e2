"""A translation stands beside the words in every reading of the transcript, marked as one."""

from __future__ import annotations

from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import captions, html, markdown, pdf
from earwitness.pipeline.evidence.document import build
from earwitness.pipeline.evidence.lines import plain


def test_a_translation_is_marked_and_never_takes_the_words_place(rude: Call) -> None:
    turn = rude.turns[3].model_copy(update={"translation": "I have <b>not</b> paid."})
    turns = [turn if t.id == turn.id else t for t in rude.turns]
    document = build(rude.model_copy(update={"turns": turns}))
    for text in (captions.TextWriter().write(document), markdown.render(document)):
        assert "machine translation: “I have" in text
        assert turn.words[0].text in text


def test_a_persons_words_are_marked_and_explained(rude: Call) -> None:
    explained = "were written by a person"
    for written in ((), (2, 3), (0, 5)):
        turn = rude.turns[3]
        words = [
            w.model_copy(update={"corrected": i in written, "confidence": 1.0})
            for i, w in enumerate(turn.words)
        ]
        turns = [t.model_copy(update={"words": words}) if t is turn else t for t in rude.turns]
        document = build(rude.model_copy(update={"turns": turns}))
        for text in (captions.TextWriter().write(document), markdown.render(document)):
            assert (explained in text) is bool(written)
        line = next(line for line in document.lines if line.turn == turn.id)
        said = [p.text for p in line.pieces]
        if written == (2, 3):
            assert f"{{{said[2]} {said[3]}}}" in captions.TextWriter().write(document)
        if written == (0, 5):
            assert plain(line.pieces).startswith(f"{{{said[0]}}} {said[1]}")
        marked = [p["text"] for p in pdf.data_of(document)["lines"][line.number - 1]["pieces"]
                  if p["corrected"]]  # fmt: skip
        assert marked == [said[i] for i in written]
        page = html.render(document, timeline="", sounds={})
        assert page.count('class="w written"') == len(written)
        assert (explained in page) is bool(written)


def test_markdown_escapes_list_numbers_and_leaves_figures() -> None:
    for text, shown in (("0.3 s", "0.3 s"), ("1. x", "1\\. x"), ("12) b", "12\\) b"),
                        ("- a", "\\- a"), ("5-6", "5-6"), ("3.", "3\\.")):  # fmt: skip
        assert markdown.escape(text) == shown
