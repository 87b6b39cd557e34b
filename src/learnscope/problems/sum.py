"""Sum: the rule y = x1 + x2 that an informed model represents exactly, S0.22 and S0.23.

The source draws pairs of whole numbers from 0 to 9 without end, 16 at a time; here the default
of 1600 pairs makes an epoch of 100 such batches.
"""

from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.curve import check_interval, noise_text
from learnscope.problems.truths.noise import noise_truth
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag, NonNegative, Real


class Sum(Problem):
    """Settings of the sum.

    Attributes:
        n: pairs, drawn with replacement.
        low: lowest number.
        high: highest number, itself drawn too where the numbers are whole.
        integers: draw whole numbers; otherwise uniform ones in [low, high).
        noise: standard deviation of the Gaussian noise on the sum.
    """

    kind: Literal["sum"] = "sum"
    n: Count = 1600
    low: Real = 0.0
    high: Real = 9.0
    integers: Flag = True
    noise: NonNegative = 0.0

    @model_validator(mode="after")
    def _usable(self) -> "Sum":
        check_interval(self.low, self.high)
        whole = self.low.is_integer() and self.high.is_integer()
        # Beyond 2^53 not every whole number is a float.
        if self.integers and not (whole and max(-self.low, self.high) <= 2**53):
            raise ValueError(
                f"low and high must be whole numbers with integers = true, got {self.low:g} and "
                f"{self.high:g}. Set integers = false for numbers in between."
            )
        return self

    def sample(self, draws: Draws) -> Sample:
        x = self._numbers(draws)
        return Sample(
            x=x,
            y=_total(x)[:, None] + draws.noise.normal(0.0, self.noise, (self.n, 1)),
            task="regression",
            columns=("x1", "x2"),
            outputs=("sum",),
            truth=noise_truth(_total, self.noise),
        )

    def sentence(self) -> str:
        kind = "whole numbers" if self.integers else "numbers"
        return (
            f"{many(self.n, 'pair')} of {kind} from {self.low:g} to {self.high:g}, "
            f"y = x1 + x2{noise_text(self.noise)}."
        )

    def _numbers(self, draws: Draws) -> Array:
        if not self.integers:
            return draws.data.uniform(self.low, self.high, (self.n, 2))
        whole = draws.data.randint(int(self.low), int(self.high) + 1, (self.n, 2), dtype=np.int64)
        return whole.astype(np.float64)


def _total(x: Array) -> Array:
    return np.asarray(x[:, 0] + x[:, 1])
