"""Causes that are told apart from others that look like them."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.case import Case
from learnscope.doctor.clock import Deadline
from learnscope.doctor.rules.free_fit import LossFits
from learnscope.doctor.rules.generalisation import LabelNoise
from learnscope.doctor.rules.init import ConstantInit
from learnscope.doctor.rules.log_probabilities import MissingLogProbabilities
from learnscope.doctor.rules.split import TrainTestLeak
from learnscope.doctor.rules.turned import TURNS, TurnedImages, _distance
from learnscope.doctor.setup import make_setup
from tests.doctor.engine.programs import network, numbers, program, rows


def case(**arguments: object) -> Case:
    settings = {"shuffle": True, "seed": 0} | arguments
    return Case(make_setup(**settings), Deadline.after(8.0))  # type: ignore[arg-type]


class Placed(nn.Module):
    """Codes of places that begin at zero, and are added."""

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.zeros(4, 8))
        self.first, self.out = nn.Linear(1, 8), nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x[:, :, None]) + self.places)
        return self.out(hidden.flatten(1))  # type: ignore[no-any-return]


def test_zeros_that_are_added_part_with_the_first_update() -> None:
    assert ConstantInit().look(case(**program(Placed(), lr=20.0))) == []


def test_equal_units_before_equal_weights_stay_equal() -> None:
    model = network()
    for p in model.parameters():
        nn.init.constant_(p, 0.1)
    (told,) = ConstantInit().look(case(**program(model)))
    assert told.layers == ("0.weight",)


def test_turns_are_found_by_the_mean_image() -> None:
    """A bright corner tells every turn from every other, and noise alone none."""
    draws = torch.Generator().manual_seed(0)
    image = torch.zeros(1, 6, 6)
    image[0, 0, 1], image[0, 1, 4], image[0, 5, 0] = 3.0, 2.0, 1.0
    x, test = (image + torch.randn(n, 1, 6, 6, generator=draws) for n in (300, 100))
    assert _distance(x, test) == pytest.approx(1.0, abs=0.5)
    for name, turn in TURNS.items():
        if name != "with channels in reverse":
            assert _distance(x, turn(test)) > 5


def test_transposed_test_images_are_told_and_turned_back() -> None:
    draws = torch.Generator().manual_seed(1)
    y = torch.arange(300) % 2
    x = 0.3 * torch.randn(300, 1, 6, 6, generator=draws)
    x[:, 0, 0, 3] += y
    x[:, 0, 4, 1] += 1 - y
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Linear(16, 2))
    test = x[200:].transpose(2, 3).contiguous()
    arguments = program(model) | {"X": x[:200], "y": y[:200], "X_test": test, "y_test": y[200:]}
    found = ls.diagnose(**arguments, budget=6.0).findings[0]
    assert (found.slug, found.confidence) == ("test-preprocessing-differs", "confirmed")
    assert found.fix is not None
    turned = found.fix().X_test
    assert turned is not None and torch.equal(turned, x[200:])
    assert TurnedImages().look(case(**(arguments | {"X_test": x[200:]}))) == []


def test_measured_rows_on_both_sides_were_copied_and_categories_repeat() -> None:
    x, y = rows(240)
    copies = torch.cat([x, x[:120]]), torch.cat([y, y[:120]])  # half of the rows are there twice
    order = torch.randperm(360, generator=torch.Generator().manual_seed(2))
    X, Y = copies[0][order], copies[1][order]
    both = {"X": X[:240], "y": Y[:240], "X_test": X[240:], "y_test": Y[240:]}
    assert len(TrainTestLeak().look(case(**(program() | both)))) == 1
    coarse = both | {"X": both["X"].round(), "X_test": both["X_test"].round()}
    assert TrainTestLeak().look(case(**(program() | coarse))) == []


def test_poisson_with_its_arguments_exchanged() -> None:
    x = rows(240)[0]
    y = torch.poisson((0.6 * x[:, :1] + 1).exp(), generator=torch.Generator().manual_seed(0))
    arguments = numbers(y=y, y_test=y[:120], X_test=x[:120])
    arguments["loss"] = lambda o, t: F.poisson_nll_loss(t, o)
    (told,) = LossFits().look(case(**arguments))
    assert told.slug == "swapped-loss-arguments"
    arguments["loss"] = lambda o, t: F.poisson_nll_loss(o, t)
    assert LossFits().look(case(**arguments)) == []


def test_a_logarithm_taken_inside_the_loss_is_not_missing() -> None:
    model = nn.Sequential(*network(), nn.Softmax(dim=1))
    inside = program(model, lambda p, t: -torch.log(p.gather(1, t[:, None]) + 1e-8).mean())
    assert MissingLogProbabilities().look(case(**inside)) == []
    outside = program(model, lambda p, t: -p.gather(1, t[:, None]).mean())
    (told,) = MissingLogProbabilities().look(case(**outside))
    assert told.slug == "missing-log-probabilities"


def test_layers_that_stay_in_eval_mode() -> None:
    class Still(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.inner = nn.BatchNorm1d(4), network()

        def train(self, mode: bool = True) -> "Still":
            super().train(False)
            return self

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(self.norm(1e4 * x))  # type: ignore[no-any-return]

    found = ls.diagnose(**program(Still()), budget=6.0).findings[0]
    assert found.slug == "training-in-eval-mode"
    assert found.layers == ("norm",)
    assert found.fix is not None
    mended = found.fix().model.train()
    mended(torch.randn(8, 4))
    assert all(m.training for m in mended.modules())


def test_noisy_training_targets_are_no_trouble_where_new_rows_are_answered_well() -> None:
    arguments = numbers(epochs=30)
    y = arguments["y"].clone()
    y[::12] += 6.0
    arguments |= {"y": y, "loss": nn.HuberLoss(delta=0.5)}
    found = case(**arguments)
    assert found.record.scores["train"] < found.record.scores["test"]
    assert found.trouble == ""
    assert math.isfinite(found.record.losses[-1])


@pytest.mark.parametrize("wrong", [0.15, 0.3])
def test_the_share_of_wrong_labels_is_estimated(wrong: float) -> None:
    """Two far clouds, each label turned with a known probability; a wide network learns them."""
    draws = torch.Generator().manual_seed(3)
    truth = torch.arange(400) % 2
    x = 6.0 * truth[:, None] + torch.randn(400, 4, generator=draws)
    turned = torch.rand(400, generator=draws) < wrong
    y = torch.where(turned, 1 - truth, truth)
    model = network(width=256)
    arguments = program(model) | {"X": x, "y": y, "X_test": x[:100], "y_test": truth[:100]}
    arguments |= {"optimizer": torch.optim.Adam(model.parameters(), lr=0.01), "epochs": 150}
    (told,) = LabelNoise().look(case(**arguments))
    estimate = next(float(e.value) for e in told.evidence if "wrong labels" in e.what)
    # The standard error of the share in 400 rows is 0.02; ten neighbours add theirs.
    assert estimate == pytest.approx(float(turned.float().mean()), abs=0.06)
