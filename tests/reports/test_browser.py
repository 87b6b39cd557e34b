import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from learnscope.reports.report import render
from tests.measures.by_hand import experiment, member
from tests.reports.pages import Record

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists() or find_spec("playwright") is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs playwright and chromium for the tests in a browser.")
        pytest.skip("playwright or /usr/bin/chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic"],
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    settings = experiment(
        title="AnExperimentWithATitleThatHasNoPlaceToBreakAndIsLongerThanAnyPhoneIsWide" * 2,
        model={"kind": "mlp", "hidden": [8, 8], "output": "relu"},
        seeds=3,
    )
    run = Record(settings, tuple(member(settings, seed=s) for s in settings.root_seeds()))
    run.meta["command"] = "learnscope run " + "x" * 200
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(run), encoding="utf-8")
    return path.as_uri()


def opened(browser: Any, address: str, width: int) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_nothing_makes_the_page_scroll_sideways(browser: Any, address: str, width: int) -> None:
    page = opened(browser, address, width)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_pictures_fit_the_width_of_a_phone(browser: Any, address: str) -> None:
    page = opened(browser, address, 360)
    wide = page.evaluate(
        "[...document.querySelectorAll('svg.plot, svg.strip')]"
        ".map(e => e.getBoundingClientRect().right)"
    )
    assert wide and max(wide) <= 360
    page.close()


def test_no_request_leaves_the_page_and_no_error_is_reported(browser: Any, address: str) -> None:
    page, asked, faults = browser.new_page(), [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: faults.append(m.text))
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto(address)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert faults == []
    page.close()


_CONTRAST = """() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(Number).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c)) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const low = [];
  for (const e of document.querySelectorAll('h1, h2, h3, p, td, th, code, summary, figcaption')) {
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push([e.tagName, ratio]);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(browser: Any, address: str, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(address)
    # Web Content Accessibility Guidelines 2.2, criterion 1.4.3.
    assert page.evaluate(_CONTRAST) == []
    page.close()


def test_folded_parts_are_printed(browser: Any, address: str) -> None:
    page = opened(browser, address, 800)
    closed = page.evaluate("document.documentElement.scrollHeight")
    page.emulate_media(media="print")
    # The full table of settings alone is longer than a screen.
    assert page.evaluate("document.querySelector('details table').offsetHeight") > 400
    assert closed > 0
    page.close()
