"""Special functions in NumPy that are needed in every run.

SciPy has them too, and its import costs more CPU time (0.2 s) than drawing the data, preparing
and measuring a run. What is needed rarely (the error function on arrays, Bessel functions) is
imported from SciPy where it is used. The dtype of the input is kept.
"""

from statistics import NormalDist

import numpy as np

from learnscope.arrays import Array


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)), exact to rounding in both tails."""
    # The exponential of a number <= 0 cannot overflow.
    small = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, np.ones_like(small), small) / (1 + small))


def log_sum_exp(z: Array) -> Array:
    """Return log(sum_j exp(z_j)) of each row (n, 1) of z (n, k)."""
    top = z.max(axis=1, keepdims=True)
    # An infinite largest value is the sum; taking it off would give NaN.
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(z - top).sum(axis=1, keepdims=True)))


def softmax(z: Array) -> Array:
    """Return exp(z_j) / sum_j exp(z_j) for each row of z (n, k)."""
    raised = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def log_softmax(z: Array) -> Array:
    """Return the logarithm of `softmax`, also where that is smaller than the smallest number."""
    lowered = z - z.max(axis=1, keepdims=True)
    return np.asarray(lowered - np.log(np.exp(lowered).sum(axis=1, keepdims=True)))


def normal_quantile(p: Array) -> Array:
    """Return the z (...) below which a standard normal number lies with chance p in (0, 1).

    Source: M. J. Wichura, "Algorithm AS 241", Applied Statistics 37, 1988: 16 digits.
    """
    quantile = NormalDist().inv_cdf
    return np.array([quantile(v) for v in p.ravel().tolist()]).reshape(p.shape)
