"""Absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.base import Sample
from learnscope.training.losses.base import Family, Loss
from learnscope.training.losses.parts import Reduction, check_numbers, count, weighted

if TYPE_CHECKING:
    from torch import Tensor


class L1(Loss):
    """|f - y| over all numbers of all rows; its slope at f = y is 0, as PyTorch has it.

    Attributes:
        reduction: "mean" divides by the count of numbers, "sum" does not divide.
    """

    kind: Literal["l1"] = "l1"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "value"

    def row_weights(self, sample: Sample) -> Array | None:
        return None

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        sizes = np.abs(output.astype(np.float64) - target)
        return float(weighted(sizes, weight).sum()), count(self.reduction, sizes.size)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        check_numbers(self.kind, output, target, weight)
        sizes = (output - target).abs()
        return weighted(sizes, weight).sum(), count(self.reduction, target.numel())
