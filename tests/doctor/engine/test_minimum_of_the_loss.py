"""Losses whose minimum is not the target, against minima worked out by hand."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.finding import Finding


def regression(loss: Any, **more: Any) -> dict[str, Any]:
    torch.manual_seed(0)
    x = torch.randn(200, 3)
    y = (x @ torch.tensor([[1.0], [-2.0], [0.5]])) + 0.05 * torch.randn(200, 1)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, **more)
    return {
        "model": model, "X": x[:150], "y": y[:150], "X_test": x[150:], "y_test": y[150:],
        "loss": loss, "optimizer": optimizer, "epochs": 15, "batch_size": 30,
    }  # fmt: skip


def first(arguments: dict[str, Any]) -> Finding:
    return ls.diagnose(**arguments, budget=8.0).findings[0]


def test_a_penalty_on_outputs_makes_the_best_output_smaller() -> None:
    def loss(o: Tensor, t: Tensor) -> Tensor:
        return F.mse_loss(o, t) + 4 * o.square().mean()

    found = first(regression(loss))
    assert found.slug == "penalty-too-strong"
    # (o - t)^2 + c o^2 is least at o = t / (1 + c): a fifth of the target.
    slope = next(e.value for e in found.evidence if "slope" in e.what)
    assert slope == pytest.approx(0.2, abs=0.01)
    assert found.fix is not None
    assert found.fix().train()["test"] > 0.95


def test_a_loss_that_pulls_every_output_to_one_number() -> None:
    found = first(regression(lambda o, t: (o - 3).square().mean() + 0 * t.sum()))
    assert found.slug == "wrong-loss"


def test_an_optimiser_that_goes_up() -> None:
    found = first(regression(F.mse_loss, maximize=True))
    assert found.slug == "wrong-loss-sign"
    assert found.fix is not None
    assert found.fix().train()["test"] > 0.95


def test_a_root_is_not_finite_where_an_output_meets_its_target() -> None:
    def distance(o: Tensor, t: Tensor) -> Tensor:
        return (o - t).square().sum(dim=1).sqrt().mean()

    arguments = regression(distance)
    arguments["model"].bias.data.zero_()
    # The row of zeros is answered with its target, exactly, by the first weights.
    arguments["X"][0], arguments["y"][0] = 0.0, 0.0
    found = first(arguments)
    assert found.slug == "unstable-loss"


@pytest.mark.parametrize(
    "loss", [F.mse_loss, F.l1_loss, F.smooth_l1_loss], ids=lambda f: f.__name__
)
def test_losses_of_the_library_are_sound(loss: Any) -> None:
    assert ls.diagnose(**regression(loss), budget=8.0).verdict != "faulty"
