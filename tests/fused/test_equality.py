"""The compiled training against PyTorch's autograd and optimisers, written here once more."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as nn

from learnscope.experiment import Experiment
from learnscope.fused import supports, train_members
from learnscope.fused.plan import chunk_rows
from learnscope.models.activations import ACTIVATIONS
from learnscope.training.loop import train_member
from learnscope.training.losses import LOSSES
from learnscope.training.losses.percentage import Percentage
from learnscope.training.member import Member, prepare
from learnscope.training.order import epoch_order
from learnscope.training.result import HISTORY, Result

Array = np.ndarray[Any, Any]

TORCH_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "relu": nn.relu,
    "leaky_relu": nn.leaky_relu,
    "elu": nn.elu,
    "gelu": nn.gelu,
    "silu": nn.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": nn.softplus,
    "sin": torch.sin,
    "softmax": lambda z: torch.softmax(z, 1),
    "log_softmax": lambda z: torch.log_softmax(z, 1),
}
TORCH_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": nn.mse_loss,
    "l1": nn.l1_loss,
    "huber": nn.huber_loss,
    "percentage": lambda f, y: (((f - y) / (y.abs() + 1.0)) ** 2).mean(),
    "bce": nn.binary_cross_entropy,
    "bce_logits": nn.binary_cross_entropy_with_logits,
    "cross_entropy": nn.cross_entropy,
    "nll": nn.nll_loss,
}
OUTPUTS = {"bce": "sigmoid", "nll": "log_softmax"}
OPTIMIZERS: dict[str, tuple[dict[str, Any], Callable[[Any], torch.optim.Optimizer]]] = {
    "sgd": ({"kind": "sgd"}, lambda w: torch.optim.SGD(w, lr=RATE)),
    "nesterov": (
        {"kind": "sgd", "momentum": 0.9, "nesterov": True},
        lambda w: torch.optim.SGD(w, lr=RATE, momentum=0.9, nesterov=True),
    ),
    "adam": ({"kind": "adam"}, lambda w: torch.optim.Adam(w, lr=RATE)),
    "adamw": ({"kind": "adamw"}, lambda w: torch.optim.AdamW(w, lr=RATE, weight_decay=0.0)),
    "rmsprop": (
        {"kind": "rmsprop", "momentum": 0.5, "eps": 1e-4},
        lambda w: torch.optim.RMSprop(w, lr=RATE, momentum=0.5, eps=1e-4),
    ),
}
# Fifty updates in float64 grow rounding errors of 1e-16 by some powers of ten, not by seven.
TOLERANCE = 1e-9
UPDATES = 50
REGRESSION = {"kind": "sine"}
RATE = 0.01


def make_member(model: dict[str, Any], n: int = 9, arms: int = 2, **training: Any) -> Member:
    settings = {"precision": "float64", "lr": RATE, "split": {"test": 0.25}, "epochs": UPDATES}
    experiment = Experiment(
        problem={"kind": "spirals", "n": n, "arms": arms},
        features=("standardise",),
        model={"kind": "mlp", "hidden": (5, 3), **model},
        training=settings | training,
    )
    return prepare(experiment, 7)


def with_percentage(member: Member) -> Member:
    """Return the member with the percentage error, which is refused for labels elsewhere.

    With epsilon 1 its slopes stay near 1, so that rounding errors do not grow.
    """
    old = member.experiment
    training = old.training.model_copy(update={"loss": Percentage(epsilon=1.0)})
    return replace(member, experiment=old.model_copy(update={"training": training}))


def torch_weights(member: Member, loss: str, make: Any) -> dict[str, Array]:
    """Train as a tutorial does: autograd, a loss of PyTorch, an optimiser of PyTorch."""
    training, layers = member.experiment.training, member.network.layers
    weights = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in member.initial.items()
    }
    x, y = torch.tensor(member.parts["train"].x), torch.tensor(member.parts["train"].y)
    optimizer = make(list(weights.values()))
    n = len(x)
    for epoch in range(1, training.epochs + 1):
        size = training.batch_size or n
        order = np.arange(n)
        if training.batch_size and training.shuffle:
            order = epoch_order(member.order_key, epoch, n)
        for start in range(0, n, size):
            rows = torch.from_numpy(order[start : start + size])
            out = x[rows]
            for i, layer in enumerate(layers):
                out = nn.linear(out, weights[f"layers.{i}.weight"], weights.get(f"layers.{i}.bias"))
                out = TORCH_ACTIVATIONS[layer.activation](out)
            optimizer.zero_grad()
            torch.autograd.backward(TORCH_LOSSES[loss](out, y[rows]))
            optimizer.step()
    return {name: value.detach().numpy() for name, value in weights.items()}


def assert_weights_equal(result: Result, expected: Any, tolerance: float = TOLERANCE) -> None:
    for name, value in expected.items():
        np.testing.assert_allclose(
            result.parameters[name], value, rtol=tolerance, atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("loss", list(TORCH_LOSSES))
@pytest.mark.parametrize("activation", [name for name, a in ACTIVATIONS.items() if a.use == "any"])
def test_every_optimizer_on_this_activation_and_loss_moves_as_in_pytorch(
    activation: str, loss: str
) -> None:
    members, expected = [], []
    for spec, make in OPTIMIZERS.values():
        # 14 rows in batches of 5: the last batch has 4.
        for batch, epochs in ((None, 12), (5, 4)):
            member = make_member(
                {"activation": activation, "output": OUTPUTS.get(loss, "identity")},
                loss="mse" if loss == "percentage" else loss, optimizer=spec, batch_size=batch,
                epochs=epochs,
            )  # fmt: skip
            member = with_percentage(member) if loss == "percentage" else member
            members.append(member)
            expected.append(torch_weights(member, loss, make))
    for result, weights in zip(train_members(members), expected, strict=True):
        assert_weights_equal(result, weights)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
@pytest.mark.parametrize(("batch", "epochs"), [(None, UPDATES), (5, UPDATES // 3)])
def test_every_optimizer_stays_with_pytorch_for_fifty_updates(
    name: str, batch: int | None, epochs: int
) -> None:
    spec, make = OPTIMIZERS[name]
    member = make_member({"activation": "tanh"}, optimizer=spec, batch_size=batch, epochs=epochs)
    assert_weights_equal(train_members([member])[0], torch_weights(member, "mse", make))


@pytest.mark.parametrize("output", list(TORCH_ACTIVATIONS))
def test_every_output_activation_moves_as_in_pytorch(output: str) -> None:
    loss = "nll" if output == "log_softmax" else "mse"
    member = make_member({"output": output, "activation": ("tanh", "silu")}, arms=3, loss=loss)
    expected = torch_weights(member, loss, OPTIMIZERS["adam"][1])
    assert_weights_equal(train_members([member])[0], expected)


REFERENCE_CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "sum": {"loss": {"kind": "mse", "reduction": "sum"}, "lr": 1e-3},
    "half": {"loss": {"kind": "mse", "reduction": "half"}},
    "batches": {"batch_size": 4},
    "batches in order": {"batch_size": 4, "shuffle": False},
    "batch larger than n": {"batch_size": 1000},
    "batch of 1": {"batch_size": 1, "epochs": 10},
    "weighted": {"loss": {"kind": "weighted", "weight": "1 + x1 * x1"}, "batch_size": 5},
    "schedule": {"schedule": "cosine"},
    "coupled decay": {"weight_decay": 0.1, "optimizer": "sgd"},
    "decoupled decay": {"weight_decay": 0.1, "optimizer": "adamw"},
    "decoupled decay in adam": {"weight_decay": 0.1, "decoupled": True, "decay_biases": False},
    "coupled decay of weights": {"weight_decay": 0.1, "decay_biases": False},
    "l1": {"l1": 0.01},
    "l1 of weights": {"l1": 0.01, "decay_biases": False},
    "clipped norm": {"clip_norm": 0.01, "optimizer": "sgd"},
    "clipped value": {"clip_value": 0.01, "optimizer": "sgd"},
    "everything": {
        "l1": 0.01, "weight_decay": 0.1, "clip_norm": 0.1, "clip_value": 0.05, "dropout": 0.2,
        "batch_size": 6, "optimizer": {"kind": "sgd", "momentum": 0.8, "dampening": 0.1},
    },
    "dropout": {"dropout": 0.4},
    "dropout in batches": {"dropout": 0.4, "batch_size": 5},
    "class weights": {"loss": "bce_logits", "class_weights": (1.0, 3.0), "batch_size": 4},
    "class weights of classes": {"loss": "cross_entropy", "class_weights": "balanced"},
    "stopping": {
        "split": {"test": 3, "validation": 4}, "stopping": {"patience": 5}, "epochs": 400,
    },
    "no epochs": {"epochs": 0},
}  # fmt: skip


@pytest.mark.parametrize("case", list(REFERENCE_CASES))
def test_result_and_history_equal_the_reference_route(case: str) -> None:
    member = make_member({"activation": "tanh"}, **{"eval_every": 7, **REFERENCE_CASES[case]})
    fast, slow = train_members([member])[0], train_member(member)
    assert_same(fast, slow, TOLERANCE)


@pytest.mark.parametrize("training", [{}, {"batch_size": 90, "dropout": 0.3}])
def test_rows_that_go_through_the_network_in_chunks_equal_the_reference_route(
    training: dict[str, Any],
) -> None:
    member = make_member({"hidden": (64, 64), "activation": "silu"}, 100, epochs=5, **training)
    assert chunk_rows(member.network, 150, 8) == 64
    assert_same(train_members([member])[0], train_member(member), TOLERANCE)


def test_numbers_are_learned_as_by_the_reference_route() -> None:
    experiment = Experiment(
        problem=REGRESSION,
        model={"kind": "polynomial", "degree": 3},
        training={"precision": "float64", "epochs": 40, "loss": "huber", "split": {"test": 0.3}},
    )
    member = prepare(experiment, 1)
    fast = train_members([member])[0]
    assert_same(fast, train_member(member), TOLERANCE)
    assert np.isnan(fast.history["train_accuracy"]).all()


def assert_same(fast: Result, slow: Result, tolerance: float) -> None:
    assert (fast.status, fast.epochs, fast.best_epoch, fast.cause, fast.seed) == (
        slow.status, slow.epochs, slow.best_epoch, slow.cause, slow.seed,
    )  # fmt: skip
    assert tuple(fast.history) == HISTORY
    for column in HISTORY:
        np.testing.assert_allclose(
            fast.history[column], slow.history[column], rtol=tolerance, atol=tolerance,
            err_msg=column,
        )  # fmt: skip
    assert_weights_equal(fast, slow.parameters, tolerance)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    hidden=st.lists(st.integers(1, 19), max_size=4),
    n=st.integers(3, 60),
    arms=st.integers(2, 5),
    batch=st.none() | st.integers(1, 80),
    bias=st.booleans(),
    loss=st.sampled_from(["mse", "cross_entropy"]),
)
def test_any_shape_equals_the_reference_route(
    hidden: list[int], n: int, arms: int, batch: int | None, bias: bool, loss: str
) -> None:
    member = make_member(
        {"hidden": tuple(hidden), "bias": bias, "activation": "tanh"}, n, arms,
        loss=loss, batch_size=batch, epochs=3,
    )  # fmt: skip
    assert_same(train_members([member])[0], train_member(member), TOLERANCE)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "sin", "elu"])
def test_in_float32_a_few_updates_stay_within_its_rounding(activation: str) -> None:
    member = make_member(
        {"activation": activation, "hidden": (9, 9)}, 40,
        precision="float32", optimizer="sgd", epochs=5, batch_size=20,
    )  # fmt: skip
    fast, slow = train_members([member])[0], train_member(member)
    # 15 updates, each with three products of sums of at most 20 terms: some 1,000 roundings of
    # 6e-8 on numbers near 1, nearly all of which cancel.
    assert_weights_equal(fast, slow.parameters, 2e-5)
    np.testing.assert_allclose(fast.history["train_loss"], slow.history["train_loss"], rtol=1e-4)


def test_first_gradient_is_that_of_finite_differences() -> None:
    # Plain descent at rate 1 for one update moves by minus the gradient.
    member = make_member(
        {"activation": "silu"}, arms=3, optimizer="sgd", lr=1.0, epochs=1, loss="cross_entropy"
    )
    moved = train_members([member])[0].parameters
    x, y = member.parts["train"].x, member.parts["train"].y

    def loss(weights: dict[str, Array]) -> float:
        out = x
        for i, layer in enumerate(member.network.layers):
            out = out @ weights[f"layers.{i}.weight"].T + weights[f"layers.{i}.bias"]
            out = ACTIVATIONS[layer.activation].value(out)
        shifted = out - np.log(np.exp(out).sum(1, keepdims=True))
        return float(-shifted[np.arange(len(y)), y].mean())

    step = 1e-5
    for name, value in member.initial.items():
        for index in np.ndindex(value.shape):
            plus, minus = ({k: v.copy() for k, v in member.initial.items()} for _ in range(2))
            plus[name][index] += step
            minus[name][index] -= step
            slope = (loss(plus) - loss(minus)) / (2 * step)
            # Central differences err by step^2, and by 1e-16 / step in rounding: 1e-10.
            assert value[index] - moved[name][index] == pytest.approx(slope, abs=1e-8)


def test_every_loss_of_the_registry_is_compared_here() -> None:
    # The weighted loss, squares with weights, is compared with the reference route.
    assert set(TORCH_LOSSES) | {"weighted"} == set(LOSSES)
    assert set(TORCH_ACTIVATIONS) == {n for n, a in ACTIVATIONS.items() if a.use != "view"}


def test_a_reason_is_given_for_what_is_not_fused() -> None:
    assert supports(make_member({}, optimizer="lbfgs")) == "the optimizer lbfgs is not fused"
    centered = make_member({}, optimizer={"kind": "rmsprop", "centered": True})
    assert supports(centered) == "centered rmsprop is not fused"
    assert supports(make_member({})) is None
