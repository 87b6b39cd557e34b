import re
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.random import RandomState
from sklearn.datasets import make_circles
from sklearn.model_selection import train_test_split

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.training.split import Rows, Split, split_rows


def sample(n: int, y: Array | None = None, **fields: Any) -> Sample:
    labels = np.arange(n) % 2 if y is None else y
    return Sample(
        x=np.zeros((n, 1)),
        y=labels,
        task="classification",
        columns=("x",),
        outputs=tuple(f"class {c}" for c in np.unique(labels)),
        **fields,
    )


def divide(split: Split, of: Sample, seed: int = 0) -> Rows:
    return split_rows(split, of, RandomState(seed))


def parts(rows: Rows) -> tuple[list[int], list[int], list[int]]:
    return rows.train.tolist(), rows.validation.tolist(), rows.test.tolist()


def test_the_split_of_the_circles_is_the_published_one() -> None:
    """S1.13: 80/20 with random_state 42 of 2000 rows."""
    _, y = make_circles(2000, noise=0.05, factor=0.8, random_state=42)
    rows = divide(Split(test=0.2, seed=42), sample(2000, y), seed=42)
    assert rows.test[:3].tolist() == [1860, 353, 1333]
    np.testing.assert_array_equal(rows.test, RandomState(42).permutation(2000)[:400])
    assert (len(rows.train), len(rows.validation), len(rows.test)) == (1600, 0, 400)
    assert y[rows.test].mean() == 0.5075
    assert y[rows.train].mean() == pytest.approx(0.4981, abs=5e-5)


@given(n=st.integers(5, 500), percent=st.integers(1, 70), seed=st.integers(0, 1000))
def test_random_splits_are_scikit_learns(n: int, percent: int, seed: int) -> None:
    # A number of rows, since theirs rounds shares such as 0.07 of 100 up to 8.
    n_test = max(1, n * percent // 100)
    rows = divide(Split(test=n_test), sample(n), seed)
    train, test = train_test_split(np.arange(n), test_size=n_test, random_state=seed)
    np.testing.assert_array_equal(rows.test, test)
    np.testing.assert_array_equal(rows.train, train)


@pytest.mark.parametrize(("share", "n", "count"), [(0.07, 100, 7), (0.3, 11, 4), (0.25, 8, 2)])
def test_shares_are_rounded_up_and_exact_where_they_can_be(
    share: float, n: int, count: int
) -> None:
    assert len(divide(Split(test=share), sample(n)).test) == count


KINDS = st.sampled_from(["random", "stratified", "time", "grouped", "auto"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Split, Sample]:
    kind = draw(KINDS)
    n = draw(st.integers(4, 120))
    y = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    grouped = kind == "grouped" or (kind == "auto" and draw(st.booleans()))
    groups = np.array(draw(st.lists(st.integers(0, n // 3), min_size=n, max_size=n)))
    split = Split(kind=kind, test=draw(st.floats(0, 0.6)), validation=draw(st.floats(0, 0.35)))
    return split, sample(n, y, groups=groups if grouped else None, ordered=draw(st.booleans()))


@given(case=cases(), seed=st.integers(0, 99))
def test_every_row_is_in_exactly_one_part(case: tuple[Split, Sample], seed: int) -> None:
    split, of = case
    try:
        rows = divide(split, of, seed)
    except InputError as error:
        assert "training.split leaves" in str(error)
        return
    train, validation, test = parts(rows)
    assert sorted(train + validation + test) == list(range(len(of)))
    assert train
    assert bool(test) == (split.test > 0) and bool(validation) == (split.validation > 0)
    assert {p.dtype for _, p in rows.items()} == {np.dtype(np.int64)}
    assert parts(divide(split, of, seed)) == (train, validation, test)


@given(case=cases(), seed=st.integers(0, 99))
def test_groups_are_never_torn(case: tuple[Split, Sample], seed: int) -> None:
    split, of = case
    if of.groups is None:
        return
    try:
        rows = divide(split, of, seed)
    except InputError:
        return
    held = [set(of.groups[p].tolist()) for _, p in rows.items()]
    assert sum(map(len, held)) == len(set(of.groups.tolist()))


@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    test=st.floats(0.05, 0.5),
    seed=st.integers(0, 99),
)
@example(counts=[1, 1, 1, 10], test=0.375, seed=0)
def test_stratified_parts_have_equal_shares_of_every_class(
    counts: list[int], test: float, seed: int
) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    split = Split(kind="stratified", test=test, validation=0.2)
    try:
        rows = divide(split, sample(len(y), y), seed)
    except InputError:
        return
    for part in (rows.test, rows.validation):
        share = len(part) / len(y)
        got = np.bincount(y[part], minlength=len(counts))
        # A cut lies between two rows of each class, and is as many rows in all as were asked for:
        # each of the k classes may be half a row off, which moves the height of the cut by k / 2
        # of n rows at most. A part has two ends.
        off = np.abs(got - share * np.array(counts))
        assert (off <= 2 + len(counts) * np.array(counts) / len(y)).all()


def test_stratified_rows_are_drawn_at_random() -> None:
    of, split = sample(200), Split(kind="stratified", test=0.2)
    drawn = np.zeros(200)
    for seed in range(300):
        drawn[divide(split, of, seed).test] += 1
    # Binomial(300, 0.2): mean 60, sd 6.9; five and a half sd over 200 rows.
    assert np.abs(drawn - 60).max() < 38


def test_time_splits_keep_the_order_with_the_test_last() -> None:
    rows = divide(Split(test=0.3, validation=0.1), sample(10, ordered=True))
    assert parts(rows) == ([0, 1, 2, 3, 4, 5], [6], [7, 8, 9])


def test_auto_follows_the_sample() -> None:
    plain, series = sample(50), sample(50, ordered=True)
    twins = sample(50, groups=np.arange(50) // 2)
    for of, kind in ((plain, "random"), (series, "time"), (twins, "grouped")):
        auto, named = divide(Split(), of), divide(Split(kind=kind), of)
        assert parts(auto) == parts(named)


def test_a_large_test_group_leaves_validation_its_own() -> None:
    # Five groups of ten: one row for the test takes a group, and so does one for validation.
    of = sample(50, groups=np.arange(50) // 10)
    rows = divide(Split(test=1, validation=1), of)
    assert [len(p) for _, p in rows.items()] == [30, 10, 10]


@pytest.mark.parametrize("kind", ["random", "stratified", "time"])
def test_splits_that_would_tear_twins_are_refused(kind: Any) -> None:
    text = f"training.split.kind = {kind!r} would put rows of one group (twins) on both sides"
    with pytest.raises(InputError, match=re.escape(text)):
        divide(Split(kind=kind), sample(10, groups=np.arange(10) // 2))


@pytest.mark.parametrize(
    ("split", "of", "text"),
    [
        (Split(test=10), sample(10), "leaves no rows to train on: 10 rows, 10 for the test, 0 for"),
        (Split(test=6, validation=4), sample(10), "10 rows, 6 for the test, 4 for validation"),
        (Split(), sample(1), "leaves no rows to train on: 1 row, "),
        (Split(kind="grouped"), sample(10), "'grouped' needs groups, and these rows have none"),
        (Split(), sample(10, groups=np.zeros(10, dtype=np.int64)), "there is only 1 group."),
        (
            Split(test=0.3, validation=0.3),
            sample(10, groups=np.arange(10) // 5),
            "leaves a part without rows: there are only 2 groups",
        ),
    ],
)
def test_empty_parts_are_refused(split: Split, of: Sample, text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        divide(split, of)


def test_numbers_have_no_classes_to_stratify() -> None:
    numbers = Sample(
        x=np.zeros((9, 1)), y=np.zeros((9, 1)), task="regression", columns=("x",), outputs=("y",)
    )
    with pytest.raises(InputError, match="'stratified' needs classes, and the target is a number"):
        divide(Split(kind="stratified"), numbers)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"test": 0.7, "validation": 0.4}, "got shares 0.7 and 0.4."),
        ({"test": 2.5}, "test must be a share below 1 or a whole number of rows, got 2.5."),
        ({"validation": 1.5}, "validation must be a share below 1 or a whole number of rows"),
        ({"test": -0.1}, "Split.test must be >= 0, got -0.1."),
        ({"seed": 2**32}, "Split.seed must be < 4294967296"),
        ({"kind": "randm"}, "got 'randm'. Did you mean 'random'?"),
    ],
)
def test_bad_settings_are_refused(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        Split(**fields)


def test_test_rows_that_the_data_have_of_their_own_are_kept() -> None:
    own = sample(50, n_own_test=10)
    for kind in ("auto", "given"):
        rows = divide(Split.model_validate({"kind": kind}), own)
        assert parts(rows) == (list(range(40)), [], list(range(40, 50)))


def test_validation_rows_come_from_the_training_rows_of_the_data() -> None:
    rows = divide(Split(validation=0.25), sample(50, n_own_test=10), seed=1)
    assert rows.test.tolist() == list(range(40, 50))
    assert len(rows.validation) == 10
    assert sorted([*rows.train, *rows.validation]) == list(range(40))
    other = divide(Split(validation=0.25), sample(50, n_own_test=10), seed=2)
    assert rows.validation.tolist() != other.validation.tolist()


def test_all_rows_are_divided_anew_where_that_is_asked_for() -> None:
    rows = divide(Split(kind="random", test=0.5), sample(50, n_own_test=10))
    assert len(rows.test) == 25 and set(rows.test.tolist()) != set(range(25, 50))


def test_a_share_beside_given_test_rows_is_refused_and_not_ignored() -> None:
    with pytest.raises(
        InputError,
        match=r"training.split.test = 0.2 has no effect: the data have 10 test rows of their own",
    ):
        divide(Split(test=0.2), sample(50, n_own_test=10))
    with pytest.raises(InputError, match=r"'given' needs data with test rows of their own"):
        divide(Split(kind="given"), sample(50))
    with pytest.raises(InputError, match=r"leaves no rows to train on: 40 rows"):
        divide(Split(validation=40), sample(50, n_own_test=10))
