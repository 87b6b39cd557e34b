import numpy as np
import pytest

import learnscope as ls
from learnscope.errors import InputError
from learnscope.measures.thresholds import step_outputs, thresholds
from learnscope.trained import Trained


def by_hand(hidden: list[list[float]], biases: list[float], out: list[float]) -> Trained:
    experiment = ls.Experiment(
        problem="damped_sine",
        model={
            "kind": "mlp",
            "hidden": [len(hidden)],
            "activation": "sigmoid",
            "weights": [
                {"weight": hidden, "bias": biases},
                {"weight": [out], "bias": [0.5]},
            ],
        },
        training={"epochs": 0, "split": {"test": 0}},
    )
    return ls.train(experiment).trained[0]


def test_a_unit_switches_where_its_sum_is_zero() -> None:
    # 2 x - 4 is 0 at 2 and rises; -x - 3 is 0 at -3 and falls.
    found = thresholds(by_hand([[2.0], [-1.0]], [-4.0, -3.0], [10.0, 7.0]))
    assert found.delta.tolist() == [-3.0, 2.0]
    assert found.unit.tolist() == [1, 0]
    assert found.sign.tolist() == [-1.0, 1.0]
    assert found.weight.tolist() == [[7.0], [10.0]]
    assert found.offset.tolist() == [0.5]


def test_a_unit_without_a_weight_never_switches() -> None:
    found = thresholds(by_hand([[0.0], [1.0]], [1.0, 0.0], [1.0, 1.0]))
    assert found.unit.tolist() == [1, 0]
    assert np.isnan(found.delta[1])


def test_steps_add_the_weights_of_the_units_that_are_on() -> None:
    trained = by_hand([[2.0], [-1.0]], [-4.0, -3.0], [10.0, 7.0])
    x = np.array([[-5.0], [0.0], [5.0]])
    assert step_outputs(trained, x)[:, 0].tolist() == [7.5, 0.5, 10.5]


def test_t30_a_sigmoid_that_underflows_is_off_and_not_nan() -> None:
    # exp(-1000) is 0 in every floating-point type; a / a would be 0 / 0.
    trained = by_hand([[200.0]], [0.0], [1.0])
    assert step_outputs(trained, np.array([[-5.0], [5.0]]))[:, 0].tolist() == [0.5, 1.5]


def test_another_shape_of_network_is_refused() -> None:
    trained = ls.train(ls.named("spirals").override({"training.epochs": 0})).trained[0]
    with pytest.raises(InputError, match="one input and one hidden layer, got MLP with hidden"):
        thresholds(trained)
