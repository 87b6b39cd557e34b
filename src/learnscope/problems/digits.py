"""Handwritten digits that come with scikit-learn: images for where nothing can be downloaded."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from learnscope.arrays import Array
from learnscope.datasets.sets import SETS
from learnscope.errors import InputError
from learnscope.problems.base import Problem, Sample
from learnscope.problems.bundled import load_bundled
from learnscope.problems.image_rows import (
    Classes,
    check_classes,
    class_names,
    of_classes,
    pixel_names,
)
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag

ROWS, SIDE, WHITE = 1797, 8, 16
MOST_SIDE = 64
"""Largest height and width that the images are drawn in."""
NAMES = tuple("0123456789")


class Digits(Problem):
    """Handwritten digits of 8 x 8 pixels with 17 grey values, 0 (white) to 16.

    Source: E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine
    Learning Repository, 1998; the test part of it.

    Attributes:
        n: rows, drawn without replacement and kept in the order of the set; left out, all.
        classes: digits that are used, such as 3,8, numbered anew in this order; left out, all.
        scale: grey from 0 to 1; false leaves it from 0 to 16.
        side: height and width in pixels; above 8 the images are drawn larger, linearly between
            pixels, so that networks for larger images take them. It adds no detail.
        stands_for: the set in whose place the digits are used because its files are not here;
            left out, they stand for themselves.
    """

    kind: Literal["digits"] = "digits"
    n: Count | None = None
    classes: Classes | None = None
    scale: Flag = False
    side: Annotated[Count, Field(ge=SIDE, le=MOST_SIDE)] = SIDE
    stands_for: Literal["fashion_mnist", "mnist"] | None = None

    @model_validator(mode="after")
    def _not_too_many(self) -> "Digits":
        if self.n is not None and self.n > ROWS:
            raise ValueError(f"n must be <= {ROWS}, the rows of the set, got {self.n}.")
        check_classes(self.classes, NAMES)
        return self

    def sample(self, draws: Draws) -> Sample:
        data = load_bundled("digits")
        rows, y = of_classes(data.y, self.classes)
        if self.n is not None:
            if self.n > len(rows):
                raise InputError(
                    f"problem.n must be <= {len(rows)}, the rows of these classes, got {self.n}."
                )
            drawn = np.sort(draws.data.permutation(len(rows))[: self.n])
            rows, y = rows[drawn], y[drawn]
        larger = self.side > SIDE
        x = _enlarged(data.x[rows], self.side) if larger else data.x[rows]
        return Sample(
            x=x / (WHITE if self.scale else 1),
            y=y,
            task="classification",
            columns=pixel_names(self.side, self.side) if larger else data.columns,
            outputs=class_names(self.classes, data.outputs),
            shape=(1, self.side, self.side),
        )

    def sentence(self) -> str:
        digits = "digits" if self.classes is None else " and ".join(map(str, self.classes))
        grey = "0 to 1" if self.scale else "0 to 16"
        larger = f", drawn in {self.side} x {self.side}" if self.side > SIDE else ""
        what = f"handwritten {digits} of 8 x 8 pixels ({grey}){larger} in "
        classes = len(class_names(self.classes, NAMES))
        what += f"{classes} class{'es' if classes > 1 else ''}."
        if self.n is not None:
            head = f"{many(self.n, 'random row')} of the {ROWS} {what}"
        elif self.classes is None:
            head = f"All {ROWS} {what}"
        else:
            head = f"All {what}"
        if self.stands_for is None:
            return head
        title = SETS[self.stands_for].title
        return f"In place of {title}, whose files are not here: {head[:1].lower()}{head[1:]}"


def _enlarged(x: Array, side: int) -> Array:
    """Return images (n, 64) drawn in side x side pixels, (n, side * side), within their range."""
    from scipy.ndimage import zoom

    images = x.reshape(-1, SIDE, SIDE)
    larger = zoom(images, (1, side / SIDE, side / SIDE), order=1, mode="nearest", grid_mode=True)
    return np.asarray(larger).reshape(len(x), side * side)
