"""The first terms of a Fourier series of each column."""

import math
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, joined, need_few
from learnscope.settings import Count, Flag, Positive


class Fourier(FeatureMap):
    """sin(2 pi k x_j / period) and cos(2 pi k x_j / period), k = 1..terms, for every column j.

    A linear model on them is a truncated Fourier series. For functions that do not repeat,
    a period of about twice the range of the inputs keeps the two ends apart.

    Attributes:
        terms: number of harmonics.
        period: length after which the first harmonic repeats, in units of the column.
        keep: put the raw columns behind.
    """

    kind: Literal["fourier"] = "fourier"
    terms: Count = 4
    period: Positive = 1.0
    keep: Flag = False

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        out = []
        for k in range(1, self.terms + 1):
            for column in x.T:
                angle = 2 * math.pi * k / self.period * column
                out += [np.sin(angle), np.cos(angle)]
        return joined(out, x if self.keep else None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_few("fourier", 2 * self.terms * len(columns))
        out = [
            f"{f}{k} {c}" for k in range(1, self.terms + 1) for c in columns for f in ("sin", "cos")
        ]
        return (*out, *(columns if self.keep else ()))
