"""Faults that show on new rows: learning by heart, wrong labels, penalties."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import circles, column, moons, plane, sine


@case(
    "overfitting", "too-little-data", "label-noise",
    because="more rows or cleaner targets end it as a smoother model does", good=0.75,
)  # fmt: skip
def sixty_waves_for_twenty_five_points(seed: int, mended: bool) -> Program:
    """Sines and cosines of up to thirty periods through 25 noisy points."""
    s = sine(seed, n=300, noise=0.25)
    s = s._replace(X=s.X[:25], y=s.y[:25])

    class Waves(nn.Module):
        def __init__(self, periods: int) -> None:
            super().__init__()
            self.register_buffer("rates", torch.arange(1, periods + 1) * (torch.pi / 4))
            self.out = nn.Linear(2 * periods, 1)

        def forward(self, x: Tensor) -> Tensor:
            angle = x * self.get_buffer("rates")
            return self.out(torch.cat([angle.sin(), angle.cos()], 1))  # type: ignore[no-any-return]

    model = Waves(6 if mended else 30)
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=300, batch_size=25, score=scores.r2,
    )  # fmt: skip


@case(
    "label-noise", "overfitting", "too-little-data",
    because="wrong labels do harm where they are learned by heart", good=0.9,
)  # fmt: skip
def rings_with_wrong_ticks(seed: int, mended: bool) -> Program:
    """A quarter of the labels on one of two rings were ticked wrongly."""
    s = circles(seed, n=350)
    y = column(s.y)
    if not mended:
        wrong = torch.rand(len(y), 1, generator=torch.Generator().manual_seed(seed)) < 0.28
        y = torch.where(wrong, 1 - y, y)
    model = nn.Sequential(
        nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=150, batch_size=32, score=scores.logit,
    )  # fmt: skip


@case(
    "label-noise", "unscaled-target", "unstable-loss", "wrong-loss",
    because="a loss that grows slowly, or the rows dropped, end the pull of the outliers", good=0.8,
)  # fmt: skip
def decimal_points_lost(seed: int, mended: bool) -> Program:
    """In one target in fifteen the decimal point is missing: a hundred times too large."""
    s = plane(seed, n=450)
    y = s.y.clone()
    if not mended:
        y[::15] = y[::15].abs() * 100
    model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("penalty-too-strong", good=0.9)
def confidence_penalty(seed: int, mended: bool) -> Program:
    """Squares of the logits cost a hundred times what a wrong class costs."""
    s = moons(seed, n=600)
    weight = 0.001 if mended else 1000.0

    class Penalised(nn.Module):
        def forward(self, out: Tensor, y: Tensor) -> Tensor:
            return F.binary_cross_entropy_with_logits(out, y) + weight * (out - 1).square().mean()

    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=Penalised(), optimizer=opt, epochs=40, batch_size=32, score=scores.logit,
    )  # fmt: skip
