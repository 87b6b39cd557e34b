import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from learnscope.experiment import Experiment
from learnscope.models import Conv
from learnscope.models.conv_module import RISING
from learnscope.models.convolutions import block_maps
from learnscope.models.init import INITS, DefaultInit, KaimingInit, OrthogonalInit, XavierInit
from learnscope.models.network import forward, forward_all
from learnscope.training.loop import train_member
from learnscope.training.member import prepare
from learnscope.training.order import epoch_order
from tests.models.test_network import MODULES

RNG = np.random.default_rng(3)
X = RNG.uniform(size=(30, 2 * 9 * 8))
SHAPE = (2, 9, 8)
MODEL = Conv(
    blocks=[
        {"channels": 4, "kernel": 3, "padding": 1, "pool": "mean"},
        {"channels": 5, "kernel": 2, "stride": 2, "padding": 1, "activation": "silu"},
    ],
    hidden=[7],
    activation="tanh",
)


def by_hand(bias: bool = True) -> nn.Sequential:
    """The network of `MODEL`, as its user would write it."""
    return nn.Sequential(
        nn.Unflatten(1, SHAPE),
        nn.Conv2d(2, 4, 3, padding=1, bias=bias),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 5, 2, stride=2, padding=1, bias=bias),
        nn.SiLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(5, 7, bias=bias),
        nn.Tanh(),
        nn.Linear(7, 3, bias=bias),
    ).double()


@pytest.mark.parametrize("bias", [True, False])
def test_outputs_are_those_of_pytorchs_layers(bias: bool) -> None:
    network = MODEL.model_copy(update={"bias": bias}).network(144, 3, SHAPE)
    values = DefaultInit().draw(network, RNG, X)
    theirs = by_hand(bias)
    with torch.no_grad():
        for mine, tensor in zip(values.values(), theirs.parameters(), strict=True):
            tensor.copy_(torch.from_numpy(mine))
        expected = theirs(torch.from_numpy(X)).numpy()
    # float64 in another order of the sums.
    np.testing.assert_allclose(forward(network, values, X), expected, rtol=1e-10, atol=1e-12)
    layers = forward_all(network, values, X)
    assert [a.shape for a in layers] == [(30, 4, 4, 4), (30, 5, 1, 1), (30, 7), (30, 3)]
    assert network.units == (4, 5, 7)
    single = {k: v.astype(np.float32) for k, v in values.items()}
    assert forward(network, single, X).dtype == np.float32


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"softmax", "log_softmax"}))
def test_activations_before_and_after_the_pooling_give_the_same(name: str) -> None:
    """The largest of the activations is the activation of the largest, where it rises."""
    model = Conv(blocks=[{"channels": 3, "activation": name}])
    network = model.network(144, 2, SHAPE)
    values = DefaultInit().draw(network, np.random.default_rng(0), X)
    before = torch.from_numpy(block_maps(network, values, X)[0])
    after = torch.nn.functional.max_pool2d(before, 2).numpy()
    np.testing.assert_allclose(forward_all(network, values, X)[0], after, rtol=1e-12, atol=1e-15)
    z = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    rises = bool((MODULES[name](z).diff() >= -1e-15).all())
    assert rises == (name in RISING)


@pytest.mark.parametrize(
    ("init", "bound"),
    [
        (DefaultInit(), lambda w: 1 / math.sqrt(_fans(w)[0])),
        (KaimingInit(), lambda w: math.sqrt(6 / _fans(w)[0])),
        (XavierInit(), lambda w: math.sqrt(6 / sum(_fans(w)))),
    ],
)
def test_first_kernels_fill_the_range_of_pytorchs_formula(init: Any, bound: Any) -> None:
    network = Conv(blocks=[{"channels": 40, "kernel": 5}]).network(144, 3, SHAPE)
    weight = init.draw(network, np.random.default_rng(0), X)["blocks.0.weight"]
    limit = bound(torch.from_numpy(weight))
    # Of 2,000 uniform numbers the largest is within a percent of the end.
    assert 0.99 * limit < np.abs(weight).max() <= limit


def _fans(weight: torch.Tensor) -> tuple[int, int]:
    fans: tuple[int, int] = nn.init._calculate_fan_in_and_fan_out(weight)
    return fans


def test_biases_of_kernels_are_drawn_as_pytorch_draws_them() -> None:
    network = Conv(blocks=[{"channels": 400, "kernel": 4}]).network(144, 3, SHAPE)
    bias = DefaultInit().draw(network, np.random.default_rng(0), X)["blocks.0.bias"]
    assert 0.98 / math.sqrt(2 * 16) < np.abs(bias).max() <= 1 / math.sqrt(2 * 16)


def test_orthogonal_kernels_are_orthonormal_rows() -> None:
    network = Conv(blocks=[4]).network(144, 3, SHAPE)
    weight = OrthogonalInit().draw(network, RNG, X)["blocks.0.weight"].reshape(4, -1)
    np.testing.assert_allclose(weight @ weight.T, np.eye(4), atol=1e-12)


@pytest.mark.parametrize("kind", sorted(set(INITS) - {"lsuv"}))
def test_every_rule_draws_every_parameter(kind: str) -> None:
    network = MODEL.network(144, 3, SHAPE)
    drawn = INITS[kind]().draw(network, np.random.default_rng(0), X)
    assert {k: v.shape for k, v in drawn.items()} == network.shapes()


def test_training_goes_the_way_of_a_plain_script() -> None:
    experiment = Experiment(
        problem={"kind": "digits", "n": 60},
        model={"kind": "conv", "blocks": [4], "hidden": [6]},
        training={
            "loss": "cross_entropy", "lr": 1e-2, "batch_size": 16, "epochs": 3,
            "precision": "float64", "weight_decay": 1e-3, "decay_biases": False,
        },
    )  # fmt: skip
    member = prepare(experiment, 0)
    net = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(36, 6), nn.ReLU(), nn.Linear(6, 10),
    ).double()  # fmt: skip
    weights = list(net.parameters())
    with torch.no_grad():
        for mine, tensor in zip(member.initial.values(), weights, strict=True):
            tensor.copy_(torch.from_numpy(mine))
    groups: list[dict[str, Any]] = [
        {"params": [w for w in weights if w.dim() > 1], "weight_decay": 1e-3},
        {"params": [w for w in weights if w.dim() == 1]},
    ]
    optimizer = torch.optim.Adam(groups, lr=1e-2)
    x, y = (torch.from_numpy(a) for a in (member.parts["train"].x, member.parts["train"].y))
    for epoch in (1, 2, 3):
        order = torch.from_numpy(epoch_order(member.order_key, epoch, len(x)))
        for rows in torch.tensor_split(order, tuple(range(16, len(x), 16))):
            optimizer.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(net(x[rows]), y[rows]))
            optimizer.step()
    found = train_member(member).parameters
    for mine, tensor in zip(found.values(), weights, strict=True):
        # Nine Adam steps in float64; sums are taken in another order.
        np.testing.assert_allclose(mine, tensor.detach().numpy(), rtol=1e-6, atol=1e-9)
