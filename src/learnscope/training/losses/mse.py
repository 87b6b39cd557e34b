"""Squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.base import Sample
from learnscope.training.losses.base import Family, Loss
from learnscope.training.losses.parts import HalvedReduction, check_numbers, count, weighted

if TYPE_CHECKING:
    from torch import Tensor


class Mse(Loss):
    """(f - y)^2 over all numbers of all rows.

    Attributes:
        reduction: "mean" divides by the count of numbers, "sum" does not divide, "half" is
            half the mean.
    """

    kind: Literal["mse"] = "mse"
    reduction: HalvedReduction = "mean"
    family: ClassVar[Family] = "value"

    def row_weights(self, sample: Sample) -> Array | None:
        return None

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        squares = np.square(output.astype(np.float64) - target)
        return float(weighted(squares, weight).sum()), count(self.reduction, squares.size)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        check_numbers(self.kind, output, target, weight)
        squares = (output - target).square()
        return weighted(squares, weight).sum(), count(self.reduction, target.numel())
