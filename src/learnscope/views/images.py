"""What pictures of images have in common: whether there are some, and which rows are shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.training.member import learned_shape


def image_shape_of(t: Trained) -> tuple[int, ...] | None:
    """Return (channels, height, width) of what the network sees, None where that is no image."""
    shape = learned_shape(t.member.chain, t.member.sample)
    return shape if shape is not None and len(shape) == 3 else None


def class_of_rows(t: Trained) -> tuple[Ints | None, tuple[str, ...]]:
    """Return the class (n,) of each row of the sample and their names, None where unknown."""
    sample = t.member.sample
    if sample.task == "classification":
        return sample.y, sample.outputs
    return sample.labels, sample.classes


def chosen_rows(t: Trained, rows: Sequence[int] | None, n: int) -> Ints:
    """Return rows of the sample: those asked for, else `n` judged ones, of each class in turn.

    Raises:
        InputError: a row is not one of the sample.
    """
    total = len(t.member.sample)
    if rows is not None:
        bad = [r for r in rows if not 0 <= r < total]
        if bad or not rows:
            raise InputError(f"rows must be rows of the sample, 0 to {total - 1}, got {rows}.")
        return np.array(rows, dtype=np.int64)
    judged: Ints = getattr(t.member.rows, judged_part(t.member))
    labels, names = class_of_rows(t)
    if labels is None:
        return judged[:n]
    of_class = [judged[labels[judged] == k] for k in range(len(names))]
    longest = max(len(r) for r in of_class)
    turns = [r[i] for i in range(longest) for r in of_class if i < len(r)]
    return np.array(turns[:n], dtype=np.int64)


def seen(t: Trained, rows: Ints) -> Array:
    """Return the features (m, d) of rows of the sample, as the network sees them."""
    return t.member.chain.apply(t.member.sample.x[rows])


def row_names(t: Trained, rows: Ints) -> tuple[str, ...]:
    """Return what to call rows: their number, and their class where it is known."""
    labels, names = class_of_rows(t)
    if labels is None:
        return tuple(f"row {r}" for r in rows)
    return tuple(f"row {r} ({names[labels[r]]})" for r in rows)
