"""Pace on calls written down second by second, so that every number is known."""

from __future__ import annotations

import pytest
from earwitness.pipeline.call import (
    Moment,
    Overlap,
    Pace,
    Region,
    Role,
    Speaker,
    SpeakerSegment,
    Turn,
    Word,
)
from earwitness.pipeline.listen.attribute import find_overlaps
from earwitness.pipeline.listen.pace import between_people, mark_prompts, measure_pace

Line = tuple[str, float, float]
ROLES: dict[str, Role] = {"A": "agent", "C": "customer", "S": "system"}


def turn_of(index: int, line: Line, *, role: Role | None = None, words: int = 0) -> Turn:
    who, start, end = line
    count = words or max(1, round(2 * (end - start)))
    step = (end - start) / count
    return Turn(
        id=index,
        speaker=who,
        role=role or ROLES[who],
        start=start,
        end=end,
        words=[
            Word(text="word", start=start + i * step, end=start + (i + 1) * step, confidence=1)
            for i in range(count)
        ],
    )


def segments_of(lines: list[Line]) -> list[SpeakerSegment]:
    return [SpeakerSegment(speaker=w, start=s, end=e) for w, s, e in lines]


def pace_of(
    lines: list[Line], regions: list[tuple[str, float, float]], *, moments: tuple[Moment, ...] = ()
) -> Pace:
    turns = [turn_of(i, line) for i, line in enumerate(sorted(lines, key=lambda x: x[1]))]
    segments = segments_of(lines)
    speakers = [Speaker(id=w, role=ROLES[w]) for w in dict.fromkeys(line[0] for line in lines)]
    marked = mark_prompts(
        [Region(kind=k, start=s, end=e) for k, s, e in regions],  # type: ignore[arg-type]
        turns,
        segments,
    )
    return measure_pace(
        turns,
        speakers,
        segments=segments,
        overlaps=between_people(find_overlaps(segments), turns),
        regions=marked,
        moments=moments,
    )


def test_talk_ratio_words_per_minute_latency_and_silence() -> None:
    pace = pace_of(
        [("A", 0, 10), ("C", 11, 16), ("A", 20, 25), ("C", 25.5, 35.5)],
        [
            ("speech", 0, 10), ("silence", 10, 11), ("speech", 11, 16), ("silence", 16, 20),
            ("speech", 20, 25), ("silence", 25, 25.5), ("speech", 25.5, 35.5),
            ("silence", 35.5, 60),
        ],
    )  # fmt: skip
    agent, customer = pace.sides
    assert (agent.speaker, agent.talk, customer.talk) == ("A", 15, 15)
    assert agent.share == pytest.approx(0.5)
    assert agent.words_per_minute == pytest.approx(120)
    assert (agent.responses, agent.latency) == (1, 4)
    assert (customer.responses, customer.latency, customer.longest_latency) == (2, 0.75, 1)
    # The silence at the end lies between nobody's words.
    assert [(s.start, s.end, s.after, s.before) for s in pace.silences] == [(16, 20, "C", "A")]
    assert pace.holds == []
    assert pace.overlap == 0


def test_talking_over_counts_for_the_side_that_takes_the_floor() -> None:
    lines: list[Line] = [("C", 0, 10), ("A", 9, 20), ("C", 14, 14.4), ("C", 21, 23)]
    pace = pace_of(lines, [("speech", 0, 20), ("silence", 20, 21), ("speech", 21, 23)])
    customer, agent = pace.sides
    assert (agent.interruptions, agent.talk_over) == (1, pytest.approx(1.0))
    assert (customer.interruptions, customer.talk_over) == (0, 0)
    assert pace.overlap == pytest.approx(1.4)
    # Talking over is no wait; the "mm-hm" at 14 s is no response, nor a turn to respond to.
    assert (agent.responses, agent.latency) == (1, 0)
    assert (customer.responses, customer.latency) == (1, pytest.approx(1.0))


@pytest.mark.parametrize(
    ("lines", "interruptions"),
    [
        ([("A", 0, 5), ("A", 5.3, 10), ("C", 4.9, 5.5)], 0),  # a breath, and a word into it
        ([("A", 0, 0.8), ("C", 0.1, 9)], 0),  # both begin at once
        ([("A", 0, 9), ("C", 8.7, 15)], 0),  # the edge of a turn
        ([("A", 0, 9), ("C", 8, 8.9), ("A", 9.2, 15)], 0),  # came in and gave way
        ([("A", 0, 9), ("C", 8, 9.6), ("C", 9.8, 15)], 1),  # a breath does not end taking over
        ([("S", 0, 9), ("C", 8, 15)], 0),  # nobody interrupts a recording
    ],
)
def test_what_is_an_interruption(lines: list[Line], interruptions: int) -> None:
    turns = [turn_of(i, line) for i, line in enumerate(lines)]
    found = between_people(find_overlaps(segments_of(lines)), turns)
    assert sum(overlap.interruption for overlap in found) == interruptions


def test_announcements_are_prompts_and_hold_no_floor() -> None:
    pace = pace_of(
        [("S", 0, 6), ("A", 18, 22), ("C", 22.4, 26.4), ("S", 40, 44), ("A", 60, 64)],
        [
            ("speech", 0, 6), ("music", 6, 18), ("speech", 18, 26.4), ("music", 26.4, 40),
            ("speech", 40, 44), ("speech", 44.5, 44.7), ("music", 44.9, 59.5),
            ("silence", 59.5, 60),
            ("speech", 60, 64),
        ],
    )  # fmt: skip
    assert [side.speaker for side in pace.sides] == ["A", "C"]
    assert sum(side.share for side in pace.sides) == pytest.approx(1)
    queue, hold = pace.holds
    assert (queue.kind, queue.start, queue.end, queue.prompts) == ("queue", 0, 18, 6)
    assert (hold.kind, hold.start, hold.end) == ("hold", 26.4, 60)
    assert (hold.music, hold.prompts) == (pytest.approx(28.2), 4)
    # Back from hold nobody answers late.
    assert pace.sides[0].responses == 0


def test_the_edges_of_an_announcement_do_not_cut_a_hold_in_two() -> None:
    turns = [turn_of(0, ("A", 0, 5)), turn_of(1, ("S", 20.3, 24.6)), turn_of(2, ("A", 40, 44))]
    marked = mark_prompts(
        [
            Region(kind="speech", start=0, end=5),
            Region(kind="music", start=5, end=20),
            Region(kind="speech", start=20, end=25),
            Region(kind="music", start=25, end=39.5),
            Region(kind="speech", start=39.5, end=44),
        ],
        turns,
        segments_of([("A", 0, 5), ("A", 39.5, 44)]),
    )
    assert [r.kind for r in marked] == ["speech", "music", "prompt", "music", "speech"]


def test_an_announced_wait_in_silence_is_a_hold_and_an_unannounced_one_a_silence() -> None:
    regions = [("speech", 0, 5), ("silence", 5, 30), ("speech", 30, 35)]
    lines: list[Line] = [("A", 0, 5), ("A", 30, 35)]
    assert pace_of(lines, regions).holds == []
    assert len(pace_of(lines, regions).silences) == 1
    told = Moment(
        id="m001", kind="hold", level="note", start=3, end=5, speaker="A", role="agent",
        quote="Please hold.", score=1,
    )  # fmt: skip
    held = pace_of(lines, regions, moments=(told,))
    assert [(h.kind, h.announced) for h in held.holds] == [("hold", "m001")]
    assert held.silences == []


def test_a_prompt_on_the_agents_channel_is_not_the_agents_talk() -> None:
    lines: list[Line] = [("A", 0, 6), ("A", 10, 14), ("C", 5, 8)]
    turns = [
        turn_of(0, ("A", 0, 6), role="system"),
        turn_of(1, ("C", 5, 8)),
        turn_of(2, ("A", 10, 14)),
    ]
    regions = [
        Region(kind="speech", start=0, end=8),
        Region(kind="silence", start=8, end=10),
        Region(kind="speech", start=10, end=14),
    ]
    marked = mark_prompts(regions, turns, segments_of(lines))
    assert [(r.kind, r.start, r.end) for r in marked][:2] == [("prompt", 0, 5), ("speech", 5, 8)]
    pace = measure_pace(
        turns,
        [Speaker(id="A", role="agent"), Speaker(id="C", role="customer")],
        segments=segments_of(lines),
        overlaps=[Overlap(start=5, end=6, holder="A", entrant="C")],
        regions=marked,
        moments=[],
    )
    assert [side.talk for side in pace.sides] == [4, 3]


def test_no_speech_has_no_pace() -> None:
    assert pace_of([], [("silence", 0, 60)]) == Pace()
