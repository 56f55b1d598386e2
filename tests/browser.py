"""A real browser for the tests of the pages; without one they are left out and say so."""

from __future__ import annotations

import importlib.util
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="Chromium with its driver is not installed: apt-get install chromium chromium-driver",
)
AXE = "axe_playwright_python"
"""The package that carries axe-core's script; nothing else of it is used."""


@contextmanager
def opened(*flags: str, prefs: dict[str, Any] | None = None) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900",
        "--disable-dev-shm-usage", *flags,
    ):  # fmt: skip
        options.add_argument(flag)
    if prefs:
        options.add_experimental_option("prefs", prefs)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def find(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def click(browser: Any, node: Any) -> None:
    """Click what a reader would first scroll to: the player covers the foot of the window."""
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", node)
    node.click()


def until(condition: Callable[[], object], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def axe(browser: Any) -> list[tuple[str, str]]:
    """Every violation that axe-core finds on the page, with the node it stands in."""
    package = importlib.util.find_spec(AXE)
    assert package is not None and package.origin is not None, f"{AXE} is not installed"
    browser.execute_script((Path(package.origin).parent / "axe.min.js").read_text("utf-8"))
    result = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document).then(r => done(r), e => done(String(e)));"
    )
    assert len(result["passes"]) > 10, result
    return [(v["id"], node["html"][:200]) for v in result["violations"] for node in v["nodes"]]
