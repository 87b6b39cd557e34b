"""Rotation: does the network know an image that is turned?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array
from learnscope.measures.robustness import rotate
from learnscope.probes.changes import ChangeProbe
from learnscope.settings import Real, one_as_list


class Rotation(ChangeProbe):
    """Images turned about their centre (S4.31).

    Attributes:
        levels: degrees, counter-clockwise.
    """

    kind: Literal["rotation"] = "rotation"
    levels: Annotated[tuple[Real, ...], BeforeValidator(one_as_list), Field(min_length=1)] = (
        10.0, 20.0, 30.0, 45.0, 90.0, 180.0,
    )  # fmt: skip

    purpose: ClassVar[str] = "the score on images that are turned"
    unit: ClassVar[str] = "degrees"

    def amounts(self) -> Sequence[float]:
        return self.levels

    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        return rotate(images, level, fill)
