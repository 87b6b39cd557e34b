"""The neighbours of one example, with all that a reader wants to know of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError
from learnscope.search.index import Index
from learnscope.search.neighbours import Found, position_of, search, search_rows
from learnscope.search.spaces import Space, labels_of
from learnscope.trained import Trained


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """Neighbours of one query, nearest first.

    Attributes:
        space: what was compared.
        metric: how.
        query: row number of the query, or None for one from outside.
        label: class of the query, "" where it is not known.
        x: (d,) raw inputs of the query.
        numbers: (m,) row numbers of the neighbours; m is k, or less where there are no more.
        labels: their classes, "" where not known.
        distances: (m,) float64.
        same: (m,) bool, whether the neighbour, or its code, is identical to the query.
        searched: examples that were searched.
        undefined: how many of them have no distance to anything.
    """

    space: str
    metric: str
    query: int | None
    label: str
    x: Array
    numbers: Ints
    labels: tuple[str, ...]
    distances: Array
    same: Array
    searched: int
    undefined: int


def answer(trained: Trained, index: Index, space: Space, query: int | Array, k: int = 5) -> Answer:
    """Return the k nearest examples of a row of the data set, or of raw inputs from outside.

    A row that is searched itself is left out of its own neighbours.

    Args:
        trained: the network and its data.
        index: examples of this data, see `index_of`.
        space: what makes codes, the one of the index.
        query: a row number, or raw inputs (d,) as the data set has them.
        k: neighbours.

    Raises:
        InputError: there is no such row, or k is out of range.
        DataError: the query's code is zeros, which have no angle to anything.
    """
    sample = trained.member.sample
    if isinstance(query, int | np.integer):
        if not 0 <= query < len(sample):
            raise InputError(f"There is no row {query}: rows are 0 to {len(sample) - 1}.")
        x = sample.x[query]
    else:
        x = np.asarray(query, dtype=np.float64).ravel()
    if isinstance(query, int | np.integer) and (index.numbers == query).any():
        found = search_rows(index, np.array([position_of(index, int(query))]), k)
    else:
        found = search(index, space.encode(x[None]), k)
    kept = found.positions[0][found.positions[0] >= 0]
    if not len(kept):
        raise DataError(_nothing(index))
    return _answer(trained, index, query, x, kept, found)


def _answer(
    trained: Trained, index: Index, query: int | Array, x: Array, kept: Ints, found: Found
) -> Answer:
    own = int(query) if isinstance(query, int | np.integer) else None
    numbers, m = index.numbers[kept], len(kept)
    names = class_names(trained, numbers)
    return Answer(
        space=index.space,
        metric=index.metric,
        query=own,
        label="" if own is None else class_names(trained, np.array([own]))[0],
        x=x,
        numbers=numbers,
        labels=names,
        distances=found.distances[0, :m],
        # A matrix product of one row may round otherwise than that of many: codes of identical
        # images may differ in their last digit.
        same=found.same[0, :m] | (trained.member.sample.x[numbers] == x).all(axis=1),
        searched=len(index),
        undefined=index.n_undefined,
    )


def class_names(trained: Trained, numbers: Ints) -> tuple[str, ...]:
    """Return the names of the classes of rows, "" where there are no classes."""
    labels, classes = labels_of(trained.member.sample)
    if labels is None:
        return ("",) * len(numbers)
    return tuple(classes[c] if c < len(classes) else str(c) for c in labels[numbers])


def _nothing(index: Index) -> str:
    if index.n_undefined == len(index):
        return (
            f"All {len(index)} codes of the {index.space} are zeros, so that none has a cosine to "
            "another: the units of this layer are dead. Search by pixels, or train again with "
            "more units or a lower rate."
        )
    return (
        f"The code of the query in the {index.space} is zeros, which has no cosine to anything. "
        "Use the metric 'euclidean', or search by pixels."
    )
