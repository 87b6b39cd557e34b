"""The expected calibration error with its interval, and the error that chance alone gives.

An ECE is never below 0 and, on few rows, never near it: the share of right rows in a bin scatters
about the belief even where beliefs are exactly right. So three numbers are given: the error, its
bootstrap interval, and what a perfectly calibrated model with the same beliefs would show
(consistency resampling, J. Broecker, L. A. Smith, Weather and Forecasting 22, 2007).
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.calibration.reliability import (
    Binning,
    Reliability,
    bin_index,
    checked,
    reliability,
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CalibrationError:
    """The expected calibration error.

    Attributes:
        ece: mean distance of belief and share of right rows over the bins, weighted by rows.
        low: lower end of the bootstrap interval (percentiles over resampled rows).
        high: upper end. Resampling adds the bias of the estimate once more: the interval lies
            high, and says how far the estimate scatters rather than where the true error is.
        chance: mean error of a perfectly calibrated model with these beliefs: the bias.
        p: share of such models whose error is at least as large.
        level: of the interval.
        n: rows.
        bins: the bins it was had with, on which it depends.
    """

    ece: float
    low: float
    high: float
    chance: float
    p: float
    level: float
    n: int
    bins: Reliability

    def sentence(self) -> str:
        """Say the error, what chance gives, and whether beliefs are too high or too low."""
        kind = "equal width" if self.bins.binning == "width" else "equal numbers of rows"
        over = self.bins.overconfidence
        if self.p > 0.05:
            reading = "these rows do not show that beliefs are wrong"
        else:
            reading = (
                f"beliefs are {'too high' if over > 0 else 'too low'} by "
                f"{100 * abs(over):.1f} points on average"
            )
        return (
            f"Expected calibration error {self.ece:.3f} ({100 * self.level:g} % bootstrap "
            f"{self.low:.3f} to {self.high:.3f}; {len(self.bins.counts)} bins of {kind}, {self.n} "
            f"rows); a perfectly calibrated model would show {self.chance:.3f} on them "
            f"(p = {self.p:.2g}): {reading}."
        )


def calibration_error(
    belief: Array,
    right: Array,
    *,
    bins: int = 15,
    binning: Binning = "width",
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> CalibrationError:
    """Return the expected calibration error of beliefs (n,) that were right or not (n,).

    Args:
        belief: in [0, 1].
        right: bool, or 0 and 1.
        bins: number of bins.
        binning: of equal "width" or "mass".
        draws: resamples of each kind.
        level: of the interval.
        seed: of the resampling.
    """
    p, hit = checked(belief, right)
    found = reliability(p, hit, bins=bins, binning=binning)
    rng, n, k = np.random.default_rng(seed), len(p), len(found.counts)
    index = bin_index(p, found.edges)
    rows = (rng.integers(0, n, n) for _ in range(draws))
    again = np.array([_ece(index[i], p[i], hit[i], k) for i in rows])
    perfect = np.array([_ece(index, p, rng.random(n) < p, k) for _ in range(draws)])
    low, high = np.quantile(again, ((1 - level) / 2, (1 + level) / 2))
    return CalibrationError(
        ece=found.ece,
        low=float(low),
        high=float(high),
        chance=float(perfect.mean()),
        p=float((1 + np.count_nonzero(perfect >= found.ece)) / (1 + draws)),
        level=level,
        n=n,
        bins=found,
    )


def _ece(index: Array, p: Array, hit: Array, bins: int) -> float:
    return float(np.abs(np.bincount(index, hit - p, bins)).sum() / len(p))
