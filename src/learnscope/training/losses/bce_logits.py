"""Binary cross-entropy of logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.base import Sample
from learnscope.training.losses.base import Family, Loss
from learnscope.training.losses.parts import (
    Reduction,
    check_labels,
    check_numbers,
    count,
    weighted,
)

if TYPE_CHECKING:
    from torch import Tensor


class BceLogits(Loss):
    """Binary cross-entropy with p = sigmoid(z): log(1 + exp(z)) - y z, in nats.

    Finite for every finite z, with the slope sigmoid(z) - y: no logarithm of 0 is ever taken.

    Attributes:
        reduction: "mean" divides by the count of rows (with class weights by their sum), "sum"
            does not divide.
    """

    kind: Literal["bce_logits"] = "bce_logits"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "binary"

    def row_weights(self, sample: Sample) -> Array | None:
        return None

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        check_labels(self.kind, target)
        z = output.astype(np.float64)
        numbers = np.maximum(z, 0) - target * z + np.log1p(np.exp(-np.abs(z)))
        n = numbers.size if weight is None else float(weight.astype(np.float64).sum())
        return float(weighted(numbers, weight).sum()), count(self.reduction, n)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch.nn.functional import binary_cross_entropy_with_logits

        check_numbers(self.kind, output, target, weight)
        numbers = binary_cross_entropy_with_logits(output, target, reduction="none")
        total = weighted(numbers, weight).sum()
        if self.reduction == "sum" or weight is None:
            return total, count(self.reduction, target.numel())
        return total, weight.sum()
