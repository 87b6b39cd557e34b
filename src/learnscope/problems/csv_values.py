"""From columns of text to numbers, classes, groups and times, with the first wrong row named."""

from datetime import UTC, datetime
from typing import Literal

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.complaints import short
from learnscope.errors import DataError, listing
from learnscope.problems.csv_text import TextTable

Decimal = Literal[".", ","]
# A whole-numbered target counts as classes up to this many values, see `are_classes`.
_MOST_CLASSES = 20


def numbers(table: TextTable, name: str, decimal: Decimal, remedy: str) -> Array:
    """Return a column without missing values as numbers (n,) float64, finite.

    Raises:
        DataError: a value is text or infinite; `remedy` says what to do about text.
    """
    values, readable = as_numbers(table, name, decimal)
    if not readable.all():
        first = int(np.argmin(readable))
        got = str(table.text[name][first])
        comma = decimal == "." and got.count(",") == 1 and got.replace(",", "").isdigit()
        hint = " If the comma is the decimal sign, set problem.decimal = ','." if comma else ""
        raise DataError(
            f"{table.path!r} has text where numbers are expected: {short(got)} in row "
            f"{table.rows[first]} of column {name!r} ({_times(~readable)}).{hint} {remedy}"
        )
    if not np.isfinite(values).all():
        first = int(np.argmin(np.isfinite(values)))
        raise DataError(
            f"{table.path!r} has an infinite value in row {table.rows[first]} of column {name!r} "
            f"({_times(~np.isfinite(values))}): mend or remove it."
        )
    return values


def as_numbers(table: TextTable, name: str, decimal: Decimal) -> tuple[Array, Array]:
    """Return a column as numbers (n,), NaN for what is none, and whether each is one (n,) bool."""
    import polars as pl

    text = table.text[name]
    if decimal == ",":
        text = text.str.replace_all(".", "x", literal=True).str.replace(",", ".", literal=True)
    column = text.cast(pl.Float64, strict=False)
    return column.fill_null(np.nan).to_numpy(), column.is_not_null().to_numpy()


def are_classes(values: Array) -> bool:
    """Say whether numbers look like labels.

    They do if all are whole, there are at most 20 different ones, and each stands for two rows
    or more on average.
    """
    different = np.unique(values)
    whole = bool((different == np.round(different)).all())
    return whole and len(different) <= min(_MOST_CLASSES, len(values) / 2)


def classes(values: Array, table: TextTable, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Return the class of each row (n,) int64 and the names of the classes, sorted.

    Raises:
        DataError: there is one class only, or nearly as many as rows.
    """
    different, y = np.unique(values, return_inverse=True)
    names = tuple(_class_name(value) for value in different.tolist())
    if len(different) < 2:
        raise DataError(
            f"{table.path!r} has one class only, {names[0]!r}, in column {name!r}: there is "
            "nothing to tell apart. Add rows of another class."
        )
    if len(different) > max(2, len(values) / 2):
        raise DataError(
            f"{table.path!r} has {len(different)} different values in {len(values)} rows of the "
            f"label column {name!r} ({listing(names, 3)}): that is a name for each row, not a "
            "class. Choose another problem.target, or task = 'regression' for numbers."
        )
    return y.astype(np.int64), names


def group_numbers(table: TextTable, name: str) -> Ints:
    """Return a whole number for each row (n,) int64, equal where the text is equal."""
    _, number = np.unique(texts(table, name), return_inverse=True)
    return number.astype(np.int64)


def texts(table: TextTable, name: str) -> Array:
    """Return a column as Python texts (n,)."""
    # An array of fixed width would give every text the room of the longest.
    return np.array(table.text[name].to_list(), dtype=object)


def times(table: TextTable, name: str, decimal: Decimal) -> Array:
    """Return sortable times (n,) float64: numbers as they are, ISO dates in seconds (UTC).

    Raises:
        DataError: a value is neither.
    """
    values, readable = as_numbers(table, name, decimal)
    if readable.all():
        return values
    seconds = np.empty(len(values))
    for i, text in enumerate(table.text[name].to_list()):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise DataError(
                f"{table.path!r} has {short(text)} in row {table.rows[i]} of the time column "
                f"{name!r}, which is neither a number nor a date such as 2024-12-31 or "
                "2024-12-31T23:59:59."
            ) from None
        seconds[i] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds


def _class_name(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else repr(value)


def _times(wrong: Array) -> str:
    count = int(wrong.sum())
    return "the only one" if count == 1 else f"the first of {count}"
