"""Plane: a surface that one linear unit learns exactly.

The constants are our own: slopes of different size and sign, so that each input can be told
apart in the weights, and values of y in [-0.9, 0.9] on the default square.
"""

from typing import Literal

from learnscope.arrays import Array
from learnscope.problems.curve import terms_text
from learnscope.problems.surface import Surface
from learnscope.settings import Real


class PlaneSurface(Surface):
    """Settings of the plane; see `Surface` for the others.

    Attributes:
        slopes: change of y for each unit of x1 and of x2.
        intercept: y at the origin.
    """

    kind: Literal["plane_surface"] = "plane_surface"
    slopes: tuple[Real, Real] = (0.1, -0.05)
    intercept: Real = 0.0

    def surface(self, x: Array) -> Array:
        return self.slopes[0] * x[:, 0] + self.slopes[1] * x[:, 1] + self.intercept

    def formula_text(self) -> str:
        return terms_text([*self.slopes, self.intercept], ["x1", "x2", ""])
