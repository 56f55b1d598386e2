"""A greeting with name and department passes however it is worded; a bare one does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from earwitness.pipeline.judge.introductions import gives_both

CALLS = sorted((Path(__file__).parents[2] / "samples" / "calls").glob("*.json"))


def introductions(path: Path) -> list[str]:
    turns = json.loads(path.read_text("utf-8"))["turns"]
    return [t["text"] for t in turns[:2] if "agent_introduction" in t.get("labels", [])]


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_every_sample_gives_both(path: Path) -> None:
    texts = introductions(path)
    assert texts
    assert all(gives_both(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Halden Water, this is Priya in billing.", ""),
        ("Good morning, Meridian Bank, Tom speaking.", "Tom"),
        ("Billing, Laura here, how can I help?", "Laura"),
        ("hello billing my name's oksana", ""),
        ("Mr Farrell? Eilidh Munro, shift manager.", ""),
        ("Good afternoon, you’re through to returns, my name is Grace.", "Grace"),
        ("Lockaway, Craig.", ""),
    ],
)
def test_both_are_heard(text: str, name: str) -> None:
    assert gives_both(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Good morning, my name is Joy, how may I assist?", ""),
        ("Hello, this is Tom speaking. How can I help you today?", "Tom"),
        ("Hi, Maria Lopez here, what can I do for you?", "Maria Lopez"),
        ("Billing.", ""),
        ("Good evening, reception.", ""),
        ("Repairs, good afternoon.", ""),
        ("Hello, how can I help?", ""),
        ("", ""),
    ],
)
def test_one_alone_is_not_enough(text: str, name: str) -> None:
    assert not gives_both(text, name)
