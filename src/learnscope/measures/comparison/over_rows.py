"""Two models of numbers on the same rows: the paired difference of their squared errors."""

import math

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.measures.comparison.difference import Difference
from learnscope.measures.comparison.over_seeds import t_interval


def compare_errors(first: Array, second: Array, *, level: float = 0.95) -> Difference:
    """Compare two models by their squared errors on the same rows.

    Args:
        first: (n,) squared error of the first on each row, n >= 2, finite.
        second: (n,) of the second, the same rows in the same order.
        level: confidence level.

    The interval is Student's for the mean of n differences. Squared errors have long tails:
    below some 30 rows it is rough.

    Raises:
        DataError: the shapes differ, or are not (n,).
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise DataError(
            f"compare_errors needs two rows of one length (n,), n >= 2, got {a.shape} and "
            f"{b.shape}. Give the squared error of each model on the same rows."
        )
    apart = a - b
    value, error = float(apart.mean()), float(apart.std(ddof=1)) / math.sqrt(len(a))
    half, p = t_interval(value, error, len(a) - 1, level)
    return Difference(
        question="These two networks, on other rows of the same kind",
        method="paired t of the squared errors",
        unit="error",
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        p=p,
        n=len(a),
        counted="rows",
        details={"standard_error": error},
    )
