"""Small members to train on both routes, and how their results are compared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from learnscope.experiment import Experiment
from learnscope.fused import train_members
from learnscope.models.activations import ACTIVATIONS
from learnscope.training.loop import train_member
from learnscope.training.member import Examples, Member, prepare
from learnscope.training.result import HISTORY, Result
from tests.fused.stacked import HUBER_DELTA, PERCENTAGE_EPSILON, Maker

RATE, DECAY = 0.01, 0.1
# Settings of ours, further settings of the training, and PyTorch's own optimiser.
OPTIMIZERS: dict[str, tuple[dict[str, Any], dict[str, Any], Maker]] = {
    "sgd": ({"kind": "sgd"}, {}, lambda w: torch.optim.SGD(w, lr=RATE)),
    "momentum": (
        {"kind": "sgd", "momentum": 0.9, "dampening": 0.3},
        {},
        lambda w: torch.optim.SGD(w, lr=RATE, momentum=0.9, dampening=0.3),
    ),
    "nesterov": (
        {"kind": "sgd", "momentum": 0.9, "nesterov": True},
        {},
        lambda w: torch.optim.SGD(w, lr=RATE, momentum=0.9, nesterov=True),
    ),
    "adam": ({"kind": "adam"}, {}, lambda w: torch.optim.Adam(w, lr=RATE)),
    "adamw": (
        {"kind": "adamw"},
        {"weight_decay": DECAY},
        lambda w: torch.optim.AdamW(w, lr=RATE, weight_decay=DECAY),
    ),
    "rmsprop": (
        {"kind": "rmsprop", "momentum": 0.5},
        {},
        lambda w: torch.optim.RMSprop(w, lr=RATE, momentum=0.5),
    ),
    # At the rate of the others its steps are too long for the curvature, and rounding errors grow
    # threefold in every update: PyTorch with the rows in another order is off by 3e-7 of itself.
    "centered": (
        {"kind": "rmsprop", "centered": True},
        {"lr": RATE / 10},
        lambda w: torch.optim.RMSprop(w, lr=RATE / 10, centered=True),
    ),
}
# 14 rows in batches of 5: the last batch has 4, and 17 epochs are 51 updates.
MODES: dict[str, dict[str, Any]] = {
    "full": {"epochs": 50},
    "in order": {"batch_size": 5, "shuffle": False, "epochs": 17},
    "shuffled": {"batch_size": 5, "epochs": 17},
}
HIDDEN = [name for name, activation in ACTIVATIONS.items() if activation.use == "any"]
OUTPUT = {"bce": "sigmoid", "nll": "log_softmax"}
SURFACE = {"kind": "gaussian_surface", "n": 18}
SPIRALS_OF_THREE = {"kind": "spirals", "n": 6, "arms": 3}
PROBLEM = {
    "bce": {"kind": "spirals", "n": 9},
    "bce_logits": {"kind": "spirals", "n": 9},
    "cross_entropy": SPIRALS_OF_THREE,
    "nll": SPIRALS_OF_THREE,
}
LOSS_SETTINGS: dict[str, dict[str, Any]] = {
    "weighted": {"weight": "1 + x1 * x1"},
    "huber": {"delta": HUBER_DELTA},
    "percentage": {"epsilon": PERCENTAGE_EPSILON},
}

TOLERANCE = 1e-9
"""Share of a member's largest weight by which float64 routes may differ: fifty updates grow
rounding errors of 1e-16 by some powers of ten, not by seven."""


def make_member(
    loss: str,
    optimizer: str,
    mode: str,
    activation: str,
    seed: int,
    output: str | None = None,
    problem: dict[str, Any] | None = None,
) -> Member:
    spec, more, _ = OPTIMIZERS[optimizer]
    experiment = Experiment(
        problem=problem or PROBLEM.get(loss, SURFACE),
        features=("standardise",),
        model={
            "kind": "mlp",
            "hidden": (5, 3),
            "activation": activation,
            "output": output or OUTPUT.get(loss, "identity"),
        },
        training={
            "loss": {"kind": loss, **LOSS_SETTINGS.get(loss, {})},
            "optimizer": spec,
            "lr": RATE,
            "split": {"test": 4},
            "eval_every": 10,
            **more,
            **MODES[mode],
        },
    )
    return prepare(experiment, seed)


def in_float64(member: Member) -> Member:
    """Return the same training in float64: the same data and weights, to the last bit."""
    old = member.experiment
    training = old.training.model_copy(update={"precision": "float64"})
    return replace(
        member,
        experiment=old.model_copy(update={"training": training}),
        parts={part: _wide(examples) for part, examples in member.parts.items()},
        initial={k: v.astype(np.float32).astype(np.float64) for k, v in member.initial.items()},
    )


def _wide(examples: Examples) -> Examples:
    y, weight = examples.y, examples.weight
    return Examples(
        x=examples.x.astype(np.float64),
        y=y if y.dtype == np.int64 else y.astype(np.float64),
        weight=None if weight is None else weight.astype(np.float64),
    )


def assert_same(fast: Result, slow: Result, tolerance: float = TOLERANCE) -> None:
    """Assert that two routes had the same result, but for rounding.

    Weights may differ by a share of the largest one, columns of the history by a share of the
    number or of 1.
    """
    assert (fast.status, fast.epochs, fast.best_epoch, fast.cause, fast.seed) == (
        slow.status, slow.epochs, slow.best_epoch, slow.cause, slow.seed,
    )  # fmt: skip
    assert tuple(fast.history) == HISTORY
    for column in HISTORY:
        np.testing.assert_allclose(
            fast.history[column], slow.history[column], rtol=tolerance, atol=tolerance,
            err_msg=column,
        )  # fmt: skip
    size = max(np.abs(w).max() for w in slow.parameters.values())
    assert fast.parameters.keys() == slow.parameters.keys()
    for name, value in slow.parameters.items():
        np.testing.assert_allclose(
            fast.parameters[name], value, rtol=0, atol=tolerance * size, err_msg=name
        )


def assert_as_by_the_route(members: Sequence[Member]) -> None:
    """Train together on the compiled route and one by one on PyTorch's, and compare."""
    for fast, member in zip(train_members(members), members, strict=True):
        assert_same(fast, train_member(member))
