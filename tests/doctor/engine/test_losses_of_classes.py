"""Losses that pass classes over, tilt, or are flat, against closed forms."""

import functools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from learnscope.doctor.rules.closing import OutputRange
from learnscope.doctor.rules.free_fit import LossFits
from learnscope.doctor.rules.log_probabilities import MissingLogProbabilities
from learnscope.doctor.rules.loss_of_classes import Flat, PassedOver, Tilted
from tests.doctor.engine.looking import case_of, looked, measured
from tests.doctor.engine.programs import network, program

Loss = Callable[..., Tensor]


def one_score(loss: Loss, **changes: Any) -> dict[str, Any]:
    """Return a sound program of one score, with targets (n, 1) of 0 and 1."""
    given = program(network(1), loss)
    as_column = {k: given[k].float().reshape(-1, 1) for k in ("y", "y_test")}
    return given | as_column | changes


def hinge(o: Tensor, t: Tensor) -> Tensor:
    return (1 - o * t).clamp(min=0).mean()


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(ignore_index=1),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 0.0])),
        functools.partial(F.cross_entropy, ignore_index=1),
        lambda o, t: F.cross_entropy(o, t, ignore_index=1),
    ],
    ids=["ignored", "weight", "partial", "function"],
)
def test_a_class_without_a_part_in_the_loss(loss: Loss) -> None:
    (found,) = looked(PassedOver(), program(loss=loss))
    assert found.slug == "wrong-loss"
    assert "class 1" in found.title
    case = case_of(program(loss=loss))
    _, apply = found.changes[0]
    mended = apply(case.setup.copy())
    scores, ids = torch.randn(20, 2), torch.arange(20) % 2
    assert float(mended.loss(scores, ids)) == pytest.approx(float(F.cross_entropy(scores, ids)))


def test_a_hinge_loss_on_zero_and_one_and_its_coding() -> None:
    (found,) = looked(PassedOver(), one_score(hinge))
    assert "class 0" in found.title
    assert found.changes[0][0].startswith("Code the targets as -1 and 1")
    signs = {k: 2 * v - 1 for k, v in one_score(hinge).items() if k in ("y", "y_test")}
    assert looked(PassedOver(), one_score(hinge, **signs)) == []


def test_an_ignored_class_is_learned_with_the_change() -> None:
    # Inside and outside have half of the rows each: without one of them accuracy stays near 0.5.
    given = program(loss=nn.CrossEntropyLoss(ignore_index=1))
    (found,) = looked(PassedOver(), given)
    setup = case_of(given).setup
    assert setup.train()["train"] < 0.7
    assert found.changes[0][1](setup.copy()).train()["train"] > 0.9


@pytest.mark.parametrize(
    "loss",
    [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.2), nn.MultiMarginLoss()],
    ids=["plain", "smoothed", "margin"],
)
@pytest.mark.parametrize("rule", [PassedOver(), Tilted(), Flat()], ids=lambda r: type(r).__name__)
def test_sound_losses_are_passed(rule: Any, loss: Loss) -> None:
    assert looked(rule, program(loss=loss)) == []


def test_weight_beyond_balance() -> None:
    # w n1 log p + n0 log(1 - p) is greatest at odds p / (1 - p) of w n1 / n0.
    given = one_score(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([30.0])))
    (found,) = looked(Tilted(), given)
    share = measured(found, "share of the rows")
    odds = 30 * share / (1 - share)
    assert measured(found, "asked for") == pytest.approx(odds / (1 + odds), abs=0.005)


def test_weights_that_balance_rare_classes_are_passed() -> None:
    given = one_score(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0])))
    rare = torch.zeros(len(given["X"]), 1)
    rare[::10] = 1.0
    assert looked(Tilted(), given | {"y": rare}) == []


def test_smoothing_leaves_the_entropy_of_its_targets() -> None:
    a, k = 0.96, 2
    (found,) = looked(Flat(), program(loss=nn.CrossEntropyLoss(label_smoothing=a)))
    p = 1 - a + a / k
    entropy = -p * math.log(p) - (1 - p) * math.log(1 - p)
    assert measured(found, "fall") == pytest.approx(1 - entropy / math.log(k), abs=1e-4)


def test_the_divergence_wants_log_probabilities() -> None:
    given = program(loss=nn.KLDivLoss(reduction="batchmean"))
    soft = {k: F.one_hot(given[k], 2).float() * 0.8 + 0.1 for k in ("y", "y_test")}
    wrong = given | soft | {"model": nn.Sequential(*network(), nn.Softmax(dim=1))}
    wrong["optimizer"] = None
    assert [s.slug for s in looked(MissingLogProbabilities(), wrong)] == [
        "missing-log-probabilities"
    ]
    assert looked(LossFits(), wrong) == []
    right = wrong | {"model": nn.Sequential(*network(), nn.LogSoftmax(dim=1))}
    assert looked(MissingLogProbabilities(), right) == []
    assert looked(LossFits(), right) == []


def test_targets_that_are_probabilities_are_classes() -> None:
    given = program(loss=F.cross_entropy)
    soft = {k: F.one_hot(given[k], 2).float() * 0.8 + 0.1 for k in ("y", "y_test")}
    assert case_of(given | soft).task.kind == "classes"
    shares = torch.full((240, 2), 0.5)
    assert case_of(given | {"y": shares}).task.kind == "regression"


def test_softmax_of_one_column_is_one() -> None:
    model = nn.Sequential(*network(1), nn.Softmax(dim=1))
    given = one_score(nn.BCELoss(), model=model, optimizer=torch.optim.Adam(model.parameters()))
    (found,) = looked(OutputRange(), given)
    assert "softmax of a single output" in found.title
    _, apply = found.changes[0]
    case = case_of(given)
    x = case.setup.X[:5]
    scores = model[:3](x)
    assert torch.allclose(apply(case.setup.copy()).model(x), torch.sigmoid(scores))
