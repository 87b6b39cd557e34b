"""Random Fourier features: a Gaussian kernel as a finite list of cosines."""

import math
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, need_few
from learnscope.settings import Count, Positive, Seed


class RandomFourier(FeatureMap):
    """sqrt(2 / n) cos(w_i . x + b_i), i = 1..n, with w_i normal and b_i uniform in (0, 2 pi).

    The scalar product of two mapped rows is, up to an error of about 1 / sqrt(n), the Gaussian
    kernel exp(-|x - x'|^2 / (2 scale^2)).

    Source: A. Rahimi and B. Recht, "Random features for large-scale kernel machines",
    NeurIPS 2007, algorithm 1.

    Attributes:
        n: number of features.
        scale: width of the kernel, in units of the inputs.
        seed: of the frequencies and shifts, the same for every member.
    """

    kind: Literal["random_fourier"] = "random_fourier"
    n: Count = 100
    scale: Positive = 1.0
    seed: Seed = 0

    def learn(self, x: Array) -> State:
        rng = np.random.default_rng(self.seed)
        return {
            "frequency": rng.normal(0.0, 1 / self.scale, (self.n, x.shape[1])),
            "shift": rng.uniform(0.0, 2 * math.pi, self.n),
        }

    def apply(self, x: Array, state: State) -> Array:
        angle = x @ state["frequency"].T + state["shift"]
        return np.asarray(math.sqrt(2 / self.n) * np.cos(angle))

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_few("random_fourier", self.n)
        return tuple(f"random {i + 1}" for i in range(self.n))
