"""What the losses share: the look at the shapes, the counts and the weighted sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

Reduction = Literal["mean", "sum"]
HalvedReduction = Literal["mean", "sum", "half"]
Numbers = TypeVar("Numbers", Array, "Tensor")


def check_numbers(
    kind: str | None, output: Array | Tensor, target: Array | Tensor, weight: Array | Tensor | None
) -> None:
    """Refuse shapes that are not (n, k), (n, k) and (n,): nothing is ever broadcast."""
    shape = tuple(output.shape)
    if len(shape) != 2 or tuple(target.shape) != shape:
        raise DataError(
            f"loss {kind!r}: outputs and targets must both have the shape (rows, numbers), got "
            f"outputs {shape} and targets {tuple(target.shape)}. Give the target one column for "
            "each output."
        )
    _check_weight(kind, shape[0], weight)


def check_classes(
    kind: str | None, output: Array | Tensor, target: Array | Tensor, weight: Array | Tensor | None
) -> None:
    """Refuse shapes that are not (n, c), (n,) and (n,): nothing is ever broadcast."""
    shape = tuple(output.shape)
    if len(shape) != 2 or tuple(target.shape) != shape[:1]:
        raise DataError(
            f"loss {kind!r}: outputs must be (rows, classes) and targets one class number for "
            f"each row, got outputs {shape} and targets {tuple(target.shape)}."
        )
    _check_weight(kind, shape[0], weight)


def _check_weight(kind: str | None, n: int, weight: Array | Tensor | None) -> None:
    if weight is not None and tuple(weight.shape) != (n,):
        raise DataError(
            f"loss {kind!r}: there must be one weight for each of the {n} rows, got weights "
            f"{tuple(weight.shape)}."
        )


def check_labels(kind: str | None, target: Array) -> None:
    """Refuse binary targets (n, 1) that are not between 0 and 1, such as -1 and 1."""
    bad = np.flatnonzero(~((target >= 0) & (target <= 1)).all(axis=1))
    if len(bad):
        raise DataError(
            f"loss {kind!r}: targets must be in [0, 1], got {target[bad[0], 0]:g} in row {bad[0]} "
            f"({len(bad)} rows in all). Use the labels 0 and 1."
        )


def check_class_numbers(kind: str | None, target: Array, c: int) -> None:
    """Refuse class numbers (n,) outside 0..c-1; a negative one would count from the end."""
    bad = np.flatnonzero((target < 0) | (target >= c))
    if len(bad):
        raise DataError(
            f"loss {kind!r}: class numbers must be in 0..{c - 1} for {c} outputs, got "
            f"{target[bad[0]]} in row {bad[0]} ({len(bad)} rows in all)."
        )


def count(reduction: HalvedReduction, n: float) -> float:
    """Return what a total over `n` numbers is divided by."""
    return {"mean": float(n), "sum": 1.0, "half": 2.0 * n}[reduction]


def weighted(numbers: Numbers, weight: Numbers | None) -> Numbers:
    """Return the numbers (n, k) times the weight (n,) of their row."""
    return numbers if weight is None else numbers * weight[:, None]


def numbers_total(
    numbers: Array, weight: Array | None, reduction: HalvedReduction
) -> tuple[float, float]:
    """Return total and count of a loss of numbers (n, k): weights leave the count as it is."""
    return float(weighted(numbers, weight).sum()), count(reduction, numbers.size)


def numbers_tensor(
    numbers: Tensor, weight: Tensor | None, reduction: HalvedReduction
) -> tuple[Tensor, Tensor | float]:
    """Return what `numbers_total` does, with a gradient."""
    return weighted(numbers, weight).sum(), count(reduction, numbers.numel())


def labels_total(numbers: Array, weight: Array | None, reduction: Reduction) -> tuple[float, float]:
    """Return total and count of a loss of labels (n,): the count is the sum of the weights."""
    if weight is None:
        return float(numbers.sum()), count(reduction, len(numbers))
    w = weight.astype(np.float64)
    return float((numbers * w).sum()), count(reduction, float(w.sum()))


def labels_tensor(
    numbers: Tensor, weight: Tensor | None, reduction: Reduction
) -> tuple[Tensor, Tensor | float]:
    """Return what `labels_total` does, with a gradient."""
    if weight is None:
        return numbers.sum(), count(reduction, len(numbers))
    return (numbers * weight).sum(), 1.0 if reduction == "sum" else weight.sum()
