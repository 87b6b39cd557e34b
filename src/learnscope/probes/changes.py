"""What the probes of changed inputs have in common: levels, members, a curve of scores."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.percent import percent
from learnscope.measures.robustness import RobustnessCurve, image_shape, robustness
from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.settings import Count, Seed
from learnscope.trained import Trained


class ChangeProbe(Probe, ABC):
    """Scores on judged rows that are changed more and more.

    Attributes:
        most: rows used at most, the first of the judged part.
        seed: of the random numbers, where the change has some.
    """

    most: Count = 2000
    seed: Seed = 0

    unit: ClassVar[str]
    """What the levels count."""
    images_only: ClassVar[bool] = True
    """Whether the inputs must be images."""

    @abstractmethod
    def amounts(self) -> Sequence[float]:
        """Return the levels."""

    @abstractmethod
    def change(self, images: Array, level: float, rng: np.random.Generator, fill: float) -> Array:
        """Return images (n, c, h, w) changed; `fill` is the value of the ground."""

    def obstacle(self, trained: Sequence[Trained]) -> str:
        if self.images_only and image_shape(trained[0]) is None:
            return (
                f"{self.kind_name()} needs inputs that are images, and this problem has plain "
                "rows. Use 'noise', which takes both."
            )
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        levels = self.amounts()
        fill = float(trained[0].member.sample.x.min())

        def change(images: Array, level: float, rng: np.random.Generator) -> Array:
            return self.change(images, level, rng, fill)

        curve = robustness(trained, change, levels, most=self.most, seed=self.seed)
        return curve_answer(curve, str(self.kind_name()), self.unit)


def curve_answer(curve: RobustnessCurve, name: str, unit: str) -> Answer:
    """Return the sentence, table and chart of scores over levels."""
    every = np.column_stack((curve.clean, curve.scores))
    middle, low, high = np.median(every, axis=0), every.min(axis=0), every.max(axis=0)
    metric = "accuracy" if curve.metric == "accuracy" else "mean squared error"
    words = ("unchanged", *(f"{level:g}" for level in curve.levels))
    rows = tuple(
        (word, *(_text(curve, v, values[0]) for v in values))
        for word, *values in zip(words, middle, low, high, strict=True)
    )
    many = len(every) > 1
    line = Line(
        label=f"median and range of {len(every)} members" if many else "",
        x=curve.levels,
        y=middle[1:],
        low=low[1:] if many else None,
        high=high[1:] if many else None,
    )
    flat = Line(label="unchanged", x=curve.levels, y=np.full(len(curve.levels), middle[0]))
    return Answer(
        sentences=(curve.sentence(),),
        columns=(unit, f"{metric}, median", "least", "most"),
        rows=rows,
        data={
            "levels": curve.levels.tolist(),
            "metric": curve.metric,
            "clean": curve.clean.tolist(),
            "scores": curve.scores.tolist(),
            "rows": curve.n,
        },
        chart=Chart(title=f"{name}: {metric}", xlabel=unit, ylabel=metric, lines=(line, flat)),
    )


def _text(curve: RobustnessCurve, value: float, like: float) -> str:
    return percent(value, curve.n, like) if curve.metric == "accuracy" else f"{value:.3g}"
