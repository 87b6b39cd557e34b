"""A member as a row of the store: names of the cells, and what goes into them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from learnscope.sweeps.packing import Row

KEPT = (
    "point",
    "seed",
    "shard",
    "place",
    "mark",
    "status",
    "cause",
    "epochs",
    "best_epoch",
    "seconds",
)
"""Columns of the store that every member has, before those of its measures."""


def cells(
    shard: int, place: int, point: int, row: Row, mark: str, measures: Sequence[str]
) -> tuple[Any, ...]:
    """Return the cells of a member, in the order of `KEPT` and then of the measures."""
    fixed = point, row.seed, shard, place, mark, row.status, row.cause, row.epochs, row.best_epoch
    # SQLite has no NaN: it stores none at all.
    values = [row.values.get(name, math.nan) for name in measures]
    return (*fixed, row.seconds, *(None if math.isnan(v) else v for v in values))
