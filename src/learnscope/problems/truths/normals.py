"""Classes that are normal distributions in any dimension, each with its own covariance."""

import math

import numpy as np

from learnscope.arrays import Array
from learnscope.problems.base import Truth
from learnscope.problems.truths.bayes import Place, bayes_truth
from learnscope.special import normal_quantile


def normals_truth(means: Array, factors: Array, priors: Array) -> Truth:
    """Return the truth for normal classes.

    Args:
        means: (c, d).
        factors: (c, d, d), lower triangular with positive diagonal; the covariance of class k
            is `factors[k] @ factors[k].T`.
        priors: (c,) share of each class.
    """
    pair = len(means) == 2 and np.array_equal(factors[0], factors[1])
    return bayes_truth(
        scores=lambda x: _scores(x, means, factors),
        places=[_placing(m, f) for m, f in zip(means, factors, strict=True)],
        priors=priors,
        n_uniforms=means.shape[1],
        floor=(lambda: pair_error(means, factors[0], priors)) if pair else None,
    )


def pair_error(means: Array, factor: Array, priors: Array) -> float:
    """Return the Bayes error of two normal classes with one covariance.

    With D the Mahalanobis distance of the means and a = log(p0 / p1) / D, it is
    p0 Phi(-D/2 - a) + p1 Phi(-D/2 + a) (R. Duda, P. Hart, D. Stork, "Pattern Classification",
    2nd edition, section 2.6).
    """
    distance = float(np.linalg.norm(np.linalg.solve(factor, means[1] - means[0])))
    if distance == 0:
        return float(priors.min())
    shift = np.log(priors[0] / priors[1]) / distance
    # Phi(-z) through the complement of the error function, exact far out in the tail.
    wrong = [math.erfc((distance / 2 + s) / math.sqrt(2)) / 2 for s in (shift, -shift)]
    return float(priors @ wrong)


def _scores(x: Array, means: Array, factors: Array) -> Array:
    scores = []
    for mean, factor in zip(means, factors, strict=True):
        z = np.linalg.solve(factor, (x - mean).T)  # (d, m)
        scores.append(-0.5 * (z**2).sum(axis=0) - np.log(np.diag(factor)).sum())
    return np.stack(scores, axis=1)


def _placing(mean: Array, factor: Array) -> Place:
    return lambda u: mean + normal_quantile(u) @ factor.T
