"""Sine: the target of the bias-variance demonstration, S3.11.

sin 2x at 30 random points of [-3, 3], noise 0.3: new points in every draw, without which the
variance of a fitted line would be a fifth of what S3.11 measured.
"""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.curve import Curve, Spacing
from learnscope.settings import Count, NonNegative, Real


class Sine(Curve):
    """Settings of the sine; see `Curve` for the others.

    Attributes:
        amplitude: largest value of y.
        frequency: radians per unit of x.
        phase: radians at x = 0.
    """

    kind: Literal["sine"] = "sine"
    n: Count = 30
    low: Real = -3.0
    high: Real = 3.0
    noise: NonNegative = 0.3
    spacing: Spacing = "random"
    amplitude: Real = 1.0
    frequency: Real = 2.0
    phase: Real = 0.0

    def curve(self, x: Array) -> Array:
        return np.asarray(self.amplitude * np.sin(self.frequency * x + self.phase))

    def formula_text(self) -> str:
        sign = "-" if self.phase < 0 else "+"
        phase = f" {sign} {abs(self.phase):g}" if self.phase else ""
        amplitude = "" if self.amplitude == 1 else f"{self.amplitude:g} "
        return f"{amplitude}sin({self.frequency:g} x{phase})"
