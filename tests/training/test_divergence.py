from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learnscope.training.loop import train_member
from learnscope.training.member import Examples, Member
from tests.training.members import line, spirals


def _scaled(member: Member, factor: float) -> Member:
    train = member.parts["train"]
    scaled = Examples(x=train.x * factor, y=train.y, weight=None)
    return replace(member, parts={**member.parts, "train": scaled})


def _updates_until_overflow() -> tuple[int, float]:
    """Return the first update at which w, times 1 - 100 in each, has an infinite square."""
    w, update = 2.0, 1
    while w * w < np.inf:
        w, update = w * 99, update + 1
    return update, w


@pytest.mark.parametrize("eval_every", [1, 500])
def test_too_high_a_rate_is_named_with_its_numbers(eval_every: int) -> None:
    result = train_member(line([1], [0], lr=50.0, epochs=500, eval_every=eval_every))
    update, grown = _updates_until_overflow()
    place = f"in epoch {update} (batch 1)"
    if eval_every == 1:
        place = f"at the end of epoch {update - 1}"
    assert (result.status, result.epochs) == ("diverged", update - 1)
    assert result.cause == (
        f"The loss became infinite {place}: the outputs had grown to {grown:.2g}, the norm of the "
        f"weights to {grown:.2g} and that of the last finite gradient to {2 * grown / 99:.2g} "
        "under the learning rate 50. Try a rate of 0.5 or less."
    )


def test_last_finite_weights_are_kept() -> None:
    result = train_member(spirals(lr=50.0, epochs=300, optimizer="sgd", batch_size=8, eval_every=1))
    assert result.status == "diverged"
    assert all(np.isfinite(w).all() for w in result.parameters.values())
    assert np.isfinite(result.history["train_loss"][:-1]).all()


def test_batch_and_epoch_of_a_divergence_are_named() -> None:
    update, grown = _updates_until_overflow()
    result = train_member(line([1] * 60, [0] * 60, lr=50.0, batch_size=1, epochs=9))
    assert result.cause is not None
    assert result.cause.startswith(f"The loss became infinite in epoch 2 (batch {update - 60}): ")
    assert result.epochs == 1
    assert result.history["epoch"].tolist() == [0, 1]
    assert abs(result.parameters["layers.0.weight"].item()) == pytest.approx(grown, rel=1e-10)


def test_infinite_loss_before_any_update_names_inputs_and_weights() -> None:
    result = train_member(_scaled(spirals(optimizer="sgd", activation="relu"), 1e200))
    assert result.cause is not None
    assert result.cause.startswith("The loss became infinite before any update: the outputs are ")
    assert "Scale the inputs, which reach" in result.cause
    assert result.history["epoch"].tolist() == [0]


def test_weights_that_overflow_are_put_back() -> None:
    # w = 1e300 with gradient 1e-300 is finite, and lr lambda w = 1e310 is not.
    result = train_member(
        line([1e-300], [0], 1e300, lr=1.0, weight_decay=1e10, decoupled=True, epochs=3)
    )
    assert result.status == "diverged"
    assert result.cause is not None
    assert result.cause.startswith("The weights became infinite in epoch 1 (batch 1): ")
    assert "Rate times weight_decay is 1e+10, and above 2" in result.cause
    assert result.parameters["layers.0.weight"].item() == 1e300


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop", "lbfgs"])
def test_no_optimizer_gives_back_weights_that_are_not_finite(optimizer: Any) -> None:
    result = train_member(spirals(optimizer=optimizer, lr=1e200, epochs=20))
    assert all(np.isfinite(w).all() for w in result.parameters.values())
    assert (result.cause is None) == (result.status != "diverged")


def test_sum_over_rows_is_named_as_a_cause() -> None:
    loss = {"kind": "mse", "reduction": "sum"}
    result = train_member(line(range(50), range(50), lr=1.0, epochs=200, loss=loss))
    assert result.cause is not None
    assert ", or use the reduction 'mean', as the sum over rows makes every update" in result.cause
