"""CSV: a table of the user's own, one row for each example."""

import functools
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError, listing, suggestion
from learnscope.problems.base import Problem, Sample
from learnscope.problems.csv_text import (
    TextTable,
    is_encoding,
    parse_table,
    read_bytes,
    sha256,
)
from learnscope.problems.csv_values import (
    Decimal,
    are_classes,
    as_numbers,
    classes,
    group_numbers,
    numbers,
    texts,
    times,
)
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag

_Name = Annotated[str, Field(min_length=1)]


class Csv(Problem):
    """Settings of a table in a CSV file with a header.

    Attributes:
        path: of the file.
        target: name of the column to predict.
        task: "regression", "classification", or "auto": text is classes, and so are whole
            numbers with at most 20 different values that stand for two rows or more each on
            average; all else is numbers.
        columns: names of the inputs, in their order; left out, all columns but target, group
            and time.
        group: column whose equal values mark rows that must stay on one side of a split.
        time: column (numbers or ISO dates) by which the rows are ordered as a series.
        ordered: the rows are a series in the order of the file.
        missing: "refuse" missing values in the used columns, or "drop" the rows that have one.
        constant: what to do with inputs that have one value in all rows, which tell nothing:
            "refuse" them, "drop" them, or "keep" them.
        n: rows, drawn without replacement and kept in their order; left out, all.
        separator: "auto" finds it among , ; tab |.
        decimal: sign before the decimals.
        encoding: "auto" reads UTF-8 and marked UTF-16; otherwise a name that Python knows.
    """

    kind: Literal["csv"] = "csv"
    path: _Name
    target: _Name
    task: Literal["auto", "regression", "classification"] = "auto"
    columns: Annotated[tuple[_Name, ...], Field(min_length=1)] | None = None
    group: _Name | None = None
    time: _Name | None = None
    ordered: Flag = False
    missing: Literal["refuse", "drop"] = "refuse"
    constant: Literal["refuse", "drop", "keep"] = "refuse"
    n: Count | None = None
    separator: Literal["auto", ",", ";", "\t", "|"] = "auto"
    decimal: Decimal = "."
    encoding: str = "auto"

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        if name != "auto" and not is_encoding(name):
            raise ValueError(
                f"{name!r} is no encoding of text. Use 'auto', 'utf-8', 'cp1252', 'latin-1', ..."
            )
        return name

    @model_validator(mode="after")
    def _apart(self) -> "Csv":
        columns = self.columns or ()
        if self.target in columns:
            raise ValueError(
                f"columns must not hold the target {self.target!r}, which would give the answer "
                "away."
            )
        double = sorted({name for name in columns if columns.count(name) > 1})
        if double:
            raise ValueError(f"columns must name each column once, got {listing(double)} twice.")
        for field, name in (("group", self.group), ("time", self.time)):
            if name == self.target:
                raise ValueError(f"{field} must be another column than the target, got {name!r}.")
        return self

    def sample(self, draws: Draws) -> Sample:
        # Subset and seed change nothing in how the file is read.
        settings = self.model_copy(update={"n": None, "seed": None})
        sample = _examples(settings, read_bytes(self.path))
        if self.n is None:
            return sample
        if self.n > len(sample):
            raise InputError(
                f"problem.n must be <= {len(sample)}, the usable rows of {self.path!r}, got "
                f"{self.n}."
            )
        return _rows(sample, np.sort(draws.data.permutation(len(sample))[: self.n]))

    def sentence(self) -> str:
        rows = "All rows" if self.n is None else many(self.n, "random row")
        return f"{rows} of the table {self.path!r}, to predict its column {self.target!r}."

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file, by which a later reader sees that it has changed.

        Raises:
            InputError: the file cannot be read.
        """
        return sha256(read_bytes(self.path))


# The last table is kept, so that the members of a sweep do not each parse the same bytes.
@functools.lru_cache(maxsize=1)
def _examples(problem: Csv, content: bytes) -> Sample:
    """Return all usable rows of the file with this content, as arrays that cannot be written."""
    table = parse_table(
        content, path=problem.path, separator=problem.separator, encoding=problem.encoding
    )
    inputs = _inputs(problem, table)
    table = _complete(problem, table, inputs)
    if problem.time is not None:
        order = np.argsort(times(table, problem.time, problem.decimal), kind="stable")
        table = replace(table, text=table.text[order], rows=table.rows[order])
    x, inputs = _input_values(problem, table, inputs)
    y, outputs = _target_values(problem, table)
    x.flags.writeable = y.flags.writeable = False
    return Sample(
        x=x,
        y=y,
        task="classification" if y.ndim == 1 else "regression",
        columns=inputs,
        outputs=outputs,
        groups=None if problem.group is None else group_numbers(table, problem.group),
        ordered=problem.ordered or problem.time is not None,
    )


def _inputs(problem: Csv, table: TextTable) -> tuple[str, ...]:
    """Return the names of the inputs; refuse names that the file does not have."""
    present = table.text.columns
    named = {"target": problem.target, "group": problem.group, "time": problem.time}
    wanted = [(field, name) for field, name in named.items() if name is not None]
    for field, name in [*wanted, *(("columns", name) for name in problem.columns or ())]:
        if name not in present:
            lower = {c.lower(): c for c in present}.get(name.lower())
            near = f" Did you mean {lower!r}?" if lower else suggestion(name, present)
            hint = near or f" It has {listing(present)}."
            raise InputError(f"problem.{field}: {table.path!r} has no column {name!r}.{hint}")
    inputs = problem.columns or tuple(c for c in present if c not in named.values())
    if not inputs:
        raise DataError(f"{table.path!r} has no column besides {problem.target!r} to learn from.")
    nameless = [name for name in inputs if name in table.nameless]
    if nameless and problem.columns is None:
        raise DataError(
            f"{table.path!r} has no name for {listing(nameless, 4)}, often the number of the row, "
            "which is no input. Name it in the header, or choose the inputs with problem.columns."
        )
    return inputs


def _complete(problem: Csv, table: TextTable, inputs: tuple[str, ...]) -> TextTable:
    """Return the rows without missing values in the used columns."""
    used = [c for c in (*inputs, problem.target, problem.group, problem.time) if c is not None]
    gaps = np.stack([table.text[c].is_null().to_numpy() for c in used], axis=1)
    whole: Array = ~np.any(gaps, axis=1)
    if not whole.all() and problem.missing == "refuse":
        places = [f"row {table.rows[i]} of {used[j]!r}" for i, j in np.argwhere(gaps)[:3]]
        raise DataError(
            f"{table.path!r} lacks {many(gaps.sum(), 'value')} in {(~whole).sum()} of "
            f"{many(len(whole), 'row')}, first in {', '.join(places)}. Fill them in, name "
            "the columns to use with problem.columns, or set problem.missing = 'drop'."
        )
    if whole.sum() < 2:
        complete = " without missing values" if len(whole) > whole.sum() else ""
        raise DataError(
            f"{table.path!r} has {many(whole.sum(), 'row')}{complete}, and nothing can be "
            "learned from fewer than 2."
        )
    return replace(table, text=table.text.filter(whole), rows=table.rows[whole])


def _input_values(
    problem: Csv, table: TextTable, inputs: tuple[str, ...]
) -> tuple[Array, tuple[str, ...]]:
    """Return the inputs (n, d) float64 and their names."""
    remedy = (
        "Name the columns of numbers with problem.columns, or, if this column is what is to be "
        "predicted, make it problem.target."
    )
    x = np.stack([numbers(table, c, problem.decimal, remedy) for c in inputs], axis=1)
    moves = (x != x[0]).any(axis=0)
    if moves.all() or problem.constant == "keep":
        return x, inputs
    still = [name for name, moving in zip(inputs, moves, strict=True) if not moving]
    if problem.constant == "refuse" or not moves.any():
        raise DataError(
            f"{table.path!r} has the same value in all rows of {listing(map(repr, still), 6)}, "
            "which tells nothing. Leave such columns out with problem.columns, or set "
            "problem.constant = 'drop'."
        )
    return x[:, moves], tuple(name for name in inputs if name not in still)


def _target_values(problem: Csv, table: TextTable) -> tuple[Array, tuple[str, ...]]:
    """Return (n, 1) float64 and the column's name, or (n,) int64 and the classes."""
    values, readable = as_numbers(table, problem.target, problem.decimal)
    task = problem.task
    if task == "auto":
        task = "classification" if not readable.any() else "regression"
        if readable.all() and np.isfinite(values).all() and are_classes(values):
            task = "classification"
    if task == "classification":
        numeric = readable.all() and np.isfinite(values).all()
        labels = values if numeric else texts(table, problem.target)
        return classes(labels, table, problem.target)
    remedy = "Mend it, or set problem.task = 'classification' if the column holds labels."
    y = numbers(table, problem.target, problem.decimal, remedy)
    if (y == y[0]).all():
        raise DataError(
            f"{table.path!r} has {y[0]:g} in every row of the target {problem.target!r}: there is "
            "nothing to learn."
        )
    return y[:, None], (problem.target,)


def _rows(sample: Sample, rows: Array) -> Sample:
    groups = None if sample.groups is None else sample.groups[rows]
    return replace(sample, x=sample.x[rows], y=sample.y[rows], groups=groups)
