"""The squared distance from the origin."""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, joined
from learnscope.settings import Flag


class RadiusSquared(FeatureMap):
    """r^2, the sum of the squares of all columns: what makes rings a linear problem (S4.3).

    Attributes:
        keep: put the raw columns behind: r^2, x, y (S1.22).
    """

    kind: Literal["radius_squared"] = "radius_squared"
    keep: Flag = False

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        return joined([np.square(x).sum(axis=1)], x if self.keep else None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return ("radius^2", *(columns if self.keep else ()))
