"""Flip: does the network know an image in a mirror?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.robustness import flip
from learnscope.probes.changes import ChangeProbe


class Flip(ChangeProbe):
    """Images mirrored left to right (level 1) and upside down (level 2) (S4.31)."""

    kind: Literal["flip"] = "flip"

    purpose: ClassVar[str] = "the score on images that are mirrored"
    unit: ClassVar[str] = "1 left-right, 2 up-down"

    def amounts(self) -> Sequence[float]:
        return (1.0, 2.0)

    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        return flip(images, "left-right" if level == 1 else "up-down")
