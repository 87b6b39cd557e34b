"""Damped sine: a wave whose amplitude falls from left to right, S4.16.

sin(3 x) e^(-x / 8) at x = -10, -9.9, ..., 9.9. The amplitude falls from 3.49 to 0.29, so that a
small network learns the left side first; `mirrored` (S4.21) and a `decay` of 0 (constant
amplitude) test that explanation.
"""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.curve import Curve
from learnscope.settings import Count, Flag, Real


class DampedSine(Curve):
    """Settings of the damped sine; see `Curve` for the others.

    Attributes:
        frequency: radians per unit of x.
        decay: rate of the fall, per unit of x: the amplitude at x is e^(-decay x). 0 keeps it
            at 1, a negative rate lets it grow.
        mirrored: turn left and right of the interval around, as reversing the list of the y
            does: y(x) becomes y(low + high - x).
    """

    kind: Literal["damped_sine"] = "damped_sine"
    n: Count = 200
    low: Real = -10.0
    high: Real = 9.9
    frequency: Real = 3.0
    decay: Real = 0.125
    mirrored: Flag = False

    def curve(self, x: Array) -> Array:
        x = self.low + self.high - x if self.mirrored else x
        return np.asarray(np.sin(self.frequency * x) * np.exp(-self.decay * x))

    def formula_text(self) -> str:
        text = f"sin({self.frequency:g} x) e^({-self.decay:g} x)"
        return f"{text} with left and right exchanged" if self.mirrored else text
