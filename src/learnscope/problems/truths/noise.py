"""What the best regression knows: the noiseless function, and the variance of the noise."""

from collections.abc import Callable

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.base import Truth


def noise_truth(mean: Callable[[Array], Array], noise: float) -> Truth:
    """Return the truth of y = mean(x) + Gaussian noise.

    Args:
        mean: maps points (m, d) to the noiseless target (m,).
        noise: standard deviation of the noise; its square is the floor.
    """

    def target(x: Array) -> Array:
        return mean(np.asarray(x, dtype=np.float64))[:, None]

    return Truth(target=target, floor=lambda: noise**2, how="closed form: the noise variance")
