"""Shift: does the network know an image that lies a few pixels elsewhere?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array
from learnscope.measures.robustness import shift
from learnscope.probes.changes import ChangeProbe
from learnscope.settings import Natural, one_as_list

DIRECTIONS = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}


class Shift(ChangeProbe):
    """Images moved by whole pixels (S4.31).

    Attributes:
        levels: pixels.
        direction: where to; "all" moves a quarter of the rows in each of the four directions.
            The source's figures are those of "right".
    """

    kind: Literal["shift"] = "shift"
    levels: Annotated[tuple[Natural, ...], BeforeValidator(one_as_list), Field(min_length=1)] = (
        1,
        2,
        3,
        4,
    )
    direction: Literal["all", "right", "left", "down", "up"] = "all"

    purpose: ClassVar[str] = "the score on images that are moved by some pixels"
    unit: ClassVar[str] = "pixels"

    def amounts(self) -> Sequence[float]:
        return self.levels

    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        names = list(DIRECTIONS) if self.direction == "all" else [self.direction]
        result = images.copy()
        for i, name in enumerate(names):
            right, down = DIRECTIONS[name]
            part = slice(i, None, len(names))
            result[part] = shift(images[part], right * int(level), down * int(level), fill)
        return result
