"""The faulty programs of the teaching notebooks, in substance."""

import itertools

import torch
from torch import Tensor, nn

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import circles, digits, sine


class _Closing(nn.Module):
    """Scores through a ReLU and a softmax, unless mended."""

    def __init__(self, body: nn.Module, mended: bool) -> None:
        super().__init__()
        self.body, self.mended = body, mended

    def forward(self, x: Tensor) -> Tensor:
        z = self.body(x.flatten(1))
        return z if self.mended else torch.relu(z).softmax(dim=1)


@case(
    "lr-too-high", "constant-init", "softmax-before-cross-entropy", "output-range",
    "weight-decay-too-strong",
    because="the program has all five; at such a rate no other matters yet", good=0.85,
)  # fmt: skip
def failing_model_one(seed: int, mended: bool) -> Program:
    """Zero weights, ReLU and softmax before cross-entropy, decay 0.09, the rate is the width."""
    s = digits(seed, images=True)
    body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    if not mended:
        for i in (0, 2):
            nn.init.normal_(body[i].get_parameter("weight"), 0.0, 0.0)
    model = _Closing(body, mended)
    rate, decay = (5e-3, 0.0) if mended else (64.0, 0.09)
    opt = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=64, score=scores.classes,
    )  # fmt: skip


@case(
    "softmax-before-cross-entropy", "output-range", "lr-too-high", "vanishing-gradient",
    because="ReLU, softmax and the rate are all wrong", good=0.8,
)  # fmt: skip
def failing_model_two(seed: int, mended: bool) -> Program:
    """A sigmoid and a ReLU layer, ReLU and softmax at the end, the swapped rate."""
    s = digits(seed, images=True)
    body = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU() if mended else nn.Sigmoid(), nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip
    if not mended:
        for i in (0, 2, 4):
            nn.init.normal_(body[i].get_parameter("weight"), 0.0, 0.1)
    model = _Closing(body, mended)
    rate = 5e-3 if mended else 64.0
    opt = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=0.002)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=10, batch_size=64, score=scores.classes,
    )  # fmt: skip


@case(
    "optimizer-misses-parameters", "broadcast-loss",
    because="both faults are in the program, and either must be mended", good=0.85,
)  # fmt: skip
def first_attempt_at_series(seed: int, mended: bool) -> Program:
    """The optimiser of the model before, and targets (n,) against outputs (n, 1)."""
    s = sine(seed)

    def build() -> nn.Sequential:
        return nn.Sequential(
            nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)
        )

    before, model = build(), build()
    y = s.y if mended else s.y.squeeze(1)
    opt = torch.optim.Adam((model if mended else before).parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=s.y_test,
        loss=lambda out, y: (out - y).square().mean(), optimizer=opt, epochs=60, batch_size=32,
        score=scores.r2,
    )  # fmt: skip


@case("output-range", "dead-units", because="the closing ReLU dies", good=0.8)
def mlp_class_with_closing_relu(seed: int, mended: bool) -> Program:
    """The class puts a ReLU after every layer, the last included; classes are -1 and 1."""
    s = circles(seed, n=500)

    class Mlp(nn.Module):
        def __init__(self, n_in: int, h: int, hidden_layers: int) -> None:
            super().__init__()
            widths = [n_in, *[h] * (hidden_layers + 1), 1]
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))

        def forward(self, x: Tensor) -> Tensor:
            for i, layer in enumerate(self.layers):
                x = layer(x)
                if not mended or i < len(self.layers) - 1:
                    x = torch.relu(x)
            return x

    model = Mlp(2, 16, 2)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    y, y_test = (2.0 * v[:, None] - 1.0 for v in (s.y, s.y_test))
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=40, score=scores.r2,
    )  # fmt: skip
