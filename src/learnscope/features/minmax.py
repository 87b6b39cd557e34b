"""Shift and scale every column to a fixed interval on the training rows."""

from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State
from learnscope.settings import Real


class MinMax(FeatureMap):
    """Map the least value of the training rows to `low` and the greatest to `high`.

    Rows outside the range of the training rows land outside the interval: nothing is cut off.
    A column that is constant on the training rows goes to `low`, changed only by its shift.

    Attributes:
        low: where the least value goes.
        high: where the greatest value goes.
    """

    kind: Literal["minmax"] = "minmax"
    low: Real = 0.0
    high: Real = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> "MinMax":
        if self.low >= self.high:
            raise ValueError(f"low must be < high = {self.high:g}, got {self.low:g}.")
        return self

    def learn(self, x: Array) -> State:
        span = np.ptp(x, axis=0)
        return {"least": x.min(axis=0), "span": np.where(span > 0, span, self.high - self.low)}

    def apply(self, x: Array, state: State) -> Array:
        share = (x - state["least"]) / state["span"]
        return np.asarray(self.low + share * (self.high - self.low))

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return columns
