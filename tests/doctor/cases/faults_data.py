"""Faults of the rows themselves: scales, labels, order, amount."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import (
    Split,
    blobs,
    bundled,
    column,
    digits,
    moons,
    plane,
    scaled,
    sine,
    split,
    surface,
    waves,
)


def _mlp(d: int, h: int, k: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, k))


@case("non-finite-data", good=0.9)
def gaps_in_wine(seed: int, mended: bool) -> Program:
    """Three missing readings in the table were read as NaN."""
    s = scaled(bundled("wine", seed))
    X = s.X.clone()
    X[torch.tensor([3, 40, 77]), torch.tensor([0, 5, 9])] = float("nan")
    X = torch.nan_to_num(X, nan=0.0) if mended else X
    model = _mlp(13, 16, 3)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("non-finite-data", good=0.8)
def infinite_ratio_target(seed: int, mended: bool) -> Program:
    """The target is a logarithm, and one reading was zero."""
    s = plane(seed)
    y = s.y.clone()
    y[11] = float("-inf")
    keep = torch.isfinite(y).squeeze(1) if mended else torch.ones(len(y), dtype=torch.bool)
    model = nn.Linear(6, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    return Program(
        model=model, X=s.X[keep], y=y[keep], X_test=s.X_test, y_test=s.y_test, loss=F.mse_loss,
        optimizer=opt, epochs=20, batch_size=64, score=scores.r2,
    )  # fmt: skip


@case("unscaled-input", good=0.9)
def raw_wine_columns(seed: int, mended: bool) -> Program:
    """Proline counts in the hundreds beside hues near one."""
    s = bundled("wine", seed)
    s = scaled(s) if mended else s
    model = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3))
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=40, batch_size=16, score=scores.classes,
    )  # fmt: skip


@case(
    "unscaled-input", "lr-too-high",
    because="a rate small enough for the largest column is stable too", good=0.8,
)  # fmt: skip
def flats_in_square_metres(seed: int, mended: bool) -> Program:
    """Area, year of building and distance as they stand in the advertisement."""
    rng = np.random.default_rng(seed)
    area, year, far = rng.uniform(30, 200, 400), rng.uniform(1900, 2020, 400), rng.random(400)
    y = (area - 115) / 50 + (year - 1960) / 60 - 2 * (far - 0.5) + 0.1 * rng.standard_normal(400)
    s = split(np.stack([area, year, far], 1), y[:, None], seed)
    s = scaled(s) if mended else s
    model = _mlp(3, 32, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case(
    "unscaled-target", "too-few-updates", "lr-too-low",
    because="enough larger steps would reach the mean of the target", good=0.35, gap=0.3,
)  # fmt: skip
def diabetes_in_raw_units(seed: int, mended: bool) -> Program:
    """Disease progression between 25 and 346 against outputs near zero."""
    s = scaled(bundled("diabetes", seed))
    y, y_test = s.y.float().reshape(-1, 1), s.y_test.float().reshape(-1, 1)
    if mended:
        mean, sd = y.mean(), y.std()
        y, y_test = (y - mean) / sd, (y_test - mean) / sd
    model = _mlp(10, 16, 1)
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case(
    "unscaled-target", "lr-too-low", "too-few-updates",
    because="the mean lies beyond the reach of the updates; larger or more steps reach it",
)  # fmt: skip
def pressure_in_pascal(seed: int, mended: bool) -> Program:
    """Air pressure near 101,325 with a spread of 800."""
    s = surface(seed)
    y, y_test = (s.y, s.y_test) if mended else (101_325 + 800 * s.y, 101_325 + 800 * s.y_test)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.SmoothL1Loss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip


def _rare(seed: int) -> Split:
    rng = np.random.default_rng(seed)
    y = (rng.random(1500) < 0.06).astype(int)
    x = rng.standard_normal((1500, 4)) + 1.3 * y[:, None]
    return split(x, y, seed)


@case("class-imbalance", good=0.8)
def rare_defects(seed: int, mended: bool) -> Program:
    """Six defects in a hundred parts, and a loss that counts parts."""
    s = _rare(seed)
    counts = torch.bincount(s.y).float()
    weight = counts.sum() / (2 * counts) if mended else None
    model = _mlp(4, 16, 2)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss(weight=weight), optimizer=opt, epochs=15, batch_size=64,
        score=scores.balanced,
    )  # fmt: skip


@case("class-imbalance", good=0.8)
def rare_alarm_one_logit(seed: int, mended: bool) -> Program:
    """The same with one logit: nearly all rows are called quiet."""
    s = _rare(seed + 50)
    y, y_test = column(s.y), column(s.y_test)
    weight = (1 - y.mean()) / y.mean() if mended else None
    model = nn.Linear(4, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test,
        loss=nn.BCEWithLogitsLoss(pos_weight=weight), optimizer=opt, epochs=20, batch_size=100,
        score=scores.balanced_logit,
    )  # fmt: skip


@case(
    "label-noise", "overfitting",
    because="a net that stops early or is smaller does not learn the wrong labels by heart",
)  # fmt: skip
def careless_annotator(seed: int, mended: bool) -> Program:
    """A third of the training labels were ticked at random."""
    s = blobs(seed, n=500, k=3, d=8, spread=1.5)
    y = s.y.clone()
    if not mended:
        rng = torch.Generator().manual_seed(seed)
        wrong = torch.rand(len(y), generator=rng) < 0.45
        y[wrong] = torch.randint(0, 3, (int(wrong.sum()),), generator=rng)
    model = nn.Sequential(
        nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 3)
    )
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("misaligned-targets", good=0.9)
def labels_sorted_alone(seed: int, mended: bool) -> Program:
    """The labels went through sort(), the rows did not."""
    s = digits(seed)
    y = s.y if mended else s.y.sort().values
    model = _mlp(64, 32, 10)
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=64, score=scores.classes,
    )  # fmt: skip


@case("misaligned-targets", good=0.8)
def series_shifted_by_three(seed: int, mended: bool) -> Program:
    """Targets of a log file begin three lines later than its inputs."""
    s = plane(seed, n=500, d=4)
    y = s.y if mended else s.y.roll(3, 0)
    model = _mlp(4, 16, 1)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("ordered-batches")
def digits_by_class(seed: int, mended: bool) -> Program:
    """Rows come class by class, and the loader does not shuffle."""
    s = digits(seed)
    order = s.y.argsort(stable=True)
    model = _mlp(64, 32, 10)
    opt = torch.optim.SGD(model.parameters(), lr=0.2)
    return Program(
        model=model, X=s.X[order], y=s.y[order], X_test=s.X_test, y_test=s.y_test,
        loss=F.cross_entropy, optimizer=opt, epochs=10, batch_size=32, shuffle=mended,
        score=scores.classes,
    )  # fmt: skip


@case("ordered-batches", good=0.9, gap=0.07)
def moons_in_order(seed: int, mended: bool) -> Program:
    """First one moon, then the other, with one logit."""
    s = moons(seed, n=600)
    order = s.y.argsort(stable=True)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    return Program(
        model=model, X=s.X[order], y=column(s.y[order]), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=25, batch_size=20, shuffle=mended,
        score=scores.logit,
    )  # fmt: skip


@case(
    "too-little-data", "overfitting", because="it shows as a gap between train and test", gap=0.07
)
def thirty_digits(seed: int, mended: bool) -> Program:
    """Three images of each digit."""
    s = digits(seed)
    n = len(s.X) if mended else 30
    model = _mlp(64, 64, 10)
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X[:n], y=s.y[:n], X_test=s.X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss(), optimizer=opt, epochs=12 if mended else 100,
        batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "too-little-data", "overfitting", because="it shows as a gap between train and test", gap=0.05
)
def forty_series(seed: int, mended: bool) -> Program:
    """A GRU on two dozen noisy series."""
    s = waves(seed, n=800)
    noise = torch.Generator().manual_seed(seed)
    X = s.X + 0.7 * torch.randn(s.X.shape, generator=noise)
    X_test = s.X_test + 0.7 * torch.randn(s.X_test.shape, generator=noise)
    n = len(X) if mended else 24

    class Listener(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(1, 24, batch_first=True)
            self.head = nn.Linear(24, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.gru(x)[0][:, -1])  # type: ignore[no-any-return]

    model = Listener()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=X[:n], y=s.y[:n], X_test=X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss(), optimizer=opt, epochs=12 if mended else 60,
        batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("misaligned-targets", good=0.85)
def sine_against_sorted_inputs(seed: int, mended: bool) -> Program:
    """The inputs were sorted for a plot; the targets stayed where they were."""
    s = sine(seed)
    X = s.X if mended else s.X.sort(0).values
    model = nn.Sequential(
        nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip
