import numpy as np
from matplotlib.colors import to_rgb

from learnscope.views.data import compute, describe, draw
from learnscope.views.style import class_colour, class_marker
from tests.views.members import drawn


def test_every_row_is_drawn_once_with_the_look_of_its_part() -> None:
    (t,) = drawn(1, c=3)
    figure = draw(compute([t]))
    marks = figure.axes[0].collections
    placed = np.concatenate([np.asarray(m.get_offsets()) for m in marks])
    key = np.lexsort(placed.T), np.lexsort(t.member.sample.x.T)
    np.testing.assert_allclose(placed[key[0]], t.member.sample.x[key[1]])
    test_rows = t.member.sample.x[t.member.rows.test]
    for mark in marks:
        face = np.asarray(mark.get_facecolor())[0, :3]
        solid = any(np.allclose(face, to_rgb(class_colour(k))) for k in range(3))
        first = np.asarray(mark.get_offsets())[0]
        assert solid == bool((test_rows == first).all(axis=1).any())


def test_classes_have_markers_and_colours_of_their_own() -> None:
    looks = [(class_colour(k), class_marker(k)) for k in range(40)]
    assert len(set(looks)) == 40
    assert len({class_colour(k) for k in range(10)}) == 10


def test_title_counts_the_parts() -> None:
    members = drawn(2)
    figure = draw(compute(members))
    assert "30 train, 12 validation and 18 test points" in figure.get_suptitle()
    assert "seed 0 of 2, each with a sample of its own" in figure.get_suptitle().replace("\n", " ")
    assert "seed 1" in draw(compute(members, seed=1)).get_suptitle()


def test_known_target_is_drawn_over_one_input() -> None:
    arrays = compute(drawn(1, d=1, c=0))
    (axes,) = draw(arrays).axes
    np.testing.assert_allclose(arrays.target, arrays.axis)
    assert axes.get_xlabel() == "x1" and axes.get_ylabel() == "height"


def test_counts_of_the_classes_are_told() -> None:
    arrays = compute(drawn(1, c=2))
    n = np.bincount(drawn(1, c=2)[0].member.sample.y)
    assert describe(arrays).endswith(f"classes: kind A {n[0]}, kind B {n[1]}.")
