"""Huber's error: squared near the target, absolute far from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.settings import Positive
from learnscope.training.losses.base import Family, PlainLoss
from learnscope.training.losses.parts import Reduction, check_numbers, numbers_tensor, numbers_total

if TYPE_CHECKING:
    from torch import Tensor


class Huber(PlainLoss):
    """With e = f - y: e^2 / 2 where |e| <= delta, delta (|e| - delta / 2) beyond.

    Source: P. Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35, 1964.

    Attributes:
        delta: where the parabola ends, in units of the target.
        reduction: "mean" divides by the count of numbers, "sum" does not divide.
    """

    kind: Literal["huber"] = "huber"
    delta: Positive = 1.0
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "value"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        size = np.abs(output.astype(np.float64) - target)
        near = np.minimum(size, self.delta)
        # near^2 / 2 + delta (size - near) is both branches in one; infinity stays infinity.
        numbers = 0.5 * near**2 + self.delta * (size - near)
        return numbers_total(numbers, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch.nn.functional import huber_loss

        check_numbers(self.kind, output, target, weight)
        numbers = huber_loss(output, target, reduction="none", delta=self.delta)
        return numbers_tensor(numbers, weight, self.reduction)
