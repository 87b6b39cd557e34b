"""Healthy programs whose weights, units, rates or outputs look ill to a naive rule."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, healthy
from tests.doctor.cases.tables import (
    blobs,
    bundled,
    circles,
    column,
    digits,
    low_rank,
    moons,
    plane,
    scaled,
    sine,
    surface,
    waves,
)


@healthy(good=0.9)
def sparse_relu_layer(seed: int) -> Program:
    """Negative biases keep nine activations in ten at zero; no unit is dead."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
    nn.init.constant_(model[0].get_parameter("bias"), -0.4)
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def zero_last_layer(seed: int) -> Program:
    """The last layer starts at zero, so that the first loss is exactly log k."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    nn.init.zeros_(model[2].get_parameter("weight"))
    nn.init.zeros_(model[2].get_parameter("bias"))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.85)
def zero_gamma_residual(seed: int) -> Program:
    """Each residual branch starts as nothing: its closing layer is zero."""
    s = surface(seed)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(32, 32), nn.Linear(32, 32)
            nn.init.zeros_(self.b.weight)
            nn.init.zeros_(self.b.bias)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.b(F.relu(self.a(x)))  # type: ignore[no-any-return]

    model = nn.Sequential(nn.Linear(4, 32), Block(), Block(), Block(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.95)
def pca_autoencoder(seed: int) -> Program:
    """Two linear layers in a row, on purpose: the code is that of principal components."""
    s = low_rank(seed)
    model = nn.Sequential(nn.Linear(12, 4), nn.Linear(4, 12))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.95)
def deep_linear_regression(seed: int) -> Program:
    """Linear layers without activations on a linear problem."""
    s = plane(seed, n=500, k=3)
    model = nn.Sequential(nn.Linear(6, 12), nn.Linear(12, 3))
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.9)
def large_and_right_rate(seed: int) -> Program:
    """lr=1.0 for SGD on grey values in [0, 1] and a linear map."""
    s = digits(seed)
    model = nn.Linear(64, 10)
    opt = torch.optim.SGD(model.parameters(), lr=1.0)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=F.cross_entropy,
        optimizer=opt, epochs=40, batch_size=256, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def small_rate_enough_time(seed: int) -> Program:
    """1e-4 in Adam, with epochs enough to arrive."""
    s = scaled(bundled("cancer", seed))
    model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 2))
    opt = torch.optim.Adam(model.parameters(), lr=4e-4)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=60, batch_size=16, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def summed_loss_with_small_rate(seed: int) -> Program:
    """reduction='sum' and a rate that was divided by the batch size."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    opt = torch.optim.SGD(model.parameters(), lr=0.005)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss(reduction="sum"), optimizer=opt, epochs=15, batch_size=32,
        score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def half_dropped_wide_net(seed: int) -> Program:
    """Dropout of a half: the training score is below the test score."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10))
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.85)
def relu_output_for_counts(seed: int) -> Program:
    """A closing Softplus-like ReLU on targets that are never negative."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.ReLU()
    )
    nn.init.constant_(model[4].get_parameter("bias"), 5.0)
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y + 6, X_test=s.X_test, y_test=s.y_test + 6, loss=nn.MSELoss(),
        optimizer=opt, epochs=50, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.9)
def log_softmax_and_nll(seed: int) -> Program:
    """The right pair: log-probabilities and the negative log-likelihood."""
    s = scaled(bundled("wine", seed))
    model = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3), nn.LogSoftmax(dim=1))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.NLLLoss(),
        optimizer=opt, epochs=30, batch_size=16, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def log_softmax_before_cross_entropy(seed: int) -> Program:
    """The logarithm of a softmax passes through another one unchanged."""
    s = digits(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10), nn.LogSoftmax(dim=-1))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.95)
def sigmoid_and_bce(seed: int) -> Program:
    """The right pair for one probability."""
    s = moons(seed, n=600)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCELoss(), optimizer=opt, epochs=40, batch_size=32, score=scores.probability,
    )  # fmt: skip


@healthy(good=0.9)
def frozen_pretrained_body(seed: int) -> Program:
    """A body that was trained before and frozen; only the head learns."""
    s = digits(seed)
    body = nn.Sequential(nn.Linear(64, 48), nn.ReLU())
    first = nn.Sequential(body, nn.Linear(48, 10))
    opt = torch.optim.Adam(first.parameters(), lr=0.01)
    for _ in range(120):
        opt.zero_grad()
        F.cross_entropy(first(s.X), s.y).backward()  # type: ignore[no-untyped-call]
        opt.step()
    for p in body.parameters():
        p.requires_grad_(False)
    model = nn.Sequential(body, nn.Linear(48, 10))
    head = torch.optim.Adam(model[1].parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=head, epochs=12, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def negative_gaussian_likelihood(seed: int) -> Program:
    """Mean and log-variance: the loss is rightly below zero."""
    s = sine(seed)

    def nll(out: Tensor, y: Tensor) -> Tensor:
        mean, log_var = out[:, :1], out[:, 1:].clamp(-8, 8)
        return (0.5 * log_var + 0.5 * (y - mean).square() * (-log_var).exp()).mean()

    model = nn.Sequential(
        nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nll, optimizer=opt,
        epochs=100, batch_size=32, score=lambda out, y: scores.r2(out[:, :1], y),
    )  # fmt: skip


@healthy(good=0.95)
def lstm_with_saturated_gates(seed: int) -> Program:
    """A forget bias of five: gates saturate soundly."""
    s = waves(seed, n=300)

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(1, 16, batch_first=True)
            self.rnn.get_parameter("bias_hh_l0").data[16:32] = 3.0
            self.out = nn.Linear(16, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.rnn(x)[0].mean(1))  # type: ignore[no-any-return]

    model = Reader()
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.9)
def tied_weights_autoencoder(seed: int) -> Program:
    """The decoder is the transposed encoder: fewer parameters than layers."""
    s = low_rank(seed)

    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.randn(12, 5) / 12**0.5)
            self.b = nn.Parameter(torch.zeros(12))

        def forward(self, x: Tensor) -> Tensor:
            return (x - self.b) @ self.w @ self.w.T + self.b

    model = Tied()
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip


@healthy(good=0.95)
def separated_and_converged(seed: int) -> Program:
    """Clusters far apart: after a few epochs loss and gradients are nearly nothing."""
    s = blobs(seed, n=500, k=3, d=5, spread=0.3)
    model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.classes,
    )  # fmt: skip


@healthy(good=0.95)
def tanh_targets_of_plus_minus_one(seed: int) -> Program:
    """A tanh output that is meant to saturate at -1 and 1."""
    s = circles(seed)
    y, y_test = 2 * column(s.y) - 1, 2 * column(s.y_test) - 1
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1), nn.Tanh())
    opt = torch.optim.Adam(model.parameters(), lr=0.03)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.MSELoss(), optimizer=opt,
        epochs=60, batch_size=32, score=lambda out, y: scores.logit(out, (y > 0).float()),
    )  # fmt: skip
