"""Interpolation threshold and double descent: errors over width that rise and fall once more.

Source: M. Belkin, D. Hsu, S. Ma and S. Mandal, "Reconciling modern machine-learning practice and
the classical bias-variance trade-off", PNAS 116, 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.comparison.difference import Difference, p_text
from learnscope.measures.comparison.over_seeds import compare_seeds
from learnscope.measures.size_curve import SizeCurve

INTERPOLATED = 0.01
"""Training error, as a share of the unit, up to which the rows count as fitted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Descent:
    """What a curve over width shows beside its power law.

    Attributes:
        threshold: smallest width whose median member fits its training rows; None where none does.
        parameters: numbers trained there, 0 where there is no threshold.
        peak: width of the peak between two lower errors; None of a curve without one.
        before: width of the least error before it.
        after: width of the least error behind it.
        rise: error at the peak minus that before it, paired over members; None without a peak, or
            of one member.
        fall: error at the peak minus that behind it.
    """

    threshold: int | None
    parameters: int
    peak: int | None
    before: int | None
    after: int | None
    rise: Difference | None
    fall: Difference | None

    @property
    def shown(self) -> bool:
        """Whether both sides of the peak are beyond chance."""
        return all(d is not None and d.clear and d.value > 0 for d in (self.rise, self.fall))

    def sentence(self, curve: SizeCurve) -> str:
        """Say where the training rows are fitted, and whether the error descends twice."""
        fitted = (
            f"No {curve.over} fits the training rows."
            if self.threshold is None
            else f"From {curve.over} {self.threshold} on ({self.parameters} parameters for "
            f"{curve.rows[0]} rows) the training rows are fitted."
        )
        if self.peak is None or self.rise is None or self.fall is None:
            return f"{fitted} The error has no peak between two lower ones: no double descent."
        word = "Double descent" if self.shown else "A peak that chance may have made"
        return (
            f"{fitted} {word}: the error rises by {curve.text(self.rise.value)} from {curve.over} "
            f"{self.before} to {self.peak} (p {_p(self.rise.p)}) and falls by "
            f"{curve.text(self.fall.value)} to {self.after} (p {_p(self.fall.p)})."
        )


def _p(p: float) -> str:
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def descent(curve: SizeCurve) -> Descent:
    """Look for the interpolation threshold and for a peak of the error over width.

    The peak is that which stands highest above the lower of its two sides. As it was sought among
    all widths, its two tests are held to 0.05 over twice their number (C. Bonferroni).
    """
    train = np.nanmedian(curve.train, axis=0)
    fits = np.flatnonzero(train <= INTERPOLATED * curve.unit)
    first = int(fits[0]) if len(fits) else None
    peak = _peak(np.nanmean(curve.test, axis=0))
    rise = fall = None
    if peak is not None:
        before, top, after = peak
        level = 1 - 0.05 / (2 * max(1, len(curve.sizes) - 2))
        rise = _paired(curve.test, top, before, level)
        fall = _paired(curve.test, top, after, level)
    at = [None, None, None] if peak is None else [int(curve.sizes[i]) for i in peak]
    return Descent(
        threshold=None if first is None else int(curve.sizes[first]),
        parameters=0 if first is None else int(curve.parameters[first]),
        before=at[0],
        peak=at[1],
        after=at[2],
        rise=rise,
        fall=fall,
    )


def _peak(mean: Array) -> tuple[int, int, int] | None:
    """Return the places of the least before, the peak and the least behind it."""
    found: tuple[float, tuple[int, int, int]] | None = None
    for i in range(1, len(mean) - 1):
        before, after = int(mean[:i].argmin()), i + 1 + int(mean[i + 1 :].argmin())
        height = float(mean[i] - max(mean[before], mean[after]))
        if height > 0 and (found is None or height > found[0]):
            found = height, (before, i, after)
    return None if found is None else found[1]


def _paired(test: Array, i: int, j: int, level: float) -> Difference | None:
    both = np.isfinite(test[:, i]) & np.isfinite(test[:, j])
    if both.sum() < 2:
        return None
    return compare_seeds(
        test[both, i].tolist(), test[both, j].tolist(), paired=True, unit="error", level=level
    )
