import re

import numpy as np
import pytest
from scipy.stats import ttest_ind, ttest_rel

from learnscope.errors import DataError, InputError
from learnscope.measures.comparison.crossed import compare_crossed, mean_squares
from learnscope.measures.comparison.over_rows import compare_errors
from learnscope.measures.comparison.over_seeds import compare_seeds


def two_lists(seed: int, n: int, m: int) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    return rng.normal(0.9, 0.02, n).tolist(), rng.normal(0.92, 0.05, m).tolist()


def test_paired_t_is_scipys() -> None:
    a, b = two_lists(0, 12, 12)
    known = ttest_rel(a, b)
    found = compare_seeds(a, b, paired=True)
    assert found.p == pytest.approx(known.pvalue)
    interval = known.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_welch_is_scipys() -> None:
    a, b = two_lists(1, 8, 15)
    known = ttest_ind(a, b, equal_var=False)
    found = compare_seeds(a, b, paired=False)
    assert found.p == pytest.approx(known.pvalue)
    interval = known.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_without_spread_the_interval_is_a_point() -> None:
    found = compare_seeds([0.5, 0.5], [0.5, 0.5], paired=True)
    assert (found.low, found.high, found.p) == (0.0, 0.0, 1.0)
    assert compare_seeds([0.5, 0.5], [0.75, 0.75], paired=False).p == 0.0


def test_one_score_is_no_spread() -> None:
    with pytest.raises(InputError, match=r"at least 2 scores of each.*got 1 and 3"):
        compare_seeds([0.5], [0.5, 0.6, 0.7], paired=False)


def test_squared_errors_on_the_same_rows_are_a_paired_t() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.chisquare(1, 50), rng.chisquare(1, 50) * 1.5
    known, found = ttest_rel(a, b), compare_errors(a, b)
    assert found.p == pytest.approx(known.pvalue)
    assert found.value == pytest.approx(float(a.mean() - b.mean()))
    with pytest.raises(DataError, match=re.escape("got (50,) and (50, 1)")):
        compare_errors(a, b[:, None])


def test_less_error_is_better() -> None:
    found = compare_errors(np.full(9, 1.0) + np.arange(9) / 100, np.full(9, 2.0))
    assert found.value < 0
    assert "the first is better" in found.sentence()


def test_mean_squares_by_hand() -> None:
    # Rows mean 1 and 3, columns 1, 2, 3: additive but for one corner pair.
    d = np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]])
    seeds, rows, rest = mean_squares(d)
    assert seeds == pytest.approx(3 * 2.0)
    assert rows == pytest.approx(2 * 1.0)
    assert rest == pytest.approx(0.0)


def test_crossed_interval_covers_where_seeds_alone_and_rows_alone_do_not() -> None:
    rng, r, n, trials = np.random.default_rng(4), 6, 40, 600
    held = {"both": 0, "seeds": 0, "rows": 0}
    for _ in range(trials):
        d = rng.normal(0, 0.3, (r, 1)) + rng.normal(0, 1.0, (1, n)) + rng.normal(0, 1.0, (r, n))
        both = compare_crossed(d, unit="error")
        seeds = compare_seeds(d.mean(axis=1).tolist(), [0.0] * r, paired=True)
        rows = compare_errors(d.mean(axis=0), np.zeros(n))
        for name, found in (("both", both), ("seeds", seeds), ("rows", rows)):
            held[name] += found.low <= 0 <= found.high
    # 600 draws fix a level to 0.9 %; Satterthwaite's degrees of freedom are approximate.
    assert held["both"] / trials == pytest.approx(0.95, abs=0.025)
    assert held["seeds"] / trials < 0.91
    assert held["rows"] / trials < 0.91


def test_crossed_needs_two_of_each() -> None:
    with pytest.raises(DataError, match=re.escape("at least 2 of each, got (1, 9)")):
        compare_crossed(np.zeros((1, 9)), unit="accuracy")
