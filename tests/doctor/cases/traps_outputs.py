"""Healthy programs whose outputs are no answers yet: behind a function, beside others, per step."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, Score, healthy


def _normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _dense(inputs: int, outputs: int, width: int = 32) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, outputs),
    )  # fmt: skip


def _program(
    model: nn.Module, x: Tensor, y: Tensor, loss: nn.Module | object, score: Score, **changes: float
) -> Program:
    """Return the program, trained on the first seven rows in ten and judged on the rest."""
    cut = 7 * len(x) // 10
    optimizer = torch.optim.Adam(model.parameters(), lr=changes.get("lr", 5e-3))
    return Program(
        model=model, X=x[:cut], y=y[:cut], X_test=x[cut:], y_test=y[cut:],
        loss=loss,  # type: ignore[arg-type]
        optimizer=optimizer, epochs=int(changes.get("epochs", 30)), batch_size=32, score=score,
    )  # fmt: skip


def _positions(out: Tensor, y: Tensor) -> float:
    return float((out.argmax(1) == y).double().mean())


@healthy(good=0.4, ceiling=True)
def counts_by_their_log_rate(seed: int) -> Program:
    """The output is the log of a Poisson law's rate."""
    x = _normal(seed, 800, 4)
    rate = (0.8 * x[:, :1] - 0.5 * x[:, 1:2] + 0.7).exp()
    y = torch.poisson(rate, generator=torch.Generator().manual_seed(seed))
    return _program(
        _dense(4, 1), x, y, nn.PoissonNLLLoss(), lambda o, t: scores.r2(o.exp(), t),
        lr=3e-3, epochs=15,
    )  # fmt: skip


@healthy(good=0.9)
def mean_and_variance(seed: int) -> Program:
    """Two outputs for one target: a mean, and a variance behind a softplus."""
    x = _normal(seed, 800, 4)
    y = x[:, :1].sin() + 0.5 * x[:, 1:2] + 0.1 * _normal(seed + 1, 800, 1)

    def loss(o: Tensor, t: Tensor) -> Tensor:
        return F.gaussian_nll_loss(o[:, :1], t, F.softplus(o[:, 1:]) + 1e-3)

    return _program(_dense(4, 2), x, y, loss, lambda o, t: scores.r2(o[:, :1], t))


@healthy(good=0.7)
def three_quantiles(seed: int) -> Program:
    """The quantiles 0.1, 0.5 and 0.9 by the pinball loss."""
    x = _normal(seed, 900, 3)
    y = x[:, :1] + 0.5 * x[:, 1:2].square() + 0.3 * _normal(seed + 1, 900, 1)
    q = torch.tensor([0.1, 0.5, 0.9])

    def loss(o: Tensor, t: Tensor) -> Tensor:
        return torch.maximum(q * (t - o), (q - 1) * (t - o)).mean()

    return _program(_dense(3, 3), x, y, loss, lambda o, t: scores.r2(o[:, 1:2], t))


@healthy(good=0.85)
def a_class_and_a_number(seed: int) -> Program:
    """Two tasks in one matrix, each with its own loss."""
    x = _normal(seed, 1000, 6)
    yes = (x[:, :1] + x[:, 1:2].square() > 0.8).float()
    y = torch.cat([yes, x[:, 2:3].sin() + 0.5 * x[:, 3:4]], dim=1)

    def loss(o: Tensor, t: Tensor) -> Tensor:
        own = F.binary_cross_entropy_with_logits(o[:, 0], t[:, 0])
        return own + F.mse_loss(o[:, 1], t[:, 1])

    def score(o: Tensor, t: Tensor) -> float:
        return min(scores.logit(o[:, 0], t[:, 0]), scores.r2(o[:, 1:], t[:, 1:]))

    return _program(_dense(6, 2, 48), x, y, loss, score)


@healthy(good=0.9)
def soft_labels(seed: int) -> Program:
    """Targets are probabilities, compared by a divergence."""
    x = _normal(seed, 700, 5)
    y = torch.softmax(2 * x @ _normal(seed + 1, 5, 4), dim=1)

    def loss(o: Tensor, t: Tensor) -> Tensor:
        return F.kl_div(F.log_softmax(o, 1), t, reduction="batchmean")

    return _program(_dense(5, 4), x, y, loss, lambda o, t: scores.r2(o.softmax(1), t))


@healthy(good=0.9)
def a_tag_for_each_word(seed: int) -> Program:
    """Sequences of word ids, with a class for each of them."""
    x = torch.randint(0, 20, (500, 12), generator=torch.Generator().manual_seed(seed))

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(20, 16)
            self.gru = nn.GRU(16, 32, batch_first=True, bidirectional=True)
            self.out = nn.Linear(64, 3)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.out(self.gru(self.words(x))[0])
            return found.transpose(1, 2)

    y = (x + torch.roll(x, 1, 1)) % 3
    return _program(Tagger(), x, y, nn.CrossEntropyLoss(), _positions, lr=1e-2, epochs=25)


@healthy(good=0.85)
def a_class_for_each_pixel(seed: int) -> Program:
    """Bright and dark pixels of blurred noise."""
    x = F.avg_pool2d(_normal(seed, 200, 1, 12, 12), 3, 1, 1)
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1))
    y = (x[:, 0] > 0.1).long()
    return _program(model, x, y, nn.CrossEntropyLoss(), _positions, lr=1e-2, epochs=20)


@healthy(good=0.85)
def overlap_of_masks(seed: int) -> Program:
    """The Dice loss of masks."""
    x = F.avg_pool2d(_normal(seed, 200, 1, 12, 12), 3, 1, 1)
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1))

    def loss(o: Tensor, t: Tensor) -> Tensor:
        p = torch.sigmoid(o)
        return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)

    return _program(model, x, (x > 0.1).float(), loss, scores.logit, lr=1e-2, epochs=20)


@healthy(good=0.9)
def hinge_of_signs(seed: int) -> Program:
    """Classes -1 and 1, and the hinge loss."""
    x = _normal(seed, 600, 5)
    y = torch.where(x[:, :1] + x[:, 1:2] * x[:, 2:3] > 0, 1.0, -1.0)
    return _program(
        _dense(5, 1), x, y, lambda o, t: F.relu(1 - o * t).mean(),
        lambda o, t: scores.logit(o, (t + 1) / 2),
    )  # fmt: skip


@healthy(good=0.95)
def signals_through_strides(seed: int) -> Program:
    """Windows of 7 at steps of 2: the last of 64 samples is never read."""
    y = torch.arange(300) % 2
    t = torch.arange(64) * 0.5
    wave = torch.sin(t * (1 + y[:, None].float()))
    x = (wave + 0.3 * _normal(seed, 300, 64))[:, None]
    model = nn.Sequential(
        nn.Conv1d(1, 8, 7, 2), nn.ReLU(), nn.Conv1d(8, 16, 5, 2), nn.ReLU(),
        nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(16, 2),
    )  # fmt: skip
    return _program(model, x, y, nn.CrossEntropyLoss(), scores.classes, epochs=12)
