"""Noise: how soon does the score fall when the inputs are disturbed?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array
from learnscope.measures.robustness import add_noise
from learnscope.probes.changes import ChangeProbe
from learnscope.settings import Flag, NonNegative, one_as_list


class Noise(ChangeProbe):
    """Normal noise on every input (S4.31).

    Attributes:
        levels: standard deviations: of images in units of their range from the lowest to the
            highest value; of plain rows in standard deviations of each input.
        clip: keep the values of images within their range, as a picture has to. It turns noise on
            an empty ground into grey, which costs more than the noise itself.
    """

    kind: Literal["noise"] = "noise"
    levels: Annotated[
        tuple[NonNegative, ...], BeforeValidator(one_as_list), Field(min_length=1)
    ] = (0.05, 0.1, 0.2, 0.3, 0.5)

    clip: Flag = True

    purpose: ClassVar[str] = "the score on inputs with noise"
    unit: ClassVar[str] = "standard deviation of the noise"
    images_only: ClassVar[bool] = False

    def amounts(self) -> Sequence[float]:
        return self.levels

    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        # Plain rows come as images of one line.
        rows = images.shape[2] == 1
        size = images.std(axis=0, keepdims=True) if rows else np.ptp(images)
        noisy = add_noise(images, level * size, rng)
        return noisy if rows or not self.clip else np.clip(noisy, images.min(), images.max())
