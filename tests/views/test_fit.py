import numpy as np
import pytest

from learnscope.models import Mlp
from learnscope.views.fit import compute, draw
from tests.views.members import drawn


def test_axis_reaches_five_percent_beyond_the_data() -> None:
    (t,) = drawn(1, d=1, c=0)
    x = t.member.sample.x[:, 0]
    beyond = 0.05 * (x.max() - x.min())
    axis = compute([t]).x
    assert (axis[0], axis[-1]) == pytest.approx((x.min() - beyond, x.max() + beyond))


def test_every_curve_is_drawn_against_its_inputs() -> None:
    arrays = compute(drawn(3, d=1, c=0))
    (axes,) = draw(arrays).axes
    lines = axes.get_lines()
    assert len(lines) == 1 + 1 + 3  # target, median, members
    for line in lines:
        np.testing.assert_array_equal(line.get_xdata(), arrays.x)
    np.testing.assert_allclose(
        np.asarray(lines[0].get_ydata()), arrays.x
    )  # the target is the sum of inputs


def test_predictions_are_those_of_the_members() -> None:
    members = drawn(12, d=1, c=0, model=Mlp(hidden=(5, 4), activation="tanh"))
    arrays = compute(members, resolution=7)
    rows = np.stack([t.output(arrays.x[:, None])[:, 0] for t in members])
    np.testing.assert_allclose(arrays.predictions[0], rows)
    np.testing.assert_allclose(arrays.bands[0].median, np.median(rows, axis=0))
    inside = np.abs(arrays.x) <= np.abs(members[0].member.sample.x).max()
    error = np.median(rows, axis=0) - arrays.x
    assert arrays.rmse == pytest.approx(np.sqrt(np.mean(error[inside] ** 2)), rel=0.2)


def test_many_members_are_a_band_without_lines() -> None:
    (axes,) = draw(compute(drawn(12, d=1, c=0))).axes
    assert len(axes.get_lines()) == 2


def test_a_fit_that_runs_away_does_not_flatten_the_data() -> None:
    members = drawn(1, d=1, c=0)
    for name, value in members[0].result.parameters.items():
        value *= 1e3 if "weight" in name else 1
    low, high = draw(compute(members)).axes[0].get_ylim()
    assert high - low < 6


def test_beliefs_of_all_classes_sum_to_one() -> None:
    arrays = compute(drawn(2, d=1, c=3), resolution=9)
    assert arrays.names == ("kind A", "kind B", "kind C")
    np.testing.assert_allclose(arrays.predictions.sum(axis=0), 1)
