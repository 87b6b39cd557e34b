"""Laplace's approximation: a normal distribution of the weights about the trained ones.

The negative logarithm of likelihood times prior is expanded to second order at its minimum, with
the generalised Gauss-Newton matrix for its curvature: H = sum J^T Λ J + diag(δ), where J are the
derivatives of the outputs, Λ is 1 / σ² for numbers and diag(p) - p p^T for classes, and δ is the
precision of the prior. Weights are N(θ, H^-1); outputs, linear in them to first order, have the
covariance J H^-1 J^T. For a linear model of numbers all of this is exact.

Sources: D. J. C. MacKay, Neural Computation 4, 1992, 448-472 (evidence, noise); A. Y. K. Foong et
al., "'In-between' uncertainty in Bayesian neural networks", 2019 (linearised outputs); E. Daxberger
et al., "Laplace redux", NeurIPS 2021.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.uncertainty.jacobian import flat_parameters, jacobian
from learnscope.models.network import DenseNetwork, Parameters
from learnscope.special import softmax

MOST_PARAMETERS = 4000
"""Parameters from which the full covariance takes too much memory (128 MB in float64)."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Laplace:
    """The distribution of the weights.

    Attributes:
        network: shape of the network.
        parameters: the trained weights, its mean.
        covariance: (p, p) in the order of `flat_parameters`.
        prior_precision: (p,) δ of each weight.
        noise_variance: σ² of each output; None for classes.
        effective: number of weights that the data determine, of p (MacKay's γ).
        log_evidence: logarithm of the marginal likelihood, in nats; -inf where the prior is flat.
        is_class: whether the outputs are scores of classes.
    """

    network: DenseNetwork
    parameters: Parameters
    covariance: Array
    prior_precision: Array
    noise_variance: float | None
    effective: float
    log_evidence: float
    is_class: bool

    def outputs(self, x: Array) -> tuple[Array, Array]:
        """Return mean (n, k) and covariance (n, k, k) of the outputs for feature rows (n, d).

        Noise is not in it: add `noise_variance` for where new targets lie.
        """
        mean, j = jacobian(self.network, self.parameters, x)
        return mean, np.einsum("nkp,pq,nlq->nkl", j, self.covariance, j, optimize=True)

    def sd(self, x: Array, *, noise: bool = False) -> Array:
        """Return the standard deviation (n, k) of the outputs, or of new targets with `noise`."""
        _, covariance = self.outputs(x)
        variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
        if noise:
            variance = variance + (self.noise_variance or 0.0)
        return np.asarray(np.sqrt(variance))

    def shares(self, x: Array) -> Array:
        """Return the belief (n, c) in each class, uncertainty of the weights included.

        The probit approximation: scores are divided by sqrt(1 + π v / 8), v their variance
        (MacKay, Neural Computation 4, 1992, 720-736); for two classes of one score, for c scores
        each by its own.
        """
        mean, covariance = self.outputs(x)
        v = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
        scores = mean / np.sqrt(1 + math.pi * v / 8)
        if scores.shape[1] == 1:
            scores = np.concatenate((np.zeros_like(scores), scores), axis=1)
        return np.asarray(softmax(scores))


def laplace(
    network: DenseNetwork,
    parameters: Parameters,
    x: Array,
    y: Array,
    *,
    is_class: bool,
    prior_precision: Array | float | None,
    noise_variance: float | None = None,
    rounds: int = 100,
) -> Laplace:
    """Return Laplace's approximation at trained weights.

    Args:
        network: shape of the network; its outputs are numbers, or scores of classes.
        parameters: the trained weights.
        x: (n, d) training features.
        y: (n, k) targets; for classes (n,) class numbers, or (n, 1) of 0 and 1 for one score.
        is_class: whether outputs are scores of classes.
        prior_precision: δ, one for all or (p,); None chooses one for all by MacKay's updates of
            the evidence.
        noise_variance: σ² of numbers; None estimates it, by residuals over n k - γ.
        rounds: updates at most.

    Raises:
        InputError: the network has too many parameters, or a number is out of range.
    """
    p = network.n_parameters()
    if p > MOST_PARAMETERS:
        raise InputError(
            f"laplace takes networks of at most {MOST_PARAMETERS} parameters, for it keeps a "
            f"number for each pair of them, got {p}. Use an ensemble over seeds."
        )
    theta = flat_parameters(network, parameters)
    out, j = jacobian(network, parameters, x)
    curvature, squares = _curvature(out, j, y, is_class)
    prior, noise = _choose(
        curvature, theta, prior_precision, noise_variance, squares, out.size, rounds, is_class
    )
    hessian = curvature / noise + np.diag(prior)
    covariance, log_det = _inverse(hessian)
    effective = p - float(prior @ np.diagonal(covariance))
    return Laplace(
        network=network,
        parameters=parameters,
        covariance=covariance,
        prior_precision=prior,
        noise_variance=None if is_class else noise,
        effective=effective,
        log_evidence=_evidence(out, y, squares, noise, prior, theta, log_det, is_class),
        is_class=is_class,
    )


def _curvature(out: Array, j: Array, y: Array, is_class: bool) -> tuple[Array, float]:
    """Return sum J^T Λ J with σ² = 1, and the sum of squared residuals (0 for classes)."""
    if not is_class:
        flat = j.reshape(-1, j.shape[2])
        return flat.T @ flat, float(np.square(out - y).sum())
    if out.shape[1] == 1:
        share = 1 / (1 + np.exp(-out[:, 0]))
        flat = j[:, 0] * np.sqrt(share * (1 - share))[:, None]
        return flat.T @ flat, 0.0
    shares = np.asarray(softmax(out))
    mean = np.einsum("nk,nkp->np", shares, j)
    whole = np.einsum("nkp,nk,nkq->pq", j, shares, j, optimize=True)
    return whole - mean.T @ mean, 0.0


def _choose(
    curvature: Array,
    theta: Array,
    prior: Array | float | None,
    noise: float | None,
    squares: float,
    n: int,
    rounds: int,
    is_class: bool,
) -> tuple[Array, float]:
    """Return prior precision (p,) and noise variance, found where they were not given."""
    given = None if prior is None else np.broadcast_to(np.asarray(prior, float), theta.shape).copy()
    if (given is not None and (given < 0).any()) or (noise is not None and noise <= 0):
        raise InputError("laplace needs prior_precision >= 0 and noise_variance > 0.")
    delta = np.ones(len(theta)) if given is None else given
    sigma2 = 1.0 if is_class else max(squares / n, 1e-12) if noise is None else noise
    if given is not None and (is_class or noise is not None):
        return delta, sigma2
    # With one δ for all, the eigenvalues of the curvature serve every round.
    values = np.maximum(np.linalg.eigvalsh(curvature), 0.0) if np.ptp(delta) == 0 else None
    for _ in range(rounds):
        effective = _effective(curvature, values, delta, sigma2)
        new_delta, new_sigma2 = delta, sigma2
        if given is None:
            new_delta = np.full(len(theta), max(effective, 1e-9) / max(float(theta @ theta), 1e-12))
        if not is_class and noise is None:
            # With as many determined weights as numbers there is no noise left to see.
            new_sigma2 = max(squares / max(n - effective, 1.0), 1e-12)
        change = max(float(np.abs(new_delta / np.maximum(delta, 1e-300) - 1).max())
                     if given is None else 0.0, abs(new_sigma2 / sigma2 - 1))  # fmt: skip
        delta, sigma2 = new_delta, new_sigma2
        if change < 1e-6:
            break
    return delta, sigma2


def _effective(curvature: Array, values: Array | None, delta: Array, sigma2: float) -> float:
    """Return the number of weights that the data determine: p - sum δ H^-1."""
    if values is not None:
        return float((values / (values + sigma2 * delta[0])).sum()) if delta[0] else len(delta)
    covariance, _ = _inverse(curvature / sigma2 + np.diag(delta))
    return len(delta) - float(delta @ np.diagonal(covariance))


def _inverse(hessian: Array) -> tuple[Array, float]:
    """Return the inverse of a symmetric matrix and the logarithm of its determinant.

    Directions without any curvature (no data, no prior) have no variance that could be given.
    """
    values, vectors = np.linalg.eigh(hessian)
    if values[0] <= 1e-13 * max(values[-1], 1e-300):
        raise InputError(
            "laplace: some directions of the weights are held neither by the data nor by the "
            "prior. Give a prior: --prior 1e-3, or train with weight decay."
        )
    return (vectors / values) @ vectors.T, float(np.log(values).sum())


def _evidence(
    out: Array,
    y: Array,
    squares: float,
    noise: float,
    prior: Array,
    theta: Array,
    log_det: float,
    is_class: bool,
) -> float:
    if (prior <= 0).any():
        return -math.inf
    if is_class:
        fit = _log_likelihood(out, y)
    else:
        fit = -0.5 * squares / noise - 0.5 * out.size * math.log(2 * math.pi * noise)
    log_prior = 0.5 * float(np.log(prior).sum()) - 0.5 * float(prior @ np.square(theta))
    # The powers of 2 π of prior and posterior cancel.
    return fit + log_prior - 0.5 * log_det


def _log_likelihood(out: Array, y: Array) -> float:
    if out.shape[1] == 1:
        z, label = out[:, 0], np.asarray(y, dtype=np.float64).reshape(-1)
        return float((label * z - np.logaddexp(0, z)).sum())
    logs = out - np.logaddexp.reduce(out, axis=1, keepdims=True)
    return float(logs[np.arange(len(out)), np.asarray(y, dtype=np.int64)].sum())


Predict = Callable[[Array], tuple[Array, Array]]
"""Maps raw inputs (m, d) to mean and standard deviation (m, k)."""
