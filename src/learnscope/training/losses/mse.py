"""Squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.training.losses.base import Family, PlainLoss
from learnscope.training.losses.parts import (
    HalvedReduction,
    check_numbers,
    numbers_tensor,
    numbers_total,
)

if TYPE_CHECKING:
    from torch import Tensor


class Mse(PlainLoss):
    """(f - y)^2 over all numbers of all rows.

    Attributes:
        reduction: "mean" divides by the count of numbers, "sum" does not divide, "half" is
            half the mean.
    """

    kind: Literal["mse"] = "mse"
    reduction: HalvedReduction = "mean"
    family: ClassVar[Family] = "value"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        squares = np.square(output.astype(np.float64) - target)
        return numbers_total(squares, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        check_numbers(self.kind, output, target, weight)
        squares = (output - target).square()
        return numbers_tensor(squares, weight, self.reduction)
