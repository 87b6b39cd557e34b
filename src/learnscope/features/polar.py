"""Polar coordinates of a point in the plane."""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, joined, need_plane
from learnscope.settings import Flag


class Polar(FeatureMap):
    """Radius sqrt(x^2 + y^2) and angle atan2(y, x) in radians, in (-pi, pi].

    The angle jumps at the negative x axis and does not count turns (S0.20); `phase` does.

    Attributes:
        keep: put the raw columns behind: radius, angle, x, y.
    """

    kind: Literal["polar"] = "polar"
    keep: Flag = False

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        radius, angle = np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 1], x[:, 0])
        return joined([radius, angle], x if self.keep else None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_plane("polar", columns)
        return ("radius", "angle", *(columns if self.keep else ()))
