"""Forecast and states: their arrays."""

import re

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.models import Linear, Recurrent, Seq2Seq
from learnscope.models.network import forward_all
from learnscope.views import forecast, states
from tests.views.members import Cloud, experiment, of_series, trained


def test_a_forecast_is_fed_the_truth_on_one_path_and_itself_on_the_other() -> None:
    members = of_series(3, model=Recurrent(hidden=3))
    arrays = forecast.compute(members, seed=1, n_steps=5)
    t = members[1]
    x, y, rows = t.member.sample.x, t.member.sample.y, t.member.rows
    # Row i predicts step i + 6 of 60.
    assert arrays.border == rows.test[0] + 5
    at = {int(step): i for i, step in enumerate(arrays.steps)}
    np.testing.assert_allclose(arrays.fed[at[20]], t.output(x[[14]])[0, 0])
    assert arrays.values[at[20]] == y[14, 0]
    first = t.output(x[rows.test[:1]])
    second = t.output(np.concatenate((x[rows.test[:1], 1:], first), axis=1))
    np.testing.assert_allclose(
        arrays.free[[at[arrays.border + 1], at[arrays.border + 2]]], [first[0, 0], second[0, 0]]
    )
    assert np.isnan(arrays.free[: at[arrays.border + 1]]).all()
    assert arrays.errors.n == 3 and arrays.errors.median.shape == arrays.last.shape == (5,)
    off = t.output(x[rows.test]) - y[rows.test]
    assert arrays.one == pytest.approx(np.sqrt(np.mean(off**2)))


def test_states_are_the_activations_of_the_recurrent_layers() -> None:
    (t,) = of_series(1, model=Recurrent(hidden=3, layers=2, head=[4]))
    arrays = states.compute([t], row=7)
    x = t.member.sample.x[[7]]
    found = forward_all(t.member.network, t.result.parameters, t.member.chain.apply(x))
    assert arrays.names == ("layer 1", "layer 2")
    for mine, theirs in zip(arrays.states, found, strict=False):
        assert mine.shape == (3, 6)
        np.testing.assert_allclose(mine, theirs[0])
    np.testing.assert_array_equal(arrays.inputs[:, 0], x[0])
    (s,) = of_series(1, model=Seq2Seq(hidden=2))
    assert states.compute([s]).names == ("encoder", "decoder")
    assert [a.shape for a in states.compute([s]).states] == [(2, 6), (2, 1)]


def test_units_that_stand_still_are_counted() -> None:
    (t,) = of_series(1, model=Recurrent(cell="hand", hidden=3))
    t.result.parameters["cells.0.w_hx"][1] = 0
    t.result.parameters["cells.0.w_hh"][1] = 0
    assert states.compute([t]).still == (1,)
    assert "1 of them standing still" in states.STATES.describe(states.compute([t]))


def test_what_has_no_series_or_no_states_says_so() -> None:
    cloud = trained(experiment(Cloud(c=0), Linear()))
    message = "a forecast needs the problem 'series', and this is 'cloud'."
    with pytest.raises(InputError, match=re.escape(message)):
        forecast.compute([cloud])
    with pytest.raises(InputError, match="states shows recurrent layers, and this linear model"):
        states.compute([cloud])
