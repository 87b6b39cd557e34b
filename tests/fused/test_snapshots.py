"""Weights kept on the way: equal on both routes, whatever breaks the training off."""

from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.fused import train_members
from learnscope.fused.crew import Store
from learnscope.training.checkpoint import load_checkpoint, save_checkpoint
from learnscope.training.loop import train_member
from learnscope.training.result import Result
from learnscope.training.state import TrainingState
from tests.training.members import same_bits, spirals

EPOCHS = (0, 1, 4, 9, 12)


def same_snapshots(a: Result, b: Result, rtol: float = 0.0) -> None:
    assert a.snapshots.epochs == b.snapshots.epochs
    assert a.snapshots.parameters.keys() == b.snapshots.parameters.keys()
    for name, stack in a.snapshots.parameters.items():
        np.testing.assert_allclose(stack, b.snapshots.parameters[name], rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    "optimizer",
    [
        "adam",
        {"kind": "sgd", "momentum": 0.9},
        {"kind": "rmsprop", "centered": True},
        {"kind": "rmsprop", "centered": True, "momentum": 0.5},
    ],
)
@pytest.mark.parametrize("batch", [None, 7])
def test_both_routes_keep_the_same_weights(optimizer: Any, batch: int | None) -> None:
    member = spirals(optimizer=optimizer, batch_size=batch, epochs=12, snapshots=EPOCHS)
    ours, torch = train_members([member])[0], train_member(member)
    assert ours.snapshots.epochs == EPOCHS
    # Twelve epochs in float64: the routes differ by the order of their sums alone.
    same_snapshots(ours, torch, rtol=1e-9)


def test_the_first_snapshot_is_the_first_weights_and_the_last_the_final_ones() -> None:
    member = spirals(epochs=12, snapshots=EPOCHS)
    for result in (train_members([member])[0], train_member(member)):
        for name, first in member.initial.items():
            np.testing.assert_array_equal(result.snapshots.at(0)[name], first)
            np.testing.assert_array_equal(result.snapshots.at(12)[name], result.parameters[name])


def test_a_snapshot_is_what_a_shorter_training_ends_with() -> None:
    long = train_members([spirals(epochs=12, snapshots=EPOCHS, batch_size=7)])[0]
    short = train_members([spirals(epochs=4, batch_size=7)])[0]
    for name, weights in short.parameters.items():
        np.testing.assert_array_equal(long.snapshots.at(4)[name], weights)


def test_keeping_them_changes_nothing_else() -> None:
    plain, kept = spirals(epochs=12), spirals(epochs=12, snapshots=EPOCHS)
    for train in (train_member, lambda m: train_members([m])[0]):
        same_bits(train(plain), train(kept))


def test_a_member_that_stops_early_has_those_it_reached() -> None:
    member = spirals(
        epochs=400, lr=0.5, snapshots=40, split={"validation": 0.2}, stopping={"patience": 5}
    )
    for result in (train_members([member])[0], train_member(member)):
        assert result.status == "stopped"
        expected = [e for e in member.experiment.training.snapshot_epochs() if e <= result.epochs]
        assert list(result.snapshots.epochs) == expected


@pytest.mark.parametrize(
    ("snapshots", "epochs", "expected"),
    [(3, 10, [0, 5, 10]), (50, 4, [0, 1, 2, 3, 4]), ((7, 2, 7), 10, [2, 7]), (None, 10, [])],
)
def test_a_number_is_spread_evenly_and_a_list_is_taken_as_it_is(
    snapshots: Any, epochs: int, expected: list[int]
) -> None:
    training = spirals(epochs=epochs, snapshots=snapshots).experiment.training
    assert training.snapshot_epochs() == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "training.snapshots must be >= 2, got 1."),
        ("often", "training.snapshots must be a whole number, got 'often'."),
        ((0, -1), "training.snapshots.1 must be >= 0, got -1."),
        ((3, 6), "training.snapshots must be epochs of 0 to 5, as training.epochs says, got 6."),
    ],
)
def test_a_wrong_setting_is_named_with_its_rule(value: Any, message: str) -> None:
    experiment = spirals().experiment
    with pytest.raises(InputError) as caught:
        experiment.override({"training.epochs": 5, "training.snapshots": value})
    assert str(caught.value) == message


def test_snapshots_that_take_too_much_memory_are_refused() -> None:
    experiment = spirals(epochs=5).experiment
    large = experiment.override(
        {"model.hidden": [1000, 1000], "training.snapshots": 6, "seeds": 1000}
    )
    from learnscope.training.member import prepare

    # 1,005,001 weights of 8 bytes, six times, of 1000 members.
    message = r"keeps 6 times 1,005,001 weights of 1,000 members: 48.2 GB, and at most 2 GB"
    with pytest.raises(InputError, match=message):
        prepare(large, 0)


@pytest.mark.parametrize(
    "optimizer", ["adam", {"kind": "sgd", "momentum": 0.9}, {"kind": "rmsprop", "centered": True}]
)
@pytest.mark.parametrize("batch", [None, 7])
def test_a_training_broken_off_goes_on_with_the_same_bits(
    optimizer: Any, batch: int | None, tmp_path: Any
) -> None:
    settings = dict(optimizer=optimizer, batch_size=batch, dropout=0.1, eval_every=100)
    member = spirals(epochs=20_000, snapshots=[0, 10, 20_000], **settings)
    path = tmp_path / "state.safetensors"
    saved: list[TrainingState] = []

    def save(m: Any, state: TrainingState) -> None:
        saved.append(state)
        save_checkpoint(path, m, state)

    store = Store(load=lambda m: load_checkpoint(path, m), save=save)
    cut = train_members([member], seconds=0.02, store=store)[0]
    assert cut is not None and cut.status == "budget"
    assert 0 <= cut.epochs < 20_000 and saved[0].epoch == cut.epochs
    whole, resumed = train_members([member])[0], train_members([member], store=store)[0]
    same_bits(whole, resumed)
    same_snapshots(whole, resumed)
