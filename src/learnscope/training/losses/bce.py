"""Binary cross-entropy of probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
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


class Bce(PlainLoss):
    """-(y log p + (1 - y) log(1 - p)) for a probability p, in nats.

    Logarithms are cut at -100, as PyTorch does, so a sure mistake costs 100 and not infinity;
    its slope (p - y) / max(p (1 - p), 1e-12) is PyTorch's too. A sigmoid that is saturated
    gives no gradient through it (T10): `bce_logits` does not have this fault.

    Attributes:
        reduction: "mean" divides by the count of rows (with class weights by their sum), "sum"
            does not divide.
    """

    kind: Literal["bce"] = "bce"
    reduction: Reduction = "mean"
    family: ClassVar[Family] = "binary"

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        check_labels(self.kind, target)
        p = output.astype(np.float64)
        if ((p < 0) | (p > 1)).any():
            raise _not_probabilities(float(np.nanmin(p)), float(np.nanmax(p)))
        with np.errstate(divide="ignore"):
            hit, miss = np.maximum(np.log(p), -100.0), np.maximum(np.log1p(-p), -100.0)
        numbers = -(target * hit + (1 - target) * miss)
        return labels_total(numbers.ravel(), weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        from torch import where
        from torch.nn.functional import binary_cross_entropy

        check_numbers(self.kind, output, target, weight)
        # PyTorch refuses NaN here; a training that diverged must end as one.
        nan = output.isnan()
        try:
            numbers = binary_cross_entropy(where(nan, 0.5, output), target, reduction="none")
        except RuntimeError:
            raise _not_probabilities(float(output.min()), float(output.max())) from None
        return labels_tensor(where(nan, output, numbers).flatten(), weight, self.reduction)


def _not_probabilities(low: float, high: float) -> DataError:
    return DataError(
        f"loss 'bce': outputs must be probabilities in [0, 1], got values from {low:g} to "
        f"{high:g}. Use the output 'sigmoid', or the loss 'bce_logits'."
    )
