"""Cross-entropy of logits, one for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.special import log_sum_exp
from learnscope.training.losses.base import Family, PlainLoss
from learnscope.training.losses.parts import (
    Reduction,
    check_class_numbers,
    check_classes,
    labels_tensor,
    labels_total,
)

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(PlainLoss):
    """-log softmax(z)_y = log sum_j exp(z_j) - z_y, in nats; log c where nothing is known.

    Attributes:
        reduction: "mean" divides by the count of rows (with class weights by their sum), "sum"
            does not divide.
    """

    kind: Literal["cross_entropy"] = "cross_entropy"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "class"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_classes(self.kind, output, target, weight)
        check_class_numbers(self.kind, target, output.shape[1])
        z = output.astype(np.float64)
        numbers = log_sum_exp(z)[:, 0] - z[np.arange(len(z)), target]
        return labels_total(numbers, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch.nn.functional import cross_entropy

        check_classes(self.kind, output, target, weight)
        numbers = cross_entropy(output, target, reduction="none")
        return labels_tensor(numbers, weight, self.reduction)
