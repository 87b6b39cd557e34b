import threading

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb

from learnscope.views.style import (
    class_colour,
    confidence_colours,
    house_style,
    new_figure,
    plain,
    save_svg,
    set_title,
    two_class_map,
    wrap,
)


def test_ramp_ends_in_the_colours_of_the_classes_and_is_pale_in_the_middle() -> None:
    ramp = two_class_map()
    np.testing.assert_allclose(ramp(0.0)[:3], to_rgb(class_colour(0)), atol=1e-6)
    np.testing.assert_allclose(ramp(1.0)[:3], to_rgb(class_colour(1)), atol=1e-6)
    assert min(ramp(0.5)[:3]) > 0.95


def test_certainty_has_the_colour_of_the_class_and_doubt_is_pale() -> None:
    sure = confidence_colours(np.eye(4))
    np.testing.assert_allclose(sure, [to_rgb(class_colour(k)) for k in range(4)])
    assert confidence_colours(np.full((1, 4), 0.25)).min() > 0.85


def test_text_stays_text_in_a_generic_type_without_a_date() -> None:
    with house_style():
        figure = new_figure(2.0)
        set_title(figure, ("a price in $ and £", "another $"))
        svg = save_svg(figure)
    assert "a price in $ and £; another $</text>" in svg
    assert "sans-serif" in svg and "<dc:date>" not in svg


def test_texts_are_broken_into_two_lines_and_cut_with_an_ellipsis() -> None:
    assert wrap("one two three", 7) == "one two\nthree"
    assert wrap("word " * 30, 20).endswith(" …") and wrap("word " * 30, 20).count("\n") == 1
    assert plain("a" * 50, 10) == "a" * 9 + "…"


def test_settings_come_back_when_many_draw_at_once() -> None:
    before = dict(matplotlib.rcParams)

    def draw() -> None:
        for _ in range(5):
            with house_style():
                new_figure(1.0)

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert dict(matplotlib.rcParams) == before
