import numpy as np
import pytest

import learnscope as ls
from learnscope.errors import InputError
from learnscope.runs.run import Run
from learnscope.views.switches import compute, describe, draw


def by_hand(**changes: object) -> Run:
    """A network of two sigmoid units on the damped sine, -10 to 9.9."""
    model = {
        "kind": "mlp",
        "hidden": [2],
        "activation": "sigmoid",
        "weights": [
            {"weight": [[2.0], [-1.0]], "bias": [-4.0, -30.0]},
            {"weight": [[3.0, 7.0]], "bias": [0.5]},
        ],
    }
    training = {"epochs": 0, "split": {"test": 0}}
    return ls.train(
        ls.Experiment(problem="damped_sine", model=model, training=training).override(changes)
    )


def test_switches_stand_where_the_units_turn_on() -> None:
    found = compute(by_hand().trained)
    # -x - 30 is 0 at -30, outside of the examples.
    assert found.units.delta.tolist() == [-30.0, 2.0]
    assert found.steps[found.x < 1.9].tolist() == [0.5] * int((found.x < 1.9).sum())
    assert set(found.steps[found.x > 2.1].tolist()) == {3.5}
    assert describe(found) == (
        "1 of 2 hidden units switch between the ends of the examples; as steps they make 2 "
        "constant pieces."
    )
    axes = draw(found).axes
    # The line of weight 0, and one tick at 2 up to the weight 3.
    assert np.asarray(axes[1].lines[1].get_xydata()).tolist() == [[2.0, 0.0], [2.0, 3.0]]


def test_a_scaled_input_has_its_switches_in_its_own_units() -> None:
    run = by_hand(features=[{"kind": "minmax", "low": 0.0, "high": 1.0}])
    # 2 u - 4 is 0 at u = 2: two ranges of 19.9 right of -10.
    assert compute(run.trained).units.delta[1] == pytest.approx(-10 + 2 * 19.9)


def test_other_networks_and_targets_are_refused() -> None:
    deep = ls.train(
        ls.named("tanh_regression").override({"model.hidden": [3, 3], "training.epochs": 0})
    )
    with pytest.raises(InputError, match="one input and one hidden layer"):
        compute(deep.trained)
    plane = ls.train(ls.named("disc_in_ring").override({"training.epochs": 0}))
    with pytest.raises(InputError, match="switches is for one number to predict"):
        compute(plane.trained)
