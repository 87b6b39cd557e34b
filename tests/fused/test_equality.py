"""Every setting of a training and of a model: the compiled route against PyTorch's, in float64."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from learnscope.experiment import Experiment
from learnscope.fused import supports, train_members
from learnscope.models.init import INITS
from learnscope.training.losses import LOSSES
from learnscope.training.member import Member, prepare
from learnscope.training.schedules import SCHEDULES
from tests.fused.members import (
    OUTPUT,
    PROBLEM,
    SPIRALS_OF_THREE,
    SURFACE,
    assert_as_by_the_route,
)

TWO_CLASSES = {"kind": "spirals", "n": 9}


def make_member(
    model: dict[str, Any] | None = None, problem: dict[str, Any] = TWO_CLASSES, **training: Any
) -> Member:
    settings = {
        "precision": "float64", "lr": 0.01, "split": {"test": 4}, "epochs": 50, "eval_every": 7,
    }  # fmt: skip
    experiment = Experiment(
        problem=problem,
        features=("standardise",),
        model={"kind": "mlp", "hidden": (5, 3), "activation": "tanh"} | (model or {}),
        training=settings | training,
    )
    return prepare(experiment, 7)


MOMENTUM = {"kind": "sgd", "momentum": 0.8, "dampening": 0.1}
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "sum": {"loss": {"kind": "mse", "reduction": "sum"}, "lr": 1e-3},
    "half": {"loss": {"kind": "mse", "reduction": "half"}},
    "weighted half": {"loss": {"kind": "weighted", "weight": "1 + x1 * x1", "reduction": "half"}},
    "weighted by 0": {"loss": {"kind": "weighted", "weight": "max(x1, 0)"}, "batch_size": 5},
    "sum of labels": {"loss": {"kind": "bce_logits", "reduction": "sum"}, "batch_size": 4},
    "batches": {"batch_size": 4},
    "batches in order": {"batch_size": 4, "shuffle": False},
    "batch larger than n": {"batch_size": 1000},
    "batch of n, shuffled": {"batch_size": 14},
    "batch of 1": {"batch_size": 1, "epochs": 10},
    "other betas": {"optimizer": {"kind": "adam", "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}},
    "no betas": {"optimizer": {"kind": "adam", "beta1": 0.0, "beta2": 0.0, "eps": 1e-3}},
    "rmsprop of all": {
        "optimizer": {"kind": "rmsprop", "alpha": 0.5, "momentum": 0.9, "centered": True},
        "lr": 1e-3,
    },
    "norm cut": {"clip_norm": 0.01, "optimizer": "sgd"},
    "norm not cut": {"clip_norm": 100.0, "optimizer": "sgd"},
    "values cut": {"clip_value": 0.01, "optimizer": "sgd"},
    "everything": {
        "l1": 0.01, "weight_decay": 0.1, "clip_norm": 0.1, "clip_value": 0.05, "dropout": 0.2,
        "batch_size": 6, "optimizer": MOMENTUM, "schedule": {"kind": "cosine", "warmup": 3},
        "loss": "bce_logits", "class_weights": "balanced",
    },
    "dropout": {"dropout": 0.4},
    "dropout in batches": {"dropout": 0.4, "batch_size": 5},
    "stopping": {
        "split": {"test": 3, "validation": 4}, "stopping": {"patience": 5}, "epochs": 400,
        "eval_every": None,
    },
    "stopping, by little": {
        "split": {"test": 3, "validation": 4}, "epochs": 400, "eval_every": 3, "batch_size": 5,
        "stopping": {"patience": 9, "min_delta": 0.01},
    },
    "never stopped": {
        "split": {"test": 3, "validation": 4}, "stopping": {"patience": 1000}, "eval_every": 4,
    },
    "every epoch evaluated": {"eval_every": 1},
    "the ends evaluated": {"eval_every": 1000},
    "without test rows": {"split": {"test": 0}},
    "no epochs": {"epochs": 0},
    "one epoch": {"epochs": 1},
    "by default": {"epochs": 250, "eval_every": None},
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_result_and_history_are_those_of_the_pytorch_route(case: str) -> None:
    assert_as_by_the_route([make_member(**CASES[case])])


@pytest.mark.parametrize("optimizer", ["sgd", MOMENTUM, "adam", "adamw", "rmsprop"], ids=str)
def test_every_decay_shrinks_the_weights_and_on_demand_the_biases(optimizer: Any) -> None:
    # AdamW's decay is decoupled and nothing else.
    coupled = (False, True) if optimizer != "adamw" else (True,)
    assert_as_by_the_route(
        [
            make_member(
                optimizer=optimizer, decoupled=decoupled, decay_biases=biases, l1=l1, epochs=25,
                weight_decay=0.1,
            )
            for decoupled, biases, l1 in product(coupled, (False, True), (0.0, 0.01))
        ]
    )  # fmt: skip


@pytest.mark.parametrize("kind", list(SCHEDULES))
def test_every_schedule_sets_the_rates(kind: str) -> None:
    table: dict[str, dict[str, Any]] = {"step": {"every": 10}, "exponential": {"gamma": 0.9}}
    more = table.get(kind, {})
    assert_as_by_the_route(
        [
            make_member(schedule={"kind": kind, "warmup": warmup, **more}, batch_size=size)
            for warmup, size in ((0, None), (5, 6))
        ]
    )


@pytest.mark.parametrize("weights", ["balanced", "by hand"])
@pytest.mark.parametrize("loss", ["bce", "bce_logits", "cross_entropy", "nll"])
def test_class_weights_are_those_of_the_pytorch_route(loss: str, weights: str) -> None:
    problem = PROBLEM[loss]
    n_classes = 3 if problem == SPIRALS_OF_THREE else 2
    table = weights if weights == "balanced" else (1.0, 3.0, 0.5)[:n_classes]
    model = {"output": OUTPUT.get(loss, "identity")}
    assert_as_by_the_route(
        [
            make_member(model, problem, loss=loss, class_weights=table, batch_size=size)
            for size in (None, 4)
        ]
    )


@pytest.mark.parametrize("kind", list(INITS))
def test_every_initialisation_is_trained_from(kind: str) -> None:
    more = {"normal": {"sd": 0.5, "bias_sd": 0.1}}.get(kind, {})
    assert_as_by_the_route(
        [make_member({"init": {"kind": kind, **more}, "hidden": hidden}) for hidden in ((), (5, 3))]
    )


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "model",
    [
        {"kind": "linear", "activation": None, "hidden": None},
        {"kind": "polynomial", "degree": 3, "activation": None, "hidden": None},
        {"hidden": (4, 4, 4), "activation": ("relu", "sin", "gelu")},
    ],
    ids=lambda model: model.get("kind", "mlp"),
)
def test_every_model_learns_numbers_and_classes(model: dict[str, Any], bias: bool) -> None:
    # None takes the field of the other family out.
    losses = {"huber": SURFACE, "percentage": SURFACE, "cross_entropy": SPIRALS_OF_THREE}
    members = [
        plain_member({**model, "bias": bias}, problem, loss) for loss, problem in losses.items()
    ]
    assert_as_by_the_route(members)
    fast = train_members(members)
    assert np.isnan(fast[0].history["train_accuracy"]).all()
    assert not np.isnan(fast[2].history["train_accuracy"]).any()


def plain_member(model: dict[str, Any], problem: dict[str, Any], loss: str) -> Member:
    settings = {"kind": "mlp", "hidden": (5, 3), "activation": "tanh"} | model
    return prepare(
        Experiment(
            problem=problem,
            features=("standardise",),
            model={name: value for name, value in settings.items() if value is not None},
            training={"loss": loss, "precision": "float64", "lr": 0.01, "epochs": 30},
        ),
        3,
    )


def test_scaled_targets_are_learned_as_by_the_pytorch_route() -> None:
    member = make_member(problem=SURFACE, target="standardise", loss="huber")
    assert_as_by_the_route([member])


def test_labels_under_every_loss_of_numbers_are_learned_as_by_the_pytorch_route() -> None:
    losses = [name for name, loss in LOSSES.items() if loss.family == "value"]
    assert_as_by_the_route(
        [
            make_member(problem=problem, loss=loss, batch_size=5)
            for loss in losses
            for problem in (TWO_CLASSES, SPIRALS_OF_THREE)
            if loss != "percentage"  # refused for labels
        ]
    )


def test_a_reason_is_given_for_what_is_not_fused() -> None:
    assert supports(make_member(optimizer="lbfgs")) == "the optimizer lbfgs is not fused"
    assert supports(make_member()) is None
