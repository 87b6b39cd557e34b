"""An index: codes of n examples, ready to be searched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError, suggestion
from learnscope.search.metrics import METRICS, MetricName

BLOCK = 4096
"""Rows that are worked on at once in double precision: 26 MB of MNIST images."""
LARGEST = 1e150
"""Largest number of a code: the square of a larger one may have no double precision number."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Index:
    """Codes with all that a search wants to know of them beforehand. Made by `build_index`.

    Attributes:
        codes: (n, d) as they were given, not copied.
        metric: "cosine" or "euclidean".
        space: what the codes are, e.g. "pixels" or "layer 1".
        numbers: (n,) row numbers of the examples in their data set.
        labels: (n,) classes of the examples, or None.
        classes: names of the classes.
        undefined: (n,) bool, codes without any distance: those of zeros under cosine. They are
            never found and have no neighbours.
        points: (n, d) float32, the points of the metric around their centre.
        lengths: (n,) float32, squared lengths of these points; inf where undefined.
        centre: (d,) float64, the mean point.
        radius: length of the longest point.
        scale: power of two near the largest number of the codes.
    """

    codes: Array
    metric: MetricName
    space: str
    numbers: Ints
    labels: Ints | None
    classes: tuple[str, ...]
    undefined: Array
    points: Array
    lengths: Array
    centre: Array
    radius: float
    scale: float

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def n_undefined(self) -> int:
        """Number of codes that cannot be searched."""
        return int(np.count_nonzero(self.undefined))

    def place(self, codes: Array) -> Array:
        """Return the points (m, d) float64 of codes (m, d), not centred."""
        return METRICS[self.metric].place(codes, self.scale)


def build_index(
    codes: Array,
    *,
    metric: MetricName = "cosine",
    space: str = "codes",
    labels: Array | None = None,
    classes: Sequence[str] = (),
    numbers: Array | None = None,
) -> Index:
    """Return an index of codes. It takes 4 bytes more for each number of them.

    Args:
        codes: (n, d) numbers, n >= 1, finite and within +-1e150.
        metric: "cosine" or "euclidean".
        space: what to call the codes.
        labels: (n,) classes as whole numbers, for agreement figures and titles.
        classes: names of the classes 0, 1 ...
        numbers: (n,) row numbers in the data set; left out, 0 to n - 1.

    Raises:
        InputError: there is no such metric.
        DataError: the codes are not finite numbers (n, d), or lengths differ.
    """
    if metric not in METRICS:
        raise InputError(
            f"metric must be one of {', '.join(METRICS)}, got {metric!r}."
            f"{suggestion(str(metric), METRICS)}"
        )
    codes = checked_codes(codes, "codes")
    n = len(codes)
    _check_length("labels", labels, n)
    _check_length("numbers", numbers, n)
    scale = _scale(codes)
    place = METRICS[metric].place
    undefined = np.concatenate([METRICS[metric].undefined(codes[part]) for part in blocks(n)])
    total = sum((place(codes[part], scale).sum(axis=0) for part in blocks(n)), np.zeros(1))
    centre = np.asarray(total / n)
    points = np.empty(codes.shape, dtype=np.float32)
    lengths = np.empty(n)
    for part in blocks(n):
        around = place(codes[part], scale) - centre
        points[part], lengths[part] = around, np.square(around).sum(axis=1)
    return Index(
        codes=codes,
        metric=metric,
        space=space,
        numbers=np.arange(n) if numbers is None else np.asarray(numbers, dtype=np.int64),
        labels=None if labels is None else np.asarray(labels, dtype=np.int64),
        classes=tuple(classes),
        undefined=undefined,
        points=points,
        lengths=np.where(undefined, math.inf, lengths).astype(np.float32),
        centre=centre,
        radius=math.sqrt(float(lengths.max())),
        scale=scale,
    )


def checked_codes(codes: Any, owner: str, width: int | None = None) -> Array:
    """Return codes as an array (n, d), or refuse them.

    Args:
        codes: the codes.
        owner: what to call them.
        width: the d they must have; None takes any.
    """
    rows = np.asarray(codes)
    wanted = "d" if width is None else str(width)
    if rows.ndim != 2 or 0 in rows.shape or (width is not None and rows.shape[1] != width):
        raise DataError(
            f"{owner} must have the shape (n, {wanted}), one row for each example, got "
            f"{rows.shape}."
        )
    if rows.dtype.kind not in "fiub":
        raise DataError(f"{owner} must be numbers, got the type {rows.dtype}.")
    # Narrower types hold nothing as large.
    wide = rows.dtype.kind == "f" and rows.dtype.itemsize >= 8
    for part in blocks(len(rows)):
        block = rows[part]
        fine = np.abs(block) <= LARGEST if wide else np.isfinite(block)
        bad = np.flatnonzero(~fine.all(axis=1))
        if len(bad):
            raise DataError(
                f"{owner} must be finite and within +-{LARGEST:g}, and row {part.start + bad[0]} "
                "is not. Leave these rows out."
            )
    return rows.astype(np.uint8) if rows.dtype.kind == "b" else rows


def blocks(n: int) -> Iterator[slice]:
    """Return the slices of at most `BLOCK` rows that make up n rows."""
    return (slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK))


def first_of_each(codes: Array) -> Ints:
    """Return, for each row, the first row that is identical to it: (n,), itself where it is.

    Rows are equal where all their numbers are; 0 and -0 are.
    """
    seen: dict[bytes, int] = {}
    first = []
    for i, row in enumerate(codes):
        mark = blake2b(np.ascontiguousarray(row + 0).tobytes(), digest_size=16).digest()
        first.append(seen.setdefault(mark, i))
    return np.array(first, dtype=np.int64)


def _check_length(name: str, values: Array | None, n: int) -> None:
    if values is not None and np.shape(values) != (n,):
        raise DataError(
            f"{name} must have one entry for each of the {n} codes, got the shape "
            f"{np.shape(values)}."
        )


def _scale(codes: Array) -> float:
    """Return the power of two that brings the largest number into [1, 2); 1 for zeros alone."""
    largest = max(float(np.abs(codes[part]).max()) for part in blocks(len(codes)))
    return 2.0 ** math.floor(math.log2(largest)) if largest > 0 else 1.0
