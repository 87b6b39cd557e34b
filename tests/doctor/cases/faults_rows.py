"""Faults of what a row meets on its way: modes, statistics, other rows, parts left unread."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import (
    bundled,
    column,
    digits,
    sine,
    surface,
    waves,
)


def _noisy_in_eval(p: Program) -> bool:
    p.model.eval()
    with torch.no_grad():
        return not torch.equal(p.model(p.X_test), p.model(p.X_test))


@case("eval-mode-ignored", good=0.8, violates=_noisy_in_eval)
def functional_dropout(seed: int, mended: bool) -> Program:
    """F.dropout without training=self.training drops units in tests too."""
    s = digits(seed)

    class Dropped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(64, 64), nn.Linear(64, 10)

        def forward(self, x: Tensor) -> Tensor:
            h = F.relu(self.a(x))
            return self.b(F.dropout(h, 0.5, training=self.training if mended else True))  # type: ignore[no-any-return]

    model = Dropped()
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("eval-mode-ignored", good=0.8, violates=_noisy_in_eval)
def dropout_made_in_forward(seed: int, mended: bool) -> Program:
    """nn.Dropout is made anew in every forward, so it never hears of eval()."""
    s = sine(seed)

    class Fresh(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(1, 64), nn.Linear(64, 64)
            self.c, self.drop = nn.Linear(64, 1), nn.Dropout(0.05)

        def forward(self, x: Tensor) -> Tensor:
            h = torch.tanh(self.b(torch.tanh(self.a(x))))
            drop = self.drop if mended else nn.Dropout(0.3)
            return self.c(drop(h))  # type: ignore[no-any-return]

    model = Fresh()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("batchnorm-statistics", good=0.9)
def batchnorm_momentum_of_keras(seed: int, mended: bool) -> Program:
    """momentum=0.001, from a framework where it means the share that is kept."""
    s = bundled("cancer", seed)
    s = s._replace(X=s.X / 50, X_test=s.X_test / 50)
    model = nn.Sequential(
        nn.BatchNorm1d(30, momentum=0.1 if mended else 0.001), nn.Linear(30, 16), nn.ReLU(),
        nn.Linear(16, 2),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("batchnorm-statistics", gap=0.07)
def batchnorm_conv_slow_average(seed: int, mended: bool) -> Program:
    """Running statistics of a conv net that hardly leave their start."""
    s = digits(seed, n=900, images=True)
    m = 0.1 if mended else 0.0005
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8, momentum=m), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16, momentum=m), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=8, batch_size=32, score=scores.classes,
    )  # fmt: skip


def _rows_see_each_other(p: Program) -> bool:
    p.model.eval()
    x = p.X[:8].clone()
    with torch.no_grad():
        before = p.model(x)
        x[3] = x[3] + 1.0
        after = p.model(x)
    others = torch.arange(8) != 3
    return not torch.allclose(before[others], after[others], atol=1e-6)


@case("rows-mixed", good=0.9, violates=_rows_see_each_other)
def rnn_without_batch_first(seed: int, mended: bool) -> Program:
    """The recurrent layer takes the batch for time."""
    s = waves(seed, n=300)

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(1, 16, batch_first=mended)
            self.out = nn.Linear(16, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.rnn(x)[0][:, -1])  # type: ignore[no-any-return]

    model = Reader()
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("rows-mixed", good=0.85, violates=_rows_see_each_other)
def softmax_over_the_batch(seed: int, mended: bool) -> Program:
    """Attention weights are normalised over dim 0, the rows."""
    s = digits(seed, n=900)

    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate, self.out = nn.Linear(64, 64), nn.Linear(64, 10)

        def forward(self, x: Tensor) -> Tensor:
            weight = F.softmax(self.gate(x), dim=1 if mended else 0)
            return self.out(x * weight * 64)  # type: ignore[no-any-return]

    model = Gated()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("rows-mixed", good=0.85, violates=_rows_see_each_other)
def view_instead_of_permute(seed: int, mended: bool) -> Program:
    """view() swaps two dimensions that transpose() should have swapped, batch and rows."""
    s = digits(seed, n=900, images=True)

    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.row, self.out = nn.Linear(8, 8), nn.Linear(64, 10)

        def forward(self, x: Tensor) -> Tensor:
            b = len(x)
            steps = x.reshape(b, 8, 8)
            steps = steps.transpose(0, 1) if mended else steps.reshape(8, b, 8)
            h = F.relu(self.row(steps))  # (8, b, 8)
            return self.out(h.transpose(0, 1).reshape(b, 64))  # type: ignore[no-any-return]

    model = Rows()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


def _some_input_has_no_slope(p: Program) -> bool:
    x = p.X[:32].clone().requires_grad_()
    p.model(x).square().sum().backward()
    assert x.grad is not None
    return bool((x.grad.abs().flatten(1).amax(0) == 0).any())


@case("input-ignored", good=0.9, violates=_some_input_has_no_slope)
def first_step_of_the_series(seed: int, mended: bool) -> Program:
    """The output is read from the first time step, which has seen one value."""
    s = waves(seed, n=500)

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(1, 24, batch_first=True)
            self.out = nn.Linear(24, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.rnn(x)[0][:, -1 if mended else 0])  # type: ignore[no-any-return]

    model = Reader()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=20, batch_size=32, score=scores.logit,
    )  # fmt: skip


@case("input-ignored", good=0.75, violates=_some_input_has_no_slope)
def slice_forgets_columns(seed: int, mended: bool) -> Program:
    """x[:, :2] from the days when the table had two columns."""
    s = surface(seed)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.d = 4 if mended else 2
            self.net = nn.Sequential(
                nn.Linear(self.d, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
            )

        def forward(self, x: Tensor) -> Tensor:
            return self.net(x[:, : self.d])  # type: ignore[no-any-return]

    model = Net()
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip
