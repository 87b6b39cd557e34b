"""Line: the target of one perceptron, S0.3: 2 x + 3 on 100 even points of [-10, 10]."""

from typing import Literal

from learnscope.arrays import Array
from learnscope.problems.curve import Curve, terms_text
from learnscope.settings import Real


class Line(Curve):
    """Settings of the line; see `Curve` for the others.

    Attributes:
        slope: change of y for each unit of x.
        intercept: y at x = 0.
    """

    kind: Literal["line"] = "line"
    slope: Real = 2.0
    intercept: Real = 3.0

    def curve(self, x: Array) -> Array:
        return self.slope * x + self.intercept

    def formula_text(self) -> str:
        return terms_text([self.slope, self.intercept], ["x", ""])
