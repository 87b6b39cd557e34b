from dataclasses import replace

import numpy as np
import pytest

from learnscope.measures.gradients import any_gradient
from learnscope.measures.health import health, is_dead
from learnscope.models import Autoencoder, Conv, Mlp
from learnscope.models.init import DefaultInit
from learnscope.trained import Trained
from tests.views.members import of_images

X = np.random.default_rng(0).uniform(size=(20, 36))


def spoiled(t: Trained, **values: float) -> Trained:
    """Return the member with some parameters set to one value."""
    weights = dict(t.result.parameters)
    for name, value in values.items():
        key = name.replace("__", ".")
        weights[key] = np.full_like(weights[key], value)
    return replace(t, result=replace(t.result, parameters=weights))


def test_a_convolution_that_is_off_everywhere_is_dead() -> None:
    t = of_images(1, model=Conv(blocks=[3]))[0]
    assert health(t).alive and not is_dead(t)
    off = spoiled(t, blocks__0__bias=-1e3)
    found = health(off)
    assert found.dead and is_dead(off)
    assert found.reason.startswith("the answer is the same for every row: no gradient reaches")
    assert (found.dead_units, found.n_units) == ((3,), (3,))
    assert found.constant_outputs == ("row", "column")


def test_one_dead_channel_is_counted_and_the_network_lives() -> None:
    t = of_images(1, model=Conv(blocks=[3], hidden=[4], activation="tanh"))[0]
    bias = np.array(t.result.parameters["blocks.0.bias"])
    bias[1] = -1e3
    weights = {**t.result.parameters, "blocks.0.bias": bias}
    found = health(replace(t, result=replace(t.result, parameters=weights)))
    assert found.alive and found.n_units == (3, 4)
    assert found.dead_units == (1, 0)


def test_constant_outputs_with_a_gradient_are_not_dead() -> None:
    t = of_images(1, model=Autoencoder(code=2, blocks=[3], code_activation="sigmoid"))[0]
    still = spoiled(t, decoder__layers__0__weight=0.0, decoder__layers__0__bias=0.5)
    found = health(still)
    assert len(found.constant_outputs) == 36 and not found.dead


@pytest.mark.parametrize("model", [Mlp(hidden=(4,)), Conv(blocks=[3])])
def test_weights_behind_a_dead_layer_get_no_gradient(model: Mlp | Conv) -> None:
    network = model.network(36, 2, (1, 6, 6))
    values = DefaultInit().draw(network, np.random.default_rng(0), X)
    assert any_gradient(network, values, X)
    first = "layers.0.bias" if isinstance(model, Mlp) else "blocks.0.bias"
    assert not any_gradient(network, {**values, first: values[first] - 1e3}, X)
