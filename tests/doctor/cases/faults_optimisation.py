"""Faults of the optimiser's settings and of generalisation."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import (
    blobs,
    bundled,
    circles,
    column,
    digits,
    moons,
    plane,
    scaled,
    sine,
    surface,
    waves,
)


@case("lr-too-high", "oscillation", because="it oscillates because the rate is too high")
def adam_at_one(seed: int, mended: bool) -> Program:
    """lr=1 with Adam."""
    s = digits(seed, n=1200)
    model = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
    )
    opt = torch.optim.Adam(model.parameters(), lr=3e-3 if mended else 1.0)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("lr-too-high", "exploding-gradient", because="the gradient explodes on the way out", good=0.9)
def sgd_diverges(seed: int, mended: bool) -> Program:
    """Ten inputs and a rate beyond two over the curvature."""
    s = plane(seed, d=10)
    model = nn.Linear(10, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.1 if mended else 2.5)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=20, batch_size=64, score=scores.r2,
    )  # fmt: skip


@case("lr-too-low", "too-few-updates", because="more of the small steps arrive too", good=0.85)
def sgd_at_one_in_ten_thousand(seed: int, mended: bool) -> Program:
    """A rate for fine-tuning on a fresh net."""
    s = digits(seed, n=900)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    opt = torch.optim.SGD(model.parameters(), lr=0.2 if mended else 1e-4)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("lr-too-low", "too-few-updates", because="more of the small steps arrive too", good=0.9)
def adam_at_a_millionth(seed: int, mended: bool) -> Program:
    """1e-6 for a small net of convolutions along time."""
    s = waves(seed, n=300)

    class Filters(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.out = nn.Conv1d(1, 12, 5), nn.Linear(12, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(F.relu(self.conv(x.transpose(1, 2))).mean(2))  # type: ignore[no-any-return]

    model = Filters()
    opt = torch.optim.Adam(model.parameters(), lr=0.03 if mended else 1e-6)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("too-few-updates", "lr-too-low", because="larger steps need fewer", good=0.85)
def full_batch_ten_epochs(seed: int, mended: bool) -> Program:
    """The whole table in one batch, for ten epochs: ten updates."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=10, batch_size=32 if mended else len(s.X), score=scores.classes,
    )  # fmt: skip


@case("too-few-updates", "lr-too-low", because="larger steps need fewer", good=0.8)
def one_epoch(seed: int, mended: bool) -> Program:
    """epochs=1, left from the first try."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60 if mended else 1, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("weight-decay-too-strong", good=0.85)
def decay_of_a_half(seed: int, mended: bool) -> Program:
    """weight_decay=0.5 in SGD holds all weights near zero."""
    s = digits(seed, n=900)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    opt = torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4 if mended else 0.5
    )
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("weight-decay-too-strong", good=0.85)
def adamw_decay_of_ten(seed: int, mended: bool) -> Program:
    """A decoupled decay of ten per unit of rate."""
    s = sine(seed)
    model = nn.Sequential(
        nn.Linear(1, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1)
    )
    opt = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01 if mended else 10.0)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=F.mse_loss,
        optimizer=opt, epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("dropout-too-strong", gap=0.05)
def keep_probability_confused(seed: int, mended: bool) -> Program:
    """nn.Dropout(0.95) by someone who meant to keep 95 in a hundred."""
    s = digits(seed, n=900)
    p = 0.05 if mended else 0.95
    model = nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Dropout(p), nn.Linear(32, 32), nn.ReLU(), nn.Dropout(p),
        nn.Linear(32, 10),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("dropout-too-strong", good=0.8)
def dropout_on_six_units(seed: int, mended: bool) -> Program:
    """Half of eight units, in a regression."""
    s = surface(seed)
    p = 0.0 if mended else 0.7
    model = nn.Sequential(
        nn.Linear(4, 24), nn.ReLU(), nn.Dropout(p), nn.Linear(24, 24), nn.ReLU(), nn.Dropout(p),
        nn.Linear(24, 1),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("momentum-too-long", "lr-too-high", "oscillation",
      because="a long memory multiplies the rate by 1/(1 - momentum)")  # fmt: skip
def momentum_three_nines(seed: int, mended: bool) -> Program:
    """momentum=0.999 for a few hundred updates."""
    s = digits(seed, n=900)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    opt = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9 if mended else 0.999)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=6, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("momentum-too-long", "lr-too-high", "oscillation",
      because="a long memory overshoots as a large rate does", good=0.8)  # fmt: skip
def adam_beta_one_too_long(seed: int, mended: bool) -> Program:
    """betas=(0.999, 0.9), the two swapped."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    betas = (0.9, 0.999) if mended else (0.999, 0.9)
    opt = torch.optim.Adam(model.parameters(), lr=5e-3, betas=betas)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=25, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("oscillation", "lr-too-high", because="the swing is that of the rate", good=0.8)
def swinging_regression(seed: int, mended: bool) -> Program:
    """Batches of four with a rate at the edge."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=5e-3 if mended else 0.2)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32 if mended else 8, score=scores.r2,
    )  # fmt: skip


@case("overfitting", "too-little-data", because="more rows cure it as well", good=0.25, gap=0.15)
def diabetes_by_heart(seed: int, mended: bool) -> Program:
    """A net of 70,000 weights on 309 patients until the error is gone."""
    s = scaled(bundled("diabetes", seed))
    mean, sd = s.y.float().mean(), s.y.float().std()
    y, y_test = ((v.float()[:, None] - mean) / sd for v in (s.y, s.y_test))
    model = nn.Sequential(
        nn.Linear(10, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=3 if mended else 80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("underfitting", "capacity-too-small", "too-few-updates", "lr-too-low",
      because="too plain a model for the time it has", good=0.9)  # fmt: skip
def moons_with_three_units(seed: int, mended: bool) -> Program:
    """One unit where the border has two bends."""
    s = moons(seed, n=600)
    h = 24 if mended else 1
    model = nn.Sequential(nn.Linear(2, h), nn.Tanh(), nn.Linear(h, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.03)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=60, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case("lr-too-high", "oscillation", because="it oscillates because the rate is too high", good=0.85)
def rmsprop_at_a_third(seed: int, mended: bool) -> Program:
    """A rate for SGD given to RMSprop."""
    s = circles(seed)
    model = nn.Sequential(
        nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2)
    )
    opt = torch.optim.RMSprop(model.parameters(), lr=5e-3 if mended else 1.0)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=30, batch_size=40, score=scores.classes,
    )  # fmt: skip


@case("weight-decay-too-strong", good=0.9)
def adam_decay_blobs(seed: int, mended: bool) -> Program:
    """L2 of one inside Adam, on clusters that part easily."""
    s = blobs(seed, n=600, k=6, d=4, spread=0.8)
    model = nn.Sequential(
        nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 6)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=0.0 if mended else 1.0)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip
