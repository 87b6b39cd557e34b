"""Faults of the architecture: what the model cannot express, or expresses too easily."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import (
    circles,
    column,
    digits,
    low_rank,
    sine,
    surface,
)


@case("missing-nonlinearity", "capacity-too-small", "underfitting",
      because="a linear map is too small a class", good=0.9)  # fmt: skip
def two_linear_layers(seed: int, mended: bool) -> Program:
    """Layers follow each other with nothing between."""
    s = circles(seed)
    between = nn.ReLU() if mended else nn.Identity()
    model = nn.Sequential(nn.Linear(2, 32), between, nn.Linear(32, 32), between, nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=30, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case("missing-nonlinearity", "capacity-too-small", "underfitting",
      because="a linear map is too small a class", good=0.85)  # fmt: skip
def forward_forgets_activation(seed: int, mended: bool) -> Program:
    """self.act is defined and never called."""
    s = sine(seed)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Linear(1, 32), nn.Linear(32, 32), nn.Linear(32, 1)
            self.act = nn.Tanh()

        def forward(self, x: Tensor) -> Tensor:
            if mended:
                return self.c(self.act(self.b(self.act(self.a(x)))))  # type: ignore[no-any-return]
            return self.c(self.b(self.a(x)))  # type: ignore[no-any-return]

    model = Net()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("bottleneck-too-small", "capacity-too-small", because="width is capacity", good=0.85)
def autoencoder_code_of_one(seed: int, mended: bool) -> Program:
    """Rows of four dimensions through a code of one."""
    s = low_rank(seed)
    code = 4 if mended else 1
    model = nn.Sequential(
        nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, code), nn.Linear(code, 24), nn.Tanh(),
        nn.Linear(24, 12),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("bottleneck-too-small", "capacity-too-small", because="width is capacity")
def ten_classes_through_one_unit(seed: int, mended: bool) -> Program:
    """A hidden layer of a single unit before ten classes."""
    s = digits(seed, n=1200)
    h = 16 if mended else 1
    model = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, h), nn.Tanh(), nn.Linear(h, 10)
    )
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("capacity-too-small", "underfitting", "bottleneck-too-small",
      because="all name the two hidden units", good=0.85)  # fmt: skip
def two_hidden_units(seed: int, mended: bool) -> Program:
    """A sine of four bends from two units."""
    s = sine(seed)
    h = 48 if mended else 2
    model = nn.Sequential(nn.Linear(1, h), nn.Tanh(), nn.Linear(h, h), nn.Tanh(), nn.Linear(h, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("underfitting", "capacity-too-small", "missing-nonlinearity",
      because="all say that the class of functions is too small", good=0.85)  # fmt: skip
def logistic_on_circles(seed: int, mended: bool) -> Program:
    """A straight line between two rings; squares of the inputs are missing."""
    s = circles(seed)
    model: nn.Module = nn.Linear(2, 1)
    if mended:
        model = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1))
    opt = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=40, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case(
    "conv-collapse",
    "bottleneck-too-small",
    because="the map of one pixel is a bottleneck",
    gap=0.08,
)
def map_of_one_pixel(seed: int, mended: bool) -> Program:
    """Strides of four and two leave one pixel before the last convolution."""
    s = digits(seed, images=True)
    first = (2, 1) if mended else (8, 0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=first[0], padding=first[1]), nn.ReLU(),
        nn.Conv2d(4, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2 if mended else 1),
        nn.Flatten(), nn.Linear(64 if mended else 16, 10),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "conv-collapse",
    "bottleneck-too-small",
    because="the map of one pixel is a bottleneck",
    gap=0.05,
)
def pooled_to_nothing(seed: int, mended: bool) -> Program:
    """Pooling by eight after the first convolution; the next one sees padding only."""
    s = digits(seed, images=True)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 12, 3, padding=1)
            self.fc = nn.Linear(12 * 16 if mended else 12, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = F.avg_pool2d(F.relu(self.a(x)), 2 if mended else 8)
            return self.fc(F.relu(self.b(x)).flatten(1))  # type: ignore[no-any-return]

    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=10, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("dead-code", "dead-units", because="the dead units are those of the code", good=0.8)
def autoencoder_dead_code(seed: int, mended: bool) -> Program:
    """A ReLU code with a negative start: every row is decoded to the mean."""
    s = low_rank(seed)
    encoder = nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 6))
    if not mended:
        nn.init.constant_(encoder[2].get_parameter("bias"), -8.0)
    code = nn.Identity() if mended else nn.ReLU()
    model = nn.Sequential(encoder, code, nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 12))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip


def _code_as_wide_as_rows(p: Program) -> bool:
    narrow = min(m.out_features for m in p.model.modules() if isinstance(m, nn.Linear))
    return narrow >= p.X.shape[1]


@case("copying-autoencoder", good=0.85, violates=_code_as_wide_as_rows)
def autoencoder_that_copies(seed: int, mended: bool) -> Program:
    """A code wider than the row: perfect, and of no use."""
    s = low_rank(seed)
    model = nn.Sequential(nn.Linear(12, 4 if mended else 24), nn.Linear(4 if mended else 24, 12))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("missing-nonlinearity", "capacity-too-small", "underfitting",
      because="a residual sum of linear maps is linear", good=0.75)  # fmt: skip
def linear_residual_blocks(seed: int, mended: bool) -> Program:
    """Residual blocks whose branch is one linear layer."""
    s = surface(seed)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.f = nn.Linear(32, 32)

        def forward(self, x: Tensor) -> Tensor:
            return x + (F.relu(self.f(x)) if mended else self.f(x))

    model = nn.Sequential(nn.Linear(4, 32), Block(), Block(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip
