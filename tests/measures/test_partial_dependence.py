import numpy as np
import pytest
from sklearn.inspection import partial_dependence as scikit_learns
from sklearn.svm import SVR

from learnscope.errors import InputError
from learnscope.measures.partial_dependence import dependence, partial_dependence
from tests.measures.by_hand import experiment, member


def test_of_a_linear_model_it_is_a_line_with_the_weight_as_slope() -> None:
    w = np.array([2.0, -3.0])
    x = np.random.default_rng(0).normal(size=(50, 2))
    grid = np.array([-1.0, 0.0, 2.0])
    mean, sd = dependence(lambda z: (z @ w)[:, None], x, 0, grid)
    assert mean[:, 0] == pytest.approx(2 * grid - 3 * x[:, 1].mean())
    # The other input adds a constant to each row: the spread is the same everywhere.
    assert sd[:, 0] == pytest.approx(np.full(3, 3 * x[:, 1].std()))


def test_it_is_scikit_learns_brute_force() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 3))
    y = x[:, 0] * x[:, 1] + x[:, 2]
    net = SVR().fit(x, y)
    known = scikit_learns(net, x, [1], method="brute", grid_resolution=7, percentiles=(0, 1))
    mean, _ = dependence(lambda z: net.predict(z)[:, None], x, 1, known["grid_values"][0])
    assert mean[:, 0] == pytest.approx(known["average"][0])


def test_of_a_member_it_runs_over_the_training_range_in_raw_inputs() -> None:
    settings = experiment(problem="plane_surface", model="linear", features=["standardise"])
    t = member(settings)
    column = t.member.sample.columns[0]
    found = partial_dependence(t, column, points=5)
    x = t.member.sample.x[t.member.rows.train]
    assert (found.grid[0], found.grid[-1]) == (x[:, 0].min(), x[:, 0].max())
    # A linear model: even steps give even differences.
    assert np.diff(found.mean[:, 0], n=2) == pytest.approx(np.zeros(3), abs=1e-6)
    assert column in found.sentence()
    with pytest.raises(InputError, match=r"column must be an input of the problem, got 'z9'"):
        partial_dependence(t, "z9")
