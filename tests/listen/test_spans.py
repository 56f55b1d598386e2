"""Arithmetic of spans against its plain definition, second by second."""

from __future__ import annotations

from earwitness.pipeline.listen.spans import Touching, covered, intersect, merge_spans, subtract
from hypothesis import given
from hypothesis import strategies as st

span_lists = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 15)).map(lambda p: (float(p[0]), float(sum(p)))),
    max_size=12,
)


def seconds(spans: list[tuple[float, float]]) -> set[int]:
    return {i for s, e in spans for i in range(int(s), int(e))}


@given(span_lists, span_lists)
def test_set_arithmetic(one: list[tuple[float, float]], two: list[tuple[float, float]]) -> None:
    a, b = merge_spans(one), merge_spans(two)
    assert seconds(subtract(one, two)) == seconds(one) - seconds(two)
    assert seconds(intersect(a, b)) == seconds(a) & seconds(b)
    for start, end in two:
        assert covered(a, start, end) == len(seconds(a) & seconds([(start, end)]))


@given(span_lists, span_lists)
def test_touching_finds_exactly_what_touches_and_else_the_nearest(
    one: list[tuple[float, float]], two: list[tuple[float, float]]
) -> None:
    ordered = sorted(one)
    touching = Touching(ordered)
    for start, end in two:
        found = [i for i, (s, e) in enumerate(ordered) if s < end and e > start]
        assert touching(start, end) == found
        if ordered and not found:
            gaps = [max(s - end, start - e) for s, e in ordered]
            assert gaps[touching.nearest(start, end)] == min(gaps)
