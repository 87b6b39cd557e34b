"""Do shifted images find their originals? The claim of S4.44, measured.

Images are moved by whole pixels up, down, left and right, and asked for among the examples as
they are. What moves in from outside has the least value of the data, the background of digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.search.agreement import Share, pick_queries, share_of
from learnscope.search.index import Index
from learnscope.search.neighbours import search
from learnscope.search.spaces import Space
from learnscope.trained import Trained

DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""Unit steps (rows down, columns right)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftCurve:
    """Shares by shift, each over all queries and four directions.

    Attributes:
        space: what was compared.
        metric: how.
        shifts: pixels.
        found: how often the nearest example is the image that was shifted. A shifted image that
            finds nothing, its code being zeros, counts as a failure here and below.
        label: how often the nearest example has its label, the image itself allowed.
        others: the same with the image itself left out, as for a picture from outside.
    """

    space: str
    metric: str
    shifts: tuple[int, ...]
    found: tuple[Share, ...]
    label: tuple[Share, ...]
    others: tuple[Share, ...]


def shift_curve(
    trained: Trained,
    index: Index,
    space: Space,
    shifts: Sequence[int] = (0, 1, 2, 4),
    positions: Array | None = None,
) -> ShiftCurve:
    """Return how well shifted images find what they were.

    The four directions of one image count as one query in the intervals.

    Args:
        trained: the network and its data.
        index: the examples by this space, as `index_of(trained, ...)` gives it.
        space: what makes codes of the shifted images.
        shifts: pixels, each from 0 to below the side of the image.
        positions: (q,) places in the index to ask from; left out, `pick_queries(index)`.

    Raises:
        InputError: the examples are no images or have no labels, or a shift is out of range.
    """
    sample = trained.member.sample
    if index.labels is None:
        raise InputError("The shift test is about classes, and these examples have no labels.")
    own = pick_queries(index) if positions is None else np.asarray(positions)
    images, fill = sample.x[index.numbers[own]], float(sample.x.min())
    rows = []
    for pixels in shifts:
        steps = DIRECTIONS if pixels else DIRECTIONS[:1]
        rates = [
            _rates(
                index,
                own,
                space.encode(shifted(images, sample.shape, pixels * dy, pixels * dx, fill)),
            )
            for dy, dx in steps
        ]
        rows.append([share_of(r, len(steps), f"{pixels} px") for r in np.mean(rates, axis=0)])
    found, label, others = (tuple(column) for column in zip(*rows, strict=True))
    return ShiftCurve(
        space=index.space,
        metric=index.metric,
        shifts=tuple(shifts),
        found=found,
        label=label,
        others=others,
    )


def shifted(
    images: Array, shape: tuple[int, ...] | None, down: int, right: int, fill: float = 0.0
) -> Array:
    """Return images (m, d) moved by whole pixels, (m, d) of the same type.

    Args:
        images: images laid flat.
        shape: (channels, height, width) of one.
        down: pixels down, negative for up.
        right: pixels to the right, negative for left.
        fill: the value that moves in.

    Raises:
        InputError: the shape is not that of images, or nothing would be left of them.
    """
    if shape is None or len(shape) != 3:
        raise InputError("Only images can be shifted, and these examples are none.")
    _, height, width = shape
    if abs(down) >= height or abs(right) >= width:
        raise InputError(
            f"A shift must be smaller than the image of {height} x {width} pixels, got {down} down "
            f"and {right} to the right."
        )
    whole = np.reshape(images, (len(images), *shape))
    moved = np.full_like(whole, fill)
    to_rows, from_rows = _spans(down, height)
    to_columns, from_columns = _spans(right, width)
    moved[:, :, to_rows, to_columns] = whole[:, :, from_rows, from_columns]
    return moved.reshape(np.shape(images))


def _spans(by: int, size: int) -> tuple[slice, slice]:
    """Return where pixels of one axis go to, and where they come from."""
    kept = size - abs(by)
    return slice(max(by, 0), max(by, 0) + kept), slice(max(-by, 0), max(-by, 0) + kept)


def _rates(index: Index, own: Array, codes: Array) -> Array:
    """Return (3, q): whether the original, its label, its label among others was nearest.

    A query that finds nothing, as codes of zeros under cosine, finds none of these.
    """
    assert index.labels is not None
    positions = search(index, codes, 2).positions
    first, second = positions.T
    is_own = first == own
    # Of an original that is not the nearest, the nearest is another one already.
    other = np.where(is_own, second, first)
    wanted = index.labels[own]
    same = ((index.labels[at] == wanted) & (at >= 0) for at in (first, other))
    return np.stack((is_own, *same)).astype(np.float64)
