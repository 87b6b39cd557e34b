import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models import MODELS, Linear, Mlp, Model, Polynomial
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.init import NormalInit
from learnscope.models.network import DenseNetwork, Network, forward, forward_all

MODULES: dict[str, torch.nn.Module] = {
    "identity": torch.nn.Identity(),
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(),
    "elu": torch.nn.ELU(),
    "gelu": torch.nn.GELU(),
    "silu": torch.nn.SiLU(),
    "tanh": torch.nn.Tanh(),
    "sigmoid": torch.nn.Sigmoid(),
    "softplus": torch.nn.Softplus(),
    "softmax": torch.nn.Softmax(dim=1),
    "log_softmax": torch.nn.LogSoftmax(dim=1),
}


def parameters(network: Network, x: Array) -> dict[str, Array]:
    return NormalInit().draw(network, np.random.default_rng(0), x)


def sequential(network: DenseNetwork, values: dict[str, Array]) -> torch.nn.Sequential:
    """Build the same network of PyTorch's layers."""
    steps: list[torch.nn.Module] = []
    for i, layer in enumerate(network.layers):
        linear = torch.nn.Linear(layer.n_in, layer.n_out, bias=layer.bias, dtype=torch.float64)
        linear.weight.data = torch.from_numpy(values[f"layers.{i}.weight"])
        if layer.bias:
            linear.bias.data = torch.from_numpy(values[f"layers.{i}.bias"])
        steps += [linear, MODULES[layer.activation]]
    return torch.nn.Sequential(*steps)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", sorted(MODULES))
def test_forward_is_that_of_pytorchs_layers(name: str, bias: bool) -> None:
    hidden = name if ACTIVATIONS[name].use == "any" else "tanh"
    model = Mlp(hidden=(5, 4), activation=hidden, output=name, bias=bias)
    network = model.network(3, 2)
    x = np.random.default_rng(1).normal(size=(20, 3))
    values = parameters(network, x)
    theirs = sequential(network, values)(torch.from_numpy(x)).detach().numpy()
    # Softplus is exactly z above 20 in PyTorch, 2e-9 away.
    np.testing.assert_allclose(forward(network, values, x), theirs, rtol=1e-8, atol=1e-10)


def test_activations_of_every_layer_come_in_order() -> None:
    network = Mlp(hidden=(5, 4), activation=("relu", "tanh")).network(3, 2)
    x = np.random.default_rng(1).normal(size=(20, 3))
    values = parameters(network, x)
    layers = forward_all(network, values, x)
    assert [a.shape for a in layers] == [(20, 5), (20, 4), (20, 2)]
    assert layers[0].min() >= 0 and np.abs(layers[1]).max() <= 1
    np.testing.assert_array_equal(layers[-1], forward(network, values, x))


def test_the_answer_has_the_type_of_the_parameters() -> None:
    network = Mlp(activation="gelu").network(3, 2)
    x = np.random.default_rng(1).normal(size=(4, 3))
    values = {k: v.astype(np.float32) for k, v in parameters(network, x).items()}
    assert forward(network, values, x).dtype == np.float32


def test_two_affine_layers_are_one() -> None:
    """S1.14: 2-10-1 without an activation equals one affine map within 1e-6."""
    network = Mlp(hidden=(10,), activation="identity").network(2, 1)
    x = np.random.default_rng(1).normal(size=(100, 2))
    p = parameters(network, x)
    weight = p["layers.1.weight"] @ p["layers.0.weight"]
    bias = p["layers.1.weight"] @ p["layers.0.bias"] + p["layers.1.bias"]
    np.testing.assert_allclose(forward(network, p, x), x @ weight.T + bias, atol=1e-6)


def test_a_2_2_1_network_has_9_parameters() -> None:
    """S4.5: 4 + 2 + 2 + 1."""
    network = Mlp(hidden=(2,)).network(2, 1)
    assert network.n_parameters() == 9
    assert network.shapes() == {
        "layers.0.weight": (2, 2),
        "layers.0.bias": (2,),
        "layers.1.weight": (1, 2),
        "layers.1.bias": (1,),
    }
    assert Mlp(hidden=(2,), bias=False).network(2, 1).n_parameters() == 6


def test_without_hidden_layers_the_output_takes_the_inputs() -> None:
    # T6
    network = Mlp(hidden=()).network(7, 3)
    assert network.shapes()["layers.0.weight"] == (3, 7)
    assert network == Linear().network(7, 3)


@given(
    hidden=st.lists(st.integers(1, 30), max_size=4),
    d=st.integers(1, 10),
    k=st.integers(1, 5),
    bias=st.booleans(),
)
def test_parameters_and_trace_are_pytorchs(hidden: list[int], d: int, k: int, bias: bool) -> None:
    network = Mlp(hidden=tuple(hidden), bias=bias).network(d, k)
    widths = [d, *hidden, k]
    layers = [torch.nn.Linear(a, b, bias=bias) for a, b in pairwise(widths)]
    theirs = sum(p.numel() for layer in layers for p in layer.parameters())
    assert network.n_parameters() == theirs
    trace = network.trace(16)
    assert sum(row[2] for row in trace) == theirs
    assert [row[1][1] for row in trace if not row[0].isalpha() or row[0] == "input"] == widths
    assert (network.n_inputs, network.n_outputs) == (d, k)


def test_the_trace_names_every_step() -> None:
    assert Mlp(hidden=(8,), output="sigmoid").network(2, 1).trace(5) == [
        ("input", (5, 2), 0),
        ("linear 2 -> 8", (5, 8), 24),
        ("relu", (5, 8), 0),
        ("linear 8 -> 1", (5, 1), 9),
        ("sigmoid", (5, 1), 0),
    ]


@pytest.mark.parametrize("output", ["softmax", "log_softmax"])
def test_one_output_alone_cannot_be_shared_out(output: str) -> None:
    text = f"model.output = {output!r} shares out 1 among the outputs"
    with pytest.raises(InputError, match=re.escape(text)):
        Linear(output=output).network(3, 1)
    assert Linear(output=output).network(3, 2).n_outputs == 2


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_every_model_gives_a_network_and_a_sentence(kind: str) -> None:
    model: Model = MODELS[kind]()
    assert model.kind_name() == kind
    n_inputs, n_outputs = (64, 64 if model.learns == "inputs" else 2)
    network = model.network(n_inputs, n_outputs, (1, 8, 8))
    assert (network.n_inputs, network.n_outputs) == (n_inputs, n_outputs)
    # Flat, an image, or the rows of one as a sequence.
    assert network.trace(3)[0][1] in {(3, 64), (3, 1, 8, 8), (3, 8, 8)}
    assert len(network.units) == len(model.hidden_activations())
    assert model.sentence()


def test_polynomials_expand_to_monomials_first() -> None:
    model = Polynomial(degree=3)
    names = model.expansion()[0].names(("x",))
    assert names == ("x", "x^2", "x^3")
    assert model.network(len(names), 1).n_parameters() == 4
    assert Mlp().expansion() == () and Linear().expansion() == ()


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (Linear(), "linear model"),
        (Linear(output="sigmoid"), "perceptron (sigmoid)"),
        (Mlp(), "MLP with hidden layers 8, 8 (relu)"),
        (Mlp(hidden=()), "MLP without a hidden layer (a linear model)"),
        (Mlp(activation=("relu", "tanh")), "MLP with hidden layers 8, 8 (relu, tanh)"),
        (Polynomial(degree=4), "polynomial of degree 4"),
    ],
)
def test_sentences_say_what_the_model_is(model: Model, sentence: str) -> None:
    assert model.sentence() == sentence


def test_an_activation_for_each_layer_must_be_given() -> None:
    text = "Mlp.activation must be one word or a list of 3, one for each hidden layer, got 2."
    with pytest.raises(InputError, match=re.escape(text)):
        Mlp(hidden=(4, 4, 4), activation=("relu", "tanh"))


def test_layers_without_units_are_refused() -> None:
    with pytest.raises(InputError, match=re.escape("hidden.1 must be >= 1, got 0.")):
        Mlp(hidden=(4, 0))
