"""Two classifiers on the same rows: McNemar's exact test and Tango's interval.

Rows that both label right, or both wrong, say nothing about which is better. Of the m rows on
which exactly one is right, each is the first one's with probability 1/2 if they are equally good.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.measures.comparison.difference import Difference


def compare_labels(
    first: Array, second: Array, *, level: float = 0.95, mid_p: bool = False
) -> Difference:
    """Compare two classifiers by the rows that each labels right.

    Args:
        first: (n,) bool, whether the first labels each row right; n >= 1.
        second: (n,) bool, the same rows in the same order.
        level: confidence level of the interval.
        mid_p: use the mid-p value, which is nearer to its level than the exact one, too cautious
            with few rows (M. W. Fagerland, S. Lydersen, P. Laake, BMC Medical Research
            Methodology 13:91, 2013).

    Raises:
        DataError: the shapes differ, or are not (n,).
    """
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if a.shape != b.shape or a.ndim != 1 or not a.size:
        raise DataError(
            f"compare_labels needs two rows of one length (n,), n >= 1, got {a.shape} and "
            f"{b.shape}. Give whether each classifier is right on the same rows."
        )
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    low, high = tango_interval(only_a, only_b, len(a), level)
    return Difference(
        question="These two networks, on other rows of the same kind",
        method=f"McNemar's exact test{' (mid-p)' if mid_p else ''}, Tango's interval",
        unit="accuracy",
        value=(only_a - only_b) / len(a),
        low=low,
        high=high,
        level=level,
        p=mcnemar_p(only_a, only_b, mid_p=mid_p),
        n=len(a),
        counted="rows",
        details={"only_first_right": only_a, "only_second_right": only_b},
    )


def mcnemar_p(only_first: int, only_second: int, *, mid_p: bool = False) -> float:
    """Return the two-sided p-value for rows on which exactly one is right; 1 where there are none.

    >>> mcnemar_p(1, 8), mcnemar_p(1, 8, mid_p=True)
    (0.0390625, 0.021484375)
    """
    if only_first < 0 or only_second < 0:
        raise InputError(f"mcnemar_p needs counts >= 0, got {only_first} and {only_second}.")
    m, k = only_first + only_second, min(only_first, only_second)
    if m == 0:
        return 1.0
    terms = [math.exp(_log_binomial(m, i)) for i in range(k + 1)]
    if not mid_p:
        return min(1.0, 2 * math.fsum(terms))
    # Half of the probability of what is as extreme as the counts at hand.
    return 1 - terms[-1] / 2 if only_first == only_second else 2 * math.fsum(terms) - terms[-1]


def _log_binomial(m: int, i: int) -> float:
    """Return the log-probability of i heads in m throws of a fair coin."""
    ways = math.lgamma(m + 1) - math.lgamma(i + 1) - math.lgamma(m - i + 1)
    return ways - m * math.log(2)


def tango_interval(
    only_first: int, only_second: int, n: int, level: float = 0.95
) -> tuple[float, float]:
    """Return the score interval of the difference of two accuracies on the same n rows.

    Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design", Statistics in Medicine 17, 1998, 891-908. All differences that
    the score test does not reject, with the variance at that difference.
    """
    if n < 1 or min(only_first, only_second) < 0 or only_first + only_second > n:
        raise InputError(
            f"tango_interval needs counts >= 0 of together at most n >= 1, got {only_first}, "
            f"{only_second} and n = {n}."
        )
    z = NormalDist().inv_cdf((1 + level) / 2)
    b, c = only_first, only_second
    middle = (b - c) / n

    def excess(delta: float) -> float:
        variance = n * (2 * _second_share(b, c, n, delta) + delta * (1 - delta))
        return abs(b - c - n * delta) - z * math.sqrt(max(variance, 0.0))

    return _crossing(excess, middle, -1.0), _crossing(excess, middle, 1.0)


def _second_share(b: int, c: int, n: int, delta: float) -> float:
    """Return the likeliest share of rows that only the second labels right, given the difference.

    The root of 2 n q^2 - (b + c - (2 n - b + c) delta) q - c delta (1 - delta) = 0 in q.
    """
    linear = -b - c + (2 * n - b + c) * delta
    constant = -c * delta * (1 - delta)
    root = math.sqrt(max(linear * linear - 8 * n * constant, 0.0))
    return (root - linear) / (4 * n)


def _crossing(excess: Callable[[float], float], inside: float, end: float) -> float:
    """Return where the excess changes its sign between a point inside and an end."""
    if excess(end) <= 0:
        return end
    for _ in range(60):
        between = (inside + end) / 2
        if excess(between) > 0:
            end = between
        else:
            inside = between
    return (inside + end) / 2
