"""Gaussian bumps: a smooth surface of hills and hollows that no linear model learns.

y is the sum of the bumps, height e^(-r² / (2 width²)) at the distance r from the centre. The
constants are our own: hills and hollows at the corners in turns around a lower hill.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from learnscope.arrays import Array
from learnscope.problems.surface import Surface
from learnscope.settings import Positive, Real

_Bump = tuple[Real, Real, Real]


class GaussianSurface(Surface):
    """Settings of the bumps; see `Surface` for the others.

    Attributes:
        bumps: one [x1, x2, height] for each bump; a negative height is a hollow.
        width: standard deviation of every bump, in units of x.
    """

    kind: Literal["gaussian_surface"] = "gaussian_surface"
    bumps: Annotated[tuple[_Bump, ...], Field(min_length=1)] = (
        (-3.5, -3.5, 1.0),
        (3.5, -3.5, -1.0),
        (3.5, 3.5, 1.0),
        (-3.5, 3.5, -1.0),
        (0.0, 0.0, 0.5),
    )
    width: Positive = 1.5

    def surface(self, x: Array) -> Array:
        centers, heights = np.array(self.bumps)[:, :2], np.array(self.bumps)[:, 2]
        square = ((x[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)  # (m, bumps)
        return np.asarray(np.exp(-square / (2 * self.width**2)) @ heights)

    def formula_text(self) -> str:
        return f"the sum of {len(self.bumps)} Gaussian bumps of width {self.width:g}"
