"""Trend: a time series that climbs for ever, and the next value from the present one, S4.46.

x_t = 4 + 3 t for t = 0 ... 999, plus noise drawn for every step. The rows are the pairs
(x_t, x_{t+lag}) in the order of time; without noise all neighbours differ by exactly 3.

The best answer to x_t alone weighs the steps t by how likely each would have given x_t, all
steps being equally likely before; noise that is small beside the slope leaves one step, and the
floor is then the variance of the noise on the later value.
"""

from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample, Truth
from learnscope.problems.curve import noise_text, terms_text
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative, Real
from learnscope.special import softmax


class Trend(Problem):
    """Settings of the series.

    Attributes:
        n: steps of the series, which gives n - lag rows.
        intercept: value at step 0.
        slope: coefficient of t.
        quadratic: coefficient of t².
        noise: standard deviation of the Gaussian noise on every step.
        lag: steps from the input to the target.
    """

    kind: Literal["trend"] = "trend"
    n: Count = 1000
    intercept: Real = 4.0
    slope: Real = 3.0
    quadratic: Real = 0.0
    noise: NonNegative = 0.1
    lag: Count = 1

    @model_validator(mode="after")
    def _long_enough(self) -> "Trend":
        if self.lag >= self.n:
            raise ValueError(
                f"lag must be below n, so that a pair of steps is left, got lag = {self.lag} and "
                f"n = {self.n}."
            )
        return self

    def sample(self, draws: Draws) -> Sample:
        series = (self._mean() + draws.noise.normal(0.0, self.noise, self.n))[:, None]
        return Sample(
            x=series[: -self.lag],
            y=series[self.lag :],
            task="regression",
            columns=("x(t)",),
            outputs=(f"x(t+{self.lag})",),
            truth=self._truth(),
            ordered=True,
        )

    def sentence(self) -> str:
        powers = [self.quadratic, self.slope, self.intercept]
        return (
            f"{many(self.n - self.lag, 'pair')} x(t), x(t+{self.lag}) of the series "
            f"{terms_text(powers, ['t²', 't', ''])} for t = 0 to {self.n - 1}"
            f"{noise_text(self.noise)}."
        )

    def _mean(self) -> Array:
        """Return the noiseless series (n,)."""
        t = np.arange(self.n, dtype=np.float64)
        return (self.quadratic * t + self.slope) * t + self.intercept

    def _truth(self) -> Truth:
        mean = self._mean()
        now, later = mean[: -self.lag], mean[self.lag :]
        if self.noise:
            return Truth(
                target=lambda x: _expected(np.asarray(x), now, later, self.noise)[0][:, None],
                floor=lambda: _floor(now, later, self.noise),
                how="integrated over the noise, within 0.1 %",
            )
        if not self.quadratic and self.slope:
            step = self.slope * self.lag
            return Truth(
                target=lambda x: np.asarray(x) + step, floor=lambda: 0.0, how="closed form"
            )
        return Truth(
            target=lambda x: _nearest(np.asarray(x), now, later)[:, None],
            floor=lambda: _ties(now, later),
            how="closed form",
        )


def _expected(x: Array, now: Array, later: Array, noise: float) -> tuple[Array, Array]:
    """Return mean and variance (m,) of the later noiseless value given the present one (m, 1)."""
    means, variances = [], []
    for block in np.array_split(x[:, 0], max(1, len(x) * len(now) // 2_000_000)):
        weight = softmax(-0.5 * ((block[:, None] - now[None, :]) / noise) ** 2)
        mean = weight @ later
        # Around the mean: squares of values in the thousands would swallow the digits.
        spread = (later[None, :] - mean[:, None]) ** 2
        means.append(mean)
        variances.append((weight * spread).sum(axis=1))
    return np.concatenate(means), np.concatenate(variances)


def _floor(now: Array, later: Array, noise: float) -> float:
    """Return the noise variance plus the mean variance that not knowing the step leaves."""
    node, weight = np.polynomial.hermite_e.hermegauss(21)
    weight = weight / weight.sum()
    # Evenly chosen steps stand for all: neighbours differ little in what is unknown.
    count = min(len(now), max(50, 200_000 // len(now)))
    steps = now[((np.arange(count) + 0.5) * len(now) / count).astype(int)]
    x = (steps[:, None] + noise * node[None, :]).reshape(-1, 1)
    variance = _expected(x, now, later, noise)[1].reshape(len(steps), -1)
    return float(noise**2 + (variance @ weight).mean())


def _nearest(x: Array, now: Array, later: Array) -> Array:
    """Return, without noise, the mean later value of the steps whose value is nearest to x."""
    values, step_of = np.unique(now, return_inverse=True)
    mean = np.bincount(step_of, weights=later) / np.bincount(step_of)
    place = np.searchsorted((values[1:] + values[:-1]) / 2, x[:, 0])
    return np.asarray(mean[place])


def _ties(now: Array, later: Array) -> float:
    """Return the mean variance of the later values of steps that look alike now."""
    return float(((later - _nearest(now[:, None], now, later)) ** 2).mean())
