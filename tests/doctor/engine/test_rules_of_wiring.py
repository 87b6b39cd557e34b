"""Rules of wiring: parameters, graph, modes, rows. Each with a sound twin."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.finding import Diagnosis
from tests.doctor.engine.programs import network, program


def diagnosed(arguments: dict[str, Any]) -> Diagnosis:
    return ls.diagnose(**arguments, budget=5.0)


def slugs(arguments: dict[str, Any]) -> list[str]:
    return [f.slug for f in diagnosed(arguments).findings]


def test_optimizer_of_another_model() -> None:
    model, other = network(), network(seed=1)
    arguments = program(model, optimizer=torch.optim.Adam(other.parameters(), lr=0.02))
    found = diagnosed(arguments).findings[0]
    assert found.slug == "optimizer-misses-parameters"
    assert found.fix is not None
    repaired = found.fix()
    owned = {id(p) for g in repaired.optimizer.param_groups for p in g["params"]}
    assert {id(p) for p in repaired.model.parameters()} <= owned


def test_optimizer_without_the_last_layer() -> None:
    model = network()
    arguments = program(model, optimizer=torch.optim.Adam(model[0].parameters(), lr=0.02))
    assert slugs(arguments)[0] == "optimizer-misses-parameters"


class Listed(nn.Module):
    """Hidden layers in a plain list, which registers none of them."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.hidden = kind([nn.Linear(4, 16), nn.Linear(16, 16)])
        self.last = nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = torch.relu(layer(x))
        out: Tensor = self.last(x)
        return out


def test_list_of_layers() -> None:
    torch.manual_seed(0)
    assert slugs(program(Listed(list)))[0] == "unregistered-parameters"
    assert diagnosed(program(Listed(nn.ModuleList))).verdict != "faulty"


class Cut(nn.Module):
    """A hidden layer whose output is taken out of the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.last = nn.Linear(4, 24), nn.Linear(24, 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.last(torch.relu(self.body(x)).detach())
        return out


def test_detached_graph_names_what_lies_before_the_cut() -> None:
    found = diagnosed(program(Cut())).findings[0]
    assert found.slug == "detached-graph"
    assert set(found.layers) == {"body.weight", "body.bias"}


class Dropping(nn.Module):
    """Functional dropout; PyTorch's default is that it is on."""

    def __init__(self, listens: bool) -> None:
        super().__init__()
        self.inner, self.listens = network(width=64), listens

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.inner[0](x))
        on = self.training if self.listens else True
        out: Tensor = self.inner[2](F.dropout(hidden, 0.3, training=on))
        return out


def test_dropout_that_is_always_on() -> None:
    found = diagnosed(program(Dropping(listens=False))).findings[0]
    assert found.slug == "eval-mode-ignored"
    assert found.fix is not None
    model, x = found.fix().model.eval(), torch.randn(8, 4)
    assert torch.equal(model(x), model(x))
    assert diagnosed(program(Dropping(listens=True))).verdict != "faulty"


class Shares(nn.Module):
    """Probabilities over an axis."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.inner, self.dim = network(), dim

    def forward(self, x: Tensor) -> Tensor:
        return torch.log_softmax(self.inner(x), dim=self.dim)


def test_softmax_over_the_rows_mixes_them() -> None:
    assert slugs(program(Shares(0), F.nll_loss))[0] == "rows-mixed"
    assert "rows-mixed" not in slugs(program(Shares(1), F.nll_loss))


class Slice(nn.Module):
    """Reads the last two of four columns."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x[:, 2:])
        return out


def test_columns_without_influence_are_named() -> None:
    found = {f.slug: f for f in diagnosed(program(Slice())).findings}
    assert found["input-ignored"].columns == (0, 1)


def test_rate_of_zero_moves_nothing() -> None:
    assert "weights-do-not-move" in slugs(program(lr=0.0))


def test_frozen_backbone_that_does_well_is_no_fault() -> None:
    model = network(width=200)
    for p in model[0].parameters():
        p.requires_grad = False
    last = torch.optim.Adam(model[2].parameters(), lr=0.02)
    assert diagnosed(program(model, optimizer=last, epochs=30)).verdict != "faulty"


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite(bad: float) -> None:
    arguments = program()
    arguments["X"] = arguments["X"].clone()
    arguments["X"][7, 2] = bad
    found = diagnosed(arguments).findings[0]
    assert (found.slug, found.rows, found.columns) == ("non-finite-data", (7,), (2,))
    assert found.fix is not None
    assert bool(torch.isfinite(found.fix().X).all())
