"""Faults of the first weights and of the depth: constants, scales, vanishing, exploding, death."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import (
    bundled,
    circles,
    column,
    digits,
    moons,
    scaled,
    sine,
    surface,
    waves,
)


@case("constant-init", gap=0.1, good=0.9)
def all_weights_zero(seed: int, mended: bool) -> Program:
    """Weights and biases start at zero: no gradient passes the first product."""
    s = circles(seed)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    if not mended:
        for p in model.parameters():
            nn.init.zeros_(p)
    opt = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=40, batch_size=40, score=scores.logit,
    )  # fmt: skip


@case("constant-init", good=0.9)
def all_weights_one_tenth(seed: int, mended: bool) -> Program:
    """Every unit starts alike and stays alike."""
    s = moons(seed, n=600)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 2)
            if not mended:
                for layer in (self.a, self.b, self.c):
                    nn.init.constant_(layer.weight, 0.1)
                    nn.init.zeros_(layer.bias)

        def forward(self, x: Tensor) -> Tensor:
            return self.c(torch.tanh(self.b(torch.tanh(self.a(x)))))  # type: ignore[no-any-return]

    model = Net()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=40, batch_size=40, score=scores.classes,
    )  # fmt: skip


def _normal(model: nn.Module, sd: float) -> None:
    for m in model.modules():
        if isinstance(m, nn.Linear):
            nn.init.normal_(m.weight, std=sd)


@case("init-scale", "overfitting", "exploding-gradient", "saturated-units", "unscaled-input",
      because="saturation and a poor test score are what the large weights do")  # fmt: skip
def normal_without_scale(seed: int, mended: bool) -> Program:
    """torch.randn for the weights of a wide tanh net."""
    s = scaled(digits(seed, n=900))
    model = nn.Sequential(
        nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh(), nn.Linear(128, 10)
    )
    if not mended:
        _normal(model, 1.0)
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("init-scale", "vanishing-gradient", because="small weights make the gradient vanish")
def tiny_normal(seed: int, mended: bool) -> Program:
    """normal_(std=0.001) in four layers."""
    s = digits(seed, n=900)
    model = nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(),
        nn.Linear(32, 10),
    )  # fmt: skip
    if not mended:
        _normal(model, 0.001)
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("init-scale", "lr-too-high", "exploding-gradient", "unstable-loss",
      because="outputs of thousands at the start need a tiny rate instead", good=0.8)  # fmt: skip
def large_uniform(seed: int, mended: bool) -> Program:
    """uniform_(-1, 1) in a deep regression net: the first outputs are in the thousands."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 1),
    )  # fmt: skip
    if not mended:
        for p in model.parameters():
            nn.init.uniform_(p, -1, 1)
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case(
    "vanishing-gradient", "saturated-units", because="the squashing layers are the cause", good=0.9
)
def ten_sigmoid_layers(seed: int, mended: bool) -> Program:
    """Ten sigmoid layers, each at most a quarter of the slope."""
    s = moons(seed, n=500)
    layers: list[nn.Module] = [nn.Linear(2, 16)]
    for _ in range(9):
        layers += [nn.ReLU() if mended else nn.Sigmoid(), nn.Linear(16, 16)]
    model = nn.Sequential(*layers, nn.ReLU() if mended else nn.Sigmoid(), nn.Linear(16, 2))
    if mended:
        for m in model.modules():
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.zeros_(m.bias)
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=30, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "vanishing-gradient",
    "init-scale",
    because="an orthogonal start keeps the gradient too",
    good=0.9,
)
def long_memory_plain_rnn(seed: int, mended: bool) -> Program:
    """The answer is in the first of forty steps; a plain recurrent net forgets it."""
    from tests.doctor.cases.tables import split

    g = torch.Generator().manual_seed(seed)
    x = 0.1 * torch.randn(500, 40, 1, generator=g)
    y = torch.randint(0, 2, (500,), generator=g)
    x[:, 0, 0] = 2.0 * y - 1.0
    s = split(x, y, seed)

    class Memory(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(1, 16, batch_first=True)
            self.out = nn.Linear(16, 2)
            if mended:
                nn.init.orthogonal_(self.rnn.get_parameter("weight_hh_l0"))

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.rnn(x)[0][:, -1])  # type: ignore[no-any-return]

    model = Memory()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=25, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("exploding-gradient", "init-scale", "lr-too-high",
      because="a smaller recurrent matrix or rate tames it as clipping does", good=0.8)  # fmt: skip
def recurrent_matrix_twice(seed: int, mended: bool) -> Program:
    """A linear recurrence whose matrix was drawn with a spectral radius near two."""
    s = waves(seed, n=300, t=25)
    y, y_test = column(s.y), column(s.y_test)

    class Recurrence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.u = nn.Linear(1, 12)
            self.w = nn.Parameter(torch.randn(12, 12) * (0.2 if mended else 0.6))
            self.out = nn.Linear(12, 1)

        def forward(self, x: Tensor) -> Tensor:
            h, total = torch.zeros(len(x), 12), torch.zeros(len(x), 12)
            for t in range(x.shape[1]):
                h = F.relu(h @ self.w + self.u(x[:, t]))
                total = total + h / x.shape[1]
            return self.out(total)  # type: ignore[no-any-return]

    model = Recurrence()
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=y, X_test=s.X_test, y_test=y_test,
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=30, batch_size=32, score=scores.logit,
    )  # fmt: skip


@case("exploding-gradient", "init-scale", "lr-too-high",
      because="He's scale, or a smaller rate, or clipping", good=0.8)  # fmt: skip
def deep_relu_no_norm(seed: int, mended: bool) -> Program:
    """Twelve ReLU layers at two and a half times He's scale."""
    s = scaled(bundled("cancer", seed))
    layers: list[nn.Module] = []
    for i in range(12):
        layers += [nn.Linear(30 if i == 0 else 24, 24), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(24, 2))
    for m in model.modules():
        if isinstance(m, nn.Linear):
            nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            nn.init.zeros_(m.bias)
            if not mended:
                m.weight.data.mul_(2.5)
    opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("dead-units", "init-scale", because="the bias is part of the initialisation", good=0.85)
def bias_of_minus_ten(seed: int, mended: bool) -> Program:
    """A bias meant for the output went to the hidden layer: no unit ever answers."""
    s = digits(seed, n=900)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    if not mended:
        nn.init.constant_(model[0].get_parameter("bias"), -10.0)
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case(
    "dead-units", "lr-too-high", because="the first large steps are what kills the units", good=0.8
)
def killed_by_first_steps(seed: int, mended: bool) -> Program:
    """A rate of 0.5 for Adam: one step and the units are off for good."""
    s = surface(seed)
    model = nn.Sequential(
        nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.01 if mended else 0.5)
    return Program(
        model=model, X=s.X + 0.0, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=40, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("saturated-units", "init-scale", "unscaled-input",
      because="smaller inputs or smaller weights end the saturation", good=0.85)  # fmt: skip
def saturated_sigmoids(seed: int, mended: bool) -> Program:
    """First weights of size fifty: each sigmoid is a step."""
    s = sine(seed)
    model = nn.Sequential(
        nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 1)
    )
    if not mended:
        nn.init.normal_(model[0].get_parameter("weight"), std=100.0)
        nn.init.normal_(model[2].get_parameter("weight"), std=50.0)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.MSELoss(),
        optimizer=opt, epochs=80, batch_size=32, score=scores.r2,
    )  # fmt: skip


@case("saturated-units", "unscaled-input", because="unscaled inputs are what saturates", good=0.8)
def millimetres_into_sigmoid(seed: int, mended: bool) -> Program:
    """Metres were written as millimetres: each sigmoid is a step."""
    s = surface(seed)
    factor = 1.0 if mended else 1000.0
    model = nn.Sequential(
        nn.Linear(4, 32), nn.Sigmoid(), nn.Linear(32, 32), nn.Sigmoid(), nn.Linear(32, 1)
    )
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X * factor, y=s.y, X_test=s.X_test * factor, y_test=s.y_test,
        loss=nn.MSELoss(), optimizer=opt, epochs=60, batch_size=32, score=scores.r2,
    )  # fmt: skip
