"""Faults of losses of classes, and of penalties that are written into a loss."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import blobs, column, digits, moons, plane, split, surface

TILT = "the rows of the other class are ignored, whichever is rarer"


def _mlp(d: int, h: int, k: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, k))


@case("wrong-loss", "class-imbalance", because="the class that is passed over is ignored", good=0.9)
def padding_index_is_a_class(seed: int, mended: bool) -> Program:
    """ignore_index=0 from a program with padding, where 0 is a digit."""
    s = digits(seed, n=900)
    model = _mlp(64, 48, 10)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss(ignore_index=-100 if mended else 0),
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3), epochs=15, batch_size=32,
        score=scores.classes,
    )  # fmt: skip


@case("wrong-loss", "class-imbalance", because=TILT, good=0.8)
def positive_weight_of_sixty(seed: int, mended: bool) -> Program:
    """pos_weight for one row in sixty, on data that have half of each."""
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(800, 4, generator=rng)
    noise = 0.4 * torch.randn(800, generator=rng)
    s = split(x.numpy(), (x[:, 0] + 0.7 * x[:, 1] + noise > 0).long().numpy(), seed)
    model = _mlp(4, 16, 1)
    weight = torch.tensor([1.0 if mended else 60.0])
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(pos_weight=weight),
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3), epochs=20, batch_size=32,
        score=scores.logit,
    )  # fmt: skip


@case("wrong-loss", good=0.85)
def smoothed_to_nothing(seed: int, mended: bool) -> Program:
    """label_smoothing taken for the share of the right class: 0.99."""
    s = blobs(seed, n=500, k=6, d=8, spread=1.5)
    model = _mlp(8, 32, 6)
    smoothing = 0.01 if mended else 0.99
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss(label_smoothing=smoothing),
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3), epochs=15, batch_size=32,
        score=scores.classes,
    )  # fmt: skip


@case("wrong-loss", "output-range", because="the coding is what does not fit", good=0.95)
def hinge_on_zero_and_one(seed: int, mended: bool) -> Program:
    """A hinge loss, which wants -1 and 1."""
    s = moons(seed)
    y, y_test = column(s.y), column(s.y_test)
    if mended:
        y, y_test = 2 * y - 1, 2 * y_test - 1
    model = _mlp(2, 32, 1)

    def hinge(o: Tensor, t: Tensor) -> Tensor:
        return (1 - o * t).clamp(min=0).mean()

    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=hinge,
        optimizer=torch.optim.Adam(model.parameters(), lr=1e-2), epochs=30, batch_size=32,
        score=scores.logit,
    )  # fmt: skip


@case("output-range", "constant-loss", "wrong-loss", because="the output is always 1", good=0.95)
def softmax_of_one_unit(seed: int, mended: bool) -> Program:
    """Softmax in the place of sigmoid."""
    s = moons(seed)
    model = nn.Sequential(*_mlp(2, 32, 1), nn.Sigmoid() if mended else nn.Softmax(dim=1))
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCELoss(), optimizer=torch.optim.Adam(model.parameters(), lr=2e-2), epochs=40,
        batch_size=32, score=scores.probability,
    )  # fmt: skip


@case("penalty-too-strong", "weight-decay-too-strong", because="both pull weights to 0", good=0.9)
def squares_of_all_weights(seed: int, mended: bool) -> Program:
    """A penalty in the loss, a thousand times what was meant."""
    s = digits(seed, n=900)
    model = _mlp(64, 48, 10)
    strength = 1e-4 if mended else 0.1

    def loss(o: Tensor, t: Tensor) -> Tensor:
        squares = torch.stack([p.square().sum() for p in model.parameters()])
        return F.cross_entropy(o, t) + strength * squares.sum()

    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=loss,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3), epochs=15, batch_size=32,
        score=scores.classes,
    )  # fmt: skip


class _Lasso(nn.Module):
    def __init__(self, model: nn.Module, strength: float) -> None:
        super().__init__()
        self.model, self.strength = model, strength

    def forward(self, o: Tensor, t: Tensor) -> Tensor:
        sizes = torch.stack([p.abs().sum() for p in self.model.parameters()])
        return F.mse_loss(o, t) + self.strength * sizes.sum()


@case("penalty-too-strong", good=0.85)
def lasso_in_a_loss_module(seed: int, mended: bool) -> Program:
    """A loss object that keeps the model and the strength of its penalty."""
    s = surface(seed)
    model = _mlp(4, 64, 1)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=_Lasso(model, 1e-5 if mended else 0.5),
        optimizer=torch.optim.Adam(model.parameters(), lr=1e-2), epochs=40, batch_size=32,
        score=scores.r2,
    )  # fmt: skip


@case(
    "missing-log-probabilities", "swapped-loss-arguments",
    because="exchanged, the divergence takes probabilities first", gap=0.03, good=0.92,
)  # fmt: skip
def divergence_of_probabilities(seed: int, mended: bool) -> Program:
    """KLDivLoss behind a softmax: it wants the logarithm."""
    s = digits(seed, n=900)
    y, y_test = (F.one_hot(t, 10).float() * 0.9 + 0.01 for t in (s.y, s.y_test))
    closing = nn.LogSoftmax(dim=1) if mended else nn.Softmax(dim=1)
    model = nn.Sequential(*_mlp(64, 48, 10), closing)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test,
        loss=nn.KLDivLoss(reduction="batchmean"),
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3), epochs=15, batch_size=32,
        score=lambda out, t: float((out.argmax(1) == t.argmax(1)).double().mean()),
    )  # fmt: skip


class _Dropped(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(64, 64), nn.Linear(64, 32), nn.Linear(32, 10)
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(torch.relu(self.a(x)), self.p, training=self.training)
        x = F.dropout(torch.relu(self.b(x)), self.p, training=self.training)
        return self.c(x)  # type: ignore[no-any-return]


@case("dropout-too-strong", gap=0.05)
def functional_keep_probability(seed: int, mended: bool) -> Program:
    """F.dropout(x, 0.9) by someone who keeps nine in ten."""
    s = digits(seed, n=900)
    model = _Dropped(0.1 if mended else 0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3), epochs=15, batch_size=32,
        score=scores.classes,
    )  # fmt: skip


@case("lr-too-high", "oscillation", because="batches of one row at such a rate swing", good=0.7)
def one_row_at_a_time(seed: int, mended: bool) -> Program:
    """Batches of one row at the rate of batches of 32."""
    s = plane(seed, n=300, d=10, noise=0.4)
    model = nn.Linear(10, 1)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=torch.optim.SGD(model.parameters(), lr=0.08), epochs=20,
        batch_size=32 if mended else 1, score=scores.r2,
    )  # fmt: skip
