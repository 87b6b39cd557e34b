"""Series: a trend and a season in time, as windows from which the next steps are learned.

x_t = intercept + slope t + quadratic t² + amplitude sin(2 pi t / period) + noise of every step.
With the slope 3, the intercept 4 and no season it is the series of S4.46, and with `quadratic` that
of S4.54. Without noise and trend, x_t+1 = 2 cos(2 pi / period) x_t - x_t-1: two steps say all.

The best answer weighs the steps a window may begin at by how likely each would have given it, and
adds what the noise of the window tells of the noise behind it, which after differences is not
nothing; see `truths.windows`.
"""

import math
from collections.abc import Iterable
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.curve import noise_text, terms_text
from learnscope.problems.truths.windows import window_truth
from learnscope.problems.windows import Predicts, Windows
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag, NonNegative, Positive, Real

ORDERS = ("", "Δ", "Δ²")


class Series(Problem):
    """Settings of the series and of its structuring.

    Attributes:
        n: steps of the series.
        intercept: value at step 0, without season.
        slope: coefficient of t.
        quadratic: coefficient of t².
        amplitude: height of the season, a sine.
        period: its steps.
        noise: standard deviation of the Gaussian noise on every step.
        differences: 0 takes the values, 1 their differences from step to step, 2 the differences
            of these; a linear trend is constant after one.
        window: steps that go in.
        predicts: "next" learns the steps behind the window, "each" for every input the step `lag`
            behind it.
        horizon: steps that are predicted, with "next".
        lag: steps from the last input to the first target, or from each to its own.
        stride: steps from the beginning of a row to that of the next.
        warm_up: windows of a later part of the data may reach back behind the border of the split,
            as in forecasting; targets never do. Without it parts share no step.
    """

    kind: Literal["series"] = "series"
    n: Count = 300
    intercept: Real = 0.0
    slope: Real = 0.0
    quadratic: Real = 0.0
    amplitude: NonNegative = 1.0
    period: Positive = 25.0
    noise: NonNegative = 0.05
    differences: Literal[0, 1, 2] = 0
    window: Count = 12
    predicts: Predicts = "next"
    horizon: Count = 1
    lag: Count = 1
    stride: Count = 1
    warm_up: Flag = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.predicts == "each" and self.horizon > 1:
            raise ValueError(
                f"horizon must be 1 where every step is predicted from the one before, got "
                f"{self.horizon}. Set predicts = 'next', or a lag."
            )
        need = self.windows.span + self.differences
        if self.n < need + self.stride:
            raise ValueError(
                f"n must be at least {need + self.stride}, so that there are two windows with "
                f"their targets, got {self.n}. Use a longer series or a shorter window."
            )
        return self

    @property
    def windows(self) -> Windows:
        """How the series, differences taken, becomes rows."""
        return Windows(
            n=self.n - self.differences,
            window=self.window,
            horizon=self.horizon,
            lag=self.lag,
            stride=self.stride,
            predicts=self.predicts,
        )

    def sample(self, draws: Draws) -> Sample:
        noisy = self._mean() + draws.noise.normal(0.0, self.noise, self.n)
        values, windows = np.diff(noisy, self.differences), self.windows
        return Sample(
            x=values[windows.inputs],
            y=values[windows.targets],
            task="regression",
            columns=self._names(range(1 - self.window, 1)),
            outputs=self._names(windows.targets[0] - self.window + 1),
            truth=window_truth(
                np.diff(self._mean(), self.differences), windows, self.noise, self.differences
            ),
            ordered=True,
            shape=(self.window, 1),
            apart=windows.apart(warm_up=self.warm_up),
        )

    def sentence(self) -> str:
        order = ("values", "differences", "second differences")[self.differences]
        horizon = "each next step" if self.predicts == "each" else many(self.horizon, "step")
        ahead = "" if self.lag == 1 else f", {self.lag} ahead"
        return (
            f"{many(self.windows.n_rows, 'window')} of {many(self.window, 'step')} with {horizon} "
            f"to predict{ahead}, {order} of the series {self._formula()} for t = 0 to {self.n - 1}"
            f"{noise_text(self.noise)}."
        )

    def _formula(self) -> str:
        trend = terms_text([self.quadratic, self.slope, self.intercept], ["t²", "t", ""])
        if not self.amplitude:
            return trend
        season = f"{terms_text([self.amplitude], ['sin'])}(2π t / {self.period:g})"
        return season if trend == "0" else f"{trend} + {season}"

    def _names(self, offsets: Iterable[int]) -> tuple[str, ...]:
        order = ORDERS[self.differences]
        return tuple(f"{order}x(t{f'{int(i):+d}' if i else ''})" for i in offsets)

    def _mean(self) -> Array:
        """Return the noiseless series (n,)."""
        t = np.arange(self.n, dtype=np.float64)
        season = self.amplitude * np.sin(2 * math.pi * t / self.period)
        return np.asarray((self.quadratic * t + self.slope) * t + self.intercept + season)
