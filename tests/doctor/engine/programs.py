"""Small programs as objects: one hidden layer and two classes that no line parts."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Arguments = dict[str, Any]


def rows(n: int = 240, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return inputs (n, 4) and classes (n,): inside or outside a circle in the first two columns.

    The boundary x0^2 + x1^2 = 2 log 2 leaves half of the rows on each side.
    """
    x = torch.randn(n, 4, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, :2].square().sum(dim=1) > 1.386).long()


def network(outputs: int = 2, *, width: int = 24, seed: int = 0) -> nn.Sequential:
    """Return a network of one hidden layer, with PyTorch's own first weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, outputs))


def program(
    model: nn.Module | None = None,
    loss: Callable[..., Tensor] = F.cross_entropy,
    *,
    lr: float = 0.02,
    **changes: Any,
) -> Arguments:
    """Return the arguments of `diagnose` for a sound program, with some of them changed."""
    model = network() if model is None else model
    x, y = rows(240)
    x_test, y_test = rows(120, seed=1)
    found: Arguments = {
        "model": model,
        "X": x,
        "y": y,
        "X_test": x_test,
        "y_test": y_test,
        "loss": loss,
        "optimizer": torch.optim.Adam(model.parameters(), lr=lr),
        "epochs": 15,
        "batch_size": 16,
    }
    return found | changes


def numbers(**changes: Any) -> Arguments:
    """Return the arguments for a sound regression, y = x0^2 + x1 with targets (n, 1)."""
    model = network(1)
    x, x_test = rows(240)[0], rows(120, seed=1)[0]
    of = {"y": x[:, :1] ** 2 + x[:, 1:2], "y_test": x_test[:, :1] ** 2 + x_test[:, 1:2]}
    return program(model, F.mse_loss) | of | changes
