from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnscope.training.optimizers.adamw import AdamW
from learnscope.training.settings import Stopping, Training
from learnscope.training.split import Split


@given(epochs=st.integers(0, 5000), every=st.integers(1, 700))
def test_the_first_and_the_last_epoch_are_always_evaluated(epochs: int, every: int) -> None:
    # T42
    evaluated = Training(epochs=epochs, eval_every=every).evaluated()
    assert evaluated[0] == 0 and evaluated[-1] == epochs
    assert evaluated == sorted(set(evaluated))
    assert set(evaluated[:-1]) == set(range(0, epochs, every))


@pytest.mark.parametrize(("epochs", "rows"), [(0, 1), (7, 8), (1000, 101), (20_000, 101)])
def test_about_a_hundred_rows_are_kept_unless_told_otherwise(epochs: int, rows: int) -> None:
    assert len(Training(epochs=epochs).evaluated()) == rows


def test_early_stopping_looks_at_every_epoch() -> None:
    training = Training(epochs=300, stopping=Stopping(), split=Split(validation=0.2))
    assert training.evaluated() == list(range(301))


def test_there_is_one_rate_for_each_epoch() -> None:
    assert Training(epochs=3, lr=0.25).rates() == [0.25] * 3


def test_decay_is_what_the_optimizer_is_known_for_unless_said() -> None:
    assert not Training().is_decoupled
    assert Training(optimizer=AdamW()).is_decoupled
    assert Training(decoupled=True).is_decoupled


@pytest.mark.parametrize(
    ("settings", "step"),
    [
        ({"epochs": 1000}, 10),
        ({"epochs": 50}, 1),
        ({"epochs": 1000, "eval_every": 7}, 7),
        ({"epochs": 1000, "stopping": Stopping(), "split": Split(validation=0.2)}, 1),
    ],
)
def test_rows_of_the_history_are_so_many_epochs_apart(settings: dict[str, Any], step: int) -> None:
    training = Training(**settings)
    epochs = training.evaluated()
    assert training.eval_step == step == epochs[1] - epochs[0]
