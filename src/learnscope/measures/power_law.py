"""Power laws of errors: L(n) = a n^-b + c over rows or widths, forecasts and their check.

Such curves fall like a power above an asymptote over wide ranges (J. Hestness et al., "Deep
learning scaling is predictable, empirically", 2017). That is an observation and no theorem, so
every forecast is checked against sizes that were held back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError

RESAMPLES = 400
FEWEST = 3
"""Sizes that three numbers can be fitted to."""
STEEPEST = 3.0
_EXPONENTS = np.geomspace(0.05, STEEPEST, 400)
"""Exponents tried, one per cent apart; beyond them a curve is a constant or a step."""
_LEAST_ERROR = 1e-3
"""Relative error of a mean below which it does not count for more."""
_ENDS = (2.5, 97.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """An error at a size.

    Attributes:
        size: the size.
        value: by the law that was fitted.
        low: lower end of the interval at 95 % over members, NaN for one member.
        high: upper end.
    """

    size: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PowerLaw:
    """L(n) = a (n / scale)^-b + c.

    Attributes:
        a: error above the asymptote at n = scale, >= 0.
        b: exponent, within 0.05 and 3.
        c: asymptote, at least the floor that was given.
        scale: largest size that was fitted to.
        draws: (k, 3) a, b and c of members drawn with replacement; k = 0 for one member.
        members: how many there were.
    """

    a: float
    b: float
    c: float
    scale: float
    draws: Array
    members: int

    def at(self, sizes: Array) -> Array:
        """Return the law's errors at sizes (m,)."""
        return np.asarray(self.a * (np.asarray(sizes) / self.scale) ** -self.b + self.c)

    def forecast(self, size: float) -> Forecast:
        """Return the error at a size with its interval over members.

        The interval knows nothing of a law that does not hold so far out.
        """
        low = high = math.nan
        if len(self.draws):
            a, b, c = self.draws.T
            low, high = np.percentile(a * (size / self.scale) ** -b + c, _ENDS)
        value = float(self.at(np.array([size]))[0])
        return Forecast(size=size, value=value, low=float(low), high=float(high))

    def interval(self, name: str) -> tuple[float, float]:
        """Return the interval at 95 % of "a", "b" or "c" over members, NaN for one member."""
        if not len(self.draws):
            return math.nan, math.nan
        low, high = np.percentile(self.draws[:, "abc".index(name)], _ENDS)
        return float(low), float(high)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A forecast beside what was measured at a size that it was not fitted to.

    Attributes:
        forecast: made from smaller sizes.
        measured: mean error of the members at this size.
        error: its standard error, NaN for one member.
        fitted: largest size that the forecast was made from.
    """

    forecast: Forecast
    measured: float
    error: float
    fitted: float

    @property
    def agrees(self) -> bool:
        """Whether the measured error is in the interval, but for two of its standard errors."""
        slack = 2 * np.nan_to_num(self.error)
        low, high = np.nan_to_num([self.forecast.low, self.forecast.high], nan=self.forecast.value)
        return bool(low - slack <= self.measured <= high + slack)


def fit_power_law(
    sizes: Sequence[float] | Array, errors: Array, *, floor: float = 0.0, seed: int = 0
) -> PowerLaw:
    """Fit a power law by weighted least squares, with an interval from the bootstrap over members.

    Sizes count by one over the squared standard error of their mean. For each exponent of a fine
    grid, a >= 0 and c >= floor have a closed form.

    Args:
        sizes: (m,) at least 3, above 0.
        errors: (r, m) of each member at each size, NaN where it was lost there.
        floor: lowest error possible, where it is known.
        seed: of the bootstrap.

    Raises:
        InputError: there are too few sizes, or no member has a finite error at one of them.
    """
    n, every = np.asarray(sizes, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if len(n) < FEWEST or every.shape[1:] != n.shape or not (n > 0).all():
        raise InputError(
            f"fit_power_law needs errors (members, sizes) of at least {FEWEST} sizes above 0, got "
            f"{every.shape} for {len(n)} sizes."
        )
    if not (known := np.isfinite(every)).any(axis=0).all():
        lost = n[~known.any(axis=0)].tolist()
        raise InputError(f"fit_power_law needs a finite error at every size, got none at {lost}.")
    weights = _weights(every)
    a, b, c = _fit(n, np.nanmean(every, axis=0)[None], weights, floor)[0]
    return PowerLaw(
        a=float(a),
        b=float(b),
        c=float(c),
        scale=float(n.max()),
        draws=_resampled(n, every, weights, floor, seed),
        members=int(known.any(axis=1).sum()),
    )


def _resampled(n: Array, errors: Array, weights: Array, floor: float, seed: int) -> Array:
    """Return (k, 3) a, b and c of members drawn with replacement; k = 0 for one member."""
    r = len(errors)
    if r == 1:
        return np.zeros((0, 3))
    rows = np.random.default_rng(seed).integers(r, size=(RESAMPLES, r))
    drawn = errors[rows]
    known = np.isfinite(drawn).sum(axis=1)
    # A draw in which all members of a size were lost says nothing of it.
    whole = (known > 0).all(axis=1)
    means = np.nansum(drawn[whole], axis=1) / known[whole]
    return _fit(n, means, weights, floor)


def check_power_law(
    sizes: Sequence[float] | Array, errors: Array, *, floor: float = 0.0, seed: int = 0
) -> tuple[Check, ...]:
    """Forecast the sizes above half of the largest from the others, beside what was measured.

    Empty where fewer than three sizes are left to fit to.
    """
    n, every = np.asarray(sizes, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    kept = n <= n.max() / 2
    if kept.sum() < FEWEST:
        return ()
    law = fit_power_law(n[kept], every[:, kept], floor=floor, seed=seed)
    found = []
    for i in np.flatnonzero(~kept):
        known = every[np.isfinite(every[:, i]), i]
        error = float(known.std(ddof=1)) / math.sqrt(len(known)) if len(known) > 1 else math.nan
        found.append(
            Check(
                forecast=law.forecast(float(n[i])),
                measured=float(known.mean()),
                error=error,
                fitted=float(n[kept].max()),
            )
        )
    return tuple(found)


def _weights(errors: Array) -> Array:
    """Return (m,) weights: one over the squared error of the means, or of one per cent of them."""
    mean = np.maximum(np.abs(np.nanmean(errors, axis=0)), 1e-12)
    known = np.isfinite(errors).sum(axis=0)
    if known.min() < 2:
        return np.asarray(1 / (0.01 * mean) ** 2)
    error = np.nanstd(errors, axis=0, ddof=1) / np.sqrt(known)
    return np.asarray(1 / np.maximum(error, _LEAST_ERROR * mean) ** 2)


def _fit(n: Array, y: Array, w: Array, floor: float) -> Array:
    """Return (k, 3) a, b and c for k curves (k, m)."""
    u = (n / n.max()) ** -_EXPONENTS[:, None]  # (g, m)
    sum_w, sum_u, sum_uu = w.sum(), u @ w, (u * u) @ w
    sum_y, sum_uy = y @ w, y @ (u * w).T  # (k,), (k, g)
    spread = sum_w * sum_uu - sum_u**2
    a = (sum_w * sum_uy - sum_u * sum_y[:, None]) / spread
    # No slope above the floor: the asymptote is the mean.
    a = np.maximum(a, 0.0)
    c = (sum_y[:, None] - a * sum_u) / sum_w
    low = c < floor
    a = np.where(low, np.maximum((sum_uy - floor * sum_u) / sum_uu, 0.0), a)
    c = np.where(low, floor, c)
    residuals = y[:, None, :] - a[..., None] * u - c[..., None]
    best = (residuals**2 @ w).argmin(axis=1)
    rows = np.arange(len(y))
    return np.stack((a[rows, best], _EXPONENTS[best], c[rows, best]), axis=1)
