"""Two settings over seeds: what other draws of data, weights and order would give."""

import math
from collections.abc import Sequence

import numpy as np

from learnscope.errors import InputError
from learnscope.measures.comparison.difference import Difference, Unit


def compare_seeds(
    first: Sequence[float],
    second: Sequence[float],
    *,
    paired: bool,
    unit: Unit = "accuracy",
    level: float = 0.95,
    question: str = "These settings, with other seeds",
) -> Difference:
    """Compare the scores of two settings over seeds by Student's t.

    Args:
        first: a finite score for each seed, at least 2.
        second: likewise; with `paired` of the same seeds in the same order.
        paired: whether score k of both has the same seed, hence the same data; what the draw of
            the data does to both alike then cancels. Else Welch's test, with two variances.
        unit: what the scores are.
        level: confidence level.
        question: what the seeds stand for.

    Raises:
        InputError: fewer than 2 scores, or paired ones of different number.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if min(len(a), len(b)) < 2 or (paired and len(a) != len(b)):
        raise InputError(
            f"compare_seeds needs at least 2 scores of each{' and pairs' if paired else ''}, got "
            f"{len(a)} and {len(b)}. Train with --seeds 10, for example."
        )
    value = float(a.mean() - b.mean())
    if paired:
        error, df = float((a - b).std(ddof=1)) / math.sqrt(len(a)), float(len(a) - 1)
    else:
        error, df = _welch(a.var(ddof=1) / len(a), b.var(ddof=1) / len(b), len(a), len(b))
    half, p = t_interval(value, error, df, level)
    return Difference(
        question=question,
        method="paired t" if paired else "Welch's t",
        unit=unit,
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        p=p,
        n=len(a) if paired else len(a) + len(b),
        counted="pairs of members of one seed" if paired else "members",
        details={"standard_error": error, "degrees_of_freedom": df},
    )


def _welch(a: float, b: float, n_a: int, n_b: int) -> tuple[float, float]:
    """Return the standard error and Welch's degrees of freedom from two variances of means."""
    if a + b == 0:
        return 0.0, float(n_a + n_b - 2)
    return math.sqrt(a + b), float((a + b) ** 2 / (a * a / (n_a - 1) + b * b / (n_b - 1)))


def t_interval(value: float, error: float, df: float, level: float) -> tuple[float, float]:
    """Return half the width of Student's interval and the two-sided p-value of 0.

    Without any spread the interval is a point, and p is 1 at 0 and 0 elsewhere.
    """
    from scipy.special import stdtr, stdtrit

    if error == 0:
        return 0.0, 1.0 if value == 0 else 0.0
    return (
        float(stdtrit(df, (1 + level) / 2) * error),
        float(2 * stdtr(df, -abs(value) / error)),
    )
