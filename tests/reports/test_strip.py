import math
import re

import pytest

from learnscope.reports.strip import Row, dot_strip
from tests.reports.pages import Page


def strip(rows: list[Row], ceiling: float | None = None, percent: bool = True) -> str:
    return dot_strip(
        rows, ceiling=ceiling, ceiling_text="best", percent=percent, label="scores <of> members"
    )


def row(*values: float, label: str = "test") -> Row:
    return Row(label=label, text="middle", values=values, kind="test")


def test_each_finite_score_is_a_dot() -> None:
    page = Page(strip([row(0.5, math.nan, 0.7), row(0.9, 0.9)]))
    assert page.faults == []
    assert len(page.all("circle")) == 4
    assert page.all("svg")[0]["aria-label"] == "scores <of> members"


def test_places_are_in_proportion_to_scores() -> None:
    a, b, c = (float(d["cx"]) for d in Page(strip([row(0.2, 0.5, 0.6)])).all("circle"))
    assert (b - a) / (c - b) == pytest.approx(3, rel=0.02)


def test_wide_errors_get_a_logarithmic_scale() -> None:
    a, b, c = (
        float(d["cx"]) for d in Page(strip([row(0.01, 0.1, 1.0)], percent=False)).all("circle")
    )
    assert b - a == pytest.approx(c - b, rel=0.01)


def test_everything_lies_inside_the_picture() -> None:
    text = strip([row(0.0, 1.0, *[0.5] * 50)], ceiling=1.0)
    width, height = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', text)[0])
    for dot in Page(text).all("circle"):
        assert 0 < float(dot["cx"]) < width and 0 < float(dot["cy"]) < height


def test_the_ceiling_is_a_line_at_its_place() -> None:
    page = Page(strip([row(0.5, 0.9)], ceiling=0.9))
    line = next(a for a in page.all("line") if a["class"] == "best")
    dots = [float(a["cx"]) for a in page.all("circle")]
    assert float(line["x1"]) == dots[1]


def test_equal_scores_and_none_at_all_are_drawn_too() -> None:
    assert len(Page(strip([row(1.0, 1.0)], ceiling=1.0)).all("circle")) == 2
    assert len(Page(strip([row(0.0)], ceiling=0.0, percent=False)).all("circle")) == 1
    assert strip([row(math.nan)]) == ""


def test_labels_are_escaped() -> None:
    assert "<b>" not in strip([row(0.5, label="<b>")])


def test_scores_far_below_the_members_are_an_arrow_with_their_number() -> None:
    far = Row(label="least squares", text="4.95e-30", values=(4.95e-30,), kind="baseline")
    text = strip([row(1e-6, 2e-6, 4e-6), far], ceiling=0.0, percent=False)
    page = Page(text)
    a, b, c = (float(d["cx"]) for d in page.all("circle"))
    # Six decades at most lie below the median: the members take a tenth of their width or more.
    assert b - a == pytest.approx(c - b, rel=0.05) and c - a > 30
    assert "4.95e-30" in page.texts and "\N{LEFTWARDS ARROW} best" in page.texts
    assert len([p for p in page.all("path") if "off" in p["class"]]) == 1


def test_no_line_crosses_a_label() -> None:
    text = strip([row(0.5, 0.9), row(0.6, 0.7), row(0.8)], ceiling=0.55)
    labels = [float(y) for y in re.findall(r'<text x="[^"]+" y="([^"]+)">test', text)]
    assert len(labels) == 3
    for line in Page(text).all("line"):
        if line["class"] in {"grid", "best"}:
            # A label of 13 units stands on its base line and hangs 4 below it.
            low, high = float(line["y1"]), float(line["y2"])
            assert all(high <= y - 13 or low >= y + 4 for y in labels)
