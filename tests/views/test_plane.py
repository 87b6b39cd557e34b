import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from learnscope.problems.base import Sample
from learnscope.views.plane import choose_plane, make_grid
from tests.views.members import drawn

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(points=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8))
def test_box_holds_all_points_and_is_square_where_they_are(
    points: list[tuple[float, float]],
) -> None:
    xy = np.array(points)
    grid = make_grid(xy, 5)
    left, right, bottom, top = grid.limits
    assert left < xy[:, 0].min() and xy[:, 0].max() < right
    assert bottom < xy[:, 1].min() and xy[:, 1].max() < top
    if grid.square:
        assert right - left == pytest.approx(top - bottom, rel=1e-6)


def test_box_of_the_test_interval_has_round_edges() -> None:
    grid = make_grid(np.array([[-14.1, -13.2], [14.3, 12.9]]), 120)
    assert grid.limits == (-18.0, 18.0, -18.0, 18.0)
    # Centres of pixels, half a pixel inside the edge.
    assert grid.x[0] == pytest.approx(-18 + 0.15) and grid.y[-1] == pytest.approx(18 - 0.15)


def test_inputs_of_different_scales_are_not_forced_into_a_square() -> None:
    grid = make_grid(np.array([[0.0, 0.0], [1.0, 1000.0]]), 10)
    assert not grid.square
    assert grid.limits[1] - grid.limits[0] < 2


def test_plane_of_components_is_that_of_scikit_learn() -> None:
    x = np.random.default_rng(1).normal(size=(50, 4)) @ np.diag([1.0, 20.0, 300.0, 0.4])
    x[:, 1] += 9 * x[:, 0]
    names = ("a", "b", "c", "d")
    sample = Sample(x=x, y=x[:, :1], task="regression", columns=names, outputs=("y",))
    plane = choose_plane(sample)
    pca = PCA(2).fit(StandardScaler().fit_transform(x))
    expected = pca.transform(StandardScaler().fit_transform(x))
    # The sign of a component is free.
    np.testing.assert_allclose(np.abs(plane.coordinates(x)), np.abs(expected), atol=1e-9)
    assert f"({pca.explained_variance_ratio_[0]:.0%} of the variance)" in plane.labels[0]
    points = np.array([[0.0, 0.0], [1.0, -2.0]])
    np.testing.assert_allclose(plane.coordinates(plane.inputs(points)), points, atol=1e-9)


def test_two_inputs_are_their_own_plane() -> None:
    sample = drawn(1)[0].member.sample
    plane = choose_plane(sample)
    np.testing.assert_array_equal(plane.coordinates(sample.x), sample.x)
    assert plane.labels == ("x1", "x2") and plane.held == ""
