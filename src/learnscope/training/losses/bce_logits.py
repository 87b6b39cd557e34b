"""Binary cross-entropy of logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.training.losses.base import Family, PlainLoss
from learnscope.training.losses.parts import (
    Reduction,
    check_labels,
    check_numbers,
    labels_tensor,
    labels_total,
)

if TYPE_CHECKING:
    from torch import Tensor


class BceLogits(PlainLoss):
    """Binary cross-entropy with p = sigmoid(z): log(1 + exp(z)) - y z, in nats.

    Finite for every finite z, with the slope sigmoid(z) - y: no logarithm of 0 is ever taken.

    Attributes:
        reduction: "mean" divides by the count of rows (with class weights by their sum), "sum"
            does not divide.
    """

    kind: Literal["bce_logits"] = "bce_logits"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "binary"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        check_labels(self.kind, target)
        z = output.astype(np.float64)
        numbers = np.maximum(z, 0) - target * z + np.log1p(np.exp(-np.abs(z)))
        return labels_total(numbers.ravel(), weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch.nn.functional import binary_cross_entropy_with_logits

        check_numbers(self.kind, output, target, weight)
        numbers = binary_cross_entropy_with_logits(output, target, reduction="none")
        return labels_tensor(numbers.flatten(), weight, self.reduction)
