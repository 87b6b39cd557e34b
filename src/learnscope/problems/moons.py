"""Two moons: half circles that reach into each other.

Source: scikit-learn's `make_moons`: class 0 is the upper half of the unit circle, class 1 the
lower half of the unit circle about (1, 1/2); angles at even steps, rows shuffled, then Gaussian
noise on both coordinates. With a seed the points are scikit-learn's.
"""

import math
from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.per_class import PerClass, check_each, each, priors
from learnscope.problems.truths.points import Nodes, along_curve, points_truth
from learnscope.problems.wording import counted, smeared
from learnscope.seeds import Draws
from learnscope.settings import NonNegative


class Moons(Problem):
    """Settings of the moons. The half circles have radius 1.

    Attributes:
        n: points on each moon: one number, or a list of two (upper, lower).
        noise: standard deviation of the Gaussian noise on both coordinates.
    """

    kind: Literal["moons"] = "moons"
    n: PerClass = 100
    noise: NonNegative = 0.2

    @model_validator(mode="after")
    def _fits(self) -> "Moons":
        check_each("n", self.n, 2)
        return self

    def sample(self, draws: Draws) -> Sample:
        upper, lower = each(self.n, 2)
        x = np.concatenate(
            (_upper(np.linspace(0.0, math.pi, upper)), _lower(np.linspace(0.0, math.pi, lower)))
        )
        y = np.repeat(np.arange(2), (upper, lower))
        order = np.arange(len(y))
        draws.data.shuffle(order)
        return Sample(
            x=x[order] + draws.noise.normal(0.0, self.noise, x.shape),
            y=y[order],
            task="classification",
            columns=("x1", "x2"),
            outputs=("upper", "lower"),
            truth=points_truth(self._curves, self.noise, priors((upper, lower))),
        )

    def sentence(self) -> str:
        return (
            f"Two half circles that reach into each other, {counted(self.n)}{smeared(self.noise)}."
        )

    def _curves(self) -> list[Nodes]:
        # The even angles of a large sample; a handful of points stands on its ends more often.
        upper = along_curve(_upper, np.ones_like, (0.0, math.pi), self.noise)
        return [upper, upper.moved(np.array([1.0, 0.5]) - upper.points)]


def _upper(angle: Array) -> Array:
    return np.stack((np.cos(angle), np.sin(angle)), axis=1)


def _lower(angle: Array) -> Array:
    return np.stack((1 - np.cos(angle), 0.5 - np.sin(angle)), axis=1)
