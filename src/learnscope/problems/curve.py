"""Curves: what the problems y = f(x) + noise on an interval have in common."""

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.problems.base import Problem, Sample
from learnscope.problems.truths.noise import noise_truth
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative, Real

Spacing = Literal["even", "random"]
Gap = tuple[Real, Real]


class Curve(Problem, ABC):
    """A number as a function of one number, on an interval.

    Attributes:
        n: points on the interval, those of the gap included.
        low: left end of the interval, in units of x.
        high: right end; even points include both ends.
        noise: standard deviation of the Gaussian noise on y.
        spacing: "even" steps, or "random" and uniform.
        gap: [from, to] in units of x: the points in it are left out, after which the noise is
            drawn; left out, none.
    """

    n: Count = 100
    low: Real = -10.0
    high: Real = 10.0
    noise: NonNegative = 0.0
    spacing: Spacing = "even"
    gap: Gap | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Curve":
        check_interval(self.low, self.high)
        check_gap(self.gap)
        return self

    @abstractmethod
    def curve(self, x: Array) -> Array:
        """Return the noiseless y (m,) at x (m,)."""

    @abstractmethod
    def formula_text(self) -> str:
        """Write the curve with its numbers, as in "2 x + 3"."""

    def sample(self, draws: Draws) -> Sample:
        x = interval_points(self.n, self.low, self.high, self.spacing, draws)
        x = outside_gap(x, self.gap)[:, None]
        return Sample(
            x=x,
            y=self.curve(x[:, 0])[:, None] + draws.noise.normal(0.0, self.noise, x.shape),
            task="regression",
            columns=("x",),
            outputs=("y",),
            truth=noise_truth(lambda points: self.curve(points[:, 0]), self.noise),
        )

    def sentence(self) -> str:
        gap = "" if self.gap is None else f", none in [{self.gap[0]:g}, {self.gap[1]:g}]"
        return (
            f"{many(self.n, f'{self.spacing} point')} on [{self.low:g}, {self.high:g}]{gap}, "
            f"y = {self.formula_text()}{noise_text(self.noise)}."
        )

    def axis(self, m: int = 200) -> Array:
        """Return m even points (m,), 5 % of the interval wider than it on either side.

        The test axis of S2.1 for its interval: [-0.05, 1.05] for [0, 1].
        """
        margin = 0.05 * (self.high - self.low)
        return np.linspace(self.low - margin, self.high + margin, m)


def check_interval(low: float, high: float) -> None:
    """Refuse an interval that is empty, for use in validators."""
    if not low < high:
        raise ValueError(f"low must be below high, got low = {low:g} and high = {high:g}.")


def check_gap(gap: Gap | None) -> None:
    """Refuse a gap whose ends are not in order, for use in validators."""
    if gap is not None and not gap[0] < gap[1]:
        raise ValueError(f"gap must be [from, to] with from below to, got {list(gap)}.")


def interval_points(n: int, low: float, high: float, spacing: Spacing, draws: Draws) -> Array:
    """Return n points (n,) of the interval; random ones stay in the order drawn."""
    if spacing == "even":
        return np.linspace(low, high, n)
    return draws.data.uniform(low, high, n)


def outside_gap(x: Array, gap: Gap | None) -> Array:
    """Return the points that are not in the gap [from, to].

    Raises:
        InputError: none is left.
    """
    if gap is None:
        return x
    kept = x[(x < gap[0]) | (x > gap[1])]
    if not len(kept):
        raise InputError(
            f"problem.gap = {list(gap)} holds all {many(len(x), 'point')}. Make the gap "
            "narrower, or set low and high further apart."
        )
    return kept


def noise_text(noise: float) -> str:
    """Return the end of a sentence about the noise on y."""
    return f" plus Gaussian noise of sd {noise:g}" if noise else ", without noise"


def terms_text(coefficients: list[float], powers: list[str]) -> str:
    """Write a sum such as "0.5 x² - 20"; terms of coefficient 0 are left out."""
    parts = [(c, p) for c, p in zip(coefficients, powers, strict=True) if c]
    if not parts:
        return "0"
    first, *rest = [(c < 0, _term_text(abs(c), p)) for c, p in parts]
    text = f"-{first[1]}" if first[0] else first[1]
    return text + "".join(f" {'-' if negative else '+'} {term}" for negative, term in rest)


def _term_text(size: float, power: str) -> str:
    return power if power and size == 1 else f"{size:g} {power}".strip()
