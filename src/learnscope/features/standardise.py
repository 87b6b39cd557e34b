"""Shift and scale every column to mean 0 and standard deviation 1 on the training rows."""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State
from learnscope.settings import Flag


class Standardise(FeatureMap):
    """(x - mean) / sd with the mean and the population sd of the training rows.

    A column that is constant on the training rows is only shifted.

    Attributes:
        scale: divide by the sd; false only shifts to mean 0, as S4.37 does with images.
    """

    kind: Literal["standardise"] = "standardise"
    scale: Flag = True

    def learn(self, x: Array) -> State:
        # The computed sd of a constant column is rounding, not always 0.
        varies = np.ptp(x, axis=0) > 0 if self.scale else np.zeros(x.shape[1], dtype=bool)
        mean = np.where(np.ptp(x, axis=0) > 0, x.mean(axis=0), x[0])
        return {"mean": mean, "sd": np.where(varies, x.std(axis=0), 1.0)}

    def apply(self, x: Array, state: State) -> Array:
        return np.asarray((x - state["mean"]) / state["sd"])

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return columns
