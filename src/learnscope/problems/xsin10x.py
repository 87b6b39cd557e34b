"""Growing wave with a gap: y = x sin(10 x), S2.1.

20 even points of [0, 1]; those from 0.474 to 0.684 (numbers 9 to 13) are left out, then noise of
standard deviation 0.1 is drawn for the other 15. `seed = 0` gives the source's y values.
"""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.curve import Curve, Gap
from learnscope.settings import Count, NonNegative, Real


class XSin10X(Curve):
    """Settings of the growing wave; see `Curve` for the others.

    Attributes:
        frequency: radians per unit of x.
    """

    kind: Literal["xsin10x"] = "xsin10x"
    n: Count = 20
    low: Real = 0.0
    high: Real = 1.0
    noise: NonNegative = 0.1
    gap: Gap | None = (0.45, 0.7)
    frequency: Real = 10.0

    def curve(self, x: Array) -> Array:
        return np.asarray(x * np.sin(self.frequency * x))

    def formula_text(self) -> str:
        return f"x sin({self.frequency:g} x)"
