"""Logistic regression, binary and multinomial, by Newton's method.

The objective is that of scikit-learn's `LogisticRegression` with its default C = 1: the sum over
the rows of the negative log-likelihood in nats, plus half the sum of the squared weights; the
intercepts are free. It is convex. The steps are solved by conjugate gradients, which need
products with the Hessian alone (J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition,
algorithm 7.1), so that many inputs and classes need no large matrix.
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.special import log_softmax, softmax

_MOST_STEPS = 100
_MOST_PRODUCTS = 200
_CLOSE = 1e-6
"""Largest entry of the gradient, per row, at which the minimum counts as found; scikit-learn
stops at 1e-4."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Logistic:
    """A fitted regression on standardised inputs.

    Attributes:
        mean: (d,) of the training inputs.
        scale: (d,) their standard deviation, 1 for constant inputs.
        weights: (1 + d, c) the intercepts, then a row for each input. Of two classes the first
            has zeros.
        classes: (c,) labels.
        converged: whether the minimum was found.
    """

    mean: Array
    scale: Array
    weights: Array
    classes: Ints
    converged: bool

    def predict(self, x: Array) -> Ints:
        """Return the likeliest label (m,) for inputs (m, d)."""
        scores = _design((x - self.mean) / self.scale) @ self.weights
        return np.asarray(self.classes[scores.argmax(axis=1)])


def fit_logistic(x: Array, y: Array) -> Logistic:
    """Fit inputs (n, d) and labels (n,) of at least two classes."""
    mean, sd = x.mean(axis=0), x.std(axis=0)
    # Rounding gives a constant column a deviation that is not quite 0.
    scale = np.where(sd > 1e-12 * np.abs(mean), sd, 1.0)
    classes, label = np.unique(y, return_inverse=True)
    task = _Task(design=_design((x - mean) / scale), target=np.eye(len(classes))[label])
    weights, converged = _minimise(task)
    return Logistic(mean=mean, scale=scale, weights=weights, classes=classes, converged=converged)


def _design(x: Array) -> Array:
    return np.column_stack((np.ones(len(x)), x))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Task:
    """The objective over weights (1 + d, c); `design` is (n, 1 + d), `target` (n, c) one-hot."""

    design: Array
    target: Array

    def value(self, weights: Array) -> float:
        likelihood = log_softmax(self.design @ weights)[self.target > 0].sum()
        return float(0.5 * np.square(weights[1:]).sum() - likelihood)

    def gradient(self, weights: Array, share: Array) -> Array:
        return self._free(self.design.T @ (share - self.target), weights)

    def product(self, share: Array, direction: Array) -> Array:
        """Return the Hessian, where the classes have these shares (n, c), times a direction."""
        change = self.design @ direction
        change = share * (change - (share * change).sum(axis=1, keepdims=True))
        return self._free(self.design.T @ change, direction)

    def _free(self, slope: Array, weights: Array) -> Array:
        """Add the penalty's part; of two classes the weights of the first stay zero."""
        slope[1:] += weights[1:]
        if slope.shape[1] == 2:
            slope[:, 0] = 0.0
        return slope


def _minimise(task: _Task) -> tuple[Array, bool]:
    """Return the best weights, and whether the gradient is as good as zero there."""
    weights = np.zeros((task.design.shape[1], task.target.shape[1]))
    value = task.value(weights)
    for _ in range(_MOST_STEPS):
        share = softmax(task.design @ weights)
        gradient = task.gradient(weights, share)
        if np.abs(gradient).max() <= _CLOSE * len(task.design):
            return weights, True
        step = _newton_step(task, share, gradient)
        slope, length = _dot(gradient, step), 1.0
        # Armijo's rule; far from the minimum a full step may overshoot.
        while (found := task.value(weights + length * step)) > value + 1e-4 * length * slope:
            length /= 2
            if length < 1e-10:
                return weights, False
        weights, value = weights + length * step, found
    return weights, False


def _newton_step(task: _Task, share: Array, gradient: Array) -> Array:
    """Solve Hessian @ step = -gradient, the more exactly the nearer the minimum is."""
    step, residual = np.zeros_like(gradient), -gradient
    direction, square = residual, _dot(residual, residual)
    goal = square * min(0.25, np.sqrt(square) / len(share))
    for _ in range(_MOST_PRODUCTS):
        bent = task.product(share, direction)
        curvature = _dot(direction, bent)
        if square <= goal or curvature <= 0:
            break
        step = step + square / curvature * direction
        residual = residual - square / curvature * bent
        before, square = square, _dot(residual, residual)
        direction = residual + square / before * direction
    return step if step.any() else -gradient


def _dot(a: Array, b: Array) -> float:
    return float(np.vdot(a, b))
