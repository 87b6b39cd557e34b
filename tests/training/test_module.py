import numpy as np
import pytest
import torch

from learnscope.models.activations import ACTIVATIONS
from learnscope.models.network import DenseNetwork, Layer, Network, forward_all
from learnscope.training.module import FUNCTIONS, build_module, read_parameters


def _network(activation: str, bias: bool = True) -> Network:
    return DenseNetwork(
        layers=(
            Layer(n_in=3, n_out=6, activation=activation, bias=bias),
            Layer(n_in=6, n_out=2, activation=activation, bias=bias),
        )
    )


def test_there_is_a_function_for_every_activation() -> None:
    assert FUNCTIONS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_module_and_numpy_forward_agree(activation: str, bias: bool) -> None:
    network, rng = _network(activation, bias), np.random.default_rng(0)
    parameters = {name: rng.normal(size=shape) for name, shape in network.shapes().items()}
    x = rng.normal(size=(50, 3))
    module = build_module(network, parameters, torch.float64)
    with torch.no_grad():
        found = module.activations(torch.tensor(x))
        assert torch.equal(module(torch.tensor(x)), found[-1])
    for a, b in zip(found, forward_all(network, parameters, x), strict=True):
        # float64 through two layers.
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-12, atol=1e-13)


def test_module_has_the_names_of_the_network_and_draws_nothing() -> None:
    network, before = _network("relu"), torch.get_rng_state()
    parameters = {name: np.full(shape, 0.1) for name, shape in network.shapes().items()}
    module = build_module(network, parameters)
    assert torch.equal(before, torch.get_rng_state())
    assert list(module.state_dict()) == list(network.shapes())
    found = read_parameters(module)
    assert all(v.dtype == np.float32 and (v == np.float32(0.1)).all() for v in found.values())


def test_weights_of_another_network_are_not_taken() -> None:
    network = _network("relu")
    parameters = {name: np.zeros(shape) for name, shape in network.shapes().items()}
    with pytest.raises(AssertionError, match="another network"):
        build_module(network, {**parameters, "layers.1.bias": np.zeros(1)})
    with pytest.raises(AssertionError, match="another network"):
        build_module(network, {"layers.0.weight": np.zeros((6, 3))})
