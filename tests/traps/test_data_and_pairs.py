"""Defects of rows, shapes and pairs: they cannot happen, or a PyTorch program is told of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import learnscope as ls
from learnscope.doctor.explaining.base import Explanation
from learnscope.doctor.explaining.explain import explain, failure_of
from learnscope.doctor.watching.programs import read_program
from learnscope.doctor.watching.running import run_program
from learnscope.errors import InputError
from learnscope.measures.carried_state import carried_state
from learnscope.measures.forecast import free_running
from learnscope.training.losses.percentage import Percentage
from learnscope.training.member import prepare

HEAD = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
x, y = torch.randn(8, 5), torch.zeros(8).long()
model = nn.Linear(5, 3)
"""


def told(line: str, folder: Path) -> Explanation:
    """Return what is said about the error that a program ends with."""
    path = folder / "train.py"
    path.write_text(f"{HEAD}{line}\n")
    with torch.random.fork_rng(devices=[]):
        ran = run_program(read_program(path), ())
    assert ran.error is not None
    found = explain(failure_of(ran.error, ran.seen))
    assert found is not None
    return found


def test_t05_a_dense_layer_behind_maps_gets_them_flat() -> None:
    network = ls.Experiment(
        problem="digits",
        model={"kind": "conv", "blocks": [4]},
        training={"loss": "cross_entropy", "epochs": 0},
    ).model.network(64, 10, (1, 8, 8))
    # 8 - 3 + 1 = 6 places along a side, 3 behind the pooling: 4 maps of 9 numbers.
    shapes = [shape for _, shape, _ in network.trace(16)]
    assert shapes[-2] == (16, 36)
    assert shapes[-1] == (16, 10)


def test_t05_a_dense_layer_fed_maps_is_diagnosed_with_the_remedy() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Linear(676, 10))
    diagnosis = ls.diagnose(
        model=model,
        X=torch.randn(8, 1, 28, 28),
        y=torch.arange(8),
        loss=nn.CrossEntropyLoss(),
        budget=2.0,
    )
    (finding,) = diagnosis.findings
    assert finding.slug == "shape-mismatch"
    assert "Flatten" in finding.change


def test_t19_a_second_backward_is_explained(tmp_path: Path) -> None:
    found = told("loss = model(x).pow(2).sum(); loss.backward(); loss.backward()", tmp_path)
    assert found.slug == "backward-twice"


def test_t20_inputs_and_targets_of_each_part_are_neighbours() -> None:
    member = prepare(ls.Experiment(problem={"kind": "trend", "noise": 0.0}), 0)
    sizes = {name: len(rows) for name, rows in member.rows.items()}
    # 999 pairs in the order of time: 699 to train on and 300 behind them.
    assert sizes == {"train": 699, "test": 300}
    for _, rows in member.rows.items():
        # 4 + 3 t: each target is its own input's next value.
        np.testing.assert_allclose(member.sample.y[rows] - member.sample.x[rows], 3.0)
    assert member.rows.train.max() < member.rows.test.min()


def test_t20_rows_that_do_not_pair_are_diagnosed(tmp_path: Path) -> None:
    found = told("TensorDataset(torch.ones(300), torch.ones(699))", tmp_path)
    assert found.slug == "misaligned-targets"


def test_t31_a_relative_error_stays_finite_where_a_target_is_near_zero() -> None:
    loss = Percentage()
    target = np.array([[1e-13], [0.0], [2.0]])
    total, count = loss.total(np.full((3, 1), 1.0), target, None)
    # With 0.1 added to each size: (1 / 0.1)^2 twice, and (1 / 2.1)^2.
    assert total / count == pytest.approx((200 + 1 / 2.1**2) / 3, rel=1e-6)
    with pytest.raises(InputError, match="epsilon must be > 0"):
        Percentage(epsilon=0.0)


def test_t38_a_default_device_of_the_user_s_moves_nothing() -> None:
    experiment = ls.Experiment(
        problem={"kind": "spirals", "n": 20},
        model={"kind": "mlp", "hidden": [4]},
        training={"epochs": 2},
    )
    here = ls.train(experiment, route="torch").trained[0].result.parameters
    torch.set_default_device("meta")
    try:
        there = ls.train(experiment, route="torch").trained[0].result.parameters
    finally:
        torch.set_default_device(None)
    for name, array in here.items():
        np.testing.assert_array_equal(array, there[name])


def test_t38_tensors_left_on_another_device_are_diagnosed(tmp_path: Path) -> None:
    found = told("model(x.to('meta'))", tmp_path)
    assert found.slug == "device-mismatch"


def test_t47_a_state_is_carried_over_the_border_and_answers_are_fed_back() -> None:
    experiment = ls.Experiment(
        problem={
            "kind": "series", "n": 41, "window": 4, "predicts": "each", "noise": 0.0,
            "amplitude": 0.0, "slope": 1.0,
        },
        model={
            "kind": "recurrent", "cell": "hand", "hidden": 1, "activation": "identity",
            "answers": "each",
        },
        training={"epochs": 0, "precision": "float64"},
    )  # fmt: skip
    t = ls.train(experiment).trained[0]
    # All weights 1, all biases 0: the state is the sum of what was seen.
    ones = {
        name: np.ones_like(w) if w.ndim > 1 else np.zeros_like(w)
        for name, w in t.result.parameters.items()
    }
    t = replace(t, result=replace(t.result, parameters=ones))
    x = np.arange(40.0)
    rows = np.arange(0, 40, 4)
    # The windows behind the border, each of 4 steps.
    judged = np.isin(rows, t.member.rows.test)
    carried = (np.cumsum(x) - (x + 1)).reshape(10, 4)
    reset = np.cumsum(x.reshape(10, 4), axis=1) - (x + 1).reshape(10, 4)
    found = carried_state(t)
    assert found.rows == judged.sum() > 0
    assert found.carried == pytest.approx(np.mean(carried[judged] ** 2))
    assert found.reset == pytest.approx(np.mean(reset[judged] ** 2))


def test_t47_a_forecast_lives_on_its_own_answers() -> None:
    experiment = ls.Experiment(
        problem={"kind": "series", "n": 80, "window": 2, "noise": 0.0, "period": 10.0},
        model={"kind": "linear"},
        training={"epochs": 0, "precision": "float64"},
    )
    t = ls.train(experiment).trained[0]
    # Twice the last value: after h steps 2^h of what was known, whatever came.
    double = {"layers.0.weight": np.array([[0.0, 2.0]]), "layers.0.bias": np.zeros(1)}
    t = replace(t, result=replace(t.result, parameters=double))
    forecast = free_running(t, n_steps=3)
    np.testing.assert_allclose(forecast.values, forecast.last[:, None] * [2.0, 4.0, 8.0])


@pytest.mark.parametrize("shuffle", [True, False])
def test_t48_each_prediction_stands_beside_its_own_target(shuffle: bool) -> None:
    experiment = ls.Experiment(
        problem={"kind": "blobs"},
        model={"kind": "mlp", "hidden": [8], "output": "identity"},
        training={
            "loss": "cross_entropy", "epochs": 5, "lr": 0.05, "batch_size": 16, "shuffle": shuffle
        },
    )  # fmt: skip
    run = ls.train(experiment)
    t = run.trained[0]
    for part, rows in t.member.rows.items():
        answers = run.predict(t.member.sample.x[rows])
        names = np.asarray(t.member.sample.outputs)[t.member.sample.y[rows]]
        assert run.metrics[f"{part}_accuracy"][0] == np.mean(answers == names)
    # Four clusters: in another order the accuracy of the same answers is that of chance.
    order = np.random.default_rng(0).permutation(len(names))
    np.testing.assert_array_equal(run.predict(t.member.sample.x[rows][order]), answers[order])
    assert np.mean(answers == names) > 0.8 > 0.5 > np.mean(answers == names[order])


def test_t48_shuffled_answers_are_diagnosed() -> None:
    x = torch.randn(240, 4, generator=torch.Generator().manual_seed(0))
    y = (x[:, :2].sum(dim=1) > 0).long()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    # Targets of the row before.
    arguments: dict[str, Any] = {"model": model, "X": x[1:], "y": y[:-1]}
    diagnosis = ls.diagnose(**arguments, loss=nn.CrossEntropyLoss(), epochs=10, budget=20.0)
    assert "misaligned-targets" in [f.slug for f in diagnosis.findings]
