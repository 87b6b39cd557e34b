"""Healthy programs whose rows look ill to a naive rule, and problems at their ceiling."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, healthy
from tests.doctor.cases.tables import (
    bundled,
    column,
    digits,
    low_rank,
    plane,
    scaled,
    split,
    waves,
)


@healthy(good=0.7, ceiling=True)
def one_label_in_five_flipped(seed: int) -> Program:
    """Train and test labels are both wrong in a fifth of the rows; 0.8 is the ceiling."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1500, 3))
    y = (x[:, 0] + x[:, 1] > 0) ^ (rng.random(1500) < 0.2)
    s = split(x, y.astype(int), seed)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.1, ceiling=True)
def half_of_the_variance(seed: int) -> Program:
    """Noise as large as the signal: an R2 of a half or less is all there is."""
    s = plane(seed, n=1200, noise=1.0)
    model = nn.Linear(6, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.35, ceiling=True)
def diabetes_ridge(seed: int) -> Program:
    """A table on which the best known R2 is about 0.5; many distinct integer targets."""
    s = scaled(bundled("diabetes", seed))
    mean, sd = s.y.float().mean(), s.y.float().std()
    y, y_test = ((v.float()[:, None] - mean) / sd for v in (s.y, s.y_test))
    model = nn.Linear(10, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.03, weight_decay=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.95)
def rare_but_separable(seed: int) -> Program:
    """One row in twenty-five is of class one, and all are found."""
    rng = np.random.default_rng(seed)
    y = (np.arange(1500) % 25 == 0).astype(int)
    x = rng.standard_normal((1500, 4)) + 5.0 * y[:, None]
    s = split(x, y, seed)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.balanced,
    )  # fmt: skip


@healthy(good=0.9)
def batchnorm_takes_raw_columns(seed: int) -> Program:
    """Raw columns of very different sizes into a BatchNorm layer."""
    s = bundled("wine", seed)
    model = nn.Sequential(nn.BatchNorm1d(13), nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=40, batch_size=16, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def grey_values_to_sixteen(seed: int) -> Program:
    """Digits as they come, 0 to 16, which Adam does not mind."""
    s = bundled("digits", seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def coarse_categories_repeat(seed: int) -> Program:
    """Six yes/no questions: equal rows stand in train and test by nature."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (800, 6))
    y = ((x[:, 0] ^ x[:, 1]) | (x[:, 2] & x[:, 3])).astype(int)
    s = split(x, y, seed)
    model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def random_order_without_shuffle(seed: int) -> Program:
    """shuffle=False on rows that are in random order already."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    opt = torch.optim.SGD(model.parameters(), lr=0.2)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, shuffle=False, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.8)
def fifteen_test_rows(seed: int) -> Program:
    """A test set so small that its mean differs from that of training by chance."""
    s = scaled(bundled("iris", seed))
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test[:15], y_test=s.y_test[:15],
        loss=nn.CrossEntropyLoss(), optimizer=opt, epochs=40, batch_size=16, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def empty_columns_of_a_bag(seed: int) -> Program:
    """Counts of a hundred words of which most rows have few and some columns none."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, 700)
    rate = np.full((3, 100), 0.02)
    for c in range(3):
        rate[c, 20 * c : 20 * c + 20] = 0.35
    rate[:, 90:] = 0.0
    s = split(rng.poisson(rate[y]), y, seed)
    model = nn.Sequential(nn.Linear(100, 32), nn.ReLU(), nn.Linear(32, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def padded_sentences(seed: int) -> Program:
    """Word numbers with padding: the padding's vector is zero and never moves."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 600)
    x = rng.integers(1, 30, (600, 8))
    x[np.arange(600), rng.integers(0, 4, 600)] = 30 + y
    for i, n in enumerate(rng.integers(4, 9, 600)):
        x[i, n:] = 0
    s = split(x, y, seed)

    class Bag(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(32, 12, padding_idx=0)
            self.out = nn.Linear(12, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.embed(x.long()).sum(1))  # type: ignore[no-any-return]

    model = Bag()
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.85)
def attention_within_a_row(seed: int) -> Program:
    """Softmax over the steps of each series; rows do not see each other."""
    s = waves(seed, n=500, t=16)

    class Attend(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(1, 16, 5, padding=2)
            self.key = nn.Linear(16, 1)
            self.out = nn.Linear(16, 2)

        def forward(self, x: Tensor) -> Tensor:
            h = F.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
            weight = F.softmax(self.key(h), dim=1)
            return self.out((weight * h).sum(1))  # type: ignore[no-any-return]

    model = Attend()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=25, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def noise_in_training_only(seed: int) -> Program:
    """A denoising autoencoder: two forward passes in training differ, in evaluation not."""
    s = low_rank(seed)

    class Denoising(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 5), nn.Linear(5, 12)
            )

        def forward(self, x: Tensor) -> Tensor:
            noise = 0.1 * torch.randn_like(x) if self.training else torch.zeros_like(x)
            return self.net(x + noise)  # type: ignore[no-any-return]

    model = Denoising()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.9)
def three_labels_per_row(seed: int) -> Program:
    """Independent labels, several of them true at once."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((600, 5))
    y = (x @ rng.standard_normal((5, 3)) > 0).astype(np.float32)
    s = split(x, y, seed)
    model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.BCEWithLogitsLoss(),
        optimizer=opt, epochs=25, batch_size=32, score=scores.logit,
    )  # fmt: skip


@healthy(good=0.9)
def digits_conv_global_pool(seed: int) -> Program:
    """Global pooling to one pixel at the very end, after BatchNorm."""
    s = digits(seed, images=True)
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=10, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def strong_single_predictor(seed: int) -> Program:
    """One column explains nearly all of the target, as a physical law does; others help."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((500, 4))
    y = 2.0 * x[:, :1] + 0.5 * x[:, 1:2] - 0.4 * x[:, 2:3] + 0.1 * rng.standard_normal((500, 1))
    s = split(x, y, seed)
    model = nn.Sequential(nn.Linear(4, 1))
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.9)
def one_logit_squeezed_on_both_sides(seed: int) -> Program:
    """Outputs and targets are both (n,): shapes agree without a column."""
    s = scaled(bundled("cancer", seed))

    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = nn.Linear(30, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.line(x).squeeze(-1)  # type: ignore[no-any-return]

    model = Flat()
    opt = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-3)
    return Program(
        model=model, X=s.X, y=column(s.y).squeeze(1), X_test=s.X_test,
        y_test=column(s.y_test).squeeze(1), loss=F.binary_cross_entropy_with_logits,
        optimizer=opt, epochs=30, batch_size=32, score=scores.logit,
    )  # fmt: skip
