"""Cross-entropy that takes shares for scores: a fault to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.special import log_sum_exp, softmax
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


class SoftmaxTwice(PlainLoss):
    """-log softmax(softmax(z))_y, the fault of S3.7: shares are taken for scores.

    As shares lie in [0, 1], the loss of c classes lies in [log(1 + (c - 1) / e), log(e + c - 1)]
    whatever the network says: for ten classes in [1.461, 2.461]. For demonstrations of this
    fault; `cross_entropy` is the loss without it.

    Attributes:
        reduction: "mean" divides by the count of rows (with class weights by their sum), "sum"
            does not divide.
    """

    kind: Literal["softmax_twice"] = "softmax_twice"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "class"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_classes(self.kind, output, target, weight)
        check_class_numbers(self.kind, target, output.shape[1])
        shares = softmax(output.astype(np.float64))
        numbers = log_sum_exp(shares)[:, 0] - shares[np.arange(len(shares)), target]
        return labels_total(numbers, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch.nn.functional import cross_entropy, softmax

        check_classes(self.kind, output, target, weight)
        numbers = cross_entropy(softmax(output, dim=1), target, reduction="none")
        return labels_tensor(numbers, weight, self.reduction)
