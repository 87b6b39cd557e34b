"""Shift and scale every column to mean 0 and standard deviation 1 on the training rows."""

from typing import ClassVar, Literal

import numpy as np

from learnscope.arrays import Array, aligned_rows
from learnscope.features.base import FeatureMap, State
from learnscope.settings import Flag

COLUMNS_AT_ONCE = 64


class Standardise(FeatureMap):
    """(x - mean) / sd with the mean and the population sd of the training rows.

    A column that is constant on the training rows is only shifted.

    Attributes:
        scale: divide by the sd; false only shifts to mean 0, as S4.37 does with images.
        together: one mean and one sd for all columns, as windows of a series need, whose columns
            are the same quantity at different times: column by column a trend would be lost.
    """

    kind: Literal["standardise"] = "standardise"
    scale: Flag = True
    together: Flag = False

    single: ClassVar[bool] = True

    def learn(self, x: Array) -> State:
        if self.together:
            return self._learn_together(x)
        # The computed mean and sd of a constant column have rounding errors.
        varies = np.ptp(x, axis=0) > 0
        mean = np.where(varies, x.mean(axis=0, dtype=np.float64), x[0].astype(np.float64))
        sd = np.where(varies, column_sd(x), 1.0) if self.scale else np.ones(x.shape[1])
        return {"mean": mean, "sd": sd}

    def _learn_together(self, x: Array) -> State:
        varies = x.min() < x.max()
        mean = float(x.mean(dtype=np.float64)) if varies else float(x.flat[0])
        sd = float(x.std(dtype=np.float64)) if self.scale and varies else 1.0
        return {"mean": np.full(x.shape[1], mean), "sd": np.full(x.shape[1], sd)}

    def apply(self, x: Array, state: State) -> Array:
        mean, sd = (state[key].astype(x.dtype, copy=False) for key in ("mean", "sd"))
        # One array, in its final place: the rows may be a gigabyte.
        out = aligned_rows(*x.shape) if x.dtype == np.float32 else np.empty_like(x)
        np.subtract(x, mean, out=out)
        np.divide(out, sd, out=out)
        return out

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return columns


def column_sd(x: Array) -> Array:
    """Return the sd (d,) of each column of (n, d), float64; some at a time, for it takes a copy."""
    return np.concatenate(
        [
            x[:, j : j + COLUMNS_AT_ONCE].std(axis=0, dtype=np.float64)
            for j in range(0, x.shape[1], COLUMNS_AT_ONCE)
        ]
    )
