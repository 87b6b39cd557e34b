from typing import Any

import numpy as np
import pytest

from learnscope.models.network import forward
from learnscope.training.loop import train_member
from learnscope.training.member import Member
from learnscope.training.result import Result
from tests.training.members import spirals

OVERFIT: Any = {"lr": 0.1, "split": {"validation": 0.3}, "activation": "relu"}


def _validation_loss(member: Member, result: Result) -> float:
    rows = member.parts["validation"]
    return float(np.mean((forward(member.network, result.parameters, rows.x) - rows.y) ** 2))


@pytest.mark.parametrize("seed", range(4))
def test_weights_are_those_of_the_lowest_validation_loss(seed: int) -> None:
    member = spirals(seed=seed, epochs=300, stopping={"patience": 15}, **OVERFIT)
    result = train_member(member)
    losses = result.history["validation_loss"]
    best = int(losses.argmin())
    assert (result.status, result.best_epoch) == ("stopped", best)
    assert result.epochs == best + 15 == result.history["epoch"][-1]
    assert _validation_loss(member, result) == pytest.approx(losses[best], rel=1e-12)


def test_best_weights_are_kept_when_all_epochs_were_done() -> None:
    member = spirals(epochs=40, stopping={"patience": 1000}, **OVERFIT)
    result = train_member(member)
    losses = result.history["validation_loss"]
    assert (result.status, result.epochs) == ("trained", 40)
    assert result.best_epoch == losses.argmin() < 40
    assert _validation_loss(member, result) == pytest.approx(losses.min(), rel=1e-12)


def test_an_improvement_must_exceed_min_delta() -> None:
    # No loss falls by 1000: nothing is ever better than the first weights.
    result = train_member(
        spirals(epochs=50, stopping={"patience": 7, "min_delta": 1000.0}, **OVERFIT)
    )
    assert (result.best_epoch, result.epochs, result.status) == (0, 7, "stopped")


def test_only_evaluated_epochs_can_end_the_training() -> None:
    stopping = {"patience": 5, "min_delta": 1000.0}
    result = train_member(spirals(epochs=50, stopping=stopping, eval_every=4, **OVERFIT))
    assert result.epochs == 8


def test_without_stopping_the_last_weights_are_kept() -> None:
    result = train_member(spirals(epochs=40, **OVERFIT))
    assert (result.status, result.epochs, result.best_epoch) == ("trained", 40, 40)
