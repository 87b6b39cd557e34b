"""Members trained as a stack, against the loop that trains them one by one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learnscope.errors import Interrupted
from learnscope.experiment import Experiment
from learnscope.training.loop import train_member
from learnscope.training.member import Member, prepare
from learnscope.training.result import Result
from learnscope.training.stack import train_stack
from learnscope.training.stackable import STACK, stack_obstacle, stacks_of
from tests.training.members import same_bits, spirals

SERIES = {"kind": "series", "n": 60, "window": 5, "noise": 0.05}
CODE = {"kind": "autoencoder", "code": 3, "activation": "tanh"}
SAME = [{"channels": 2, "padding": "same"}, {"channels": 3, "padding": "same"}]
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "hand": (SERIES, {"kind": "recurrent", "cell": "hand", "hidden": 3}),
    "elman": (SERIES, {"kind": "recurrent", "cell": "elman", "hidden": 3, "layers": 2}),
    "elman relu": (
        SERIES, {"kind": "recurrent", "cell": "elman", "hidden": 3, "activation": "relu"},
    ),
    "lstm": (SERIES, {"kind": "recurrent", "cell": "lstm", "hidden": 3, "both_ways": True}),
    "gru": (SERIES, {"kind": "recurrent", "cell": "gru", "hidden": 3, "head": [4]}),
    "gru without bias": (SERIES, {"kind": "recurrent", "cell": "gru", "hidden": 3, "bias": False}),
    "each step": (
        {**SERIES, "predicts": "each"},
        {"kind": "recurrent", "cell": "lstm", "hidden": 3, "answers": "each"},
    ),
    "detached": (SERIES, {"kind": "recurrent", "cell": "hand", "hidden": 3, "detached": True}),
    "conv": ("digits", {"kind": "conv", "blocks": SAME, "activation": "tanh"}),
    "conv relu": ("digits", {"kind": "conv", "blocks": SAME}),
    "dense autoencoder": ("digits", {**CODE, "hidden": [8]}),
    "conv autoencoder": ("digits", {**CODE, "blocks": SAME}),
    "denoising": ("digits", {**CODE, "noise": 0.1, "mask": 0.2}),
    "sparse": ("digits", {**CODE, "sparse": {"kind": "l1", "weight": 0.01}}),
    "variational": ("digits", {**CODE, "hidden": [8], "variational": {}}),
    "dense": ("spirals", {"kind": "mlp", "hidden": [4]}),
}  # fmt: skip


def members(kind: str, n: int = 3, **training: Any) -> list[Member]:
    problem, model = KINDS[kind]
    if model["kind"] == "conv":
        training = {"loss": "cross_entropy", **training}
    if problem == "digits":
        # 180 of the 1,797 images are enough here.
        training = {"split": {"test": 0.9}, **training}
    settings = {"epochs": 3, "batch_size": 16, "precision": "float64", "lr": 0.01, **training}
    experiment = Experiment(problem=problem, model=model, training=settings)
    return [prepare(experiment, seed) for seed in range(n)]


def close(found: Result, true: Result, rtol: float = 1e-9) -> None:
    assert (found.seed, found.status, found.epochs) == (true.seed, true.status, true.epochs)
    assert list(found.parameters) == list(true.parameters)
    for name, weight in true.parameters.items():
        assert found.parameters[name].dtype == weight.dtype
        scale = np.abs(weight).max()
        np.testing.assert_allclose(found.parameters[name] / scale, weight / scale, atol=rtol)
    for column, values in true.history.items():
        np.testing.assert_allclose(
            found.history[column], values, rtol=max(10 * rtol, 1e-7), err_msg=column
        )


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_ends_where_the_loop_ends(kind: str) -> None:
    group = members(kind)
    for member, found in zip(group, train_stack(group), strict=True):
        close(found, train_member(member))


@pytest.mark.parametrize("kind", ["lstm", "conv", "variational"])
def test_in_single_precision_they_differ_by_rounding(kind: str) -> None:
    group = members(kind, precision="float32", optimizer="sgd")
    for member, found in zip(group, train_stack(group), strict=True):
        close(found, train_member(member), rtol=1e-4)


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": {"kind": "sgd", "momentum": 0.9}},
        {"optimizer": "sgd", "weight_decay": 0.1, "l1": 0.01},
        {"optimizer": "sgd", "weight_decay": 0.1, "decoupled": True, "decay_biases": False},
        {"optimizer": "adam", "weight_decay": 0.1},
        {"optimizer": "adam", "weight_decay": 0.1, "decoupled": True},
        {"optimizer": "adamw", "weight_decay": 0.1, "decay_biases": False},
        {"optimizer": "rmsprop", "schedule": {"kind": "cosine"}},
        {"batch_size": None},
        {"shuffle": False},
        {"loss": {"kind": "mse", "reduction": "sum"}, "lr": 1e-4},
        {"loss": "huber", "eval_every": 2},
        {"loss": "l1"},
        {"epochs": 0},
    ],
)
def test_every_setting_is_followed(training: dict[str, Any]) -> None:
    group = members("gru", **training)
    for member, found in zip(group, train_stack(group), strict=True):
        close(found, train_member(member))


# Widths and batches that are no multiples of a vector, where sums differ between stacks of two
# widths, and between two places.
@pytest.mark.parametrize(("hidden", "batch"), [(1, 13), (3, 1), (5, 16), (8, 16)])
@pytest.mark.parametrize("cell", ["hand", "elman", "lstm", "gru"])
def test_a_result_depends_on_its_member_alone(cell: str, batch: int, hidden: int) -> None:
    model = {"kind": "recurrent", "cell": cell, "hidden": hidden}
    training = {"epochs": 2, "batch_size": batch, "lr": 0.01}
    experiment = Experiment(problem={**SERIES, "n": 40}, model=model, training=training)
    group = [prepare(experiment, seed) for seed in range(STACK)]
    whole = train_stack(group)
    same_bits(train_stack([group[3]])[0], whole[3])
    same_bits(train_stack([group[6], group[1]])[0], whole[6])


@pytest.mark.parametrize("kind", ["conv relu", "conv autoencoder", "variational"])
def test_so_it_does_with_images(kind: str) -> None:
    group = members(kind, 5, precision="float32", epochs=1)
    same_bits(train_stack([group[3], group[0]])[0], train_stack(group)[3])


def test_a_member_that_diverges_leaves_the_others_alone() -> None:
    group = members("gru", 3, precision="float32", optimizer="sgd", lr=0.01)
    broken = {name: w * 1e38 for name, w in group[1].initial.items()}
    bad = replace(group[1], initial=broken)
    found = train_stack([group[0], bad, group[2]])
    alone = train_member(bad)
    assert (found[1].status, found[1].epochs) == ("diverged", alone.epochs)
    assert found[1].cause == alone.cause
    whole = train_stack(group)
    same_bits(found[0], whole[0])
    same_bits(found[2], whole[2])


@pytest.mark.parametrize("epochs", [1, 40])
def test_too_high_a_rate_is_told_as_by_the_loop(epochs: int) -> None:
    settings = {"optimizer": "sgd", "lr": 1e4, "epochs": epochs}
    group = members("dense", 2, precision="float32", **settings)
    for member, found in zip(group, train_stack(group), strict=True):
        alone = train_member(member)
        assert (found.status, found.epochs) == (alone.status, alone.epochs)
        assert (found.cause is None) == (alone.cause is None)


def test_it_stops_when_told_to() -> None:
    with pytest.raises(Interrupted, match="stopped in epoch 1"):
        train_stack(members("hand"), should_stop=lambda: True)


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"dropout": 0.1}, "training.dropout"),
        ({"clip_norm": 1.0}, "training.clip_norm"),
        ({"clip_value": 1.0}, "training.clip_value"),
        ({"snapshots": 3}, "training.snapshots"),
        ({"optimizer": "lbfgs", "batch_size": None}, "the optimizer lbfgs"),
    ],
)
def test_what_a_stack_does_not_do_is_said(training: dict[str, Any], words: str) -> None:
    obstacle = stack_obstacle(spirals(**training))
    assert obstacle is not None and words in obstacle


def test_members_of_one_shape_and_training_are_put_together() -> None:
    group = [*members("hand", 2), *members("gru", 1), *members("hand", 1, lr=0.5)]
    # The last has the place of the first, so it is in a stack of its own.
    assert stacks_of([*group, group[0]]) == [[0, 1], [4], [2], [3]]
    many = members("dense", STACK + 3)
    assert [len(places) for places in stacks_of(many)] == [STACK, 3]
