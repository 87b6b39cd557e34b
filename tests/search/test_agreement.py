import math

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.measures.spread import bootstrap, wilson
from learnscope.search import (
    agreement,
    build_index,
    compare_agreement,
    index_of,
    pick_queries,
)
from learnscope.search.agreement import share_of
from tests.search.members import autoencoder
from tests.search.pictures import digits


def test_shares_are_counted_by_hand() -> None:
    # On a line: 0 a, 1 a, 2 b, 10 b, 11 b. The two nearest: 1 2, 0 2, 1 0, 11 2, 10 2.
    codes = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]])
    index = build_index(codes, metric="euclidean", labels=np.array([0, 0, 1, 1, 1]), classes="ab")
    found = agreement(index, 2)
    assert found.overall.share == pytest.approx((0.5 + 0.5 + 0 + 1 + 1) / 5)
    assert [(s.name, s.n, s.share) for s in found.classes] == [
        ("a", 2, 0.5), ("b", 3, pytest.approx(2 / 3)),
    ]  # fmt: skip
    # Of the four others one is an a for an a, and two are b for a b.
    assert found.chance == pytest.approx((2 * 1 / 4 + 3 * 2 / 4) / 5)
    assert (found.unanswered, found.duplicates) == (0, 0)


def test_one_neighbour_each_has_wilsons_interval_over_the_queries() -> None:
    rates = np.array([1.0] * 880 + [0.0] * 120)
    share = share_of(rates, 1, "all")
    assert (share.low, share.high) == pytest.approx(wilson(880, 1000))


def test_neighbours_that_are_right_together_are_one_case_each() -> None:
    rates = np.array([1.0] * 88 + [0.0] * 12)
    assert share_of(rates, 5, "all") == share_of(rates, 1, "all")


def test_neighbours_that_are_right_by_themselves_are_k_cases_each() -> None:
    rng = np.random.default_rng(0)
    rates = rng.binomial(5, 0.8, 4000) / 5
    share = share_of(rates, 5, "all")
    low, high = wilson(0.8 * 20_000, 20_000)
    # The effective number is estimated from 4,000 queries: to some percent.
    assert share.high - share.low == pytest.approx(high - low, rel=0.1)


def test_the_interval_is_that_of_drawing_queries_anew() -> None:
    # Cluster bootstrap over the queries; in between: neighbours partly right together.
    rng = np.random.default_rng(1)
    easy = rng.beta(4, 1, 1000)
    rates = rng.binomial(5, easy) / 5
    share = share_of(rates, 5, "all")
    low, high = bootstrap(rates.tolist(), statistic=np.mean)
    assert (share.low, share.high) == pytest.approx((low, high), abs=0.004)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(1000):
        rates = rng.binomial(5, rng.beta(8, 2, 60)) / 5
        share = share_of(rates, 5, "all")
        held += share.low <= 0.8 <= share.high
    # 1,000 repetitions have a standard error of 0.7 %; 60 queries are few.
    assert held / 1000 == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_queries_all_alike_leave_an_interval(right: float) -> None:
    share = share_of(np.full(50, right), 5, "all")
    assert (share.low, share.high) == pytest.approx(wilson(50 * right, 50))


def test_random_labels_agree_by_chance() -> None:
    x, y = digits()
    labels = np.random.default_rng(3).permutation(y)
    found = agreement(build_index(x, labels=labels), 5)
    assert found.overall.low <= found.chance <= found.overall.high
    assert found.chance == pytest.approx(0.1, abs=0.003)


def test_queries_without_neighbours_are_counted_and_left_out() -> None:
    x, y = digits()
    codes = x.copy()
    codes[:30] = 0.0
    found = agreement(build_index(codes, labels=y), 3, np.arange(100))
    assert (found.unanswered, found.overall.n) == (30, 70)
    with pytest.raises(DataError, match=r"None of the 30 queries has 3 neighbours by cosine"):
        agreement(build_index(codes, labels=y), 3, np.arange(30))


def test_duplicates_among_the_neighbours_are_counted() -> None:
    x, y = digits()
    codes = np.vstack((x[:200], x[:5]))
    found = agreement(build_index(codes, labels=np.append(y[:200], y[:5])), 2)
    assert found.duplicates == 10


def test_the_same_index_differs_by_nothing_and_a_blind_one_by_much() -> None:
    x, y = digits()
    sharp = build_index(x, labels=y)
    blind = build_index(np.random.default_rng(4).normal(size=x.shape), labels=y)
    none = compare_agreement(sharp, sharp, 5)
    assert (none.mean, none.low, none.high, none.n) == (0.0, 0.0, 0.0, 1000)
    gap = compare_agreement(sharp, blind, 5)
    assert gap.low < agreement(sharp).overall.share - 0.1 < gap.high
    assert gap.low > 0.8


def test_indexes_of_other_examples_are_not_compared() -> None:
    x, y = digits()
    with pytest.raises(InputError, match="needs two indexes of the same examples"):
        compare_agreement(build_index(x, labels=y), build_index(x[1:], labels=y[1:]))
    with pytest.raises(InputError, match="these examples have no labels"):
        agreement(build_index(x))


def test_queries_are_drawn_once_each_and_always_alike() -> None:
    index = build_index(np.random.default_rng(5).normal(size=(3000, 2)))
    own = pick_queries(index)
    assert len(set(own.tolist())) == 1000 and (np.diff(own) > 0).all()
    np.testing.assert_array_equal(own, pick_queries(index))
    np.testing.assert_array_equal(pick_queries(index, 3000), np.arange(3000))


def test_s4_42_the_nearest_code_has_the_label_as_often_as_catalogued() -> None:
    # Catalogue: label agreement of the nearest code at least 0.86 (on MNIST); an image is its own
    # nearest with similarity 1, which is why it is left out.
    t = autoencoder()
    codes = agreement(index_of(t), 1)
    assert codes.overall.share >= 0.86
    pixels = agreement(index_of(t, "pixels"), 1)
    by_scikit_learn: Array = _nearest_labels(*digits())
    own = pick_queries(index_of(t, "pixels"))
    assert pixels.overall.share == pytest.approx(float(by_scikit_learn[own].mean()), abs=0.002)
    assert not math.isnan(codes.chance)


def _nearest_labels(x: Array, y: Array) -> Array:
    """Whether the nearest other image by cosine has the label (n,), by scikit-learn."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=2, metric="cosine", algorithm="brute").fit(x)
    return np.asarray(y[near.kneighbors(x, return_distance=False)[:, 1]] == y)
