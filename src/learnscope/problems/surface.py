"""Surfaces: what the problems y = f(x1, x2) + noise on a square have in common."""

from abc import ABC, abstractmethod

from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.curve import check_interval, noise_text
from learnscope.problems.truths.noise import noise_truth
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative, Real


class Surface(Problem, ABC):
    """A number as a function of two numbers, at random points of a square.

    Attributes:
        n: points, uniform on the square.
        low: lowest value of both coordinates.
        high: highest value of both coordinates.
        noise: standard deviation of the Gaussian noise on y.
    """

    n: Count = 200
    low: Real = -6.0
    high: Real = 6.0
    noise: NonNegative = 0.1

    @model_validator(mode="after")
    def _in_order(self) -> "Surface":
        check_interval(self.low, self.high)
        return self

    @abstractmethod
    def surface(self, x: Array) -> Array:
        """Return the noiseless y (m,) at the points (m, 2)."""

    @abstractmethod
    def formula_text(self) -> str:
        """Write the surface with its numbers."""

    def sample(self, draws: Draws) -> Sample:
        x = draws.data.uniform(self.low, self.high, (self.n, 2))
        return Sample(
            x=x,
            y=self.surface(x)[:, None] + draws.noise.normal(0.0, self.noise, (self.n, 1)),
            task="regression",
            columns=("x1", "x2"),
            outputs=("y",),
            truth=noise_truth(self.surface, self.noise),
        )

    def sentence(self) -> str:
        return (
            f"{many(self.n, 'random point')} of the square [{self.low:g}, {self.high:g}]², "
            f"y = {self.formula_text()}{noise_text(self.noise)}."
        )
