"""How outputs are read: against the functions that the losses are known to want."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.fitting import fit_free
from learnscope.doctor.reading import LINKS, Reading, reading_of
from learnscope.doctor.setup import make_setup
from learnscope.doctor.task import Task, score_of, score_of_loss, task_of
from learnscope.doctor.understanding import understood
from tests.doctor.engine.programs import rows

X = rows(300)[0]
DRAWS = torch.Generator().manual_seed(5)
COUNTS = torch.poisson((0.6 * X[:, :1] + 0.5).exp(), generator=DRAWS)
NUMBERS = torch.sin(X[:, :1]) + X[:, 1:2]
YES = (X[:, 2:3] > 0).float()


def task(outputs: int, y: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> Task:
    model = nn.Linear(4, outputs)
    setup = make_setup(model=model, X=X, y=y, loss=loss, epochs=1, batch_size=32, shuffle=True,
                       seed=0, optimizer=torch.optim.SGD(model.parameters(), lr=0.1))  # fmt: skip
    return understood(setup, model(X[:128]).detach(), X[:128], y[:128])


def quantile(o: Tensor, y: Tensor) -> Tensor:
    q = torch.tensor([0.1, 0.5, 0.9])
    return torch.maximum(q * (y - o), (q - 1) * (y - o)).mean()


def gaussian(o: Tensor, y: Tensor) -> Tensor:
    return F.gaussian_nll_loss(o[:, :1], y, F.softplus(o[:, 1:]) + 1e-3)


def two_tasks(o: Tensor, y: Tensor) -> Tensor:
    yes = F.binary_cross_entropy_with_logits(o[:, 0], y[:, 0])
    return yes + F.mse_loss(o[:, 1], y[:, 1])


@pytest.mark.parametrize(
    "outputs, y, loss, columns",
    [
        (1, COUNTS, nn.PoissonNLLLoss(), ((0, "exp"),)),
        (2, NUMBERS, gaussian, ((0, "identity"),)),
        (2, torch.cat([YES, NUMBERS], 1), two_tasks, ((0, "sigmoid"), (1, "identity"))),
        (1, 0.1 + 0.8 * torch.sigmoid(NUMBERS), nn.BCEWithLogitsLoss(), ((0, "sigmoid"),)),
    ],
)
def test_the_function_that_a_loss_wants_is_found(
    outputs: int,
    y: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    columns: tuple[tuple[int, str], ...],
) -> None:
    assert task(outputs, y, loss).reading == Reading(columns=columns)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.L1Loss(), nn.HuberLoss()])
def test_what_is_the_answer_itself_needs_no_reading(loss: nn.Module) -> None:
    found = task(1, NUMBERS, loss)
    assert (found.kind, found.reading, found.span) == ("regression", None, None)


def test_several_quantiles_are_scored_by_the_loss_from_the_best_constants_to_none() -> None:
    found = task(3, NUMBERS, quantile)
    assert found.span is not None
    y = NUMBERS[:64]
    q = torch.quantile(y, torch.tensor([0.1, 0.5, 0.9]))
    assert found.span[0] == pytest.approx(float(quantile(q.expand(64, 3), y)), rel=0.02)
    assert found.span[1] == pytest.approx(0.0, abs=0.01)
    middle = sum(found.span) / 2
    assert score_of_loss(middle, found) == pytest.approx(0.5)
    assert score_of_loss(float("nan"), found) == -1.0


def test_shares_are_read_by_softmax() -> None:
    y = torch.softmax(torch.randn(64, 3, generator=DRAWS), dim=1)

    def divergence(o: Tensor, t: Tensor) -> Tensor:
        return F.kl_div(F.log_softmax(o, 1), t, reduction="batchmean")

    fitted = fit_free(divergence, torch.zeros(64, 3), y)
    assert fitted is not None
    found = reading_of(fitted.output, y)
    assert found == Reading(softmax=True)
    assert torch.allclose(found(torch.zeros(2, 3)), torch.full((2, 3), 1 / 3))


def test_links_are_the_functions_of_their_names() -> None:
    o = torch.linspace(-3, 3, 7)
    assert np.allclose(LINKS["exp"](o), np.exp(o.numpy()))
    assert np.allclose(LINKS["sigmoid"](o), 1 / (1 + np.exp(-o.numpy())))
    assert np.allclose(LINKS["softplus"](o), np.log1p(np.exp(o.numpy())))


@pytest.mark.parametrize("axis", [1, 2])
def test_a_class_for_each_step_is_scored_over_all_steps(axis: int) -> None:
    y = torch.randint(0, 3, (20, 7), generator=DRAWS)
    scores = torch.randn(20, 7, 3, generator=DRAWS)
    output = scores.transpose(1, 2) if axis == 1 else scores
    found = task_of(output, torch.randn(20, 7), y)
    assert (found.kind, found.axis, found.n_classes) == ("positions", axis, 3)
    y[0, :5] = -100  # passed over, as ignore_index is
    counted = y.numpy() >= 0
    right = scores.numpy().argmax(axis=2)[counted] == y.numpy()[counted]
    assert score_of(output, y, found) == pytest.approx(right.mean())


def test_all_steps_in_one_axis_and_pixels() -> None:
    y = torch.randint(0, 3, (8, 5), generator=DRAWS)
    assert task_of(torch.randn(40, 3), torch.randn(8, 5), y, rows=8).kind == "positions"
    masks = torch.randint(0, 2, (8, 6, 6), generator=DRAWS)
    assert task_of(torch.randn(8, 2, 6, 6), torch.randn(8, 1, 6, 6), masks).kind == "positions"


@pytest.mark.slow
@pytest.mark.parametrize(
    "outputs, y, loss",
    [(1, COUNTS, nn.PoissonNLLLoss()), (2, NUMBERS, gaussian), (3, NUMBERS, quantile)],
)
def test_sound_programs_with_such_losses_are_not_blamed(
    outputs: int, y: Tensor, loss: Callable[[Tensor, Tensor], Tensor]
) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 24), nn.Tanh(), nn.Linear(24, outputs))
    found = ls.diagnose(
        model=model, X=X[:200], y=y[:200], X_test=X[200:], y_test=y[200:], loss=loss,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01), epochs=20, batch_size=20,
        budget=6.0,
    )  # fmt: skip
    assert found.verdict != "faulty", str(found)


@pytest.mark.slow
def test_outputs_that_only_the_loss_can_pair_with_their_targets_are_no_error() -> None:
    """Scores of 6 x 6 pixels for masks of 12 x 12: the loss enlarges them."""
    x = F.avg_pool2d(torch.randn(120, 1, 12, 12, generator=DRAWS), 5, 1, 2)
    y = (x[:, 0] > 0).long()
    model = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
                          nn.Conv2d(8, 2, 1))  # fmt: skip

    def loss(o: Tensor, t: Tensor) -> Tensor:
        return F.cross_entropy(F.interpolate(o, (12, 12), mode="bilinear"), t)

    found = ls.diagnose(
        model=model, X=x[:80], y=y[:80], X_test=x[80:], y_test=y[80:], loss=loss,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02), epochs=20, batch_size=16,
        budget=6.0,
    )  # fmt: skip
    assert found.verdict != "faulty", str(found)
    assert set(found.scores) == {"train", "test"}
