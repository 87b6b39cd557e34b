"""What a loss is: settings with the same formula in NumPy and in PyTorch.

A loss is total / count. Over several batches of one epoch the totals and the counts are summed
first, which is the mean over rows whatever the sizes of the batches; losses with the reduction
"sum" keep count 1 for the whole epoch.

A row may have a weight. Losses of numbers multiply by it and still divide by the count of
numbers, as weighted least squares does. Losses of labels divide by the sum of the weights, so
that class weights change the balance and not the size of the loss; PyTorch does the same for
cross_entropy and nll, and divides by the count of rows for the two BCE losses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from learnscope.arrays import Array
from learnscope.problems.base import Sample
from learnscope.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

Family = Literal["value", "binary", "class"]


class Loss(Settings, ABC):
    """How wrong outputs are.

    Attributes:
        family: what the loss compares: "value" numbers (n, k) with numbers; "binary" one
            column with labels 0 and 1, (n, 1); "class" c columns with class numbers (n,) int64.
    """

    family: ClassVar[Family]

    @abstractmethod
    def row_weights(self, sample: Sample) -> Array | None:
        """Return the weight (n,) of each row of the sample, None where all count alike."""

    @abstractmethod
    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        """Return total and count over rows, computed in float64.

        `output` and `target` are (n, k), or (n, c) and (n,) for the family "class"; `weight`
        is (n,) or None. Shapes must match exactly: nothing is broadcast.
        """

    @abstractmethod
    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        """Return total and count over rows as PyTorch computes them, with a gradient."""


class PlainLoss(Loss, ABC):
    """A loss in which every row counts alike, as long as no class weights are set."""

    def row_weights(self, sample: Sample) -> Array | None:
        return None
