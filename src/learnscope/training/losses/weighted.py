"""Squared error with a weight for each row, by a formula of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.problems.base import Sample
from learnscope.training.losses.base import Family, Loss
from learnscope.training.losses.parts import (
    HalvedReduction,
    check_numbers,
    numbers_tensor,
    numbers_total,
)

if TYPE_CHECKING:
    from torch import Tensor


class Weighted(Loss):
    """w (f - y)^2 over all numbers of all rows, divided by their count and not by the sum of w.

    Attributes:
        weight: formula of w >= 0 in the raw input columns, e.g. "exp(x / 4)" (S4.21); "1" is
            the plain squared error.
        reduction: "mean" divides by the count of numbers, "sum" does not divide, "half" is
            half the mean.
    """

    kind: Literal["weighted"] = "weighted"
    weight: Annotated[str, Field(min_length=1, max_length=500)] = "1"
    reduction: HalvedReduction = "mean"
    family: ClassVar[Family] = "value"

    def row_weights(self, sample: Sample) -> Array | None:
        from learnscope.expression import parse_expression

        columns = {name: sample.x[:, j] for j, name in enumerate(sample.columns)}
        formula = parse_expression(self.weight, sample.columns)
        weights = formula.finite(columns, len(sample))
        bad = np.flatnonzero(weights < 0)
        if len(bad) or not weights.any():
            got = f"{weights[bad[0]]:g} in row {bad[0]}" if len(bad) else "0 in every row"
            raise DataError(
                f"training.loss.weight = {self.weight!r} must be >= 0 in all rows and > 0 in some, "
                f"got {got} ({len(bad)} rows below 0). Square it, or use abs or exp."
            )
        return weights

    def total(self, output: Array, target: Array, weight: Array | None) -> tuple[float, float]:
        check_numbers(self.kind, output, target, weight)
        squares = np.square(output.astype(np.float64) - target)
        return numbers_total(squares, weight, self.reduction)

    def tensor(
        self, output: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | float]:
        check_numbers(self.kind, output, target, weight)
        squares = (output - target).square()
        return numbers_tensor(squares, weight, self.reduction)
