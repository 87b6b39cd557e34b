"""Scale: does the network know an image that is drawn smaller or larger?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array
from learnscope.measures.robustness import scale
from learnscope.probes.changes import ChangeProbe
from learnscope.settings import Positive, one_as_list


class Scale(ChangeProbe):
    """Images drawn larger or smaller about their centre.

    Attributes:
        levels: factors; below 1 is smaller.
    """

    kind: Literal["scale"] = "scale"
    levels: Annotated[tuple[Positive, ...], BeforeValidator(one_as_list), Field(min_length=1)] = (
        0.6, 0.8, 0.9, 1.1, 1.2, 1.4,
    )  # fmt: skip

    purpose: ClassVar[str] = "the score on images that are drawn smaller or larger"
    unit: ClassVar[str] = "factor"

    def amounts(self) -> Sequence[float]:
        return self.levels

    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        return scale(images, level, fill)
