"""Absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.training.losses.base import Family, PlainLoss
from learnscope.training.losses.parts import Reduction, check_numbers, numbers_tensor, numbers_total

if TYPE_CHECKING:
    from torch import Tensor


class L1(PlainLoss):
    """|f - y| over all numbers of all rows; its slope at f = y is 0, as PyTorch has it.

    Attributes:
        reduction: "mean" divides by the count of numbers, "sum" does not divide.
    """

    kind: Literal["l1"] = "l1"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "value"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        sizes = np.abs(output.astype(np.float64) - target)
        return numbers_total(sizes, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        check_numbers(self.kind, output, target, weight)
        sizes = (output - target).abs()
        return numbers_tensor(sizes, weight, self.reduction)
