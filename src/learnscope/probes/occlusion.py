"""Occlusion: how much of an image must be seen?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array
from learnscope.measures.robustness import occlude
from learnscope.probes.changes import ChangeProbe
from learnscope.settings import Share, one_as_list


class Occlusion(ChangeProbe):
    """Images with a square covered, at a random place in each.

    Attributes:
        levels: side of the square as a share of the shorter side of the image.
    """

    kind: Literal["occlusion"] = "occlusion"
    levels: Annotated[tuple[Share, ...], BeforeValidator(one_as_list), Field(min_length=1)] = (
        0.1, 0.2, 0.3, 0.4, 0.5,
    )  # fmt: skip

    purpose: ClassVar[str] = "the score on images with a square covered"
    unit: ClassVar[str] = "side of the square, share of the image's"

    def amounts(self) -> Sequence[float]:
        return self.levels

    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        side = round(level * min(images.shape[2:]))
        return occlude(images, side, rng, fill)
