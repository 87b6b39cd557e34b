"""How far apart two codes are. Both metrics are searched as squared lengths between points.

A metric places each code at a point, and its distance is a growing function of the squared length
between two points: one exact search serves all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.arrays import Array

MetricName = Literal["cosine", "euclidean"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A metric.

    Attributes:
        place: maps codes (m, d) and the scale of the index to points (m, d) float64, row by row:
            equal codes have equal points, bit for bit.
        distance: maps squared lengths between points, and the scale, to distances.
        undefined: which codes (m, d) have no distance to anything, (m,) bool.
        range: the values a distance can have, for readers.
    """

    place: Callable[[Array, float], Array]
    distance: Callable[[Array, float], Array]
    undefined: Callable[[Array], Array]
    range: str


def _direction(codes: Array, scale: float) -> Array:
    """Return codes of length 1; a code of zeros stays one."""
    numbers = np.asarray(codes, dtype=np.float64)
    # By the largest number first, so that no square overflows or vanishes.
    largest = np.abs(numbers).max(axis=1, keepdims=True)
    level = numbers / np.where(largest > 0, largest, 1.0)
    length = np.sqrt(np.square(level).sum(axis=1, keepdims=True))
    return np.asarray(level / np.where(length > 0, length, 1.0))


def _zeros(codes: Array) -> Array:
    return np.asarray(~np.any(codes, axis=1))


METRICS: dict[MetricName, Metric] = {
    # 1 - cos = |a/|a| - b/|b||^2 / 2: the difference keeps the digits of near codes, which
    # 1 - cos by itself loses.
    "cosine": Metric(
        place=_direction,
        distance=lambda squared, scale: squared / 2,
        undefined=_zeros,
        range="0 (same direction) to 2 (opposite)",
    ),
    # The scale is a power of two: dividing by it changes no digit.
    "euclidean": Metric(
        place=lambda codes, scale: np.asarray(codes, dtype=np.float64) / scale,
        distance=lambda squared, scale: np.sqrt(squared) * scale,
        undefined=lambda codes: np.zeros(len(codes), dtype=bool),
        range="0 and up",
    ),
}
"""Metrics by name; both are 0 for equal codes."""
