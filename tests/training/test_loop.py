from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pytest
import torch

from learnscope.arrays import Array
from learnscope.errors import Interrupted
from learnscope.models.network import forward
from learnscope.training import evaluate
from learnscope.training.loop import train_member
from learnscope.training.member import Examples, Member
from learnscope.training.order import epoch_order
from learnscope.training.result import HISTORY, Progress
from learnscope.training.update import Updater
from tests.training.members import line, same_bits, spirals

Build = Any


def _plain(member: Member) -> torch.nn.Sequential:
    """Return the tanh network of `spirals` with the member's first weights."""
    layers: list[torch.nn.Module] = []
    for shape in (member.initial[f"layers.{i}.weight"].shape for i in range(3)):
        layers += [torch.nn.Linear(shape[1], shape[0], dtype=torch.float64), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for p, value in zip(model.parameters(), member.initial.values(), strict=True):
            p.copy_(torch.tensor(value))
    return model


def _batches(member: Member, epochs: int, size: int | None) -> Iterator[Array]:
    n = len(member.parts["train"].x)
    for epoch in range(1, epochs + 1):
        order = np.arange(n) if size is None else epoch_order(member.order_key, epoch, n)
        yield from (order[i : i + (size or n)] for i in range(0, n, size or n))


def _train_plain(member: Member, build: Build, epochs: int, size: int | None) -> list[Array]:
    model = _plain(member)
    optimizer = build(model.parameters())
    x, y = (torch.tensor(v) for v in (member.parts["train"].x, member.parts["train"].y))
    for rows in _batches(member, epochs, size):

        def closure(rows: Array = rows) -> torch.Tensor:
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x[rows]), y[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(closure)
    return [p.detach().numpy() for p in model.parameters()]


@pytest.mark.parametrize(
    ("settings", "build"),
    [
        ({"optimizer": "adam", "lr": 0.01}, lambda p: torch.optim.Adam(p, lr=0.01)),
        (
            {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "batch_size": 9},
            lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
        ),
        (
            {
                "optimizer": {"kind": "sgd", "momentum": 0.9, "nesterov": True},
                "lr": 0.05,
                "batch_size": 9,
            },
            lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
        ),
        (
            {"optimizer": {"kind": "rmsprop", "centered": True, "momentum": 0.5}, "lr": 0.01},
            lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True, momentum=0.5),
        ),
        (
            {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1, "batch_size": 9},
            lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        ),
        (
            {"optimizer": "lbfgs", "lr": 1.0},
            lambda p: torch.optim.LBFGS(p, lr=1.0, history_size=10, line_search_fn="strong_wolfe"),
        ),
    ],
    ids=["adam", "adam with decay", "sgd nesterov", "rmsprop", "adamw", "lbfgs"],
)
def test_weights_equal_those_of_a_plain_pytorch_loop(settings: Any, build: Build) -> None:
    epochs = 4 if settings["optimizer"] == "lbfgs" else 30
    member = spirals(**settings, epochs=epochs)
    expected = _train_plain(member, build, epochs, settings.get("batch_size"))
    found = train_member(member).parameters.values()
    # Both are float64 and differ in the order of the operations in the loss alone.
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


def test_history_has_all_columns_for_the_evaluated_epochs() -> None:
    member = spirals(epochs=7, eval_every=3, split={"validation": 0.2})
    history = train_member(member).history
    assert tuple(history) == HISTORY
    assert history["epoch"].tolist() == [0, 3, 6, 7]
    assert all(v.dtype == np.float64 and v.shape == (4,) for v in history.values())
    only_after_updates = {"train_loss_before", "gradient_norm"}
    missing = {column for column in HISTORY if np.isnan(history[column]).any()}
    assert missing == only_after_updates


@pytest.mark.parametrize("at_once", [7, 8192])
def test_losses_and_accuracies_are_means_over_all_rows_of_a_part(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "rows_at_once", lambda network: at_once)
    member = spirals(epochs=3, dropout=0.5, split={"validation": 0.3})
    result = train_member(member)
    for part, examples in member.parts.items():
        output = forward(member.network, result.parameters, examples.x)
        loss = np.mean((output - examples.y) ** 2)
        right = np.mean((output[:, 0] > 0.5) == examples.y[:, 0])
        assert result.history[f"{part}_loss"][-1] == pytest.approx(loss, rel=1e-12)
        assert result.history[f"{part}_accuracy"][-1] == pytest.approx(right, rel=1e-12)
    norm = np.sqrt(sum((w**2).sum() for w in result.parameters.values()))
    assert result.history["weight_norm"][-1] == pytest.approx(norm, rel=1e-12)


def test_loss_before_an_update_is_the_loss_after_the_last_one() -> None:
    history = train_member(spirals(epochs=6, lr=0.05)).history
    np.testing.assert_allclose(
        history["train_loss_before"][1:], history["train_loss"][:-1], rtol=1e-12
    )
    assert (history["train_loss"][1:] != history["train_loss"][:-1]).all()


@pytest.mark.parametrize("reduction", ["mean", "half", "sum"])
def test_epoch_loss_is_the_mean_over_rows_whatever_the_batches(reduction: str) -> None:
    loss = {"kind": "mse", "reduction": reduction}
    # So small a rate leaves the weights where they are: the mean of the batches' means, or the
    # sum over 3 batches of 4, 4 and 2 rows divided by 3, would be another number.
    member = line(range(10), range(1, 11), lr=1e-16, batch_size=4, loss=loss)
    errors = (2.0 * np.arange(10) - np.arange(1, 11)) ** 2
    expected = {"mean": errors.mean(), "half": errors.mean() / 2, "sum": errors.sum()}[reduction]
    history = train_member(member).history
    assert history["train_loss_before"][1] == pytest.approx(expected, rel=1e-10)
    assert history["train_loss"][1] == pytest.approx(expected, rel=1e-10)


def test_class_weights_weigh_the_epoch_loss_across_batches() -> None:
    settings: Any = {"loss": "bce_logits", "class_weights": (1.0, 3.0), "lr": 1e-16}
    history = train_member(spirals(epochs=1, batch_size=5, optimizer="sgd", **settings)).history
    assert history["train_loss_before"][1] == pytest.approx(history["train_loss"][0], rel=1e-10)


class _Spy:
    """Notes the inputs of every update."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[list[float]] = []
        original = Updater.update

        def update(updater: Updater, rows: Any, rate: float, step: int) -> Any:
            assert step == len(self.seen)
            self.seen.append(rows.x[:, 0].tolist())
            return original(updater, rows, rate, step)

        monkeypatch.setattr(Updater, "update", update)


@pytest.mark.parametrize(
    ("n", "size", "expected"),
    [
        (10, 4, [4, 4, 2]),
        (9, 4, [4, 4, 1]),  # a last batch of one row
        (3, 50, [3]),  # a batch larger than the data
        (6, 6, [6]),
        (7, None, [7]),
    ],
)
def test_every_epoch_sees_every_row_once_and_updates_are_counted_exactly(
    n: int, size: int | None, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = _Spy(monkeypatch)
    result = train_member(line(range(n), range(n), lr=1e-6, batch_size=size, epochs=5))
    assert [len(rows) for rows in spy.seen] == expected * 5
    per_epoch = len(expected)
    for epoch in range(5):
        batches = spy.seen[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert sorted(chain(*batches)) == list(range(n))
    assert result.epochs == result.history["epoch"][-1] == 5


def test_order_is_new_in_every_epoch_unless_shuffle_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spy = _Spy(monkeypatch)
    train_member(line(range(20), range(20), lr=1e-6, batch_size=10, epochs=4))
    orders = {tuple(spy.seen[i] + spy.seen[i + 1]) for i in range(0, 8, 2)}
    assert len(orders) == 4
    spy.seen.clear()
    train_member(line(range(20), range(20), lr=1e-6, batch_size=10, epochs=2, shuffle=False))
    assert spy.seen == [list(range(10)), list(range(10, 20))] * 2


def test_test_rows_never_touch_the_weights() -> None:
    settings: Any = {"stopping": {"patience": 3}, "split": {"validation": 0.2}, "lr": 0.05}
    member = spirals(epochs=40, **settings)
    test = member.parts["test"]
    garbage = Examples(x=np.full_like(test.x, 1e6), y=np.full_like(test.y, -1e6), weight=None)
    other = replace(member, parts={**member.parts, "test": garbage})
    a, b = train_member(member), train_member(other)
    assert a.history["test_loss"][-1] != b.history["test_loss"][-1]
    assert a.epochs == b.epochs
    for name in a.parameters:
        np.testing.assert_array_equal(a.parameters[name], b.parameters[name])


def test_no_epochs_only_evaluate() -> None:
    member = spirals(epochs=0)
    result = train_member(member)
    assert (result.status, result.epochs, result.best_epoch) == ("trained", 0, 0)
    assert result.history["epoch"].tolist() == [0]
    np.testing.assert_array_equal(
        result.parameters["layers.0.weight"], member.initial["layers.0.weight"]
    )


def test_rate_follows_the_schedule() -> None:
    schedule = {"kind": "exponential", "gamma": 0.5}
    member = line([1], [0], lr=0.1, epochs=3, schedule=schedule)
    rates = member.experiment.training.rates()
    expected = 2.0
    for rate in rates:
        expected -= rate * 2 * expected
    assert len(set(rates)) == 3
    w = train_member(member).parameters["layers.0.weight"].item()
    assert w == pytest.approx(expected, rel=1e-12)


def test_training_is_repeatable_and_leaves_the_global_state_alone() -> None:
    member = spirals(epochs=5, dropout=0.2, batch_size=8, precision="float32")
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # type: ignore[index]
    first = train_member(member)
    torch.set_num_threads(2)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad(), torch.device("meta"), torch.inference_mode():
            again = train_member(member)
        assert (torch.get_num_threads(), torch.get_default_dtype()) == (2, torch.float64)
    finally:
        torch.set_default_dtype(torch.float32)
    same_bits(first, again)
    assert first.parameters["layers.0.weight"].dtype == np.float32
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist()  # type: ignore[index]


@pytest.mark.parametrize("at_once", [1, 8192])
def test_units_that_never_change_are_counted_as_dead(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "rows_at_once", lambda network: at_once)
    member = spirals(epochs=0, activation="relu")
    initial = dict(member.initial)
    # Units 0 and 1 of the first layer are negative everywhere; those of the second layer that
    # see nothing but them give their bias.
    initial["layers.0.bias"] = np.array([-1e6, -1e6, 0.0, 0.0, 0.0])
    initial["layers.1.weight"] = np.array([[1.0, 1, 0, 0, 0], *[[0.0, 0, 1, 1, 1]] * 3])
    initial["layers.1.bias"] = np.array([3.0, 1e3, 1e3, 1e3])
    result = train_member(replace(member, initial=initial))
    assert result.history["dead_units"].tolist() == [3.0]


def test_progress_counts_epochs_and_stop_is_obeyed() -> None:
    told: list[Progress] = []
    asked = iter([False] * 6 + [True])
    with pytest.raises(Interrupted, match=r"^Training was stopped in epoch 4 of 5\.$"):
        # Two batches in an epoch: six updates are three epochs.
        train_member(
            spirals(batch_size=20), on_progress=told.append, should_stop=lambda: next(asked)
        )
    assert told[0].done == 0
    assert told[0].total == 5
    assert told[0].message.startswith("loss 0.")
