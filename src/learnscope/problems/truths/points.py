"""Classes that are sets of points, or curves, smeared out by the same Gaussian noise."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.problems.base import Truth
from learnscope.problems.truths.bayes import Place, bayes_truth, no_error
from learnscope.special import normal_quantile

_MOST_PIECES = 5000
_NEAREST = 64
# Nodes up to which all distances are worked out. Beyond it a search tree is faster, once its
# import (0.3 s) is paid.
_FEW = 512
# Distances worked out at a time: few enough to stay in the cache of a core.
_BLOCK = 50_000
# In exponents of e: a share of 2e-8.
_NEGLIGIBLE = 18.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Nodes:
    """Points that stand for a class.

    Attributes:
        points: (m, d).
        weights: (m,) share of the class at each point, > 0, summing to 1.
    """

    points: Array
    weights: Array

    def moved(self, points: Array) -> "Nodes":
        """Return the same nodes at other places."""
        return Nodes(points=points, weights=self.weights)

    @cached_property
    def tree(self) -> Any:
        """Search tree over the points."""
        from scipy.spatial import cKDTree

        return cKDTree(self.points)

    def nearest(self, x: Array) -> tuple[Array, Ints]:
        """Return the distance of the nearest node to each of the points (m, d), and its index."""
        if len(self.points) > _FEW:
            distance, index = self.tree.query(x)
            return distance, index
        blocks = _in_blocks(x, len(self.points))
        index = np.concatenate([_squares(b, self.points).argmin(axis=1) for b in blocks])
        return np.sqrt(((x - self.points[index]) ** 2).sum(axis=1)), index


def equally_likely(points: Array) -> Nodes:
    """Return equally likely points (m, d) as nodes."""
    return Nodes(points=points, weights=np.full(len(points), 1 / len(points)))


def along_curve(
    place: Callable[[Array], Array],
    density: Callable[[Array], Array],
    interval: tuple[float, float],
    noise: float,
) -> Nodes:
    """Return nodes along a curve, as many as the noise calls for.

    The curve is cut into pieces as long as 1.5 standard deviations, with four Gauss-Legendre
    nodes on each, which integrate polynomials of degree 7 exactly (M. Abramowitz, I. Stegun,
    "Handbook of Mathematical Functions", 25.4.29). Noise too small for the greatest number of
    pieces leaves dots, of which the nearest decides: right for curves that do not cross.

    Args:
        place: gives the points (m, d) at parameters t (m,).
        density: gives the density (m,) of t, up to a factor.
        interval: first and last t.
        noise: standard deviation of the noise, >= 0.
    """
    t = np.linspace(*interval, 4001)
    steps = np.linalg.norm(np.diff(place(t), axis=0), axis=1)
    length = np.concatenate(([0.0], np.cumsum(steps)))
    wanted = length[-1] / (1.5 * noise) if noise > 0 else math.inf
    pieces = int(min(max(wanted, 16.0), _MOST_PIECES))
    ends = np.interp(np.linspace(0.0, length[-1], pieces + 1), length, t)
    z, w = np.polynomial.legendre.leggauss(4)
    half = np.diff(ends)[:, None] / 2
    nodes = (ends[:-1, None] + half * (1 + z)).ravel()
    weights = (half * w).ravel() * density(nodes)
    return Nodes(points=place(nodes), weights=weights / weights.sum())


def points_truth(
    classes: Callable[[], list[Nodes]],
    noise: float,
    priors: Array,
    *,
    d: int = 2,
    alike: bool = False,
) -> Truth:
    """Return the truth for classes of points plus Gaussian noise on each coordinate.

    Args:
        classes: gives the points of each class; called when the truth is first asked for, since
            most samples are drawn without asking.
        noise: standard deviation of the noise; at 0 the class of the nearest point is certain.
        priors: (c,) share of each class.
        d: number of coordinates.
        alike: whether all classes are the same up to a turn, with the same share.
    """
    nodes = cache(classes)

    def scores(x: Array) -> Array:
        if noise == 0:
            return _nearest(x, nodes())
        return _scores(x, nodes(), noise)

    return bayes_truth(
        scores=scores,
        places=[_placing(nodes, k, noise) for k in range(1 if alike else len(priors))],
        priors=priors,
        n_uniforms=1 + d,
        floor=no_error if noise == 0 else None,
    )


def _placing(classes: Callable[[], list[Nodes]], k: int, noise: float) -> Place:
    def place(u: Array) -> Array:
        nodes = classes()[k]
        edges = np.cumsum(nodes.weights)[:-1]
        points = nodes.points[np.searchsorted(edges, u[:, 0])]
        return np.asarray(points + noise * normal_quantile(u[:, 1:]))

    return place


def _nearest(x: Array, classes: list[Nodes]) -> Array:
    """Return 0 for the class with the nearest point, the first of several, else -inf (m, c)."""
    distance = np.stack([nodes.nearest(x)[0] for nodes in classes], axis=1)
    scores = np.full(distance.shape, -np.inf)
    scores[np.arange(len(x)), distance.argmin(axis=1)] = 0.0
    return scores


def _scores(x: Array, classes: list[Nodes], noise: float) -> Array:
    """Return the log densities (m, c), less the constant that all classes share."""
    # The nearest node alone bounds a density from below, and from above as if it had all the
    # weight. Rows that these bounds decide, most of them, need no sum.
    upper, lower = [], []
    for nodes in classes:
        distance, index = nodes.nearest(x)
        upper.append(-0.5 * (distance / noise) ** 2)
        lower.append(upper[-1] + np.log(nodes.weights[index]))
    scores = np.stack(upper, axis=1)
    rivals = scores > np.max(lower, axis=0)[:, None] - _NEGLIGIBLE
    rows = np.flatnonzero(rivals.sum(axis=1) > 1)
    for k, nodes in enumerate(classes):
        scores[rows, k] = _log_density(x[rows], nodes, noise)
    return scores


def _log_density(x: Array, nodes: Nodes, noise: float) -> Array:
    """Return the log density (m,), less the constant that all classes share."""
    if not len(x):
        return np.zeros(0)
    if len(nodes.points) <= _FEW:
        return _log_density_of_all(x, nodes, noise)
    distance, index = nodes.tree.query(x, k=np.arange(1, _NEAREST + 1))
    exponent = -0.5 * (distance / noise) ** 2  # (m, k), falling
    result = _log_sum(exponent, nodes.weights[index])
    # What lies beyond the nearest nodes is negligible if the last of them is; near the centre
    # of a bend it is not, and all nodes are taken.
    rest = np.flatnonzero(exponent[:, 0] - exponent[:, -1] < _NEGLIGIBLE)
    if len(rest):
        result[rest] = _log_density_of_all(x[rest], nodes, noise)
    return result


def _log_density_of_all(x: Array, nodes: Nodes, noise: float) -> Array:
    """Return the same from all nodes, for at least one point."""
    blocks = _in_blocks(x, len(nodes.points))
    sums = [_log_sum(-0.5 * _squares(b, nodes.points) / noise**2, nodes.weights) for b in blocks]
    return np.concatenate(sums)


def _in_blocks(x: Array, n_nodes: int) -> list[Array]:
    """Cut the points (m, d) into blocks with few distances to the nodes."""
    return np.array_split(x, 1 + len(x) * n_nodes // _BLOCK)


def _squares(x: Array, points: Array) -> Array:
    """Return the squared distances (m, n) of points (m, d) and (n, d)."""
    total = np.zeros((len(x), len(points)))
    for mine, theirs in zip(x.T, points.T, strict=True):
        total += (mine[:, None] - theirs) ** 2
    return total


def _log_sum(exponent: Array, weights: Array) -> Array:
    top = exponent.max(axis=1)
    total = (weights * np.exp(exponent - top[:, None])).sum(axis=1)
    return np.asarray(top + np.log(total))
