"""The plane a picture shows: the two inputs themselves, or a plane through more of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError, listing, suggestion
from learnscope.features.standardise import column_sd
from learnscope.problems.base import Sample

ROWS_AT_ONCE = 2048


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plane:
    """An affine plane in the space of the inputs.

    Attributes:
        origin: (d,) the input at the plane's (0, 0).
        basis: (2, d) steps in the inputs for one step along each axis.
        dual: (d, 2) with `basis @ dual` = 1: takes inputs back to the plane.
        labels: names of the two axes.
        held: what is held fixed, "" where nothing is.
    """

    origin: Array
    basis: Array
    dual: Array
    labels: tuple[str, str]
    held: str

    def inputs(self, points: Array) -> Array:
        """Return the inputs (m, d) at points (m, 2) of the plane."""
        return np.asarray(self.origin + points @ self.basis)

    def coordinates(self, x: Array) -> Array:
        """Return the points (m, 2) below inputs (m, d)."""
        # Some rows at a time: images are too large for another copy.
        blocks = (x[i : i + ROWS_AT_ONCE] for i in range(0, max(len(x), 1), ROWS_AT_ONCE))
        return np.concatenate([(block - self.origin) @ self.dual for block in blocks])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Grid:
    """Pixels of a map.

    Attributes:
        x: (m,) horizontal centres, rising.
        y: (m,) vertical centres, rising.
        limits: left, right, bottom, top edge.
        square: whether a unit is as long across as up.
    """

    x: Array
    y: Array
    limits: tuple[float, float, float, float]
    square: bool

    def points(self) -> Array:
        """Return all centres (m * m, 2), row by row from the bottom."""
        across, up = np.meshgrid(self.x, self.y)
        return np.stack((across.ravel(), up.ravel()), axis=1)

    def image(self, values: Array) -> Array:
        """Return values (m * m, ...) at `points` as rows and columns (m, m, ...), bottom first."""
        return values.reshape(len(self.y), len(self.x), *values.shape[1:])


def choose_plane(sample: Sample, columns: Sequence[str] | None = None) -> Plane:
    """Return the plane of two inputs, of two chosen columns, or of two principal components.

    With more than two inputs, chosen columns give the slice in which every other input has its
    median; without a choice it is the plane of the first two principal components of the
    standardised inputs through their mean.

    Raises:
        InputError: `columns` are not two different names of inputs.
    """
    d = len(sample.columns)
    if d < 2:
        raise InputError(f"a plane needs at least two inputs, got {listing(sample.columns)}.")
    if columns is None:
        return _components(sample) if d > 2 else _slice(sample, (0, 1))
    for name in columns:
        if name not in sample.columns:
            hint = suggestion(name, sample.columns) or f" There are {listing(sample.columns)}."
            raise InputError(f"columns must be names of inputs, got {name!r}.{hint}")
    if len(columns) != 2 or columns[0] == columns[1]:
        raise InputError(f"columns must be two different inputs, got {listing(columns)}.")
    return _slice(sample, (sample.columns.index(columns[0]), sample.columns.index(columns[1])))


def _slice(sample: Sample, pair: tuple[int, int]) -> Plane:
    d = len(sample.columns)
    basis = np.eye(d)[list(pair)]
    origin = np.median(sample.x, axis=0)
    origin[list(pair)] = 0.0
    others = [j for j in range(d) if j not in pair]
    if len(others) <= 3:
        held = ", ".join(f"{sample.columns[j]} = {origin[j]:.3g}" for j in others)
    else:
        held = f"the other {len(others)} inputs at their medians"
    labels = sample.columns[pair[0]], sample.columns[pair[1]]
    return Plane(origin=origin, basis=basis, dual=basis.T, labels=labels, held=held)


def _components(sample: Sample) -> Plane:
    mean, sd = sample.x.mean(axis=0, dtype=np.float64), column_sd(sample.x)
    sd = np.where(sd > 0, sd, 1.0)
    # The d x d matrix, not the n x d one: n may be 60,000.
    square = np.zeros((len(sd), len(sd)))
    for i in range(0, len(sample), ROWS_AT_ONCE):
        scaled = (sample.x[i : i + ROWS_AT_ONCE] - mean) / sd
        square += scaled.T @ scaled
    variance, columns = np.linalg.eigh(square)
    rows = columns[:, :-3:-1].T
    # A component and its negative are the same: the largest weight is made positive.
    largest = np.abs(rows).argmax(axis=1)
    rows = rows * np.sign(rows[[0, 1], largest])[:, None]
    total = float(variance.sum())
    share = variance[:-3:-1] / (total if total > 0 else 1.0)
    return Plane(
        origin=mean,
        basis=rows * sd,
        dual=(rows / sd).T,
        labels=(
            f"principal component 1 ({share[0]:.0%} of the variance)",
            f"principal component 2 ({share[1]:.0%})",
        ),
        held=f"plane of 2 of {len(sd)} principal components, the others 0",
    )


def make_grid(points: Array, resolution: int, *, margin: float = 0.08) -> Grid:
    """Return the pixels of a box with round edges around points (n, 2).

    The box is a square with equal units unless one side is more than four times the other.
    """
    if resolution < 2:
        raise InputError(f"resolution must be >= 2, got {resolution!r}.")
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    # Points on one spot or line still need a box.
    span = np.where(span > 0, span, max(float(span.max()), 1.0))
    square = bool(span.max() <= 4 * span.min())
    if square:
        span = np.full(2, span.max())
    half, middle = span * (0.5 + margin), (low + high) / 2
    sides = [_round_side(m - h, m + h) for m, h in zip(middle, half, strict=True)]
    if square:
        width = max(b - a for a, b in sides)
        sides = [(a - (width - (b - a)) / 2, b + (width - (b - a)) / 2) for a, b in sides]
    (left, right), (bottom, top) = sides
    steps = (np.arange(resolution) + 0.5) / resolution
    return Grid(
        x=left + (right - left) * steps,
        y=bottom + (top - bottom) * steps,
        limits=(left, right, bottom, top),
        square=square,
    )


def _round_side(low: float, high: float) -> tuple[float, float]:
    """Widen an interval to multiples of a round step, about a twentieth of it."""
    rough = (high - low) / 20
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
