"""Faults of the loss: what it is given, its sign, its size."""

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
)


def quiet_mse(out: Tensor, y: Tensor) -> Tensor:
    """The squared error as many write it themselves: nothing warns of shapes."""
    return ((out - y) ** 2).mean()


@case("broadcast-loss", good=0.8)
def column_against_row(seed: int, mended: bool) -> Program:
    """Outputs (n, 1), targets (n,): every output is compared with every target."""
    s = surface(seed)
    y = s.y if mended else s.y.squeeze(1)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=s.y_test, loss=quiet_mse,
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("broadcast-loss", good=0.9)
def squeezed_output_against_column(seed: int, mended: bool) -> Program:
    """The forward squeezes, the targets are a column; L1 distance written by hand."""
    s = plane(seed)

    class Straight(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = nn.Linear(6, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.line(x) if mended else self.line(x).squeeze(-1)  # type: ignore[no-any-return]

    model = Straight()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=lambda out, y: (out - y).abs().mean(), optimizer=opt, epochs=30, batch_size=40,
        score=scores.r2,
    )  # fmt: skip


@case("swapped-loss-arguments", good=0.9)
def target_first(seed: int, mended: bool) -> Program:
    """The functional form is called with target and output swapped."""
    s = moons(seed, n=500)

    def loss(out: Tensor, y: Tensor) -> Tensor:
        pair = (out, y) if mended else (y, out)
        return F.binary_cross_entropy_with_logits(*pair)

    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test), loss=loss,
        optimizer=opt, epochs=40, batch_size=50, score=scores.logit,
    )  # fmt: skip


@case("swapped-loss-arguments", good=0.9)
def divergence_backwards(seed: int, mended: bool) -> Program:
    """One-hot targets stand where the logits belong in the cross-entropy."""
    s = blobs(seed, n=500, k=4)
    y = F.one_hot(s.y, 4).float()
    y_test = F.one_hot(s.y_test, 4).float()

    def loss(out: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(out, y) if mended else F.cross_entropy(y, out)

    model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 4))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=loss, optimizer=opt,
        epochs=20, batch_size=32, score=lambda out, y: scores.classes(out, y.argmax(1)),
    )  # fmt: skip


@case("wrong-loss-sign", good=0.9)
def plus_log_likelihood(seed: int, mended: bool) -> Program:
    """The log-likelihood itself is minimised, the minus was forgotten."""
    s = scaled(bundled("iris", seed))

    def loss(out: Tensor, y: Tensor) -> Tensor:
        likelihood = out.log_softmax(1).gather(1, y[:, None]).mean()
        return -likelihood if mended else likelihood

    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=loss, optimizer=opt,
        epochs=40, batch_size=16, score=scores.classes,
    )  # fmt: skip


@case("wrong-loss-sign", good=0.85)
def optimizer_that_maximises(seed: int, mended: bool) -> Program:
    """maximize=True was left over from a policy gradient."""
    s = digits(seed, n=900)
    model = nn.Sequential(nn.Linear(64, 10))
    opt = torch.optim.SGD(model.parameters(), lr=0.1, maximize=not mended)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("loss-below-floor", "wrong-loss", because="the targets do not fit the loss", good=0.9)
def labels_one_and_two(seed: int, mended: bool) -> Program:
    """Classes are coded 1 and 2 and given to the binary cross-entropy."""
    s = moons(seed, n=500)
    shift = 0.0 if mended else 1.0
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=column(s.y) + shift, X_test=s.X_test, y_test=column(s.y_test) + shift,
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=30, batch_size=50,
        score=lambda out, y: scores.logit(out, y - shift),
    )  # fmt: skip


@case("loss-below-floor", "wrong-loss", because="the targets do not fit the loss", good=0.9)
def labels_minus_one_and_one(seed: int, mended: bool) -> Program:
    """Labels -1 and +1, as a support vector machine takes them, under BCE with logits."""
    s = circles(seed)
    code = (lambda y: column(y)) if mended else (lambda y: 2 * column(y) - 1)
    model = nn.Sequential(nn.Linear(2, 48), nn.Tanh(), nn.Linear(48, 1))
    opt = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    return Program(
        model=model, X=s.X, y=code(s.y), X_test=s.X_test, y_test=code(s.y_test),  # type: ignore[no-untyped-call]
        loss=F.binary_cross_entropy_with_logits, optimizer=opt, epochs=60, batch_size=40,
        score=lambda out, y: scores.logit(out, (y > 0).float()),
    )  # fmt: skip


@case(
    "constant-loss", "wrong-loss", because="the pair of output and loss is what is wrong", good=0.9
)
def one_column_cross_entropy(seed: int, mended: bool) -> Program:
    """Softmax over a single logit is always one, whatever the label."""
    s = moons(seed)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss() if mended else nn.CrossEntropyLoss(), optimizer=opt,
        epochs=30, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case(
    "constant-loss",
    "detached-graph",
    because="a comparison has no gradient to go back along",
    good=0.85,
)
def rounded_error(seed: int, mended: bool) -> Program:
    """The loss counts wrong rows: its derivative is zero everywhere."""
    s = scaled(bundled("wine", seed))

    def miscount(out: Tensor, y: Tensor) -> Tensor:
        hard = (out.softmax(1) * 0.999).round()
        return (hard - F.one_hot(y, 3)).abs().sum(1).mean()

    model = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=nn.CrossEntropyLoss() if mended else miscount, optimizer=opt, epochs=20,
        batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "sum-reduction", "lr-too-high",
    because="the sum over a batch multiplies the rate; a smaller rate is the same repair", good=0.8,
)  # fmt: skip
def summed_squares(seed: int, mended: bool) -> Program:
    """reduction='sum' with a rate that suited the mean."""
    s = plane(seed, n=500, d=8)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=nn.MSELoss(reduction="mean" if mended else "sum"), optimizer=opt, epochs=20,
        batch_size=64, score=scores.r2,
    )  # fmt: skip


@case(
    "sum-reduction",
    "lr-too-high",
    because="a rate divided by the batch size is the same",
    good=0.85,
)
def summed_cross_entropy(seed: int, mended: bool) -> Program:
    """The functional form with a sum, plain SGD with momentum."""
    s = digits(seed, n=900)

    def loss(out: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(out, y, reduction="mean" if mended else "sum")

    model = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=loss, optimizer=opt,
        epochs=15, batch_size=128, score=scores.classes,
    )  # fmt: skip


@case("unstable-loss", good=0.9)
def log_of_softmax(seed: int, mended: bool) -> Program:
    """exp, sum, log in this order: the exponentials overflow or the logarithm meets a zero."""
    s = bundled("cancer", seed)
    s = s._replace(X=scaled(s).X * 10, X_test=scaled(s).X_test * 10)

    def by_hand(out: Tensor, y: Tensor) -> Tensor:
        p = out.exp() / out.exp().sum(1, keepdim=True)
        return -p.log().gather(1, y[:, None]).mean()

    model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 2))
    with torch.no_grad():
        for q in model.parameters():
            q.mul_(3.0)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=F.cross_entropy if mended else by_hand, optimizer=opt, epochs=20, batch_size=32,
        score=scores.classes,
    )  # fmt: skip


@case("unstable-loss", good=0.85)
def square_root_of_zero(seed: int, mended: bool) -> Program:
    """Root of the squared error per row: the slope is infinite where a row is fitted exactly."""
    s = plane(seed, k=2)
    exact = torch.zeros(1, 6)
    X, y = torch.cat([s.X, exact]), torch.cat([s.y, torch.zeros(1, 2)])

    def distance(out: Tensor, y: Tensor) -> Tensor:
        return ((out - y).square().sum(1) + (1e-8 if mended else 0.0)).sqrt().mean()

    model = nn.Linear(6, 2, bias=False)
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=X, y=y, X_test=s.X_test, y_test=s.y_test, loss=distance, optimizer=opt,
        epochs=30, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("penalty-too-strong", good=0.85)
def activity_penalty(seed: int, mended: bool) -> Program:
    """A penalty on large outputs weighs more than the error."""
    s = sine(seed)
    weight = 0.0 if mended else 20.0
    model = nn.Sequential(
        nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test,
        loss=lambda out, y: F.mse_loss(out, y) + weight * out.square().mean(), optimizer=opt,
        epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case(
    "wrong-loss", "unscaled-target", because="cross-entropy on classes, or targets of one scale",
    good=0.85,
)  # fmt: skip
def class_numbers_as_values(seed: int, mended: bool) -> Program:
    """Ten digits regressed as the numbers 0 to 9 and rounded."""
    s = digits(seed)
    k = 10 if mended else 1
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, k))
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    y, y_test = (s.y, s.y_test) if mended else (column(s.y), column(s.y_test))
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test,
        loss=nn.CrossEntropyLoss() if mended else nn.MSELoss(), optimizer=opt, epochs=15,
        batch_size=32, score=scores.classes if mended else
        lambda out, y: float((out.round() == y).double().mean()),
    )  # fmt: skip


@case("wrong-loss", "output-range", because="the outputs need not be probabilities", good=0.7)
def cross_entropy_on_values(seed: int, mended: bool) -> Program:
    """A binary cross-entropy for targets that reach from 0 to 6."""
    s = surface(seed)
    y, y_test = (s.y + 2).clamp_min(0), (s.y_test + 2).clamp_min(0)
    model = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test,
        loss=nn.MSELoss() if mended else nn.BCEWithLogitsLoss(), optimizer=opt, epochs=40,
        batch_size=32, score=scores.r2,
    )  # fmt: skip
