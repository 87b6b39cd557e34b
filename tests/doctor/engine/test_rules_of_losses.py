"""Rules of loss and output: a faulty program and its sound twin, numbers from closed forms."""

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.finding import Diagnosis, Finding
from tests.doctor.engine.programs import network, numbers, program


def first(arguments: dict[str, Any]) -> Finding:
    return diagnosed(arguments).findings[0]


def diagnosed(arguments: dict[str, Any]) -> Diagnosis:
    return ls.diagnose(**arguments, budget=5.0)


def number(finding: Finding, what: str) -> float:
    return next(float(e.value) for e in finding.evidence if what in e.what)


def test_sound_programs_are_not_blamed() -> None:
    for arguments in (program(), numbers()):
        found = diagnosed(arguments)
        assert found.verdict != "faulty", str(found)


@pytest.mark.parametrize("k", [2, 4])
def test_floor_of_softmax_twice(k: int) -> None:
    """Scores in [0, 1] leave cross-entropy at log(e + k - 1) - 1 at the least."""
    found = first(program(nn.Sequential(*network(k), nn.Softmax(dim=1))))
    assert found.slug == "softmax-before-cross-entropy"
    assert number(found, "least value") == pytest.approx(math.log(math.e + k - 1) - 1, rel=1e-3)
    assert found.fix is not None
    x = torch.randn(5, 4)
    with torch.no_grad():
        inner = network(k)(x)
        assert torch.allclose(found.fix().model.eval()(x), inner)


def test_log_softmax_before_cross_entropy_changes_nothing_and_is_no_fault() -> None:
    model = nn.Sequential(*network(), nn.LogSoftmax(dim=1))
    assert diagnosed(program(model)).verdict != "faulty"


def test_sigmoid_before_logits() -> None:
    arguments = program(nn.Sequential(*network(1), nn.Sigmoid()))
    arguments["loss"] = lambda o, y: F.binary_cross_entropy_with_logits(o[:, 0], y.float())
    assert first(arguments).slug == "sigmoid-before-bce-with-logits"
    arguments["loss"] = lambda o, y: F.binary_cross_entropy(o[:, 0], y.float())
    assert diagnosed(arguments).verdict != "faulty"


def test_broadcast_loss_is_the_mean_over_all_pairs() -> None:
    arguments = numbers()
    arguments |= {k: arguments[k][:, 0] for k in ("y", "y_test")}
    found = first(arguments)
    assert found.slug == "broadcast-loss"
    assert number(found, "loss with the targets permuted") == pytest.approx(
        float(next(e.value for e in found.evidence if e.what == "loss")), rel=1e-4
    )
    assert found.fix is not None
    assert found.fix().y.shape == (240, 1)
    assert found.trial is not None
    assert found.trial.after > found.trial.before + 0.3


def test_turned_sign() -> None:
    found = first(program(loss=lambda o, y: -F.cross_entropy(o, y)))
    assert found.slug == "wrong-loss-sign"
    assert found.fix is not None
    o, y = torch.randn(6, 2), torch.tensor([0, 1, 1, 0, 1, 0])
    assert float(found.fix().loss(o, y)) == pytest.approx(float(F.cross_entropy(o, y)))


def test_swapped_arguments_of_a_cross_entropy_by_hand() -> None:
    def entropy(o: Tensor, t: Tensor) -> Tensor:
        return -(t * o.clamp(min=1e-6).log()).sum(dim=1).mean()

    arguments = program(nn.Sequential(*network(), nn.Softmax(dim=1)))
    for name in ("y", "y_test"):
        arguments[name] = F.one_hot(arguments[name], 2).float()
    swapped = arguments | {"loss": lambda o, t: entropy(t, o)}
    assert first(swapped).slug == "swapped-loss-arguments"
    assert diagnosed(arguments | {"loss": entropy}).verdict != "faulty"


def test_cross_entropy_of_one_column_is_constant() -> None:
    arguments = program(network(1), lambda o, y: F.cross_entropy(o, torch.zeros_like(y)))
    assert first(arguments).slug == "constant-loss"


def test_nll_of_scores_and_of_log_probabilities() -> None:
    found = first(program(loss=F.nll_loss))
    assert found.slug == "missing-log-probabilities"
    assert found.fix is not None
    o = found.fix().model.eval()(torch.randn(7, 4))
    assert torch.allclose(o.exp().sum(dim=1), torch.ones(7), atol=1e-5)
    sound = program(nn.Sequential(*network(), nn.LogSoftmax(dim=1)), F.nll_loss)
    assert diagnosed(sound).verdict != "faulty"


def test_targets_outside_a_binary_loss() -> None:
    arguments = program(network(1))
    for name in ("y", "y_test"):
        arguments[name] = (2 * arguments[name] - 1).float().reshape(-1, 1)
    arguments["loss"] = F.binary_cross_entropy_with_logits
    found = first(arguments)
    assert found.slug == "loss-below-floor"
    assert found.fix is not None
    assert set(found.fix().y.flatten().tolist()) == {0.0, 1.0}


def test_closing_relu_cannot_reach_negative_targets() -> None:
    arguments = numbers()
    model = nn.Sequential(*network(1), nn.Tanh())
    arguments |= {"model": model, "optimizer": torch.optim.Adam(model.parameters(), lr=0.02)}
    assert first(arguments).slug == "output-range"
