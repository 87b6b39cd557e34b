"""Members of an atlas chosen by conditions on the columns of its table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from learnscope.errors import InputError, listing, suggestion
from learnscope.expression import parse_expression
from learnscope.sweeps.points import short_names

if TYPE_CHECKING:
    import polars

_EQUALITY = re.compile(r"\s*([\w.]+)\s*(==|!=)\s*(.+?)\s*")


def selected(table: polars.DataFrame, where: str | Sequence[str]) -> polars.DataFrame:
    """Return the rows that meet all conditions.

    A condition compares columns that hold numbers, named as they are or by their last words:
    "problem.noise <= 1", "width * depth < 32". A column of text takes == and != and a word:
    "status != diverged". A row in which a column of the condition is empty does not meet it.

    Args:
        table: of an atlas.
        where: one condition or several; none or "" for all rows.

    Raises:
        InputError: a condition names no column, or is no condition.
    """
    import polars

    for text in [where] if isinstance(where, str) else where:
        if text.strip():
            table = table.filter(polars.Series(_mask(table, text), dtype=polars.Boolean))
    return table


def check_column(table: polars.DataFrame, name: str, what: str = "column") -> str:
    """Return the name of a column that a user means, by its whole name or its last words.

    Raises:
        InputError: there is none, or several.
    """
    if name in table.columns:
        return name
    found = [column for column in table.columns if column.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{name!r} could be {' or '.join(found)}: write the whole name.")
    known = [*table.columns, *(column.rpartition(".")[2] for column in table.columns)]
    raise InputError(
        f"The atlas has no {what} {name!r}.{suggestion(name, known)} It has "
        f"{listing(table.columns, 40)}."
    )


def _mask(table: polars.DataFrame, text: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if (of_text := _text_mask(table, text)) is not None:
        return of_text
    names = short_names(table.columns)
    formula = text
    for column in sorted(table.columns, key=len, reverse=True):
        formula = re.sub(rf"(?<![\w.]){re.escape(column)}(?![\w.])", names[column], formula)
    expression = parse_expression(formula, list(names.values()))
    columns = {}
    for column, short in names.items():
        if short in expression.names:
            columns[short] = _numbers(table, column)
    values = expression.evaluate(columns, len(table))
    known = np.isfinite(values)
    for numbers in columns.values():
        known &= ~np.isnan(numbers)
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = known & (values != 0)
    return mask


def _text_mask(
    table: polars.DataFrame, text: str
) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    """Return where a column of text is, or is not, a word; None where that is not the question."""
    import polars

    match = _EQUALITY.fullmatch(text)
    if match is None:
        return None
    named = [c for c in table.columns if c == match[1] or c.endswith(f".{match[1]}")]
    if len(named) != 1 or table.schema[named[0]] not in (polars.String, polars.Boolean):
        return None
    column, word = table[named[0]], match[3].strip("'\"")
    if column.dtype == polars.Boolean:
        column, word = column.cast(polars.String), word.lower()
    equal = (column == word).fill_null(value=False).to_numpy()
    return equal if match[2] == "==" else ~equal & column.is_not_null().to_numpy()


def _first(table: polars.DataFrame, column: str) -> str:
    known = [str(value) for value in table[column].drop_nulls().head(1).to_list()]
    return known[0] if known else "WORD"


def _numbers(table: polars.DataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    import polars

    if not table.schema[column].is_numeric() and table.schema[column] != polars.Boolean:
        raise InputError(
            f"The column {column} holds text, which a formula cannot compare. Write it by itself: "
            f"{column} == {_first(table, column)}."
        )
    return table[column].cast(polars.Float64).to_numpy()
