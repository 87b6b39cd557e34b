"""Rows of a CSV file for a network, and its answers as CSV."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError, listing, suggestion
from learnscope.predictor import Predictor
from learnscope.problems.csv_text import SEPARATORS, TextTable, parse_table
from learnscope.problems.csv_values import Decimal, numbers


def read_inputs(
    source: str, columns: Sequence[str], *, decimal: Decimal = ".", encoding: str = "auto"
) -> Array:
    """Return the columns that are named, (m, d) float64, from a CSV file.

    Args:
        source: path of the file; "-" is stdin.
        columns: names to look for; other columns are not looked at.
        decimal: sign before the decimals.
        encoding: one that Python knows, or "auto".

    Raises:
        InputError: there is no such file.
        DataError: it is not CSV, a column is missing, or a value is not a finite number.
    """
    content, label = _read(source)
    first = content.split(b"\n", 1)[0].decode("latin-1")
    # A network of one input needs no separator, and a table without one is no error here.
    separator = "auto" if any(sign in first for sign in SEPARATORS) else ","
    table = parse_table(content, path=label, separator=separator, encoding=encoding)
    present = table.text.columns
    for name in columns:
        if name not in present:
            hint = suggestion(name, present) or f" It has {listing(present)}."
            raise DataError(
                f"{label!r} has no column {name!r}, which the network was trained on.{hint}"
            )
    if not len(table.text):
        raise DataError(f"{label!r} has no rows below its header.")
    for name in columns:
        _refuse_missing(table, name)
    remedy = "Mend it or drop the row."
    return np.stack([numbers(table, name, decimal, remedy) for name in columns], axis=1)


def predictions(predictor: Predictor, x: Array, proba: bool) -> dict[str, Array]:
    """Return the answers for inputs (m, d): the name of a column -> (m,) values.

    Numbers are in columns named as the targets; a class is in the column "prediction"; beliefs
    in classes are in columns named "p_" and the class.
    """
    head = predictor.head
    if head.task == "regression":
        if proba:
            raise InputError("--proba is for classes, and this run predicts numbers.")
        output = predictor.output(x)
        return {name: output[:, i] for i, name in enumerate(head.outputs)}
    if proba:
        shares = predictor.shares(x)
        return {f"p_{name}": shares[:, i] for i, name in enumerate(head.outputs)}
    return {"prediction": np.asarray(head.outputs)[predictor.labels(x)]}


def as_csv(answers: Mapping[str, Array]) -> str:
    """Return columns of answers as CSV, a row for each row of the input."""
    import polars as pl

    return str(pl.DataFrame(dict(answers)).write_csv())


def _read(source: str) -> tuple[bytes, str]:
    """Return the content of a file or of stdin, and what to call it."""
    if source == "-":
        return sys.stdin.buffer.read(), "stdin"
    try:
        return Path(source).read_bytes(), source
    except FileNotFoundError:
        raise InputError(f"There is no file {source!r}.") from None
    except OSError as error:
        raise InputError(f"{source!r} cannot be read: {error.strerror or error}.") from None


def _refuse_missing(table: TextTable, name: str) -> None:
    missing = np.flatnonzero(table.text[name].is_null().to_numpy())
    if len(missing):
        rows = listing([str(table.rows[i]) for i in missing], 5)
        raise DataError(
            f"{table.path!r} lacks values of column {name!r} in row {rows} (the header is row 1). "
            "Fill them in or drop these rows."
        )
