"""Which rows train, which validate, which test: three different things."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import RandomState
from pydantic import model_validator

from learnscope.arrays import Ints
from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.problems.wording import many
from learnscope.settings import NonNegative, Seed, Settings

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


class Split(Settings):
    """How the rows are divided.

    Attributes:
        kind: "random" by a permutation; "stratified" with equal shares of every class;
            "time" in the order of the rows, test last, windows of a series that would reach
            over a border left out; "grouped" with whole groups on one
            side; "given" with the test rows that the data set has of its own; "auto" is
            "grouped" where the sample has groups, "time" where its rows are a series, "given"
            where it has test rows of its own, else "random".
        test: share of the rows below 1, or a number of rows. Where the test rows are given it
            must be left out.
        validation: likewise; 0 leaves it out. Early stopping looks at these rows. Where the
            test rows are given, it is a share of the others.
        seed: None draws from the member's root seed; a number divides every member's rows by
            the same permutation, that of scikit-learn's `random_state`.
    """

    kind: Literal["auto", "random", "stratified", "time", "grouped", "given"] = "auto"
    test: NonNegative = 0.3
    validation: NonNegative = 0.0
    seed: Seed | None = None

    @model_validator(mode="after")
    def _something_left(self) -> "Split":
        shares = [s for s in (self.test, self.validation) if s < 1]
        if sum(shares) >= 1:
            raise ValueError(
                f"test and validation must leave rows to train on, got shares {self.test:g} "
                f"and {self.validation:g}."
            )
        for name, value in (("test", self.test), ("validation", self.validation)):
            if value >= 1 and value != int(value):
                raise ValueError(
                    f"{name} must be a share below 1 or a whole number of rows, got {value!r}."
                )
        return self


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """Row numbers (int64) of each part, none in two parts."""

    train: Ints
    validation: Ints
    test: Ints

    def items(self) -> list[tuple[Part, Ints]]:
        """Return (part, row numbers) for the parts that have rows."""
        parts: list[tuple[Part, Ints]] = [
            ("train", self.train),
            ("validation", self.validation),
            ("test", self.test),
        ]
        return [(name, rows) for name, rows in parts if len(rows)]


def split_rows(split: Split, sample: Sample, rng: RandomState) -> Rows:
    """Divide the rows of a sample.

    Raises:
        InputError: a part that was asked for would be empty, or groups would be torn apart.
    """
    kind = _kind(split, sample)
    if kind == "given":
        return _given(split, sample, rng)
    n = len(sample)
    n_test, n_validation = _count(split.test, n), _count(split.validation, n)
    _check_counts(n, n_test, n_validation)
    if kind == "time":
        return _in_time(sample, n_test, n_validation)
    if kind == "grouped":
        return _grouped(sample, n_test, n_validation, rng)
    if kind == "stratified":
        return _stratified(sample, n_test, n_validation, rng)
    order = rng.permutation(n).astype(np.int64)
    return Rows(
        test=order[:n_test],
        validation=order[n_test : n_test + n_validation],
        train=order[n_test + n_validation :],
    )


def _kind(split: Split, sample: Sample) -> str:
    if split.kind == "auto":
        if sample.groups is not None:
            return "grouped"
        if sample.ordered:
            return "time"
        return "given" if sample.n_own_test else "random"
    if split.kind != "time" and sample.apart:
        raise InputError(
            f"training.split.kind = {split.kind!r} would put windows that share steps of the "
            "series on both sides of the split, so that the test knows the training rows. Use "
            "'time'."
        )
    if split.kind != "grouped" and sample.groups is not None:
        raise InputError(
            f"training.split.kind = {split.kind!r} would put rows of one group (twins) on both "
            "sides of the split, so that the test knows the training rows. Use 'grouped', or "
            "draw the rows without twins."
        )
    if split.kind == "grouped" and sample.groups is None:
        raise InputError(
            "training.split.kind = 'grouped' needs groups, and these rows have none. "
            "Use 'random' or 'stratified'."
        )
    if split.kind == "given" and not sample.n_own_test:
        raise InputError(
            "training.split.kind = 'given' needs data with test rows of their own, and these have "
            "none. Use 'random' or 'stratified'."
        )
    if split.kind == "stratified" and sample.task != "classification":
        raise InputError(
            "training.split.kind = 'stratified' needs classes, and the target is a "
            "number. Use 'random'."
        )
    return split.kind


def _count(size: float, n: int) -> int:
    """Return rows for a share or a number; a share is rounded up, as scikit-learn does."""
    if size >= 1 or size == 0:
        return int(size)
    # Rounded first: 0.07 of 100 rows is 7, where 7.000000000000001 would give 8.
    return max(1, int(np.ceil(round(size * n, 9))))


def _check_counts(n: int, n_test: int, n_validation: int) -> None:
    if n - n_test - n_validation < 1:
        raise InputError(
            f"training.split leaves no rows to train on: {many(n, 'row')}, {n_test} for the test, "
            f"{n_validation} for validation. Make them smaller or add rows."
        )


def _in_time(sample: Sample, n_test: int, n_validation: int) -> Rows:
    """Divide in the order of the rows; what overlaps the later part is left out before it."""
    n, apart = len(sample), sample.apart
    order = np.arange(n)
    cuts = (n - n_test - n_validation, n - n_test)
    train = order[: max(cuts[0] - (apart if cuts[0] < n else 0), 0)]
    validation = order[cuts[0] : max(cuts[1] - (apart if n_test else 0), cuts[0])]
    for part, rows, asked in (("train", train, 1), ("validation", validation, n_validation)):
        if asked and not len(rows):
            raise InputError(
                f"training.split leaves no rows for {part}: {many(n, 'window')} of the series, of "
                f"which {many(apart, 'row')} before each border are left out, as they share steps "
                "with the part behind it. Ask for fewer rows there, or use shorter windows or a "
                "longer series."
            )
    return Rows(train=train, validation=validation, test=order[cuts[1] :])


def _given(split: Split, sample: Sample, rng: RandomState) -> Rows:
    """Keep the last rows for the test; only the rows before them are divided."""
    if split.test != Split().test:
        raise InputError(
            f"training.split.test = {split.test:g} has no effect: the data have "
            f"{many(sample.n_own_test, 'test row')} of their own. Leave it out, or set "
            "training.split.kind = 'random' to divide all rows anew."
        )
    n = len(sample) - sample.n_own_test
    n_validation = _count(split.validation, n)
    _check_counts(n, 0, n_validation)
    # Without validation the rows stay as they are, so that no copy of them is needed.
    order = rng.permutation(n) if n_validation else np.arange(n)
    return Rows(
        train=order[n_validation:].astype(np.int64),
        validation=order[:n_validation].astype(np.int64),
        test=np.arange(n, len(sample)),
    )


def _grouped(sample: Sample, n_test: int, n_validation: int, rng: RandomState) -> Rows:
    assert sample.groups is not None
    names, group, sizes = np.unique(sample.groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(names))
    # A group goes to the first part that still lacks rows; parts may get a few more than asked.
    ends = np.cumsum(sizes[order])
    test_end = _group_end(ends, 0, n_test)
    validation_end = _group_end(ends, test_end, n_validation)
    place = np.arange(len(names))
    part = np.where(place < test_end, 0, np.where(place < validation_end, 1, 2))
    of_group = np.empty_like(part)
    of_group[order] = part
    of_row = of_group[group]
    test, validation, train = (np.flatnonzero(of_row == i).astype(np.int64) for i in range(3))
    if not len(train) or (n_validation and not len(validation)):
        there = "there is" if len(names) == 1 else "there are"
        raise InputError(
            f"training.split leaves a part without rows: {there} only "
            f"{many(len(names), 'group')}. Ask for fewer test or validation rows."
        )
    return Rows(test=test, validation=validation, train=train)


def _group_end(ends: Ints, start: int, n: int) -> int:
    """Return the first group behind those, from group `start` on, that hold n rows together."""
    if n == 0:
        return start
    taken = ends[start - 1] if start else 0
    return int(np.searchsorted(ends, taken + n)) + 1


def _stratified(sample: Sample, n_test: int, n_validation: int, rng: RandomState) -> Rows:
    order = rng.permutation(len(sample))
    y = sample.y[order]
    # Within each class, row i of m lies at (i + 1/2) / m; cutting at one height takes the same
    # share of every class, and exactly the number of rows asked for.
    height = np.empty(len(y))
    for c in np.unique(y):
        members = np.flatnonzero(y == c)
        height[members] = (np.arange(len(members)) + 0.5) / len(members)
    order = order[np.argsort(height, kind="stable")].astype(np.int64)
    return Rows(
        test=order[:n_test],
        validation=order[n_test : n_test + n_validation],
        train=order[n_test + n_validation :],
    )
