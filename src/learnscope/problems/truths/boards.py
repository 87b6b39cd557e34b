"""Classes that are rectangles of a board, smeared out by Gaussian noise on each coordinate."""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.problems.base import Truth
from learnscope.problems.truths.bayes import Place, bayes_truth, no_error
from learnscope.special import normal_quantile


@dataclass(frozen=True, kw_only=True, eq=False)
class Board:
    """A square board: columns and rows are the same intervals of equal length.

    Attributes:
        low: (s,) where each interval begins, increasing.
        width: length of every interval, > 0; gaps may lie between them.
        owner: (s, s) class of the rectangle in column i and row j.
    """

    low: Array
    width: float
    owner: Ints

    def cells(self, k: int) -> Ints:
        """Return column and row (m, 2) of the rectangles of class k."""
        return np.argwhere(self.owner == k).astype(np.int64)

    def place(self, k: int, u: Array) -> Array:
        """Return points of class k (m, 2) from uniform numbers (m, 3)."""
        cells = self.cells(k)
        chosen = cells[np.minimum((u[:, 0] * len(cells)).astype(int), len(cells) - 1)]
        return np.asarray(self.low[chosen] + self.width * u[:, 1:])


def board_truth(board: Board, noise: float, priors: Array) -> Truth:
    """Return the truth for points uniform on the rectangles of their class, plus noise.

    Args:
        board: which rectangle belongs to which class.
        noise: standard deviation of the noise; at 0 the nearest rectangle decides.
        priors: (c,) share of each class.
    """
    return bayes_truth(
        scores=lambda x: _scores(x, board, noise, len(priors)),
        places=[_placing(board, k, noise) for k in range(len(priors))],
        priors=priors,
        n_uniforms=5,
        floor=no_error if noise == 0 else None,
    )


def _placing(board: Board, k: int, noise: float) -> Place:
    return lambda u: board.place(k, u[:, :3]) + noise * normal_quantile(u[:, 3:])


def _scores(x: Array, board: Board, noise: float, n_classes: int) -> Array:
    # One axis at a time: the share of each interval at the coordinate, up to a factor.
    column, row = (_shares(x[:, axis], board, noise) for axis in (0, 1))
    density = np.stack(
        [
            ((column @ (board.owner == k)) * row).sum(axis=1) / np.sum(board.owner == k)
            for k in range(n_classes)
        ],
        axis=1,
    )
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(density))


def _shares(x: Array, board: Board, noise: float) -> Array:
    """Return the chance that a point at x came from each interval (m, s), the largest being 1."""
    if noise == 0:
        gap = np.maximum(board.low - x[:, None], x[:, None] - board.low - board.width)
        return np.asarray(np.eye(len(board.low))[gap.argmin(axis=1)])
    from scipy.special import log_ndtr

    near = (x[:, None] - board.low) / noise
    far = near - board.width / noise
    # Both ends in the lower tail, where the difference of the two keeps its digits.
    flip = far > -near
    upper, lower = np.where(flip, -far, near), np.where(flip, -near, far)
    log = log_ndtr(upper)
    log = log + np.log1p(-np.exp(log_ndtr(lower) - log))
    return np.asarray(np.exp(log - log.max(axis=1, keepdims=True)))
