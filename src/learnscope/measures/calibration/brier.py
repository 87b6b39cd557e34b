"""The Brier score and what it is made of.

Sources: G. W. Brier, Monthly Weather Review 78, 1950; A. H. Murphy, Journal of Applied Meteorology
12, 1973; the two terms within bins: D. B. Stephenson et al., Weather and Forecasting 23, 2008.
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.measures.calibration.reliability import bin_index, checked, reliability


@dataclass(frozen=True, kw_only=True, slots=True)
class Brier:
    """The Brier score of beliefs in an event, and its parts.

    score = reliability - resolution + uncertainty + within.

    Attributes:
        score: mean of (belief - outcome)^2, 0 is perfect.
        reliability: mean squared distance of belief and share over the bins, 0 is calibrated.
        resolution: how far shares differ between bins; the larger the better.
        uncertainty: s (1 - s) of the share s of all rows: the score of always saying s.
        within: variance of beliefs within bins minus twice their covariance with the outcomes; 0
            where all beliefs in a bin are equal.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float

    def sentence(self) -> str:
        """Say the score and its parts."""
        skill = 1 - self.score / self.uncertainty if self.uncertainty else 0.0
        return (
            f"Brier score {self.score:.4f} = reliability {self.reliability:.4f} - resolution "
            f"{self.resolution:.4f} + uncertainty {self.uncertainty:.4f} + within bins "
            f"{self.within:+.4f}; {100 * skill:.0f} % better than always saying the mean."
        )


def brier(belief: Array, outcome: Array, *, bins: int = 15) -> Brier:
    """Return the Brier score of beliefs (n,) in an event that happened or not (n,), in parts."""
    p, hit = checked(belief, outcome)
    found = reliability(p, hit, bins=bins)
    full = found.counts > 0
    weight, mean = found.counts[full] / len(p), hit.mean()
    index = bin_index(p, found.edges)
    p_off, hit_off = p - found.belief[index], hit - found.share[index]
    return Brier(
        score=float(np.square(p - hit).mean()),
        reliability=float(weight @ np.square(found.belief[full] - found.share[full])),
        resolution=float(weight @ np.square(found.share[full] - mean)),
        uncertainty=float(mean * (1 - mean)),
        within=float(np.square(p_off).mean() - 2 * (p_off * hit_off).mean()),
    )


def brier_score(shares: Array, truth: Array) -> float:
    """Return Brier's own score over c classes: mean over rows of sum (share - is it)^2, 0 to 2.

    Args:
        shares: (n, c) beliefs, rows summing to 1.
        truth: (n,) classes.
    """
    shares, truth = np.asarray(shares, dtype=np.float64), np.asarray(truth)
    if shares.ndim != 2 or truth.shape != shares.shape[:1] or not truth.size:
        raise DataError(
            f"brier_score needs shares (n, c) and truth (n,), got {shares.shape} and {truth.shape}."
        )
    return float(np.square(shares - np.eye(shares.shape[1])[truth]).sum(axis=1).mean())
