"""Blobs: round normal distributions about drawn or given centres, one class each.

Source: S1.27, scikit-learn's `make_blobs`: centres uniform in a box, then the points of each
blob, then the rows shuffled. The defaults with seed 42 give its 1000 points.
"""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.per_class import (
    PerClass,
    SdPerClass,
    check_each,
    each,
    priors,
)
from learnscope.problems.truths.normals import normals_truth
from learnscope.problems.wording import counted
from learnscope.seeds import Draws
from learnscope.settings import Count, Real, Whole


def _centers_branch(value: Any) -> str:
    return "tuple[points]" if isinstance(value, list | tuple) else "literal[number]"


_Point = Annotated[tuple[Real, ...], Field(min_length=1)]
_Centers = Annotated[
    Annotated[Whole, Field(ge=2), Tag("literal[number]")]
    | Annotated[tuple[_Point, ...], Field(min_length=2), Tag("tuple[points]")],
    Discriminator(_centers_branch),
]


class Blobs(Problem):
    """Settings of the blobs.

    Attributes:
        n: points in each blob: one number, or a list with one for each.
        centers: how many centres to draw, or a list of their coordinates. Drawn centres differ
            from member to member unless `seed` is set.
        sd: standard deviation of every coordinate: one number, or a list with one for each blob.
        d: number of coordinates of drawn centres; given centres have their own.
        center_box: lowest and highest coordinate of drawn centres.
    """

    kind: Literal["blobs"] = "blobs"
    n: PerClass = 250
    centers: _Centers = 4
    sd: SdPerClass = 1.5
    d: Count = 2
    center_box: tuple[Real, Real] = (-10.0, 10.0)

    @property
    def n_classes(self) -> int:
        """Number of blobs."""
        return len(self.centers) if isinstance(self.centers, tuple) else self.centers

    @model_validator(mode="after")
    def _fits(self) -> "Blobs":
        check_each("n", self.n, self.n_classes)
        check_each("sd", self.sd, self.n_classes)
        if isinstance(self.centers, tuple) and len({len(c) for c in self.centers}) > 1:
            raise ValueError(
                "centers must be points with the same number of coordinates, got "
                f"{', '.join(str(len(c)) for c in self.centers)}."
            )
        if not self.center_box[0] < self.center_box[1]:
            raise ValueError(
                f"center_box must be [lowest, highest] with lowest < highest, got "
                f"{list(self.center_box)}."
            )
        return self

    def sample(self, draws: Draws) -> Sample:
        counts, sd = each(self.n, self.n_classes), each(self.sd, self.n_classes)
        centers = self._centers(draws)
        d = centers.shape[1]
        y = np.repeat(np.arange(self.n_classes), counts)
        noise = draws.noise.normal(0.0, 1.0, (len(y), d))
        x = centers[y] + np.array(sd)[y, None] * noise
        order = np.arange(len(y))
        draws.data.shuffle(order)
        return Sample(
            x=x[order],
            y=y[order],
            task="classification",
            columns=tuple(f"x{i + 1}" for i in range(d)),
            outputs=tuple(f"blob {k}" for k in range(self.n_classes)),
            truth=normals_truth(centers, np.array(sd)[:, None, None] * np.eye(d), priors(counts)),
        )

    def sentence(self) -> str:
        sd = ", ".join(f"{s:g}" for s in dict.fromkeys(each(self.sd, self.n_classes)))
        return (
            f"{self.n_classes} round normal clouds of sd {sd}, {counted(self.n)}, about "
            f"{self._where()}."
        )

    def _centers(self, draws: Draws) -> Array:
        if isinstance(self.centers, tuple):
            return np.array(self.centers, dtype=np.float64)
        return draws.data.uniform(*self.center_box, (self.centers, self.d))

    def _where(self) -> str:
        if isinstance(self.centers, tuple):
            return "given centres"
        low, high = self.center_box
        return f"centres drawn from {low:g} to {high:g} in {self.d} dimensions"
