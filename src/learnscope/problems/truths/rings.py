"""Classes that are rings about the origin, smeared out by the same Gaussian noise.

The distance of a point on a circle of radius a from the origin, after noise, has Rice's
distribution (S. O. Rice, "Mathematical analysis of random noise", Bell System Technical Journal
24, 1945): the density at a point of radius r is exp(-(r - a)^2 / 2 sd^2) I0e(r a / sd^2) times
a constant.
"""

import math

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.base import Truth
from learnscope.problems.truths.bayes import Place, bayes_truth, no_error
from learnscope.special import normal_quantile

_MOST_RADII = 200

Band = tuple[float, float]


def rings_truth(bands: tuple[Band, ...], noise: float, priors: Array) -> Truth:
    """Return the truth for classes that fill bands of radius.

    Args:
        bands: for each class, the radii (inner, outer) between which its radius is uniform;
            equal for a circle. Bands of different classes do not overlap.
        noise: standard deviation of the noise on both coordinates.
        priors: (c,) share of each class.
    """

    def scores(x: Array) -> Array:
        if noise == 0:
            return _nearest(x, bands)
        return np.stack([_log_density(x, band, noise) for band in bands], axis=1)

    return bayes_truth(
        scores=scores,
        places=[_placing(band, noise) for band in bands],
        priors=priors,
        n_uniforms=3,
        floor=no_error if noise == 0 else None,
    )


def _radii(band: Band, noise: float) -> tuple[Array, Array]:
    """Return Gauss-Legendre radii across the band and their weights, summing to 1."""
    width = band[1] - band[0]
    n = min(8 + math.ceil(4 * width / noise), _MOST_RADII) if width > 0 else 1
    z, w = np.polynomial.legendre.leggauss(n)
    return band[0] + width * (1 + z) / 2, w / 2


def _placing(band: Band, noise: float) -> Place:
    def place(u: Array) -> Array:
        # The angle does not matter: every point is turned onto the first axis.
        radius = band[0] + (band[1] - band[0]) * u[:, 0]
        points = noise * normal_quantile(u[:, 1:])
        points[:, 0] += radius
        return np.asarray(points)

    return place


def _nearest(x: Array, bands: tuple[Band, ...]) -> Array:
    """Return 0 for the class with the nearest band, the first of several, else -inf (m, c)."""
    r = np.hypot(x[:, 0], x[:, 1])
    gap = np.stack([np.maximum(low - r, r - high) for low, high in bands], axis=1).clip(0)
    scores = np.full(gap.shape, -np.inf)
    scores[np.arange(len(x)), gap.argmin(axis=1)] = 0.0
    return scores


def _log_density(x: Array, band: Band, noise: float) -> Array:
    """Return the log density (m,), less the constant that all classes share."""
    from scipy.special import i0e

    radii, weights = _radii(band, noise)
    r = np.hypot(x[:, 0], x[:, 1])[:, None]
    exponent = -0.5 * ((r - radii) / noise) ** 2
    top = exponent.max(axis=1)
    bessel = i0e(r * radii / noise**2)
    return np.asarray(top + np.log((np.exp(exponent - top[:, None]) * bessel) @ weights))
