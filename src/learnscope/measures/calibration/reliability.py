"""Reliability: how often beliefs of each size are right.

Source: A. H. Murphy, R. L. Winkler, Applied Statistics 26, 1977; for networks C. Guo et al., "On
calibration of modern neural networks", ICML 2017.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError
from learnscope.measures.spread import wilson

Binning = Literal["width", "mass"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reliability:
    """Beliefs in b bins. Bins without rows have the belief and share NaN.

    Attributes:
        edges: (b + 1,) from 0 to 1; a belief on an edge belongs to the bin above it, 1 to the last.
        counts: (b,) rows in each bin.
        belief: (b,) mean belief.
        share: (b,) share of rows on which it was right.
        low: (b,) lower end of Wilson's 95 % interval of the share.
        high: (b,) upper end.
        binning: "width", bins of equal width, or "mass", of equal numbers of rows.
    """

    edges: Array
    counts: Ints
    belief: Array
    share: Array
    low: Array
    high: Array
    binning: Binning

    @property
    def ece(self) -> float:
        """Expected calibration error: mean distance of share and belief, weighted by rows."""
        full = self.counts > 0
        weight = self.counts[full] / self.counts.sum()
        return float(weight @ np.abs(self.share[full] - self.belief[full]))

    @property
    def overconfidence(self) -> float:
        """Mean belief minus share of right rows, over all rows: positive for too sure."""
        full = self.counts > 0
        weight = self.counts[full] / self.counts.sum()
        return float(weight @ (self.belief[full] - self.share[full]))


def reliability(
    belief: Array, right: Array, *, bins: int = 15, binning: Binning = "width"
) -> Reliability:
    """Return how often beliefs of each size are right.

    Args:
        belief: (n,) in [0, 1]: of the class that was answered, or of one class.
        right: (n,) whether it is that class: bool or 0 and 1.
        bins: number of bins; with "mass" and equal beliefs it may become less.
        binning: how the bins are laid.

    Raises:
        DataError: shapes differ, or are not (n,), or a belief is outside [0, 1].
        InputError: there is no bin.
    """
    p, hit = checked(belief, right)
    if bins < 1:
        raise InputError(f"reliability.bins must be >= 1, got {bins}.")
    edges = np.linspace(0, 1, bins + 1) if binning == "width" else _quantile_edges(p, bins)
    index = bin_index(p, edges)
    counts = np.bincount(index, minlength=len(edges) - 1)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(index, p, len(counts)) / counts
        share = np.bincount(index, hit, len(counts)) / counts
    ends = [
        wilson(s * n, int(n)) if n else (np.nan, np.nan) for s, n in zip(share, counts, strict=True)
    ]
    low, high = np.array(ends).T
    return Reliability(
        edges=edges, counts=counts.astype(np.int64), belief=mean, share=share, low=low, high=high,
        binning=binning,
    )  # fmt: skip


def bin_index(p: Array, edges: Array) -> Ints:
    """Return the bin (n,) of each belief."""
    inner = np.searchsorted(edges, p, side="right") - 1
    return np.clip(inner, 0, len(edges) - 2).astype(np.int64)


def _quantile_edges(p: Array, bins: int) -> Array:
    inner = np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1])
    return np.unique(np.concatenate(([0.0], inner, [1.0])))


def checked(belief: Array, right: Array) -> tuple[Array, Array]:
    """Return beliefs and hits as float64 (n,); refuses what is none."""
    p, hit = np.asarray(belief, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if p.shape != hit.shape or p.ndim != 1 or not p.size:
        raise DataError(
            f"calibration needs beliefs and outcomes of one shape (n,) with n >= 1, got {p.shape} "
            f"and {hit.shape}."
        )
    bad = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if len(bad):
        raise DataError(
            f"beliefs must be in [0, 1], got {p[bad[0]]:g} (row {bad[0]}). Apply the sigmoid or "
            "the softmax to scores first."
        )
    return p, hit
