"""Two classifiers on different rows: two independent shares."""

import math
from statistics import NormalDist

import numpy as np

from learnscope.measures.comparison.difference import Difference
from learnscope.measures.proportion import check_counts
from learnscope.measures.spread import wilson


def compare_shares(
    right: int, n: int, other_right: int, other_n: int, *, level: float = 0.95
) -> Difference:
    """Compare `right` of `n` with `other_right` of `other_n` on independent rows.

    The p-value is Fisher's exact one; `details` has the pooled z and its p-value, which are less
    cautious and right for many rows. The interval is Newcombe's.
    """
    check_counts("compare_shares", right, n, level)
    check_counts("compare_shares", other_right, other_n, level)
    low, high = newcombe_interval(right, n, other_right, other_n, level)
    z = pooled_z(right, n, other_right, other_n)
    return Difference(
        question="These two networks, each on other rows of its kind",
        method="Fisher's exact test, Newcombe's interval",
        unit="accuracy",
        value=right / n - other_right / other_n,
        low=low,
        high=high,
        level=level,
        p=fisher_p(right, n, other_right, other_n),
        n=n + other_n,
        counted="rows",
        details={"z": z, "z_p": 2 * (1 - NormalDist().cdf(abs(z)))},
    )


def newcombe_interval(
    right: int, n: int, other_right: int, other_n: int, level: float = 0.95
) -> tuple[float, float]:
    """Return the hybrid score interval of the difference of two independent shares.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17, 1998, 873-890, method 10: the distances of the two
    Wilson intervals, added as squares.
    """
    p, q = right / n, other_right / other_n
    p_low, p_high = wilson(right, n, level)
    q_low, q_high = wilson(other_right, other_n, level)
    return (
        p - q - math.hypot(p - p_low, q_high - q),
        p - q + math.hypot(p_high - p, q - q_low),
    )


def pooled_z(right: int, n: int, other_right: int, other_n: int) -> float:
    """Return the difference in standard errors of two equal shares; 0 where both are 0 or 1."""
    pooled = (right + other_right) / (n + other_n)
    variance = pooled * (1 - pooled) * (1 / n + 1 / other_n)
    return (right / n - other_right / other_n) / math.sqrt(variance) if variance else 0.0


def fisher_p(right: int, n: int, other_right: int, other_n: int) -> float:
    """Return Fisher's exact two-sided p-value: all tables that are no likelier than this one.

    Source: R. A. Fisher, "The design of experiments", 1935; two-sided after J. O. Irwin.
    """
    from scipy.special import gammaln

    total = right + other_right
    k = np.arange(max(0, total - other_n), min(n, total) + 1)
    log_p = (
        gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        + gammaln(other_n + 1) - gammaln(total - k + 1) - gammaln(other_n - total + k + 1)
    )  # fmt: skip
    p = np.exp(log_p - log_p.max())
    here = p[right - k[0]]
    # Tables as likely as this one are found in spite of rounding.
    return float(min(1.0, p[p <= here * (1 + 1e-7)].sum() / p.sum()))
