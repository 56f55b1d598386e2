"""The audit's page in a real browser: counted, sorted, filtered, and clicked through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import axe, click, find, needs_browser, opened, until
from earwitness.pipeline.audited import AuditedCall, Metadata
from earwitness.pipeline.evidence.audit import page as page_of
from earwitness.pipeline.evidence.audit.figures import figures_of
from earwitness.pipeline.evidence.audit.summary import View
from earwitness.pipeline.evidence.bag import payload
from earwitness.pipeline.evidence.folder import write_evidence
from made_calls import CIVIL, RUDE, call_of, put

from .conftest import Make, team

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened() as driver:
        yield driver


def table(browser: Any, name: str) -> list[list[str]]:
    return browser.execute_script(
        "return Array.from(document.querySelectorAll(arguments[0] + ' tbody tr:not(.detail)'))"
        ".map(r => Array.from(r.cells).map(c => c.textContent.replace(/\\s+/g, ' ').trim()))",
        name,
    )


def choose(browser: Any, selector: str, label: str) -> None:
    select = find(browser, selector)
    for option in select.find_elements("css selector", "option"):
        if option.text == label:
            option.click()
            return
    raise AssertionError(f"no option {label}")


@pytest.fixture
def page(make: Make, browser: Any) -> Path:
    file = make(title="March").folder / "audit.html"
    browser.get_log("browser")
    browser.get(file.as_uri())
    return file


def without_script(file: Path, browser: Any, tables: tuple[str, ...]) -> dict[str, Any]:
    """What the page says before its script runs."""
    bare = file.with_name("bare.html")
    head, _, tail = file.read_text("utf-8").rpartition("<script>")
    bare.write_text(head + tail[tail.index("</script>") :], "utf-8")
    browser.get(bare.as_uri())
    return {name: table(browser, name) for name in tables} | {"tiles": find(browser, "#tiles").text}


def test_the_script_counts_what_was_counted(page: Path, browser: Any) -> None:
    tables = ("#items-table", "#agents-table")
    counted = {name: table(browser, name) for name in tables}
    counted["tiles"] = find(browser, "#tiles").text
    assert without_script(page, browser, tables) == counted
    assert len(counted["#agents-table"]) == 3


def test_nothing_is_fetched_and_nothing_fails(page: Path, browser: Any) -> None:
    assert [e for e in browser.get_log("browser") if "favicon" not in e["message"]] == []
    fetched = browser.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert fetched == []
    blocked = browser.execute_async_script(
        "const done = arguments[0]; fetch('data:text/plain,x').then(() => done(false), "
        "() => done(true));"
    )
    assert blocked, "the policy lets the page fetch"


def test_filters_narrow_every_figure(page: Path, browser: Any) -> None:
    assert find(browser, "#f-count").text == "All 12 calls"
    assert find(browser, "#t-calls").text == "12"
    choose(browser, "#f-agent", "Åsa Öberg")
    assert find(browser, "#f-count").text == "3 of 12 calls"
    assert [row[1] for row in table(browser, "#agents-table")] == ["Åsa Öberg"]
    assert {row[2] for row in table(browser, "#calls-table")} == {"Åsa Öberg"}
    click(browser, find(browser, "#f-clear"))
    choose(browser, "#f-what", "with a finding on the agent")
    rows = table(browser, "#calls-table")
    assert len(rows) == 3
    assert find(browser, "#t-agent").text == "100 %"
    click(browser, find(browser, "#f-clear"))
    find(browser, "#f-text").send_keys("teach you")
    until(lambda: find(browser, "#f-count").text == "3 of 12 calls")
    click(browser, find(browser, "#f-clear"))
    # The number beside an item shows the calls that miss it.
    missing = browser.find_elements("css selector", "#items-table td button")[0]
    count = int(missing.text)
    click(browser, missing)
    assert len(table(browser, "#calls-table")) == count


def test_a_rank_is_of_the_calls_shown_or_is_not_given(make: Make, browser: Any) -> None:
    browser.get((make(min_calls=3).folder / "audit.html").as_uri())

    def ranks() -> dict[str, str]:
        return {row[1]: row[0] for row in table(browser, "#agents-table")}

    def said() -> str:
        return find(browser, "#agents-of").text

    assert "–" not in ranks().values()
    assert said() == ""
    # By date: what is left of an agent's calls decides whether it is ranked.
    browser.execute_script("document.getElementById('f-from').value = '2024-03-17'")
    browser.execute_script("document.getElementById('f-from').dispatchEvent(new Event('change'))")
    left = {row[1]: int(row[3]) for row in table(browser, "#agents-table")}
    assert 0 < min(left.values()) < 3 <= max(left.values())
    assert {name: ranks()[name] != "–" for name in left} == {n: c >= 3 for n, c in left.items()}
    assert "the 4 calls chosen above" in said() and "12 scored calls of the whole audit" in said()
    # By outcome: whoever is left passes by that choice.
    click(browser, find(browser, "#f-clear"))
    choose(browser, "#f-what", "that pass")
    assert set(ranks().values()) == {"–"}
    assert {row[6] for row in table(browser, "#agents-table")} == {""}
    assert {row[-1] for row in table(browser, "#items-table")} == {""}
    assert "nobody is ranked" in said() and "nobody is ranked" in find(browser, "#items-of").text
    # One agent alone is held against all, and ranked among nobody.
    click(browser, find(browser, "#f-clear"))
    choose(browser, "#f-agent", "Åsa Öberg")
    assert ranks() == {"Åsa Öberg": "–"}
    assert table(browser, "#agents-table")[0][6] in ("above", "below", "not told apart")


def test_every_number_has_its_thousands_parted_alike(
    make: Make, tmp_path: Path, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    views: list[View] = []
    whole_page = page_of.render

    def render(view: View) -> str:
        views.append(view)
        return whole_page(view)

    monkeypatch.setattr(page_of, "render", render)
    file = make().folder / "audit.html"
    (view,) = views
    calls, scores = (
        [{**row, "call_id": f"{row['call_id']}-{n}"} for n in range(100) for row in rows]
        for rows in (view.calls, view.scores)
    )
    calls.append({**view.calls[0], "call_id": "x"})
    items = [(i.item, i.title, i.side, i.weight, i.pass_mark) for i in view.figures.items]
    figures = figures_of(calls, scores, items, min_calls=5)
    many = replace(view, calls=calls, scores=scores, figures=figures, moments=[], good=[])
    file.write_text(whole_page(many), "utf-8")
    tables = ("#items-table", "#agents-table")
    browser.get(file.as_uri())
    drawn = {name: table(browser, name) for name in tables}
    drawn["tiles"] = find(browser, "#tiles").text
    whole = find(browser, "body").text
    assert without_script(file, browser, tables) == drawn
    whole += find(browser, "body").text
    assert {"All 1,201 calls", "1–50 of 1,201"} <= set(whole.splitlines())
    assert "1,201 scored calls" in whole
    # A year is no quantity, and a hash no number.
    bare = [n for n in re.findall(r"(?<![\w-])\d{4,}(?![\w-])", whole) if n != "2024"]
    assert bare == []


def test_tables_sort_both_ways_and_what_is_unknown_comes_last(page: Path, browser: Any) -> None:
    def head(key: str) -> Any:
        return find(browser, f"#calls-table th[data-key={key}] button")

    click(browser, head("score"))
    scores = [row[6] for row in table(browser, "#calls-table")]
    numbers = [int(text.split()[0]) for text in scores if text != "–"]
    assert numbers == sorted(numbers, reverse=True)
    click(browser, head("score"))
    again = [row[6] for row in table(browser, "#calls-table")]
    assert [int(t.split()[0]) for t in again if t != "–"] == sorted(numbers)
    assert "–" not in again[: len(numbers)]
    assert (
        find(browser, "#calls-table th[data-key=score]").get_attribute("aria-sort") == "ascending"
    )


def test_a_call_opens_at_its_second(make: Make, tmp_path: Path, browser: Any) -> None:
    folder = tmp_path / "audit"
    call = call_of(RUDE, number=7)
    place = folder / "calls" / "a call #7"
    write_evidence(
        call, place, run={},
        read_audio=lambda start, end: (
            np.zeros((1, max(0, round((end - start) * 8000))), np.float32), 8000
        ),
    )  # fmt: skip
    audited = AuditedCall(
        Metadata(call_id="a call #7", agent="Marcus"), call.recording.sha256, place,
        payload(place) / "call.json", folder / "none.npy",
    )  # fmt: skip
    page = make([audited]).folder / "audit.html"
    browser.get(page.as_uri())
    rude = next(m for m in call.moments if m.kind == "rude")
    click(browser, find(browser, "#m-agent .where a"))
    until(lambda: "evidence.html" in browser.current_url)
    assert browser.current_url.endswith(f"#t={rude.start:.2f}")
    until(lambda: browser.find_elements("css selector", ".item.now"))
    now = find(browser, ".item.now")
    assert abs(float(now.get_attribute("data-start")) - rude.start) < 0.01
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", now)
    assert 0 <= top < 900
    # A second outside any finding is shown in the transcript.
    browser.get(browser.current_url.split("#")[0] + f"#t={call.turns[6].start:.2f}")
    until(lambda: browser.find_elements("css selector", ".line.at"))
    assert "Do as you like" in find(browser, ".line.at").text
    # And a call's items lead to their seconds.
    browser.get(page.as_uri())
    click(browser, find(browser, "#calls-table tbody button"))
    links = browser.find_elements("css selector", ".outcomes .m a")
    assert links and all("evidence.html#t=" in link.get_attribute("href") for link in links)


@pytest.mark.parametrize("count", [2, 300])
def test_it_works_with_few_and_with_many(
    make: Make, tmp_path: Path, browser: Any, count: int
) -> None:
    file = make(team(tmp_path / "audit", count)).folder / "audit.html"
    browser.get(file.as_uri())
    assert find(browser, "#f-count").text == f"All {count} calls"
    assert len(table(browser, "#calls-table")) == min(count, 50)
    if count > 50:
        click(browser, find(browser, "#p-next"))
        assert find(browser, "#p-at").text == f"51–100 of {count}"
        more = find(browser, "#m-agent-more")
        before = len(browser.find_elements("css selector", "#m-agent li"))
        click(browser, more)
        assert len(browser.find_elements("css selector", "#m-agent li")) > before
    assert browser.find_elements("css selector", "#c-time svg circle")


def test_a_hostile_audit_runs_nothing(make: Make, tmp_path: Path, browser: Any) -> None:
    bad = "</script><img src=x onerror=document.title='run'>"
    script = [("A", f"{bad} you fool of a customer", "rude!insult"), *CIVIL]
    calls = [put(tmp_path / "audit", call_of(script), agent=bad, team=bad, queue=bad)]
    browser.get_log("browser")
    browser.get((make(calls, title=bad).folder / "audit.html").as_uri())
    assert browser.title == bad
    assert bad in find(browser, "#m-agent").text
    assert browser.find_elements("css selector", "img") == []
    assert [e for e in browser.get_log("browser") if "favicon" not in e["message"]] == []


@pytest.mark.parametrize("width", [1280, 400])
def test_axe_has_nothing_against_the_page(page: Path, browser: Any, width: int) -> None:
    browser.set_window_size(width, 900)
    try:
        click(browser, find(browser, "#calls-table tbody button"))
        assert axe(browser) == []
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, "the page is wider than the window"
    finally:
        browser.set_window_size(1280, 900)
