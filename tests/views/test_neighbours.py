from dataclasses import replace

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.search import index_of, search_rows
from learnscope.views.neighbours import NEIGHBOURS, compute, describe, draw
from tests.search.members import autoencoder, perceptron, trained


def test_the_images_are_the_query_and_its_neighbours_in_order() -> None:
    t = perceptron()
    arrays = compute([t], query=17, k=5, by="pixels")
    found = search_rows(index_of(t, "pixels"), np.array([17]), 5)
    x, y = t.member.sample.x, t.member.sample.y
    np.testing.assert_array_equal(arrays.images, x[[17, *found.positions[0]]])
    figure = draw(arrays)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles[0] == f"row 17\n{y[17]}"
    for title, row, far in zip(titles[1:], found.positions[0], found.distances[0], strict=True):
        assert title == f"row {row}\n{y[row]}  {far:.3g}"
    shown = [axes.get_images()[0].get_array() for axes in figure.axes if axes.get_images()]
    np.testing.assert_array_equal(shown, arrays.images.reshape(-1, 8, 8))


def test_all_images_have_one_scale_of_greys() -> None:
    figure = draw(compute([perceptron()], query=0, k=11, by="layer 1", metric="euclidean"))
    limits = {axes.get_images()[0].get_clim() for axes in figure.axes if axes.get_images()}
    assert limits == {(0.0, 1.0)}
    assert len([axes for axes in figure.axes if axes.get_images()]) == 12


def test_the_sentence_names_rows_classes_and_distances() -> None:
    t = autoencoder()
    arrays = compute([t], query=t.member.sample.x[40], k=2, name="five.png")
    found = arrays.answer
    second = f"{found.numbers[1]} ({found.labels[1]}) at {found.distances[1]:.3g}"
    text = describe(arrays)
    assert text.startswith("Nearest to five.png by codes, cosine distance: rows 40 (")
    assert text.endswith(f", {second}.")
    titles = [axes.get_title() for axes in draw(arrays).axes]
    assert titles[0] == "five.png\nquery" and titles[1].endswith("same code")


def test_rows_that_are_no_images_have_no_such_picture() -> None:
    t = trained({"kind": "linear"}, n=60, epochs=0)
    plain = replace(t.member, sample=replace(t.member.sample, shape=None))
    rows = [replace(t, member=plain)]
    assert not NEIGHBOURS.applies(rows)
    with pytest.raises(InputError, match="neighbours needs images"):
        compute(rows)
    assert NEIGHBOURS.applies([t])


def test_a_picture_holds_so_many_images() -> None:
    with pytest.raises(InputError, match=r"A picture shows at most 47 neighbours, got 48\."):
        compute([perceptron()], k=48)
