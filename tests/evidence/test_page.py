"""The page in a real browser: it plays, seeks, searches, is reviewed, and reaches no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import axe, click, find, needs_browser, opened, until, webdriver
from earwitness.pipeline.call import Call

pytestmark = needs_browser


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads: Path) -> Iterator[Any]:
    prefs = {"download.default_directory": str(downloads), "download.prompt_for_download": 0}
    with opened("--autoplay-policy=no-user-gesture-required", prefs=prefs) as driver:
        yield driver


def heard(browser: Any) -> float:
    """Seconds into the recording that are heard now, or -1 while nothing plays."""
    return float(
        browser.execute_script(
            "for (const a of document.querySelectorAll('audio')) if (!a.paused && a.currentTime > 0"
            ") return parseFloat(a.dataset.from) + a.currentTime; return -1;"
        )
    )


@pytest.fixture
def page(rude: Call, put: Callable[..., Call], tmp_path: Path, browser: Any) -> Path:
    put(rude, tmp_path / "x")
    file = next((tmp_path / "x").rglob("evidence.html"))
    browser.get(file.as_uri())
    return file


def test_a_finding_is_heard_where_it_was_said(page: Path, rude: Call, browser: Any) -> None:
    link = find(browser, ".brief a")
    item = find(browser, link.get_attribute("href")[link.get_attribute("href").index("#") :])
    start = float(item.get_attribute("data-start"))
    link.click()
    until(lambda: heard(browser) > start)
    assert heard(browser) < start + 3
    find(browser, "#play").click()
    until(lambda: heard(browser) < 0)


def test_a_word_is_heard_from_its_start(page: Path, browser: Any) -> None:
    word = browser.find_elements("css selector", ".line .w.heard.mark")[4]
    start = float(word.get_attribute("data-s"))
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", word)
    word.click()
    until(lambda: heard(browser) >= start)
    assert heard(browser) < start + 2


def test_keys_step_through_the_findings(page: Path, browser: Any) -> None:
    find(browser, "body").send_keys("n")
    until(lambda: heard(browser) > 0)
    first = find(browser, ".item.now").get_attribute("id")
    find(browser, "body").send_keys("n")
    until(lambda: find(browser, ".item.now").get_attribute("id") != first)
    find(browser, "body").send_keys(" ")
    until(lambda: heard(browser) < 0)


def test_search_finds_words_over_line_ends(page: Path, browser: Any) -> None:
    find(browser, "#search").send_keys("smaller words")
    assert find(browser, "#search-count").text == "1 place"
    assert [w.text for w in browser.find_elements("css selector", ".w.hit")] == ["smaller", "words"]


def test_a_review_is_saved(page: Path, rude: Call, browser: Any, downloads: Path) -> None:
    click(browser, find(browser, "#review-on"))
    item = find(browser, ".item.finding")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", item)
    item.find_element("css selector", "input[value=dismissed]").click()
    item.find_element("css selector", ".verdict .note input").send_keys('a "joke" <b>')
    click(browser, find(browser, "#review-save"))
    assert "name" in find(browser, "#review-count").text
    find(browser, "#review-by").send_keys("Ада Öberg")
    find(browser, "tr[data-speaker=A] input").clear()
    click(browser, find(browser, "#review-save"))
    until((downloads / "review.json").exists)
    review = json.loads((downloads / "review.json").read_text(encoding="utf-8"))
    assert review["by"] == "Ада Öberg"
    assert review["recording_sha256"] == rude.recording.sha256
    assert review["decisions"] == [
        {"id": item.get_attribute("data-id"), "verdict": "dismissed", "note": 'a "joke" <b>'}
    ]
    assert [s["name"] for s in review["speakers"]] == ["", "Elena Whitcombe"]


def test_nothing_hostile_runs_and_nothing_is_fetched(
    hostile: Call, put: Callable[..., Call], tmp_path: Path, browser: Any
) -> None:
    put(hostile, tmp_path / "x")
    browser.get_log("browser")
    browser.get(next((tmp_path / "x").rglob("evidence.html")).as_uri())
    assert find(browser, "h1").text
    log = browser.get_log("browser")
    assert not [entry for entry in log if "favicon" not in entry["message"]]
    fetched = browser.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert [name for name in fetched if not name.startswith("data:")] == []
    blocked = browser.execute_async_script(
        "const done = arguments[0]; fetch('data:text/plain,x').then(() => done(false), "
        "() => done(true));"
    )
    assert blocked, "the policy lets the page fetch"


def test_the_whole_call_can_be_heard_anywhere(
    rude: Call, put: Callable[..., Call], tmp_path: Path, browser: Any
) -> None:
    put(rude, tmp_path / "x", whole=True)
    browser.get(next((tmp_path / "x").rglob("evidence.html")).as_uri())
    for place in (0, 7, 31):
        turn = rude.turns[place]
        index = [w for t in rude.turns[:place] for w in t.words]
        word = browser.find_elements("css selector", ".line .w")[len(index)]
        assert word.text.rstrip("?") == turn.words[0].text.rstrip("?")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", word)
        word.click()
        until(lambda start=turn.start: start <= heard(browser) < start + 3)
    # A click in the middle of the picture plays from the middle of the call.
    picture = find(browser, "#timeline svg")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", picture)
    webdriver.ActionChains(browser).move_to_element_with_offset(
        picture, int(0.046 * picture.size["width"]), int(0.42 * picture.size["height"])
    ).click().perform()
    middle = rude.recording.duration / 2
    until(lambda: middle - 1 <= heard(browser) < middle + 4)


@pytest.mark.parametrize("name", ["rude", "dual", "hostile", "alphabets", "empty"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_has_nothing_against_the_page(
    request: pytest.FixtureRequest, put: Callable[..., Call], tmp_path: Path, browser: Any,
    name: str, width: int,
) -> None:  # fmt: skip
    call = request.getfixturevalue(name)
    put(call, tmp_path / "x", whole=name == "dual")
    browser.set_window_size(width, 900)
    try:
        browser.get(next((tmp_path / "x").rglob("evidence.html")).as_uri())
        assert axe(browser) == []
        if call.moments:
            click(browser, find(browser, "#review-on"))
            assert axe(browser) == []
    finally:
        browser.set_window_size(1280, 900)
