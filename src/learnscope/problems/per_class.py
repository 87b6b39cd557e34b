"""Settings that are one value for all classes or a list with one for each."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import Discriminator, Field, Tag

from learnscope.arrays import Array
from learnscope.settings import Count, Positive

T = TypeVar("T", int, float)


def _branch(value: Any) -> str:
    # Tags of this form are left out of the path that a complaint shows.
    return "tuple[each]" if isinstance(value, list | tuple) else "literal[all]"


PerClass = Annotated[
    Annotated[Count, Tag("literal[all]")]
    | Annotated[tuple[Count, ...], Field(min_length=1), Tag("tuple[each]")],
    Discriminator(_branch),
]
SdPerClass = Annotated[
    Annotated[Positive, Tag("literal[all]")]
    | Annotated[tuple[Positive, ...], Field(min_length=1), Tag("tuple[each]")],
    Discriminator(_branch),
]


def each(value: T | tuple[T, ...], n_classes: int) -> tuple[T, ...]:
    """Return one value for each class."""
    return value if isinstance(value, tuple) else (value,) * n_classes


def check_each(field: str, value: object, n_classes: int) -> None:
    """Refuse a list that has not one value for each class.

    Raises:
        ValueError: the text begins with the field, as a validator of settings needs it.
    """
    if isinstance(value, tuple) and len(value) != n_classes:
        raise ValueError(
            f"{field} must be one number or a list of {n_classes}, one for each class, got a "
            f"list of {len(value)}."
        )


def priors(counts: Sequence[int]) -> Array:
    """Return the share of each class (c,)."""
    return np.asarray(counts, dtype=np.float64) / sum(counts)
