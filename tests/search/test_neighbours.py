import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.search import METRICS, build_index, position_of, search, search_rows
from learnscope.search import neighbours as module
from learnscope.search.metrics import MetricName
from learnscope.search.neighbours import least
from tests.search.pictures import by_hand, digits, mnist_images

BOTH: tuple[MetricName, ...] = ("cosine", "euclidean")


@pytest.mark.parametrize("metric", BOTH)
def test_neighbours_are_those_of_every_pair_worked_out(metric: MetricName) -> None:
    x, _ = digits()
    index, own = build_index(x, metric=metric), np.arange(0, 1797, 7)
    found = search_rows(index, own, 6)
    table = by_hand(x, x[own], metric, own)
    # Whole grey values: many distances are equal, and then the first row comes first.
    if metric == "euclidean":
        order = np.argsort(table, axis=1, kind="stable")[:, :6]
        np.testing.assert_array_equal(found.positions, order)
    # The last digits of a sum depend on its order: 64 terms of at most 2, 16 digits.
    expected = np.sort(table, axis=1)[:, :6]
    np.testing.assert_allclose(found.distances, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("metric", BOTH)
def test_neighbours_are_those_of_scikit_learn(metric: MetricName) -> None:
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(0)
    codes, queries = rng.normal(size=(3000, 20)), rng.normal(size=(50, 20))
    theirs = NearestNeighbors(n_neighbors=7, algorithm="brute", metric=metric).fit(codes)
    distances, positions = theirs.kneighbors(queries)
    found = search(build_index(codes, metric=metric), queries, 7)
    np.testing.assert_array_equal(found.positions, positions)
    # scikit-learn's cosine is 1 - cos, good to 16 decimals.
    np.testing.assert_allclose(found.distances, distances, rtol=1e-9, atol=1e-12)


def test_scikit_learn_finds_the_same_among_mnist() -> None:
    from sklearn.neighbors import NearestNeighbors

    x = mnist_images()[:6000]
    theirs = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(x[40:].astype(np.float64))
    distances, positions = theirs.kneighbors(x[:40].astype(np.float64))
    found = search(build_index(x[40:], metric="euclidean"), x[:40], 5)
    np.testing.assert_array_equal(found.positions, positions)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)


@pytest.mark.parametrize("metric", BOTH)
def test_blocks_do_not_change_the_answer(
    metric: MetricName, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, _ = digits()
    index, queries = build_index(x, metric=metric), x[:30] + 0.25
    whole = search(index, queries, 9)
    monkeypatch.setattr(module, "SCORES", 4 * 1797)
    monkeypatch.setattr(module, "BLOCK", 10)
    parts = search(index, queries, 9)
    np.testing.assert_array_equal(whole.positions, parts.positions)
    np.testing.assert_array_equal(whole.distances, parts.distances)


def test_t32_an_example_is_not_its_own_neighbour_and_its_duplicates_are_marked() -> None:
    rng = np.random.default_rng(1)
    codes = rng.normal(size=(400, 8))
    codes[[17, 30, 399]] = codes[5]
    found = search_rows(build_index(codes, metric="euclidean"), np.array([5, 30, 6]), 4)
    assert found.positions[0, :3].tolist() == [17, 30, 399]
    assert found.positions[1, :3].tolist() == [5, 17, 399]
    assert found.distances[0, :3].tolist() == [0.0, 0.0, 0.0]
    assert found.same.tolist() == [[True] * 3 + [False]] * 2 + [[False] * 4]


def test_t32_distance_is_one_minus_the_cosine() -> None:
    # By hand: angles of 0, 45, 90 and 180 degrees; the length of a code says nothing.
    codes = np.array([[2.0, 0.0], [3.0, 3.0], [0.0, 0.1], [-5.0, 0.0]])
    found = search(build_index(codes), np.array([[7.0, 0.0]]), 4)
    assert found.positions.tolist() == [[0, 1, 2, 3]]
    np.testing.assert_allclose(found.distances, [[0, 1 - math.sqrt(0.5), 1, 2]], atol=1e-15)
    # Of one direction, yet not the same code.
    assert not found.same.any()


def test_t32_codes_of_zeros_are_neither_found_nor_answered() -> None:
    codes = np.array([[0.0, 0.0], [1.0, 0.0], [-0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    index = build_index(codes)
    assert (index.n_undefined, index.undefined.tolist()) == (2, [True, False, True, False, False])
    found = search_rows(index, np.arange(5), 2)
    assert found.positions.tolist() == [[-1, -1], [4, 3], [-1, -1], [4, 1], [1, 3]]
    assert found.answered.tolist() == [False, True, False, True, True]
    assert np.isnan(found.distances[[0, 2]]).all() and not found.same[[0, 2]].any()
    # A third neighbour does not exist: three codes have a direction.
    assert search_rows(index, np.array([1]), 3).positions.tolist() == [[4, 3, -1]]
    # Lengths are defined for zeros too.
    plain = search_rows(build_index(codes, metric="euclidean"), np.array([0]), 2)
    assert plain.positions.tolist() == [[2, 1]]


def test_far_from_the_origin_near_codes_stay_apart() -> None:
    # |x|^2 - 2 x.q + |q|^2 in single precision has errors of 1e5 here; the distances are 1 to 5.
    x = 1e6 + np.arange(6.0)[:, None] * np.eye(1, 50)
    found = search_rows(build_index(x, metric="euclidean"), np.array([0]), 5)
    assert found.positions.tolist() == [[1, 2, 3, 4, 5]]
    assert found.distances.tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0]]


@pytest.mark.parametrize("metric", BOTH)
@pytest.mark.parametrize("size", [1e-140, 1.0, 1e140])
def test_the_unit_of_the_codes_does_not_matter(metric: MetricName, size: float) -> None:
    rng = np.random.default_rng(2)
    codes = rng.normal(size=(500, 6))
    plain = search_rows(build_index(codes, metric=metric), np.arange(20), 5)
    scaled = search_rows(build_index(codes * size, metric=metric), np.arange(20), 5)
    np.testing.assert_array_equal(plain.positions, scaled.positions)
    factor = size if metric == "euclidean" else 1.0
    np.testing.assert_allclose(scaled.distances, plain.distances * factor, rtol=1e-12)


@pytest.mark.parametrize("far", [1e9, 1e30, 1e100])
def test_a_query_beyond_single_precision_is_answered_all_the_same(far: float) -> None:
    codes = np.random.default_rng(3).normal(size=(300, 3))
    codes[40] = [3.0, 0.0, 0.0]
    codes[41] = [3.0, 100.0, 0.0]
    query = np.array([[3.0, far, 0.0]])
    found = search(build_index(codes, metric="euclidean"), query, 2)
    # At 1e30 all codes are equally far in double precision: then the first rows come first.
    table = by_hand(codes, query, "euclidean")
    assert found.positions.tolist() == np.argsort(table, axis=1, kind="stable")[:, :2].tolist()


def test_equally_far_rows_come_in_order_however_many_they_are() -> None:
    # 2,000 corners at one distance from the middle: far more than there are candidates.
    rng = np.random.default_rng(4)
    codes = rng.choice([-1.0, 1.0], size=(2000, 12))
    found = search(build_index(codes, metric="euclidean"), np.zeros((1, 12)), 30)
    assert found.positions.tolist() == [list(range(30))]
    assert set(found.distances[0]) == {math.sqrt(12)}


numbers = st.integers(-3, 3).map(float)


@settings(max_examples=150, deadline=None)
@given(
    codes=st.tuples(st.integers(2, 90), st.integers(1, 3)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=numbers)
    ),
    metric=st.sampled_from(BOTH),
    data=st.data(),
)
def test_any_small_grid_is_searched_exactly(
    codes: np.ndarray, metric: MetricName, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(codes) - 1))
    found = search_rows(build_index(codes, metric=metric), np.arange(len(codes)), k)
    table = by_hand(codes, codes, metric, np.arange(len(codes)))
    if metric == "cosine":
        table[~codes.any(axis=1)] = np.inf
    expected = np.sort(table, axis=1)[:, :k]
    got = np.where(np.isnan(found.distances), np.inf, found.distances)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
    for row, at in enumerate(found.positions):
        kept = at[at >= 0]
        assert len(set(kept.tolist())) == len(kept) and row not in kept
        np.testing.assert_allclose(table[row, kept], got[row, : len(kept)], rtol=1e-12, atol=1e-15)
        if metric == "euclidean":
            # Whole numbers: ties are exact, and their order is that of the rows.
            assert at.tolist() == np.argsort(table[row], kind="stable")[:k].tolist()


@settings(max_examples=100, deadline=None)
@given(
    n=st.integers(1, 700), c=st.integers(1, 4), levels=st.integers(1, 500), seed=st.integers(0, 99),
    data=st.data(),
)  # fmt: skip
def test_the_least_scores_are_the_least(
    n: int, c: int, levels: int, seed: int, data: st.DataObject
) -> None:
    scores = np.random.default_rng(seed).integers(0, levels, (c, n)).astype(np.float32)
    m = data.draw(st.integers(1, n))
    columns = least(scores, m)
    assert columns.shape == (c, m)
    assert all(len(set(row)) == m for row in columns.tolist())
    got = np.sort(np.take_along_axis(scores, columns, axis=1), axis=1)
    np.testing.assert_array_equal(got, np.sort(scores, axis=1)[:, :m])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64, bool])
def test_codes_of_any_numbers_are_taken(dtype: type) -> None:
    codes: Array = np.random.default_rng(5).integers(0, 2, (50, 9)).astype(dtype)
    codes[0, 0] = 1
    found = search_rows(build_index(codes, metric="euclidean"), np.arange(50), 3)
    table = by_hand(codes, codes, "euclidean", np.arange(50))
    np.testing.assert_array_equal(found.positions, np.argsort(table, 1, kind="stable")[:, :3])


def test_what_cannot_be_searched_is_refused_with_the_way_out() -> None:
    good = np.eye(4)
    index = build_index(good, numbers=np.array([10, 20, 30, 40]))
    assert position_of(index, 30) == 2
    refusals: list[tuple[Callable[[], object], str]] = [
        (lambda: build_index(good[0]), "codes must have the shape (n, d), one row for each exampl"),
        (lambda: build_index(good[:0]), "got (0, 4)."),
        (lambda: build_index(np.array([["a"]])), "codes must be numbers, got the type <U1."),
        (lambda: build_index(good / 0.0), "within +-1e+150, and row 0 is not. Leave these rows ou"),
        (lambda: build_index(good, labels=np.arange(3)), "one entry for each of the 4 codes, got"),
        (lambda: search(index, np.eye(3), 2), "queries must have the shape (n, 4)"),
        (lambda: search(index, good, 5), "k must be from 1 to 4, the examples that can be found"),
        (lambda: search(index, good, 0), "k must be from 1 to 4"),
        (lambda: search_rows(index, np.array([0]), 4), "k must be from 1 to 3"),
        (lambda: search_rows(index, np.array([4])), "whole numbers from 0 to 3"),
        (lambda: search_rows(index, np.array([-1])), "whole numbers from 0 to 3"),
        (lambda: position_of(index, 11), "no row 11 among the 4 that are searched (rows 10 to 40)"),
    ]
    for call, words in refusals:
        with (
            np.errstate(all="ignore"),
            pytest.raises((InputError, DataError), match=re.escape(words)),
        ):
            call()


def test_a_metric_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"cosine, euclidean, got 'euclidian'\. Did you mean 'eu"):
        build_index(np.eye(3), metric="euclidian")  # type: ignore[arg-type]
    assert set(METRICS) == set(BOTH)
