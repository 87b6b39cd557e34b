"""Spread of a score over members, and how far a score can be trusted."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError

HUGE = 1e140
"""Errors of a member that ran away come up to here: their squares, summed, are no numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Where the scores of the members lie. All are NaN where no member counts.

    Attributes:
        n: members that count.
        left_out: members that do not: diverged, dead, or without this score.
        median: the middle score.
        low: the lowest.
        high: the highest.
        q1: first quartile, linear between scores.
        q3: third quartile.
        mean: the mean.
        sd: sample standard deviation (n - 1), NaN for one member.
    """

    n: int
    left_out: int
    median: float
    low: float
    high: float
    q1: float
    q3: float
    mean: float
    sd: float


def spread(values: Sequence[float], counts: Sequence[bool] | None = None) -> Spread:
    """Return the spread of one score over members.

    Args:
        values: a score for each member; those that are not finite are left out.
        counts: which members count; None for all.
    """
    every = np.asarray(values, dtype=np.float64)
    keep = np.isfinite(every)
    if counts is not None:
        if len(counts) != len(every):
            raise InputError(
                f"spread.counts must have one entry for each of the {len(every)} values, got "
                f"{len(counts)}."
            )
        keep &= np.asarray(counts, dtype=bool)
    kept = every[keep]
    n, left_out = len(kept), len(every) - len(kept)
    q = np.quantile(kept, (0, 0.25, 0.5, 0.75, 1)) if n else np.full(5, math.nan)
    return Spread(
        n=n,
        left_out=left_out,
        median=float(q[2]),
        low=float(q[0]),
        high=float(q[4]),
        q1=float(q[1]),
        q3=float(q[3]),
        mean=float(kept.mean()) if n else math.nan,
        sd=sample_sd(kept) if n > 1 else math.nan,
    )


def sample_sd(values: Array) -> float:
    """Return the sample standard deviation, of values whose squares would overflow too."""
    largest = float(np.abs(values).max())
    if largest < HUGE:
        return float(values.std(ddof=1))
    return largest * float((values / largest).std(ddof=1))


def bootstrap(
    values: Sequence[float],
    *,
    statistic: Callable[..., Array] = np.median,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile interval of a statistic over members.

    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.

    Args:
        values: scores; those that are not finite are left out. At least two must remain.
        statistic: called with an array (draws, n) and axis=1.
        level: share of intervals, over repeated studies, that hold the true value.
        draws: resamples.
        seed: of the resampling; it draws from its own generator.
    """
    kept = np.asarray([v for v in values if math.isfinite(v)])
    if len(kept) < 2:
        raise InputError(f"bootstrap needs at least 2 finite scores, got {len(kept)}.")
    rows = np.random.default_rng(seed).integers(0, len(kept), (draws, len(kept)))
    found = statistic(kept[rows], axis=1)
    low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def wilson(right: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for the true accuracy behind `right` of `n` right answers.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22, 1927. Unlike mean +- 2 sd it stays within [0, 1] and is not empty at 0 or n.
    """
    if not 0 <= right <= n or n < 1:
        raise InputError(f"wilson needs 0 <= right <= n and n >= 1, got {right:g} of {n}.")
    z, p = NormalDist().inv_cdf((1 + level) / 2), right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def decimals(n: int) -> int:
    """Return the decimals an accuracy over n rows has: one row moves it by 1 / n.

    >>> decimals(60), decimals(1000), decimals(6000)
    (2, 3, 4)
    """
    return max(1, math.ceil(math.log10(max(n, 2)) - 1e-9))
