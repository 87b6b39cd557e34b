"""The compiled gradient against finite differences, for every activation and every loss.

One update of plain descent at rate 1 moves the weights by minus the gradient. The losses that are
differenced are PyTorch's functions; its autograd takes no part.
"""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from learnscope.experiment import Experiment
from learnscope.fused import plan, train_members
from learnscope.fused.codes import CHUNK
from learnscope.models.network import dense_network
from learnscope.training.member import Member, prepare
from tests.fused.members import HIDDEN, LOSS_SETTINGS, OUTPUT, PROBLEM, SPIRALS_OF_THREE, SURFACE
from tests.fused.stacked import ACTIVATIONS, KINKED, LOSSES, Array

STEP = 1e-5
TOLERANCE = 1e-8
"""Central differences err by a sixth of the third derivative times the step's square, 1e-10 times
some tens here, and by rounding of 1e-16 over the step, 1e-11."""


def make_member(loss: str, activation: str, seed: int, **more: Any) -> Member:
    model = {"kind": "mlp", "hidden": (5, 3), "activation": activation}
    experiment = Experiment(
        problem=more.pop("problem", PROBLEM.get(loss, SURFACE)),
        features=("standardise",),
        model={**model, "output": more.pop("output", OUTPUT.get(loss, "identity"))},
        training={
            "loss": {"kind": loss, **LOSS_SETTINGS.get(loss, {})},
            "optimizer": "sgd",
            "lr": 1.0,
            "epochs": 1,
            "precision": "float64",
            **more,
        },
    )
    return prepare(experiment, seed)


def compiled_gradients(members: list[Member]) -> list[Array]:
    """Return the gradient (p,) of each member's first update."""
    return [
        np.concatenate([(m.initial[k] - v).ravel() for k, v in result.parameters.items()])
        for m, result in zip(members, train_members(members), strict=True)
    ]


def differences(member: Member, loss: str) -> Array:
    """Return the gradient (p,) by central differences, all of them in one stack."""
    flat = np.concatenate([w.ravel() for w in member.initial.values()])
    probes = torch.tensor(flat + STEP * np.concatenate([np.eye(len(flat)), -np.eye(len(flat))]))
    values = _losses(member, loss, probes).numpy()
    return np.asarray(values[: len(flat)] - values[len(flat) :]) / (2 * STEP)


def _losses(member: Member, loss: str, probes: Tensor) -> Tensor:
    """Return the loss (q,) for weights (q, p); see that no probe is beyond a jump of a slope."""
    examples, at = member.parts["train"], 0
    out = torch.tensor(examples.x).expand(len(probes), *examples.x.shape)
    for layer in dense_network(member.network).layers:
        n = layer.n_out * layer.n_in
        weight = probes[:, at : at + n].reshape(-1, layer.n_out, layer.n_in)
        z = out @ weight.mT + probes[:, None, at + n : at + n + layer.n_out]
        at += n + layer.n_out
        if layer.activation in KINKED:
            _assert_one_side(z)
        out = ACTIVATIONS[layer.activation](z)
    y = torch.tensor(examples.y).expand(len(probes), *examples.y.shape)
    if loss == "l1":
        _assert_one_side(out - y)
    w = np.ones(len(examples.x)) if examples.weight is None else examples.weight
    return LOSSES[loss](out, y, torch.tensor(w)[:, None]).flatten(1).mean(1)


def _assert_one_side(z: Tensor) -> None:
    assert bool((z.sign() == z[0].sign()).all()), "a seed whose numbers lie at a jump"


def assert_gradients(members: list[Member], loss: str) -> None:
    for member, got in zip(members, compiled_gradients(members), strict=True):
        truth = differences(member, loss)
        largest = max(1.0, np.abs(truth).max())
        np.testing.assert_allclose(got, truth, rtol=0, atol=TOLERANCE * largest)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_gradients_are_those_of_finite_differences(loss: str) -> None:
    members = [make_member(loss, activation, seed) for seed, activation in enumerate(HIDDEN)]
    assert_gradients(members, loss)


@pytest.mark.parametrize("output", [name for name in ACTIVATIONS if name != "log_softmax"])
def test_gradients_through_an_output_of_several_units_are_those_of_finite_differences(
    output: str,
) -> None:
    for loss in ("mse", "huber", "weighted"):
        member = make_member(loss, "tanh", 1, problem=SPIRALS_OF_THREE, output=output)
        assert_gradients([member], loss)


def test_gradients_over_rows_in_chunks_are_those_of_finite_differences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of a cache so small that a chunk has the least number of rows.
    monkeypatch.setattr(plan, "CACHE_BYTES", 1)
    member = make_member("mse", "silu", 0, problem={"kind": "gaussian_surface", "n": 300})
    assert plan.make_plan(member).whole[CHUNK] < len(member.parts["train"].x)
    assert_gradients([member], "mse")
