import numpy as np

from learnscope.models import Mlp
from learnscope.trained import Trained
from learnscope.views.units import compute, describe, draw
from tests.views.members import Cloud, experiment, trained


def net(activation: str, weight: list[list[float]], bias: list[float]) -> Trained:
    h = len(bias)
    setup = experiment(Cloud(), Mlp(hidden=(h,)).model_copy(update={"activation": activation}))
    return trained(
        setup,
        parameters={
            "layers.0.weight": weight,
            "layers.0.bias": bias,
            "layers.1.weight": [[1.0] * h],
            "layers.1.bias": [0.0],
        },
    )


def test_a_relu_below_zero_on_every_row_is_dead() -> None:
    # The points lie in the square of side 2 about 0.
    arrays = compute([net("relu", [[1.0, 0.0], [1.0, 1.0]], [0.0, -3.0])])
    assert arrays.dead.tolist() == [False, True]
    assert not arrays.saturated.any()
    assert describe(arrays).endswith("1 dead, 0 saturated.")


def test_a_steep_tanh_is_saturated_and_a_flat_one_is_not() -> None:
    arrays = compute([net("tanh", [[1e4, 0.0], [0.1, 0.0], [0.0, 0.0]], [0.0, 0.0, 9.0])])
    assert arrays.saturated.tolist() == [True, False, False]
    assert arrays.dead.tolist() == [False, False, True]


def test_quantiles_are_those_of_the_training_rows() -> None:
    t = net("identity", [[1.0, 0.0], [0.0, 2.0]], [0.0, 1.0])
    x = t.member.sample.x[t.member.rows.train]
    expected = np.quantile(x * [1, 2] + [0, 1], (0, 0.25, 0.5, 0.75, 1), axis=0)
    np.testing.assert_allclose(compute([t]).quantiles, expected)
    assert draw(compute([t])).axes[0].get_ylabel() == "layer 1\nactivation"
