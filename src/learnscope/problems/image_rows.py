"""Images as rows of inputs: the names of the inputs, and the classes that are used."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array, Ints
from learnscope.settings import Natural, one_as_list

Classes = Annotated[tuple[Natural, ...], BeforeValidator(one_as_list), Field(min_length=1)]


def pixel_names(height: int, width: int) -> tuple[str, ...]:
    """Return the names of the inputs, row by row from the top, as scikit-learn names them."""
    return tuple(f"pixel_{i}_{j}" for i in range(height) for j in range(width))


def check_classes(classes: Sequence[int] | None, known: Sequence[str]) -> None:
    """Refuse labels that are not those of a set, or that are named twice."""
    if classes is None:
        return
    for label in classes:
        if label >= len(known):
            raise ValueError(f"classes must be labels 0 to {len(known) - 1}, got {label}.")
        if classes.count(label) > 1:
            raise ValueError(f"classes must be different labels, got {label} more than once.")


def class_names(classes: Sequence[int] | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the classes that are used, in the order of their new numbers."""
    return tuple(known) if classes is None else tuple(known[label] for label in classes)


def of_classes(labels: Array, classes: Sequence[int] | None) -> tuple[Ints, Ints]:
    """Return the rows whose label is used, and the new label of each of these rows."""
    if classes is None:
        return np.arange(len(labels)), labels.astype(np.int64)
    number = np.full(max(int(labels.max()), *classes) + 1, -1, dtype=np.int64)
    number[list(classes)] = np.arange(len(classes))
    rows = np.flatnonzero(number[labels] >= 0)
    return rows, number[labels[rows]]
