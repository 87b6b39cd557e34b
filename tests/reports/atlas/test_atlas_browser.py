import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars
import pytest

from learnscope.reports.atlas.report import render
from tests.reports.test_browser import _CONTRAST
from tests.views.atlas.made import failing, swept, wide

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
    folder = tmp_path_factory.mktemp("browser")
    over = {"model.width": [1, 2, 4, 8], "model.depth": [1, 2], "problem.noise": [0.0, 0.8]}
    atlas = swept(folder, over, {"seeds": 2})
    points = atlas.table["point"].unique().sort().to_list()
    path = folder / "report.html"
    path.write_text(render(failing(atlas, points[:1], points[1:2])), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    found = browser.new_page(viewport={"width": 1100, "height": 900})
    found.set_default_timeout(10_000)
    found.goto(address)
    yield found
    found.close()


def test_no_request_leaves_the_page_and_no_error_is_reported(browser: Any, address: str) -> None:
    page, asked, faults = browser.new_page(), [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: faults.append(m.text))
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto(address)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert faults == []
    page.close()


def test_arrow_keys_move_over_the_map_and_its_cells_are_told(page: Any) -> None:
    details = page.locator("#details")
    page.focus("#map")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowDown")
    assert re.search(r"model.width\s*1\b", details.inner_text())
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    text = details.inner_text()
    assert re.search(r"model.width\s*2\b", text) and re.search(r"model.depth\s*2\b", text)
    assert "members that count" in text
    # The map of the member is drawn: not all of its pixels are alike.
    alike = page.evaluate(
        "(() => { const c = document.querySelector('#details canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return new Set(Array.from({length: d.length / 4}, (_, i) => d[4 * i])).size })()"
    )
    assert alike > 2


def test_pointing_at_a_cell_tells_it_and_a_click_keeps_it(page: Any) -> None:
    details = page.locator("#details")
    page.locator("#map").scroll_into_view_if_needed()
    boxes = page.locator("#map svg rect[fill^='rgb']")
    cells = [boxes.nth(i).bounding_box() for i in range(boxes.count())]
    cells = [c for c in cells if c["width"] > 40]
    first, last = cells[0], cells[-1]
    page.mouse.move(first["x"] + 5, first["y"] + 5)
    one = details.inner_text()
    page.mouse.click(last["x"] + 5, last["y"] + 5)
    other = details.inner_text()
    assert one != other
    page.mouse.move(first["x"] + 5, first["y"] + 5)
    assert details.inner_text() == other
    page.focus("#map")
    page.keyboard.press("Escape")
    page.mouse.move(first["x"] + 8, first["y"] + 8)
    assert details.inner_text() == one


def test_lists_choose_measure_and_axes(page: Any) -> None:
    assert "model.width" in page.locator("#map svg").text_content()
    page.get_by_label("Across", exact=True).select_option(label="problem.noise")
    assert "problem.noise" in page.locator("#map svg").text_content()
    # What was across is now cut, and has a list of its own.
    page.get_by_label("model.width", exact=True).select_option(label="4")
    page.get_by_label("Measure", exact=True).select_option(label="training loss")
    assert "median training loss" in page.locator("#details").inner_text()
    page.get_by_label("Show", exact=True).select_option(label="share that failed")
    page.get_by_label("Up", exact=True).select_option(label="nothing")
    assert page.locator("#map svg rect[fill^='rgb']").count() >= 2


def test_the_table_is_sorted_by_its_heads(page: Any) -> None:
    head = page.locator("#table th").filter(has_text="Median")
    assert head.get_attribute("aria-sort") == "descending"

    def column() -> list[float]:
        at = page.evaluate(
            "[...document.querySelectorAll('#table th')].findIndex(e => /Median/.test(e.innerText))"
        )
        texts = page.locator(f"#table tbody td:nth-child({at + 1})").all_inner_texts()
        return [float(t) for t in texts if t != "–"]

    assert column() == sorted(column(), reverse=True)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column() == sorted(column())


@pytest.mark.slow
def test_cells_of_ten_thousand_points_are_told_as_well(browser: Any, tmp_path: Path) -> None:
    many = wide(tmp_path)
    path = tmp_path / "report.html"
    path.write_text(render(many, pictures=()), encoding="utf-8")
    assert path.stat().st_size < 5_000_000
    page, faults = browser.new_page(viewport={"width": 1100, "height": 900}), []
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.set_default_timeout(60_000)
    page.goto(path.as_uri())
    details = page.locator("#details")
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map svg").bounding_box()
    told = set()
    for share in (0.3, 0.45, 0.6, 0.75):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        text = details.inner_text()
        # Of the points that share a cell the best is told, with what the table has of it.
        point = re.search(r"Point (\d+)", text)
        value = re.search(r"median test accuracy\s*([\d.]+)", text)
        assert point is not None and value is not None, text
        own = many.table.filter(polars.col("point") == int(point[1]))["test_accuracy"]
        assert float(value[1]) == pytest.approx(own[0], rel=5e-3)
        assert re.search(r"The best of \d+ points in this cell", text)
        # There is a map of what was learned, of this point or of another one of the cell.
        assert details.locator("canvas").count() == 1
        told.add(point[1])
    assert len(told) == 4 and faults == []
    page.close()


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_nothing_makes_the_page_scroll_sideways(browser: Any, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(browser: Any, address: str, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(address)
    assert page.evaluate(_CONTRAST) == []
    page.close()


def test_without_a_script_there_are_pictures_and_a_table(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#picture-heat svg").is_visible()
    assert page.locator("#table tbody tr").count() > 3
    assert not page.locator("#explorer").is_visible()
    context.close()
