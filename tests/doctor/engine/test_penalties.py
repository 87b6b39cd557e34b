"""Losses that read the model: they follow its copies, and a penalty in them is found."""

import functools
import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.rules.penalty import Lighter, PenaltyInLoss
from learnscope.doctor.setup import copied
from tests.doctor.engine.looking import case_of, looked, measured
from tests.doctor.engine.programs import network, program

MODEL = network()


def squares(model: nn.Module) -> Tensor:
    return torch.stack([p.square().sum() for p in model.parameters()]).sum()


def of_global(o: Tensor, t: Tensor) -> Tensor:
    return F.cross_entropy(o, t) + squares(MODEL)


def penalised(model: nn.Module, weight: float) -> Any:
    return lambda o, t: F.cross_entropy(o, t) + weight * squares(model)


class Objective:
    def __init__(self, model: nn.Module) -> None:
        self.parts = [model]

    def __call__(self, o: Tensor, t: Tensor) -> Tensor:
        return F.cross_entropy(o, t) + squares(self.parts[0])

    def loss(self, o: Tensor, t: Tensor) -> Tensor:
        return self(o, t)


class Module(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, o: Tensor, t: Tensor) -> Tensor:
        return F.cross_entropy(o, t) + squares(self.model)


def with_model(o: Tensor, t: Tensor, model: nn.Module) -> Tensor:
    return F.cross_entropy(o, t) + squares(model)


@pytest.mark.parametrize(
    "loss",
    [
        of_global,
        penalised(MODEL, 1.0),
        Objective(MODEL),
        Objective(MODEL).loss,
        Module(MODEL),
        functools.partial(with_model, model=MODEL),
    ],
    ids=["global", "closure", "object", "method", "module", "partial"],
)
def test_a_loss_reads_the_copy_that_it_stands_beside(loss: Any) -> None:
    model, _, own = copied(MODEL, torch.optim.SGD(MODEL.parameters(), lr=0.1), loss)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    o, t = torch.randn(6, 2), torch.arange(6) % 2
    with torch.no_grad():
        # Without weights the penalty is 0, and the caller's own loss still has one.
        assert float(own(o, t)) == pytest.approx(float(F.cross_entropy(o, t)))
        assert float(loss(o, t)) > float(own(o, t)) + 1


def test_a_loss_that_calls_itself_is_copied() -> None:
    def loss(o: Tensor, t: Tensor, again: bool = True) -> Tensor:
        return loss(o, t, False) if again else F.cross_entropy(o, t)

    _, _, own = copied(MODEL, torch.optim.SGD(MODEL.parameters(), lr=0.1), loss)
    o, t = torch.randn(6, 2), torch.arange(6) % 2
    assert float(own(o, t)) == pytest.approx(float(loss(o, t)))


def test_the_gradients_that_are_told_are_those_of_the_two_parts() -> None:
    model = network()
    (found,) = looked(PenaltyInLoss(), program(model, penalised(model, 0.5)))
    x, y = program()["X"], program()["y"]
    rows = slice(0, 64)
    loss = F.cross_entropy(model(x[rows]), y[rows])
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    data = math.sqrt(sum(float(g.square().sum()) for g in gradients))
    size = math.sqrt(float(squares(model).detach()))
    # The gradient of 0.5 |w|^2 is w.
    assert measured(found, "first weights") == pytest.approx(size / data, rel=1e-3)


def test_a_share_of_a_penalty_pulls_with_that_share() -> None:
    model = network()
    o, t = torch.randn(6, 2), torch.arange(6) % 2
    lighter = Lighter(penalised(model, 0.5), 0.25)
    value = lighter(o, t)
    assert value.item() == pytest.approx(penalised(model, 0.5)(o, t).item())
    value.backward()  # type: ignore[no-untyped-call]
    for p in model.parameters():
        assert p.grad is not None
        assert torch.allclose(p.grad, 0.25 * p.detach(), atol=1e-6)


def test_a_strong_penalty_is_told_and_a_weak_one_is_not() -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    given = program(model, penalised(model, 0.3), optimizer=optimizer)
    (found,) = looked(PenaltyInLoss(), given)
    setup = case_of(given).setup
    assert setup.train()["test"] < 0.8
    assert found.changes[0][1](setup.copy()).train()["test"] > 0.9
    weak = ls.diagnose(**program(model, penalised(model, 1e-5), optimizer=optimizer), budget=8.0)
    assert weak.findings == ()
