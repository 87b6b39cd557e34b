"""Parabola: the target of two perceptrons, S0.4: 0.5 x² - 20 on 100 even points of [-10, 10]."""

from typing import Literal

from learnscope.arrays import Array
from learnscope.problems.curve import Curve, terms_text
from learnscope.settings import Real


class Parabola(Curve):
    """Settings of the parabola; see `Curve` for the others.

    Attributes:
        quadratic: coefficient of x².
        slope: coefficient of x.
        intercept: y at x = 0.
    """

    kind: Literal["parabola"] = "parabola"
    quadratic: Real = 0.5
    slope: Real = 0.0
    intercept: Real = -20.0

    def curve(self, x: Array) -> Array:
        return (self.quadratic * x + self.slope) * x + self.intercept

    def formula_text(self) -> str:
        return terms_text([self.quadratic, self.slope, self.intercept], ["x²", "x", ""])
