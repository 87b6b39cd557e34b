"""Faults of the closing layer: probabilities where logits belong, and the reverse."""

import itertools

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
    scaled,
    sine,
    surface,
)


@case("softmax-before-cross-entropy", gap=0.05)
def softmax_layer_digits(seed: int, mended: bool) -> Program:
    """A softmax layer closes the net, and the loss takes the softmax again."""
    s = digits(seed, n=900)
    layers: list[nn.Module] = [nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
    model = nn.Sequential(*layers, *([] if mended else [nn.Softmax(dim=1)]))
    opt = torch.optim.SGD(model.parameters(), lr=0.2)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("softmax-before-cross-entropy", gap=0.05)
def softmax_in_forward_conv(seed: int, mended: bool) -> Program:
    """A small convolutional net that returns F.softmax."""
    s = digits(seed, n=700, images=True)

    class Conv(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
            self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
            self.fc = nn.Linear(16 * 4, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2)
            x = self.fc(x.flatten(1))
            return x if mended else F.softmax(x, dim=1)

    model = Conv()
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=25, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("sigmoid-before-bce-with-logits", gap=0.04)
def sigmoid_twice(seed: int, mended: bool) -> Program:
    """The output is a probability and is squashed once more by the loss."""
    s = circles(seed)
    layers: list[nn.Module] = [nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1)]
    model = nn.Sequential(*layers, *([] if mended else [nn.Sigmoid()]))
    opt = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        # As a user of logits scores it: above zero is class one.
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=40, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case("sigmoid-before-bce-with-logits", gap=0.04)
def sigmoid_twice_multilabel(seed: int, mended: bool) -> Program:
    """Three labels per row, sigmoid in forward, logits loss."""
    s = scaled(bundled("wine", seed))
    parts = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    y, y_test = parts[s.y], parts[s.y_test]

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Linear(13, 16)
            self.tags = nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            out = self.tags(torch.relu(self.body(x)))
            return out if mended else torch.sigmoid(out)

    model = Tagger()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test,
        loss=F.binary_cross_entropy_with_logits, optimizer=opt, epochs=20, batch_size=16,
        score=scores.logit,
    )  # fmt: skip


@case(
    "missing-log-probabilities",
    "wrong-loss",
    because="cross-entropy instead of NLL is the same repair",
)
def nll_on_logits(seed: int, mended: bool) -> Program:
    """NLLLoss on raw outputs: they grow without end."""
    s = digits(seed, n=900)
    layers: list[nn.Module] = [nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
    model = nn.Sequential(*layers, *([nn.LogSoftmax(dim=1)] if mended else []))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.NLLLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "missing-log-probabilities",
    "wrong-loss",
    because="cross-entropy instead of NLL is the same repair",
    gap=0.05,
)
def nll_on_probabilities(seed: int, mended: bool) -> Program:
    """NLLLoss on softmax, not on its logarithm."""
    s = digits(seed, n=900)
    closing = nn.LogSoftmax(dim=1) if mended else nn.Softmax(dim=1)
    model = nn.Sequential(nn.Linear(64, 10), closing)
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=F.nll_loss,
        optimizer=opt, epochs=25, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("output-range", "dead-units", because="the closing ReLU is a dead unit on negative targets")
def relu_closes_regression(seed: int, mended: bool) -> Program:
    """A loop over layers puts a ReLU after each one, the last included."""
    s = sine(seed)
    widths = (1, 32, 32, 1)
    layers: list[nn.Module] = []
    for i, o in itertools.pairwise(widths):
        layers += [nn.Linear(i, o), nn.ReLU()]
    model = nn.Sequential(*(layers[:-1] if mended else layers))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=100, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("output-range", "unscaled-target", because="targets scaled into the range are sound too")
def sigmoid_closes_regression(seed: int, mended: bool) -> Program:
    """Values from -5 to 5 from a sigmoid."""
    s = surface(seed)
    layers: list[nn.Module] = [nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(64, 1), nn.Identity() if mended else nn.Sigmoid())
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case(
    "output-range",
    "unscaled-target",
    because="targets scaled into the range are sound too",
    good=0.3,
)
def tanh_closes_diabetes(seed: int, mended: bool) -> Program:
    """Targets of two standard deviations from a tanh that ends at one."""
    s = scaled(bundled("diabetes", seed))
    y = (s.y.float() - s.y.float().mean())[:, None] / 25
    y_test = (s.y_test.float() - s.y.float().mean())[:, None] / 25

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.out = nn.Linear(10, 16), nn.Linear(16, 1)

        def forward(self, x: Tensor) -> Tensor:
            z = self.out(F.relu(self.hidden(x)))
            return z if mended else torch.tanh(z)

    model = Net()
    opt = torch.optim.RMSprop(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("output-range", "dead-units", because="logits cut at zero die as units do", good=0.9)
def relu_on_logits(seed: int, mended: bool) -> Program:
    """Scores of classes go through a ReLU: nothing can speak against a class."""
    s = blobs(seed, n=600, k=6, d=4, spread=0.8)
    layers: list[nn.Module] = [nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 6)]
    model = nn.Sequential(*layers, *([] if mended else [nn.ReLU()]))
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip
