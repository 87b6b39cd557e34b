"""Two settings with several seeds on the same rows: both other seeds and other rows.

Averaging r members on n rows leaves three sources of chance: which seeds, which rows, and what is
particular to a seed on a row. The interval over seeds alone forgets that all members were judged
on the same rows; the one over rows alone that other seeds give other networks.
"""

import math

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.measures.comparison.difference import Difference, Unit
from learnscope.measures.comparison.over_seeds import t_interval


def compare_crossed(apart: Array, *, unit: Unit, level: float = 0.95) -> Difference:
    """Return the mean of differences (r, n) with an interval for other seeds and other rows.

    Args:
        apart: difference of the two settings for each seed and row: of right (0 or 1) or of
            squared errors; r >= 2 seeds, n >= 2 rows, the same rows for all seeds.
        unit: what the differences are.
        level: confidence level.

    The variance of the mean is (MS_seeds + MS_rows - MS_rest) / (r n) with the mean squares of
    the two-way table without replication, F. E. Satterthwaite's degrees of freedom (Biometrics
    Bulletin 2, 1946); no negative part is subtracted.
    """
    d = np.asarray(apart, dtype=np.float64)
    if d.ndim != 2 or min(d.shape) < 2:
        raise DataError(
            f"compare_crossed needs differences (seeds, rows), at least 2 of each, got {d.shape}."
        )
    r, n = d.shape
    value = float(d.mean())
    seeds, rows, rest = mean_squares(d)
    total = max(seeds, rows, seeds + rows - rest)
    df = _degrees(total, (seeds, r - 1), (rows, n - 1), (rest, (r - 1) * (n - 1)))
    error = math.sqrt(total / (r * n))
    half, p = t_interval(value, error, df, level)
    return Difference(
        question="These settings, with other seeds and on other rows",
        method="two-way variance of seeds and rows",
        unit=unit,
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        p=p,
        n=r,
        counted=f"seeds on the same {n} rows",
        details={
            "standard_error": error,
            "degrees_of_freedom": df,
            "of_seeds": math.sqrt(max(seeds - rest, 0.0) / (r * n)),
            "of_rows": math.sqrt(max(rows - rest, 0.0) / (r * n)),
            "of_both": math.sqrt(rest / (r * n)),
        },
    )


def mean_squares(d: Array) -> tuple[float, float, float]:
    """Return the mean squares of a table (r, n): of its rows, of its columns, of the rest."""
    r, n = d.shape
    of_rows, of_columns = d.mean(axis=1, keepdims=True), d.mean(axis=0, keepdims=True)
    rest = d - of_rows - of_columns + d.mean()
    return (
        n * float(of_rows.var(ddof=1)),
        r * float(of_columns.var(ddof=1)),
        float(np.square(rest).sum()) / ((r - 1) * (n - 1)),
    )


def _degrees(total: float, *parts: tuple[float, int]) -> float:
    squares = sum(value * value / df for value, df in parts)
    return total * total / squares if squares else float(sum(df for _, df in parts))
