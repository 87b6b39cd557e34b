"""A direction of an atlas: the values of a column in order, how they are spaced and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array, Ints

if TYPE_CHECKING:
    import polars

MOST_VALUES = 60
"""Distinct numbers beyond which a direction is divided into `BINS` parts."""
BINS = 16
LOG_FROM = 8.0
"""Largest to smallest value from which even ratios make a logarithmic axis."""

UNITS = {
    "model.width": "units a layer",
    "model.depth": "hidden layers",
    "model.degree": "highest power",
    "training.lr": "learning rate",
    "training.epochs": "passes over the data",
    "training.batch_size": "rows a step",
}
NAMES = {
    "parameters": "parameters (numbers trained)",
    "rows": "training rows",
    "seconds": "training time (s)",
    "epochs": "epochs (passes over the data)",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Direction:
    """The values that a column takes, m of them.

    Attributes:
        path: the column: a dotted setting, or a number of every member such as "parameters".
        values: numbers ascending, else in the order in which the sweep has them.
        positions: (m,) where they stand: the numbers themselves, else 0, 1, 2 ...
        numeric: whether they are numbers.
        log: whether they are numbers whose ratios are about even.
        binned: whether each value is the middle of a part of the axis.
    """

    path: str
    values: tuple[Any, ...]
    positions: Array
    numeric: bool
    log: bool
    binned: bool = False

    def __len__(self) -> int:
        return len(self.values)

    @property
    def label(self) -> str:
        """The column with its unit, where that is known."""
        return label_of(self.path)

    @property
    def texts(self) -> list[str]:
        """The values as a reader would write them."""
        return [value_text(v) for v in self.values]


def label_of(path: str) -> str:
    """Return a column with its unit, where that is known: "model.width (units a layer)"."""
    return f"{path} ({UNITS[path]})" if path in UNITS else NAMES.get(path, path)


def value_text(value: Any) -> str:
    """Return a value in at most a few words: 0.001, true, relu."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:g}"
    text = str(value)
    return text if len(text) <= 24 else f"{text[:23]}…"


def direction_of(column: polars.Series) -> tuple[Direction, Ints]:
    """Return the direction of a column and the place (rows,) of each row on it.

    A row without the setting has the value "none", which stands last.
    """
    import polars

    numeric = column.dtype.is_numeric() and not column.null_count()
    unique = column.unique(maintain_order=True)
    if numeric:
        numbers = np.asarray(column.to_numpy(), dtype=np.float64)
        if len(unique) > MOST_VALUES:
            return _binned(column.name, numbers)
        values = sorted(unique.to_list())
        ends, places = np.unique(numbers, return_inverse=True)
        found = Direction(
            path=column.name, values=tuple(values), positions=ends, numeric=True, log=is_log(ends)
        )
        return found, places.astype(np.int64)
    values = [v for v in unique.to_list() if v is not None]
    if column.null_count():
        values.append(None)
    table = polars.DataFrame(
        {"v": polars.Series(values, dtype=column.dtype), "i": np.arange(len(values))}
    )
    joined = polars.DataFrame({"v": column}).join(
        table, on="v", how="left", nulls_equal=True, maintain_order="left"
    )
    positions = np.arange(len(values), dtype=np.float64)
    found = Direction(
        path=column.name, values=tuple(values), positions=positions, numeric=False, log=False
    )
    return found, joined["i"].to_numpy().astype(np.int64)


def _binned(path: str, numbers: Array) -> tuple[Direction, Ints]:
    """Divide a direction into parts of one length, or of one ratio."""
    low, high = float(numbers.min()), float(numbers.max())
    quartiles = np.quantile(numbers, (0.25, 0.5, 0.75)) if low > 0 else None
    # Numbers drawn evenly on a logarithmic scale have their median far below the middle.
    log = quartiles is not None and high > LOG_FROM * low and quartiles[1] < low + (high - low) / 3
    scaled = np.log(numbers) if log else numbers
    edges = np.linspace(scaled.min(), scaled.max(), BINS + 1)
    places = np.clip(np.searchsorted(edges, scaled, side="right") - 1, 0, BINS - 1)
    middle = (edges[1:] + edges[:-1]) / 2
    middle = np.exp(middle) if log else middle
    found = Direction(
        path=path, values=tuple(float(f"{v:.3g}") for v in middle), positions=middle,
        numeric=True, log=bool(log), binned=True,
    )  # fmt: skip
    return found, places.astype(np.int64)


def is_log(values: Sequence[float] | Array) -> bool:
    """Whether ascending numbers are spaced by about one ratio rather than by one step."""
    v = np.asarray(values, dtype=np.float64)
    if len(v) < 3 or v[0] <= 0 or v[-1] < LOG_FROM * v[0]:
        return False
    ratios, steps = np.diff(np.log(v)), np.diff(v)
    return bool(ratios.std() / ratios.mean() < steps.std() / steps.mean())
