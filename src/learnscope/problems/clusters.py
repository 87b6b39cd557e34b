"""Two clusters: normal distributions at (-c, ..., -c) and (+c, ..., +c).

Source: S0.6, which draws 50 points about (5, 5), blue, and 50 about (-5, -5), orange, and wants
an output > 0 for blue. Blue is therefore class 1.
"""

from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.problems.base import Problem, Sample
from learnscope.problems.per_class import PerClass, check_each, each, priors
from learnscope.problems.truths.normals import normals_truth
from learnscope.problems.wording import counted
from learnscope.seeds import Draws
from learnscope.settings import Count, Positive, Real


class Clusters(Problem):
    """Settings of the two clusters.

    Attributes:
        n: points in each cluster: one number, or a list of two (orange, blue).
        center: every coordinate of the blue centre; the orange centre lies opposite.
        sd: standard deviation of every coordinate.
        d: number of coordinates.
    """

    kind: Literal["clusters"] = "clusters"
    n: PerClass = 50
    center: Real = 5.0
    sd: Positive = 1.0
    d: Count = 2

    @model_validator(mode="after")
    def _fits(self) -> "Clusters":
        check_each("n", self.n, 2)
        return self

    def sample(self, draws: Draws) -> Sample:
        counts = each(self.n, 2)
        means = self.center * np.stack((-np.ones(self.d), np.ones(self.d)))
        y = np.repeat(np.arange(2), counts)
        factors = self.sd * np.stack((np.eye(self.d), np.eye(self.d)))
        return Sample(
            x=means[y] + draws.noise.normal(0.0, self.sd, (len(y), self.d)),
            y=y,
            task="classification",
            columns=tuple(f"x{i + 1}" for i in range(self.d)),
            outputs=("orange", "blue"),
            truth=normals_truth(means, factors, priors(counts)),
        )

    def sentence(self) -> str:
        at = ", ".join([f"{self.center:g}"] * self.d) if self.d <= 3 else f"{self.center:g}, ..."
        return (
            f"Two normal clusters of sd {self.sd:g}, {counted(self.n)}, blue about ({at}) "
            "and orange opposite."
        )
