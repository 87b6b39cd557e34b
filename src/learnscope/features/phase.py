"""The angle of a point relative to a spiral arm."""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, joined, need_plane
from learnscope.settings import Flag, Real


class Phase(FeatureMap):
    """cos(angle - factor radius) and sin(angle - factor radius), angle = atan2(y, x).

    Along an Archimedean spiral of radius a + b t at angle t and factor 1 / b both are constant,
    however many turns it makes: a linear model on them tells the arms apart and goes on outside
    the training rows (S0.21, where b = 2).

    Attributes:
        factor: radians the arm turns for each unit of radius.
        keep: put the raw columns behind.
    """

    kind: Literal["phase"] = "phase"
    factor: Real = 0.5
    keep: Flag = False

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        radius = np.hypot(x[:, 0], x[:, 1])
        phase = np.arctan2(x[:, 1], x[:, 0]) - self.factor * radius
        return joined([np.cos(phase), np.sin(phase)], x if self.keep else None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_plane("phase", columns)
        return ("cos phase", "sin phase", *(columns if self.keep else ()))
