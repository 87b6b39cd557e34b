"""Members of an atlas gathered over their seeds: means, spreads, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from learnscope.errors import InputError

if TYPE_CHECKING:
    import polars

QUANTILES = (0.1, 0.5, 0.9)
LEVEL = 0.95

_OWN, _LOST = " own", " lost"
"""Columns for a while; no setting begins with a blank."""

STATISTICS = ("n", "diverged", "mean", "sd", "low", "high", "least", "greatest")


def grouped(
    table: polars.DataFrame,
    by: Sequence[str],
    measure: str,
    *,
    quantiles: Sequence[float] = QUANTILES,
    level: float = LEVEL,
) -> polars.DataFrame:
    """Return one row for each group of members, in the order of the groups' values.

    Members that diverged have no score to speak of: they are counted, and left out of the rest.

    Args:
        table: of an atlas, or rows of it.
        by: columns whose values make a group; none for one group of all.
        measure: column of numbers.
        quantiles: those wanted, in [0, 1].
        level: confidence level of the interval of the mean.

    Returns:
        the columns `by`, then `n` (members that count), `diverged`, `mean`, `sd` (sample standard
        deviation, null for one member), `low` and `high` (Student's interval of the mean over
        members, null for one), `least`, `greatest`, and `q10`, `q50`, ... .

    Raises:
        InputError: a quantile or the level lies outside its range.
    """
    import polars

    _check(quantiles, level)
    lost, value = polars.col("status") == "diverged", polars.col(measure)
    # What does not count is nothing, once for all statistics: they pass over it.
    own = polars.col(_OWN)
    columns = [
        *(polars.col(name) for name in by),
        lost.alias(_LOST),
        polars.when(value.is_finite() & ~lost).then(value).alias(_OWN),
    ]
    parts = [
        own.count().cast(polars.Int64).alias("n"),
        polars.col(_LOST).sum().cast(polars.Int64).alias("diverged"),
        own.mean().alias("mean"),
        own.std().alias("sd"),
        own.min().alias("least"),
        own.max().alias("greatest"),
        *(own.quantile(q, "linear").alias(_quantile_name(q)) for q in quantiles),
    ]
    lazy = table.lazy().select(columns)
    found = lazy.group_by(list(by)).agg(parts) if by else lazy.select(parts)
    whole = found.collect()
    whole = _with_interval(whole, level)
    order = [*by, *STATISTICS, *(_quantile_name(q) for q in quantiles)]
    return whole.select(order).sort(list(by)) if by else whole.select(order)


def _with_interval(groups: polars.DataFrame, level: float) -> polars.DataFrame:
    import numpy as np
    import polars
    from scipy.special import stdtrit

    n = groups["n"].to_numpy().astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(
            n > 1, stdtrit(np.maximum(n - 1, 1), (1 + level) / 2) / np.sqrt(n), np.nan
        )
    half = polars.Series("half", factor, nan_to_null=True) * groups["sd"]
    return groups.with_columns(
        (groups["mean"] - half).alias("low"), (groups["mean"] + half).alias("high")
    )


def _quantile_name(q: float) -> str:
    return f"q{100 * q:g}"


def _check(quantiles: Sequence[float], level: float) -> None:
    for q in quantiles:
        if not 0 <= q <= 1:
            raise InputError(f"A quantile must be in [0, 1], got {q!r}. The median is 0.5.")
    if not 0 < level < 1:
        raise InputError(f"The level must be above 0 and below 1, got {level!r}. Use 0.95.")
