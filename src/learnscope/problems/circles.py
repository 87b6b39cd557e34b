"""Two concentric circles: the outer one is class 0, the inner one class 1.

Source: S1.11, scikit-learn's `make_circles`: angles at even steps, rows shuffled, then Gaussian
noise on both coordinates. The defaults with seed 42 give its 2000 points. The Bayes error
follows from Rice's distribution of the radius.
"""

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from learnscope.problems.base import Problem, Sample
from learnscope.problems.per_class import PerClass, check_each, each, priors
from learnscope.problems.truths.rings import rings_truth
from learnscope.problems.wording import counted, smeared
from learnscope.seeds import Draws
from learnscope.settings import NonNegative, Real


class Circles(Problem):
    """Settings of the circles. The outer circle has radius 1.

    Attributes:
        n: points on each circle: one number, or a list of two (outer, inner).
        noise: standard deviation of the Gaussian noise on both coordinates.
        factor: radius of the inner circle.
    """

    kind: Literal["circles"] = "circles"
    n: PerClass = 1000
    noise: NonNegative = 0.05
    factor: Annotated[Real, Field(gt=0, lt=1)] = 0.8

    @model_validator(mode="after")
    def _fits(self) -> "Circles":
        check_each("n", self.n, 2)
        return self

    def sample(self, draws: Draws) -> Sample:
        counts = each(self.n, 2)
        angle = np.concatenate([np.arange(n) * (2 * math.pi / n) for n in counts])
        y = np.repeat(np.arange(2), counts)
        circle = np.stack((np.cos(angle), np.sin(angle)), axis=1)
        x = circle * np.where(y == 1, self.factor, 1.0)[:, None]
        order = np.arange(len(y))
        draws.data.shuffle(order)
        return Sample(
            x=x[order] + draws.noise.normal(0.0, self.noise, x.shape),
            y=y[order],
            task="classification",
            columns=("x1", "x2"),
            outputs=("outer", "inner"),
            truth=rings_truth(((1.0, 1.0), (self.factor, self.factor)), self.noise, priors(counts)),
        )

    def sentence(self) -> str:
        return (
            f"Two concentric circles of radius 1 and {self.factor:g}, {counted(self.n)}"
            f"{smeared(self.noise)}."
        )
