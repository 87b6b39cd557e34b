"""A measured number with its Monte Carlo error, and how it was had."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.comparison.crossed import compare_crossed
from learnscope.measures.comparison.over_seeds import t_interval

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number that was measured.

    Attributes:
        value: the number.
        error: its Monte Carlo standard error; 0 where it is exact.
        low: lower end of its interval at 95 %.
        high: upper end.
        how: the estimator in a few words.
        repeats: draws of the data behind it; 0 where it is exact.
    """

    value: float
    error: float
    low: float
    high: float
    how: str
    repeats: int


def exact(value: float, how: str, within: float = 0.0) -> Estimate:
    """Return a number that is known, or integrated to within an error."""
    return Estimate(
        value=value, error=within, low=value - within, high=value + within, how=how, repeats=0
    )


def over_points(values: Array, how: str) -> Estimate:
    """Return the mean over fresh inputs (m,) for one network."""
    return _mean(values, how, repeats=1)


def over_draws(values: Array, how: str) -> Estimate:
    """Return the mean over draws of the data (d,), d >= 2."""
    return _mean(values, how, repeats=len(values))


def _mean(values: Array, how: str, repeats: int) -> Estimate:
    n = len(values)
    value, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    half, _ = t_interval(value, error, n - 1, LEVEL)
    return Estimate(
        value=value, error=error, low=value - half, high=value + half, how=how, repeats=repeats
    )


def over_both(values: Array, how: str) -> Estimate:
    """Return the mean over draws of the data and fresh inputs (d, m): both are drawn anew."""
    found = compare_crossed(np.asarray(values), unit="error", level=LEVEL)
    return Estimate(
        value=found.value,
        error=found.details["standard_error"],
        low=found.low,
        high=found.high,
        how=how,
        repeats=len(values),
    )
