from typing import Any

import numpy as np
import pytest

from learnscope.experiment import Experiment
from learnscope.runs.train import train
from learnscope.trained import Trained
from learnscope.views.data import compute, describe, draw
from learnscope.views.image_grid import image_grid


def trained(**problem: Any) -> Trained:
    experiment = Experiment(
        problem={"kind": "digits", **problem},
        model={"kind": "mlp", "hidden": [3]},
        training={"loss": "cross_entropy", "epochs": 0},
    )
    return train(experiment).trained[0]


@pytest.fixture(scope="module")
def digits() -> Trained:
    return trained()


def test_images_lie_in_rows_by_class_training_before_test(digits: Trained) -> None:
    grid, member = image_grid(digits), digits.member
    assert grid.rows.shape == (10, 12) and grid.names == tuple("0123456789")
    assert (member.sample.y[grid.rows] == np.arange(10)[:, None]).all()
    assert set(grid.rows[:, :9].ravel()) <= set(member.rows.train.tolist())
    assert set(grid.rows[:, 9:].ravel()) <= set(member.rows.test.tolist())


def test_each_place_of_the_mosaic_holds_its_image_upright(digits: Trained) -> None:
    grid, x = image_grid(digits), digits.member.sample.x
    for i, j in ((0, 0), (3, 11), (9, 4)):
        place = grid.mosaic[9 * i : 9 * i + 8, 9 * j : 9 * j + 8]
        np.testing.assert_array_equal(place, x[grid.rows[i, j]].reshape(8, 8))
    assert np.isnan(grid.mosaic[8]).all() and np.isnan(grid.mosaic[:, 8]).all()


def test_the_data_of_images_are_drawn_as_images(digits: Trained) -> None:
    arrays = compute([digits])
    assert arrays.images is not None and arrays.plane is None
    figure = draw(arrays)
    (picture,) = figure.axes[0].images
    np.testing.assert_array_equal(np.asarray(picture.get_array()), arrays.images.mosaic)
    # Ink is dark: high values are black.
    assert picture.get_cmap()(1.0)[:3] == (0, 0, 0)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == list("0123456789")
    assert "1257 train and 540 test images" in describe(arrays)


def test_chosen_columns_still_give_their_plane(digits: Trained) -> None:
    arrays = compute([digits], columns=["pixel_2_2", "pixel_3_3"])
    assert arrays.images is None and arrays.plane is not None


def test_a_class_with_few_images_leaves_places_empty() -> None:
    grid = image_grid(trained(n=12, classes=[4, 5]))
    assert grid.rows.shape[0] == 2 and (grid.rows == -1).any()
    assert len(set(grid.rows[grid.rows >= 0].tolist())) == (grid.rows >= 0).sum() <= 12
