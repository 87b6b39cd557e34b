"""One contract for every loss: the two routes agree with each other and with PyTorch."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.training.losses import LOSSES, Loss

KINDS = sorted(LOSSES)
N, C = 23, 4
RNG = np.random.default_rng(0)
CLASSES = RNG.integers(0, C, N)
VALUES = RNG.normal(size=(N, 3)) * 2
WEIGHTS = RNG.uniform(0.2, 3.0, N)


def make(kind: str, **fields: Any) -> Loss:
    return LOSSES[kind](**fields)


def example(loss: Loss) -> tuple[Array, Array]:
    """Return outputs and targets that suit the loss."""
    if loss.family == "value":
        return RNG.normal(size=(N, 3)), VALUES
    if loss.family == "binary":
        z = RNG.normal(size=(N, 1)) * 3
        return (1 / (1 + np.exp(-z)) if loss.kind_name() == "bce" else z), (CLASSES[:, None] % 2.0)
    z = RNG.normal(size=(N, C)) * 3
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return (logs if loss.kind_name() == "nll" else z), CLASSES


def both(loss: Loss, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
    """Return the loss by NumPy and by PyTorch, both in float64."""
    total, count = loss.total(output, target, weight)
    w = None if weight is None else torch.from_numpy(weight)
    t_total, t_count = loss.tensor(torch.from_numpy(output), torch.from_numpy(target), w)
    return total / count, float(t_total / t_count)


THEIRS: dict[str, Callable[..., torch.Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "huber": F.huber_loss,
    "bce": F.binary_cross_entropy,
    "bce_logits": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
    "nll": F.nll_loss,
    "softmax_twice": lambda z, y, **how: F.cross_entropy(torch.softmax(z, dim=1), y, **how),
}


@pytest.mark.parametrize("kind", KINDS)
def test_registry_name_is_the_kind(kind: str) -> None:
    assert LOSSES[kind].kind_name() == kind


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", sorted(THEIRS))
def test_both_routes_equal_pytorchs_loss(kind: str, reduction: str) -> None:
    loss = make(kind, reduction=reduction)
    output, target = example(loss)
    theirs = THEIRS[kind](
        torch.from_numpy(output), torch.from_numpy(target), reduction=reduction
    ).item()
    # Sums in another order, float64.
    assert both(loss, output, target, None) == pytest.approx((theirs, theirs), rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_both_routes_agree(kind: str, weighted: bool) -> None:
    for reduction in ("mean", "sum"):
        loss = make(kind, reduction=reduction)
        output, target = example(loss)
        ours, theirs = both(loss, output, target, WEIGHTS if weighted else None)
        assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_total_of_float32_is_computed_in_float64(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    small = output.astype(np.float32)
    wide, _ = loss.total(small.astype(np.float64), target, None)
    assert loss.total(small, target, None)[0] == wide


@pytest.mark.parametrize("kind", KINDS)
def test_totals_and_counts_of_batches_add_up_to_the_whole(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    whole = loss.total(output, target, WEIGHTS)
    cuts = [slice(0, 10), slice(10, 20), slice(20, N)]
    parts = [loss.total(output[c], target[c], WEIGHTS[c]) for c in cuts]
    assert np.sum(parts, axis=0).tolist() == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_weights_of_one_change_nothing(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    plain = both(loss, output, target, None)
    assert both(loss, output, target, np.ones(N)) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_the_slope_of_the_total(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    z = torch.from_numpy(output.copy()).requires_grad_()
    total, _ = loss.tensor(z, torch.from_numpy(target), torch.from_numpy(WEIGHTS))
    total.backward()  # type: ignore[no-untyped-call]
    assert z.grad is not None
    for place in ((0, 0), (N - 1, 0), (7, output.shape[1] - 1)):
        step = np.zeros_like(output)
        step[place] = 1e-6
        up = loss.total(output + step, target, WEIGHTS)[0]
        down = loss.total(output - step, target, WEIGHTS)[0]
        # Central differences: rounding 1e-16 * 100 / 1e-6.
        assert float(z.grad[place]) == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("kind", ["bce", "bce_logits", "cross_entropy", "nll"])
def test_class_weights_divide_by_their_sum(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    rows = [loss.total(output[i : i + 1], target[i : i + 1], None)[0] for i in range(N)]
    expected = float(np.average(rows, weights=WEIGHTS))
    assert both(loss, output, target, WEIGHTS) == pytest.approx((expected, expected), rel=1e-12)


@pytest.mark.parametrize("kind", ["cross_entropy", "nll"])
def test_class_weights_are_pytorchs(kind: str) -> None:
    loss, table = make(kind), np.array([0.5, 1.0, 2.0, 4.0])
    output, target = example(loss)
    theirs = THEIRS[kind](
        torch.from_numpy(output), torch.from_numpy(target), weight=torch.from_numpy(table)
    ).item()
    assert both(loss, output, target, table[target])[0] == pytest.approx(theirs, rel=1e-12)


def test_weighted_bce_times_the_mean_weight_is_pytorchs() -> None:
    # PyTorch divides by the count of rows, this package by the sum of the weights.
    loss = make("bce_logits")
    output, target = example(loss)
    theirs = F.binary_cross_entropy_with_logits(
        torch.from_numpy(output), torch.from_numpy(target), torch.from_numpy(WEIGHTS[:, None])
    ).item()
    ours, _ = both(loss, output, target, WEIGHTS)
    assert ours * WEIGHTS.mean() == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("kind", [k for k in KINDS if LOSSES[k].family == "value"])
def test_weights_of_numbers_divide_by_their_count(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    rows = [loss.total(output[i : i + 1], target[i : i + 1], None)[0] for i in range(N)]
    expected = float(np.dot(rows, WEIGHTS) / (3 * N))
    assert both(loss, output, target, WEIGHTS) == pytest.approx((expected, expected), rel=1e-12)


@pytest.mark.parametrize("kind", [k for k in KINDS if LOSSES[k].family != "class"])
@pytest.mark.parametrize(
    ("output", "target"), [((5, 1), (5,)), ((5,), (5, 1)), ((5,), (5,)), ((5, 2), (5, 1))]
)
def test_numbers_are_never_broadcast(
    kind: str, output: tuple[int, ...], target: tuple[int, ...]
) -> None:
    loss = make(kind)
    text = re.escape(f"loss {kind!r}: outputs and targets must both have the shape (rows, numbers)")
    text += re.escape(f", got outputs {output} and targets {target}")
    with pytest.raises(DataError, match=text):
        loss.total(np.ones(output), np.ones(target), None)
    with pytest.raises(DataError, match=text):
        loss.tensor(torch.ones(output), torch.ones(target), None)


@pytest.mark.parametrize("kind", ["cross_entropy", "nll"])
@pytest.mark.parametrize(("output", "target"), [((5, 3), (5, 1)), ((5, 3), (4,)), ((5,), (5,))])
def test_classes_are_never_broadcast(
    kind: str, output: tuple[int, ...], target: tuple[int, ...]
) -> None:
    loss = make(kind)
    text = re.escape(f"for each row, got outputs {output} and targets {target}")
    with pytest.raises(DataError, match=text):
        loss.total(np.ones(output), np.zeros(target, dtype=np.int64), None)
    with pytest.raises(DataError, match=text):
        loss.tensor(torch.ones(output), torch.zeros(target, dtype=torch.int64), None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1,), (N, 1), (N + 1,), ()])
def test_weights_are_never_broadcast(kind: str, shape: tuple[int, ...]) -> None:
    loss = make(kind)
    output, target = example(loss)
    text = re.escape(f"one weight for each of the {N} rows, got weights {shape}")
    with pytest.raises(DataError, match=text):
        loss.total(output, target, np.ones(shape))
    with pytest.raises(DataError, match=text):
        loss.tensor(torch.from_numpy(output), torch.from_numpy(target), torch.ones(shape))


def test_squared_error_of_numbers_against_themselves_is_zero() -> None:
    # T2: broadcast, 0..4 against itself gives 4.
    column = np.arange(5.0)[:, None]
    assert both(make("mse"), column, column, None) == (0.0, 0.0)


def test_half_is_half_the_mean() -> None:
    for kind in ("mse", "percentage"):
        output, target = example(make(kind))
        whole = both(make(kind), output, target, None)[0]
        half = both(make(kind, reduction="half"), output, target, None)
        assert half == pytest.approx((whole / 2, whole / 2), rel=1e-14)


@pytest.mark.parametrize("delta", [0.1, 1.0, 2.5])
def test_huber_is_pytorchs_for_every_delta(delta: float) -> None:
    loss = make("huber", delta=delta)
    output, target = example(loss)
    theirs = F.huber_loss(torch.from_numpy(output), torch.from_numpy(target), delta=delta).item()
    assert both(loss, output, target, None) == pytest.approx((theirs, theirs), rel=1e-12)


def test_huber_bends_at_delta() -> None:
    # By hand, delta 2: 1^2 / 2, 2^2 / 2 and 2 (5 - 1).
    for size, expected in ((1.0, 0.5), (2.0, 2.0), (5.0, 8.0)):
        got = both(make("huber", delta=2.0), np.array([[size]]), np.zeros((1, 1)), None)
        assert got == (expected, expected)


def test_percentage_weighs_errors_by_the_size_of_the_target() -> None:
    # By hand: 0.3 / (2 + 0.1) and 0.3 / (0 + 0.1).
    output, target = np.array([[2.3], [0.3]]), np.array([[2.0], [0.0]])
    expected = ((0.3 / 2.1) ** 2 + 3.0**2) / 2
    got = both(make("percentage"), output, target, None)
    assert got == pytest.approx((expected, expected), rel=1e-12)


def test_the_smallest_epsilon_gives_the_explosion_of_the_source() -> None:
    # S4.21 and T31: some 1e19 to 1e20 at the start, for sin(3x) exp(-x/8) with |y| down to 1e-13.
    x = np.arange(-100, 100) / 10
    y = (np.sin(3 * x) * np.exp(-x / 8))[:, None]
    y[100] = 1e-13  # sin(0), which the source's grid misses by rounding
    bare = make("percentage", epsilon=1e-300, reduction="half")
    assert bare.total(np.full_like(y, 0.1), y, None)[0] > 1e19
    guarded = make("percentage").total(np.full_like(y, 0.1), y, None)
    assert guarded[0] / guarded[1] < 1.5


@pytest.mark.parametrize(
    ("p", "expected"), [(0.01, 4.6052), (0.3, 1.2040), (0.5, 0.6931), (1.0, 0.0)]
)
def test_bce_of_a_one_has_the_published_values(p: float, expected: float) -> None:
    """S4.6, to its four decimals."""
    got = both(make("bce"), np.array([[p]]), np.ones((1, 1)), None)
    assert got == pytest.approx((expected, expected), abs=5e-5)


def test_bce_cuts_its_logarithm_at_100() -> None:
    sure = np.array([[0.0], [1.0]])
    assert both(make("bce"), sure, 1 - sure, None) == (100.0, 100.0)
    assert both(make("bce"), sure, sure, None) == (0.0, 0.0)


def test_bce_of_saturated_outputs_has_pytorchs_finite_slope() -> None:
    p = torch.tensor([[0.0], [1.0], [0.25]], requires_grad=True)
    total, _ = make("bce").tensor(p, torch.tensor([[1.0], [1.0], [1.0]]), None)
    total.backward()  # type: ignore[no-untyped-call]
    assert p.grad is not None
    assert p.grad.flatten().tolist() == pytest.approx([-1e12, 0.0, -4.0], rel=1e-6)


def test_bce_refuses_what_is_no_probability() -> None:
    output, target = np.array([[-0.5], [2.0]]), np.ones((2, 1))
    text = re.escape("must be probabilities in [0, 1], got values from -0.5 to 2. Use the output")
    with pytest.raises(DataError, match=text):
        make("bce").total(output, target, None)
    with pytest.raises(DataError, match=text):
        make("bce").tensor(torch.from_numpy(output), torch.from_numpy(target), None)


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_that_are_not_numbers_give_such_a_loss(kind: str) -> None:
    loss = make(kind)
    output, target = example(loss)
    output[3, 0] = math.nan
    if loss.family == "class":
        target = np.where(np.arange(N) == 3, 0, target)
    assert all(math.isnan(value) for value in both(loss, output, target, None))


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_extreme_logits_stay_finite(size: float) -> None:
    z = np.array([[size], [-size]])
    wrong = np.array([[0.0], [1.0]])
    assert both(make("bce_logits"), z, wrong, None) == (size, size)
    assert both(make("bce_logits"), z, 1 - wrong, None) == (0.0, 0.0)
    scores = np.array([[size, -size], [size, -size]])
    assert both(make("cross_entropy"), scores, np.array([0, 0]), None) == (0.0, 0.0)
    assert both(make("cross_entropy"), scores, np.array([1, 1]), None) == (2 * size, 2 * size)


def test_extreme_logits_have_finite_gradients() -> None:
    z = torch.tensor([[1000.0], [-1000.0]], requires_grad=True)
    total, _ = make("bce_logits").tensor(z, torch.tensor([[0.0], [1.0]]), None)
    total.backward()  # type: ignore[no-untyped-call]
    assert z.grad is not None and z.grad.flatten().tolist() == [1.0, -1.0]


def test_knowing_nothing_costs_the_logarithm_of_the_classes() -> None:
    got = both(make("cross_entropy"), np.zeros((6, 10)), np.arange(6), None)
    assert got == pytest.approx((math.log(10), math.log(10)), rel=1e-14)


def test_probabilities_taken_for_logits_have_a_floor() -> None:
    """T9: with a softmax before it the loss cannot leave [1.4612, 2.4612] for ten classes."""
    sure = np.eye(10)
    got = both(make("cross_entropy"), sure, np.arange(10), None)[0]
    assert got == pytest.approx(1.4612, abs=5e-5)
    wrong = both(make("cross_entropy"), sure, (np.arange(10) + 1) % 10, None)[0]
    assert wrong == pytest.approx(2.4612, abs=5e-5)


def test_cross_entropy_is_nll_of_log_softmax() -> None:
    """S4.25: the difference is 0.0; the two sums round differently by an ulp at most."""
    z = RNG.normal(size=(N, C)) * 30
    logs = torch.log_softmax(torch.from_numpy(z), dim=1).numpy()
    ours = both(make("cross_entropy"), z, CLASSES, None)[0]
    assert both(make("nll"), logs, CLASSES, None)[0] == pytest.approx(ours, rel=1e-14)


@pytest.mark.parametrize("kind", ["cross_entropy", "nll"])
@pytest.mark.parametrize("bad", [-1, 3])
def test_class_numbers_outside_the_outputs_are_refused(kind: str, bad: int) -> None:
    text = f"class numbers must be in 0..2 for 3 outputs, got {bad} in row 1 (1 rows in all)"
    with pytest.raises(DataError, match=re.escape(text)):
        make(kind).total(np.zeros((3, 3)), np.array([0, bad, 2]), None)


@pytest.mark.parametrize("kind", ["bce", "bce_logits"])
def test_labels_of_minus_one_are_refused(kind: str) -> None:
    text = "targets must be in [0, 1], got -1 in row 0 (2 rows in all). Use the labels 0 and 1."
    with pytest.raises(DataError, match=re.escape(text)):
        make(kind).total(np.full((3, 1), 0.5), np.array([[-1.0], [1.0], [-1.0]]), None)


@pytest.mark.parametrize(
    ("kind", "field", "value", "text"),
    [
        ("huber", "delta", 0.0, "Huber.delta must be > 0, got 0.0."),
        ("percentage", "epsilon", 0, "Percentage.epsilon must be > 0, got 0."),
        ("mse", "reduction", "halve", "Mse.reduction must be one of mean, sum, half, got 'halve'."),
        ("bce", "reduction", "half", "Bce.reduction must be one of mean, sum, got 'half'."),
    ],
)
def test_bad_fields_are_refused(kind: str, field: str, value: Any, text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        make(kind, **{field: value})


@pytest.mark.parametrize("size", [0.0, 1.0, 1e3])
def test_softmax_taken_twice_confines_the_loss(size: float) -> None:
    """T9: with ten classes between 1.4612 and 2.4612 whatever the scores."""
    z, y = RNG.normal(size=(50, 10)) * size, RNG.integers(0, 10, 50)
    rows = [make("softmax_twice").total(z[i : i + 1], y[i : i + 1], None)[0] for i in range(50)]
    assert min(rows) >= np.log(1 + 9 / np.e) - 1e-12
    assert max(rows) <= np.log(np.e + 9) + 1e-12
