"""Squared relative error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.settings import Positive
from learnscope.training.losses.base import Family, PlainLoss
from learnscope.training.losses.parts import (
    HalvedReduction,
    check_numbers,
    numbers_tensor,
    numbers_total,
)

if TYPE_CHECKING:
    from torch import Tensor


class Percentage(PlainLoss):
    """((f - y) / (|y| + epsilon))^2 over all numbers of all rows.

    Source: the percentage error of S4.21 is the "half" of it with epsilon 0, which no target
    near 0 survives: there the smallest |y| is 1e-13 and the first loss is 8e19.

    Attributes:
        epsilon: added to the size of the target, in its units; errors count as relative where
            |y| is well above it and as absolute where |y| is well below.
        reduction: "mean" divides by the count of numbers, "sum" does not divide, "half" is
            half the mean.
    """

    kind: Literal["percentage"] = "percentage"
    epsilon: Positive = 0.1
    reduction: HalvedReduction = "mean"
    family: ClassVar[Family] = "value"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        wanted = target.astype(np.float64)
        squares = np.square((output - wanted) / (np.abs(wanted) + self.epsilon))
        return numbers_total(squares, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        check_numbers(self.kind, output, target, weight)
        squares = ((output - target) / (target.abs() + self.epsilon)).square()
        return numbers_tensor(squares, weight, self.reduction)
