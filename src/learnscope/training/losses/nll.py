"""Negative log-likelihood of log-probabilities, one for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
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


class Nll(PlainLoss):
    """-l_y for log-probabilities l, in nats; on the output "log_softmax" it is cross-entropy.

    Attributes:
        reduction: "mean" divides by the count of rows (with class weights by their sum), "sum"
            does not divide.
    """

    kind: Literal["nll"] = "nll"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "class"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_classes(self.kind, output, target, weight)
        check_class_numbers(self.kind, target, output.shape[1])
        numbers = -output.astype(np.float64)[np.arange(len(output)), target]
        return labels_total(numbers, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch.nn.functional import nll_loss

        check_classes(self.kind, output, target, weight)
        numbers = nll_loss(output, target, reduction="none")
        return labels_tensor(numbers, weight, self.reduction)
