"""Rates, intervals, ranks."""

from __future__ import annotations

import pytest
from earwitness.pipeline.audited import day_of
from earwitness.pipeline.evidence.audit.figures import Rate, figures_of, wilson
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # The last is worked through in Newcombe (1998), Statistics in Medicine 17, 857–872.
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 10, 0.0179, 0.4042),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_is_what_the_field_computes(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_rate(pair: tuple[int, int]) -> None:
    rate = Rate(*pair)
    low, high = rate.interval
    assert rate.value is not None
    assert 0 <= low <= rate.value <= high <= 1


def call(number: int, agent: str, passed: bool | None, **more: object) -> dict[str, object]:
    return {
        "call_id": str(number), "agent": agent, "team": "T", "counted": True, "day": None,
        "duration": 60.0, "passed": passed, "score": None if passed is None else float(passed),
        "agent_certainty": 0.9, "agent_findings": 0, "customer_findings": 0,
        "supervisor_asked": 0, "supervisor_refused": 0, **more,
    }  # fmt: skip


def test_agents_of_whom_little_is_known_are_not_ranked() -> None:
    calls = [call(i, "Many", i % 2 == 0) for i in range(40)]
    calls += [call(100 + i, "Good", True) for i in range(30)]
    calls += [call(200 + i, "Few", False) for i in range(4)]
    calls += [call(300 + i, "Mute", None if i else True) for i in range(9)]
    agents = {a.group.name: a for a in figures_of(calls, [], [], min_calls=5).agents}
    assert {name: a.rank for name, a in agents.items()} == {
        "Good": 1, "Many": 2, "Few": None, "Mute": None,
    }  # fmt: skip
    assert agents["Few"].standing == "too few calls"
    assert agents["Good"].standing == "above"
    assert {a.rank for a in figures_of(calls, [], [], min_calls=4).agents} == {1, 2, 3, None}


def test_who_is_not_surely_the_agent_is_found_nothing() -> None:
    calls = [call(1, "A", True, agent_findings=1), call(2, "A", True)]
    calls += [call(3, "A", None, agent_findings=1, customer_findings=1, agent_certainty=None)]
    team = figures_of(calls, [], [], min_calls=1).team
    assert (team.flagged.count, team.flagged.of) == (1, 2)
    assert (team.customer_flagged.count, team.customer_flagged.of) == (0, 2)


def test_equal_rates_share_a_rank() -> None:
    calls = [call(i, name, True) for i, name in enumerate("ABABABABAB")]
    assert [a.rank for a in figures_of(calls, [], [], min_calls=5).agents] == [1, 1]


def test_a_recording_that_is_there_twice_counts_once() -> None:
    calls = [call(1, "A", True), call(2, "A", True, counted=False)]
    outcomes = [{"call_id": key, "item": "x", "outcome": "given"} for key in ("1", "2")]
    figures = figures_of(calls, outcomes, [("x", "X", "agent", 1.0, None)], min_calls=1)
    assert figures.team.calls == 1
    assert figures.duplicates == 1
    assert figures.items[0].given.of == 1


@pytest.mark.parametrize(
    ("last", "period", "names"),
    [
        ("2024-01-20", "day", ["2024-01-03", "2024-01-20"]),
        ("2024-03-20", "week", ["2024-01-01", "2024-03-18"]),
        ("2024-12-20", "month", ["2024-01", "2024-12"]),
    ],
)
def test_time_goes_by_day_week_or_month(last: str, period: str, names: list[str]) -> None:
    calls = [call(1, "A", True, day="2024-01-03"), call(2, "A", False, day=last)]
    figures = figures_of(calls, [], [], min_calls=1)
    assert figures.period == period
    assert [group.name for group in figures.periods] == names


def test_days_are_read_and_never_made_up() -> None:
    for text in ("2024-03-19", "2024-03-19T10:00:00Z", "20240319", "2024-03-19 10:00"):
        assert str(day_of(text)) == "2024-03-19"
    for text in ("", "19/03/2024", "2024-13-01", "march", "2024031999"):
        assert day_of(text) is None
