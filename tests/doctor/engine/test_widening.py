"""Wider layers in models that are no chain."""

import pytest
import torch
from torch import Tensor, nn

from learnscope.doctor.rebuild import widened
from tests.doctor.engine.looking import case_of
from tests.doctor.engine.programs import program


class Attributes(nn.Module):
    """Layers as attributes, in another order than they are called in, with a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 2)
        self.first, self.middle = nn.Linear(4, 3), nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.norm(self.first(x)))
        return self.last(h + torch.relu(self.middle(h)))  # type: ignore[no-any-return]


class Joined(nn.Module):
    """Columns beside hidden units: their number is no layer's width."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 3), nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.cat([torch.relu(self.first(x)), x], dim=1))  # type: ignore[no-any-return]


def test_layers_are_widened_in_the_order_of_their_calls() -> None:
    setup = case_of(program(Attributes())).setup.copy()
    wider = widened(setup, 8)
    shapes = {n: tuple(p.shape) for n, p in wider.model.named_parameters() if p.dim() > 1}
    assert shapes == {"last.weight": (2, 24), "first.weight": (24, 4), "middle.weight": (24, 24)}
    stepped = {id(p) for g in wider.optimizer.param_groups for p in g["params"]}
    assert stepped == {id(p) for p in wider.model.parameters()}
    assert wider.train()["test"] > setup.train()["test"] - 0.05


def test_what_cannot_be_widened_is_refused() -> None:
    setup = case_of(program(Joined())).setup.copy()
    with pytest.raises(ValueError, match="does not go through"):
        widened(setup, 8)
