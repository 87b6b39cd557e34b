import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.experiment import read_experiment
from learnscope.measures.carried_state import carried_state, consecutive_rows
from learnscope.measures.forecast import free_running, no_forecast, series_values
from learnscope.models.network import forward
from learnscope.problems.series import Series
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.member import prepare
from learnscope.training.result import Result


def member(problem: dict[str, Any], model: dict[str, Any], **more: Any) -> Trained:
    """A member with its first weights, which nothing here trains."""
    made = prepare(
        read_experiment(
            {
                "problem": {"kind": "series", **problem},
                "model": model,
                "training": {"epochs": 0, "precision": "float64"},
                **more,
            }
        ),
        0,
    )
    return Trained(
        member=made,
        result=Result(
            seed=0, parameters=made.initial, history={}, status="trained", epochs=0, best_epoch=0,
            cause=None, seconds=0.0,
        ),
    )  # fmt: skip


def with_weights(t: Trained, **weights: Any) -> Trained:
    values = {k.replace("__", "."): np.array(v, dtype=np.float64) for k, v in weights.items()}
    return replace(t, result=replace(t.result, parameters=values))


def recursion(steps: int) -> Trained:
    """The linear model that says the next step of a sine from the last two exactly."""
    t = member({"n": 120, "noise": 0.0, "window": 4, "horizon": steps}, {"kind": "linear"})
    now = np.eye(4)
    rows = []
    for _ in range(steps):
        row = 2 * math.cos(2 * math.pi / 25) * now[-1] - now[-2]
        now = np.vstack((now, row))
        rows.append(row)
    return with_weights(t, layers__0__weight=rows, layers__0__bias=np.zeros(steps))


@pytest.mark.parametrize("steps", [1, 3])
def test_the_exact_recursion_runs_on_without_an_error(steps: int) -> None:
    found = free_running(recursion(steps), n_steps=15)
    # Rounding errors of a recursion whose roots lie on the unit circle grow with its steps alone.
    assert found.rmse.shape == (15,) and found.rmse.max() < 1e-11
    sine = np.sin(2 * np.pi * np.arange(120) / 25)
    np.testing.assert_allclose(
        found.values, sine[found.origins[:, None] + np.arange(1, 16)], atol=1e-11
    )
    # E (sin(a + h) - sin a)² = 2 - 2 cos h over whole periods, halved for the mean square.
    whole = free_running(recursion(steps), n_steps=15, rows=range(50))
    expected = np.sqrt(1 - np.cos(2 * np.pi * np.arange(1, 16) / 25))
    np.testing.assert_allclose(whole.rmse_of_last, expected, rtol=1e-10)


def test_errors_fed_back_compound() -> None:
    """S4.48: a slope that is 1 % too steep is 1 % off after a step and grows from there."""
    t = member({"n": 60, "slope": 1.0, "amplitude": 0.0, "noise": 0.0, "window": 1},
               {"kind": "linear"})  # fmt: skip
    t = with_weights(t, layers__0__weight=[[1.01]], layers__0__bias=[1.0])
    found = free_running(t, n_steps=3, rows=[10])
    np.testing.assert_allclose(found.values, [[11.1, 12.211, 13.33311]], rtol=1e-12)
    np.testing.assert_allclose(found.true, [[11.0, 12.0, 13.0]])
    np.testing.assert_array_equal(found.origins, [10])
    assert (np.diff(found.rmse) > 0).all()


def test_where_every_step_answers_only_the_last_answer_is_fed_back() -> None:
    t = member({"n": 40, "window": 5, "predicts": "each"},
               {"kind": "recurrent", "hidden": 3, "answers": "each"})  # fmt: skip
    x = t.member.sample.x[[3]]
    by_hand = []
    for _ in range(4):
        by_hand.append(t.output(x)[0, -1])
        x = np.append(x[:, 1:], by_hand[-1])[None]
    np.testing.assert_allclose(free_running(t, n_steps=4, rows=[3]).values[0], by_hand)


@pytest.mark.parametrize("predicts", ["next", "each"])
@pytest.mark.parametrize("stride", [1, 3])
def test_the_series_is_put_together_from_its_windows(predicts: Any, stride: int) -> None:
    problem = {"n": 50, "window": 6, "stride": stride, "predicts": predicts, "differences": 1}
    t = member(problem, {"kind": "linear"})
    whole = Series(n=50, window=1, differences=1).sample(streams(0).draws)
    series = np.append(whole.x[:, 0], whole.y[-1, 0])
    values = series_values(t)
    seen = np.isfinite(values)
    assert seen[: 6 + stride].all()
    np.testing.assert_array_equal(values[seen], series[seen])


@pytest.mark.parametrize("cell", ["hand", "elman", "lstm", "gru"])
def test_carried_state_is_the_network_run_over_the_whole_series(cell: str) -> None:
    """T47: the training part is the warm-up of the test part."""
    model = {"kind": "recurrent", "cell": cell, "hidden": 3, "answers": "each"}
    t = member({"n": 61, "window": 5, "predicts": "each"}, model)
    rows = consecutive_rows(t)
    np.testing.assert_array_equal(rows, np.arange(0, 56, 5))
    x, y = t.member.sample.x[rows], t.member.sample.y[rows]
    network = t.member.experiment.model.network(60, 60, (60, 1))
    long = forward(network, t.result.parameters, x.reshape(1, -1)).reshape(12, 5)
    judged = np.isin(rows, t.member.rows.test)
    found = carried_state(t)
    assert found.rows == judged.sum() > 1
    assert found.carried == pytest.approx(np.mean((long - y)[judged] ** 2), rel=1e-10)
    assert found.reset == pytest.approx(np.mean((t.output(x) - y)[judged] ** 2), rel=1e-10)
    assert found.carried != found.reset


@pytest.mark.parametrize(
    ("problem", "model", "message"),
    [
        ({"kind": "trend"}, {"kind": "linear"}, "a forecast needs the problem 'series', and this"),
        ({"lag": 2}, {"kind": "linear"}, "and this series is learned 2 steps ahead. Set problem"),
        ({}, {"kind": "recurrent_autoencoder"}, "are its own inputs."),
    ],
)
def test_what_cannot_run_on_says_why(problem: Any, model: Any, message: str) -> None:
    t = member(problem, model)
    assert message in no_forecast(t)
    with pytest.raises(InputError, match=re.escape(message)):
        free_running(t)


def test_steps_and_states_that_are_not_there_are_refused() -> None:
    t = member({"n": 60, "window": 6}, {"kind": "recurrent", "hidden": 2})
    with pytest.raises(InputError, match=r"got 90 for the 17 windows of the test part"):
        free_running(t, n_steps=90)
    dense = member({"n": 60, "window": 6}, {"kind": "mlp", "hidden": [3]})
    with pytest.raises(InputError, match=r"the model 'recurrent' in one direction, and this is "):
        carried_state(dense)
    odd = member({"n": 60, "window": 6, "stride": 4}, {"kind": "recurrent", "hidden": 2})
    with pytest.raises(InputError, match=r"problem.window \(6\) must be a multiple of problem.st"):
        carried_state(odd)
