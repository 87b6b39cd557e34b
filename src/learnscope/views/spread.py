"""The middle and the spread of curves over members."""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Band:
    """Median and spread (m,) of curves over members.

    Attributes:
        median: of the members that have a value there, NaN where none has.
        low: the lowest value of fewer than ten members, else the 10 % quantile.
        high: the highest, or the 90 % quantile.
        n: number of members.
    """

    median: Array
    low: Array
    high: Array
    n: int

    def label(self) -> str:
        """Say what the band is, "" for a single member."""
        if self.n < 2:
            return ""
        return " (median, range)" if self.n < 10 else " (median, 10-90 %)"


def band(rows: Array) -> Band:
    """Return median and spread of rows (r, m) over the members, leaving NaN out."""
    r, m = rows.shape
    low, middle, high = np.full((3, m), np.nan)
    known = np.isfinite(rows).any(axis=0)
    if known.any():
        at = (0.0, 0.5, 1.0) if r < 10 else (0.1, 0.5, 0.9)
        low[known], middle[known], high[known] = np.nanquantile(rows[:, known], at, axis=0)
    return Band(median=middle, low=low, high=high, n=r)
