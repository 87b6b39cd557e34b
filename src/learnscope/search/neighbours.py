"""Exact nearest neighbours of many queries, in bounded memory.

A matrix product in single precision scores all pairs of a block. It finds candidates alone: their
distances are worked out anew in double precision, and a bound on the error of the product tells
for each query whether a row that is no candidate could be as near. Where it could (many rows of one
distance, say), all rows within the bound are looked at.

Equal distances are ordered by row, whatever the blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.search.index import BLOCK, Index, checked_codes
from learnscope.search.metrics import METRICS

SCORES = 1 << 24
"""Scores that are kept at once: 64 MB."""
SPARE = 16
"""Candidates beyond k: enough that one query in some thousands needs the second look."""
GROUP = 64
"""Scores whose least one is looked for first."""
FAR = 1e12
"""Length of a query beyond which single precision is not relied on, in scales of the index."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """Neighbours of q queries, nearest first, equal distances by row.

    Attributes:
        positions: (q, k) places in the index; -1 where there are fewer neighbours.
        distances: (q, k) float64; NaN there.
        same: (q, k) bool, whether the neighbour's code is identical to the query's.
    """

    positions: Ints
    distances: Array
    same: Array

    @property
    def answered(self) -> Array:
        """Whether a query has k neighbours, (q,) bool. Codes of zeros have none under cosine."""
        return np.asarray((self.positions >= 0).all(axis=1))


def search(index: Index, codes: Array, k: int = 5) -> Found:
    """Return the k nearest examples of codes (q, d).

    Raises:
        InputError: k is not in 1..n.
        DataError: the codes are not finite numbers (q, d).
    """
    _check_k(k, len(index))
    queries = checked_codes(codes, "queries", index.codes.shape[1])
    return _search(index, queries, np.full(len(queries), -1), k)


def search_rows(index: Index, positions: Array, k: int = 5) -> Found:
    """Return the k nearest others of examples of the index.

    An example is never its own neighbour; others with an identical code are, and are marked so.

    Args:
        index: the index.
        positions: (q,) places in the index, 0 to n - 1.
        k: neighbours of each, 1 to n - 1.

    Raises:
        InputError: a place is not there, or k is out of range.
    """
    own = np.atleast_1d(np.asarray(positions))
    n = len(index)
    if own.ndim != 1 or own.dtype.kind not in "iu" or ((own < 0) | (own >= n)).any():
        raise InputError(f"positions must be whole numbers from 0 to {n - 1}, got {positions!r}.")
    _check_k(k, n - 1)
    return _search(index, index.codes[own], own.astype(np.int64), k)


def position_of(index: Index, number: int) -> int:
    """Return the place in the index of a row number of the data set."""
    found = np.flatnonzero(index.numbers == number)
    if not len(found):
        low, high = int(index.numbers.min()), int(index.numbers.max())
        raise InputError(
            f"There is no row {number} among the {len(index)} that are searched (rows {low} to "
            f"{high})."
        )
    return int(found[0])


def _check_k(k: int, most: int) -> None:
    if not 1 <= k <= most:
        raise InputError(f"k must be from 1 to {most}, the examples that can be found, got {k}.")


def _search(index: Index, queries: Array, own: Ints, k: int) -> Found:
    q, n = len(queries), len(index)
    positions = np.full((q, k), -1, dtype=np.int64)
    squared = np.full((q, k), math.nan)
    at_once = max(1, SCORES // n)
    for start in range(0, q, at_once):
        part = slice(start, min(start + at_once, q))
        _search_block(index, queries[part], own[part], positions[part], squared[part])
    same = [
        (positions[i] >= 0) & (index.codes[positions[i]] == query).all(axis=1)
        for i, query in enumerate(queries)
    ]
    distances = METRICS[index.metric].distance(squared, index.scale)
    return Found(positions=positions, distances=distances, same=np.array(same))


def _search_block(index: Index, queries: Array, own: Ints, positions: Ints, squared: Array) -> None:
    """Fill in positions and squared lengths (c, k) of a block of queries (c, d)."""
    k = positions.shape[1]
    points = index.place(queries)
    around = points - index.centre
    lengths = np.square(around).sum(axis=1)
    scores = _scores(index, around, own)
    n_candidates = min(k + SPARE, len(index))
    candidates = least(scores, n_candidates)
    edge = np.take_along_axis(scores, candidates, axis=1).max(axis=1).astype(np.float64)
    slack = _slack(index, lengths)
    for i in np.flatnonzero(~METRICS[index.metric].undefined(queries)):
        rows = _allowed(index, np.sort(candidates[i]), own[i])
        best, found = _nearest(index, points[i], rows, k)
        last = found[-1] if len(found) == k else math.inf
        # What is no candidate has a squared length of at least edge + lengths[i] - slack[i].
        if n_candidates < len(index) and not last < edge[i] + lengths[i] - slack[i]:
            within = ~(scores[i] > last - lengths[i] + slack[i])
            rows = _allowed(index, np.flatnonzero(within), own[i])
            best, found = _nearest(index, points[i], rows, k)
        positions[i, : len(best)], squared[i, : len(found)] = best, found


def _scores(index: Index, around: Array, own: Ints) -> Array:
    """Return |x|^2 - 2 q.x (c, n) in single precision: squared lengths up to that of the query."""
    # Queries out of range become infinite here; `_slack` has them looked at in full.
    with np.errstate(over="ignore", invalid="ignore"):
        scores = (-2 * around).astype(np.float32) @ index.points.T
        scores += index.lengths
    mine = np.flatnonzero(own >= 0)
    scores[mine, own[mine]] = math.inf
    return scores


def _slack(index: Index, lengths: Array) -> Array:
    """Return a bound (c,) on the error of the scores of queries of these squared lengths.

    A product of d terms is within d u |q| |x| of the exact one in any order of summation, with
    u = 2^-24; rounding the factors and adding the squared length of x cost at most
    3.5 u (|q| + |x|)^2 more. Since 4 |q| |x| <= (|q| + |x|)^2, (d + 8) u (|q| + |x|)^2 is twice
    what is needed.

    Source: N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1.
    """
    d = index.points.shape[1]
    slack = (d + 8) * 2.0**-24 * np.square(np.sqrt(lengths) + index.radius)
    return np.where(lengths < FAR**2, slack, math.inf)


def _allowed(index: Index, rows: Ints, own: int) -> Ints:
    return np.asarray(rows[~index.undefined[rows] & (rows != own)])


def _nearest(index: Index, point: Array, rows: Ints, k: int) -> tuple[Ints, Array]:
    """Return the k nearest of these rows, which are in order, and their squared lengths."""
    parts = [rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)]
    squared = [np.square(index.place(index.codes[part]) - point).sum(axis=1) for part in parts]
    found = np.concatenate(squared) if squared else np.empty(0)
    # Stable: among equals the first row stays first.
    order = np.argsort(found, kind="stable")[:k]
    return rows[order], found[order]


def least(scores: Array, m: int) -> Ints:
    """Return the columns (c, m) of the m least scores (c, n) of each row, in no order."""
    c, n = scores.shape
    n_groups = n // GROUP
    if n_groups <= m:
        return np.argpartition(scores, m - 1, axis=1)[:, :m] if m < n else _all(c, n)
    # The m least scores lie in the m groups with the least minima, or behind the last group.
    grouped = scores[:, : n_groups * GROUP].reshape(c, n_groups, GROUP)
    groups = np.argpartition(grouped.min(axis=2), m - 1, axis=1)[:, :m]
    inside = (groups[:, :, None] * GROUP + np.arange(GROUP)).reshape(c, -1)
    behind = np.broadcast_to(np.arange(n_groups * GROUP, n), (c, n - n_groups * GROUP))
    columns = np.concatenate((inside, behind), axis=1)
    near = np.argpartition(np.take_along_axis(scores, columns, axis=1), m - 1, axis=1)[:, :m]
    return np.take_along_axis(columns, near, axis=1)


def _all(c: int, n: int) -> Ints:
    return np.broadcast_to(np.arange(n), (c, n))
