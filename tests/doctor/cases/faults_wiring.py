"""Faults of wiring: which parameters move, and what the graph reaches."""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import (
    blobs,
    bundled,
    circles,
    column,
    digits,
    moons,
    scaled,
    surface,
)


@case("optimizer-misses-parameters", good=0.9)
def optimizer_of_the_old_model(seed: int, mended: bool) -> Program:
    """The cell with the model was run again, the one with the optimiser was not."""
    s = digits(seed)

    def build() -> nn.Module:
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    old = build()
    model = build()
    opt = torch.optim.Adam((model if mended else old).parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=10, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("optimizer-misses-parameters", good=0.8)
def head_replaced_after_optimizer(seed: int, mended: bool) -> Program:
    """The last layer was changed for another number of outputs, after the optimiser was made."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5)
    )
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    model[4] = nn.Sequential(nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 1))
    with torch.no_grad():
        for p in model[4].parameters():
            p.mul_(0.3)
    if mended:
        opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("optimizer-misses-parameters", gap=0.05)
def optimizer_of_the_head_only(seed: int, mended: bool) -> Program:
    """Only model.head went to the optimiser; the body keeps its random weights."""
    s = moons(seed, n=500)

    class TwoParts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU())
            self.head = nn.Linear(6, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.body(x))  # type: ignore[no-any-return]

    model = TwoParts()
    opt = torch.optim.Adam(model.parameters() if mended else model.head.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "unregistered-parameters", "optimizer-misses-parameters",
    because="layers in a list reach neither parameters() nor the optimiser", gap=0.05,
)  # fmt: skip
def layers_in_a_list(seed: int, mended: bool) -> Program:
    """Hidden layers are kept in a Python list."""
    s = circles(seed)

    class Stack(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = [nn.Linear(2, 4), nn.Linear(4, 4)]
            self.layers = nn.ModuleList(layers) if mended else layers
            self.out = nn.Linear(4, 1)

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = torch.tanh(layer(x))
            return self.out(x)  # type: ignore[no-any-return]

    model = Stack()
    opt = torch.optim.Adam(model.parameters(), lr=0.03)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=60, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case(
    "unregistered-parameters", "optimizer-misses-parameters",
    because="a bare tensor reaches neither parameters() nor the optimiser", good=0.9,
)  # fmt: skip
def bare_weight_tensor(seed: int, mended: bool) -> Program:
    """A weight made with torch.randn(..., requires_grad=True) instead of nn.Parameter."""
    s = blobs(seed, n=500, k=4)

    class Bilinear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            w = torch.randn(5, 4) * 0.05
            self.w = nn.Parameter(w) if mended else w.requires_grad_()
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, x: Tensor) -> Tensor:
            return self.scale * (x @ self.w)

    model = Bilinear()
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("detached-graph", gap=0.05)
def features_detached(seed: int, mended: bool) -> Program:
    """The features are detached, left over from a frozen encoder."""
    s = circles(seed, n=500)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(2, 5), nn.Tanh())
            self.head = nn.Linear(5, 1)

        def forward(self, x: Tensor) -> Tensor:
            h = self.encoder(x)
            return self.head(h if mended else h.detach())  # type: ignore[no-any-return]

    model = Net()
    opt = torch.optim.Adam(model.parameters(), lr=0.03)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=80, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case("detached-graph", good=0.8)
def numpy_round_trip(seed: int, mended: bool) -> Program:
    """A feature is computed with NumPy in the middle of forward."""
    s = surface(seed)

    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.c = nn.Linear(4, 24), nn.Linear(24, 1)

        def forward(self, x: Tensor) -> Tensor:
            h = self.a(x)
            h = h.sin() if mended else torch.from_numpy(np.sin(h.detach().numpy()))
            return self.c(h)  # type: ignore[no-any-return]

    model = Mixed()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("frozen-parameters", gap=0.05)
def frozen_from_before(seed: int, mended: bool) -> Program:
    """A loop set requires_grad to False for transfer learning, but nothing was loaded."""
    s = digits(seed, images=True)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 8, 3, stride=2, padding=1),
        nn.ReLU(), nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip
    for p in list(model.parameters())[:-2]:
        p.requires_grad = mended
    opt = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("weights-do-not-move", "lr-too-low", because="a rate of zero is the lowest rate", good=0.9)
def integer_division_rate(seed: int, mended: bool) -> Program:
    """lr = 1 // 100, as in Python 2."""
    s = scaled(bundled("iris", seed))
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.02 if mended else 1 // 50)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=40, batch_size=16, score=scores.classes,
    )  # fmt: skip


@case("optimizer-misses-parameters", "weights-do-not-move", because="it holds copies", good=0.9)
def optimizer_of_a_copy(seed: int, mended: bool) -> Program:
    """The optimiser was built from a deep copy that was kept as a backup."""
    s = scaled(bundled("wine", seed))
    model = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3))
    backup = copy.deepcopy(model)
    opt = torch.optim.SGD((model if mended else backup).parameters(), lr=0.1, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("frozen-parameters", good=0.8)
def no_grad_left_on(seed: int, mended: bool) -> Program:
    """requires_grad_(False) for a first look at the outputs, and never back."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1)
    )
    model.requires_grad_(False)
    with torch.no_grad():
        model(s.X[:4])
    model[4].requires_grad_(True)
    if mended:
        model.requires_grad_(True)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case(
    "weights-do-not-move", "lr-too-low", because="steps below the last digit are none",
)  # fmt: skip
def rate_below_the_last_digit(seed: int, mended: bool) -> Program:
    """1e-12 where 1e-2 was meant: float32 rounds every step away."""
    s = digits(seed, n=900)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    opt = torch.optim.AdamW(model.parameters(), lr=1e-2 if mended else 1e-12, weight_decay=0.0)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip
