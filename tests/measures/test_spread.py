import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from learnscope.errors import InputError
from learnscope.measures.spread import bootstrap, decimals, spread, wilson


def test_spread_of_five_scores_by_hand() -> None:
    found = spread([4.0, 1.0, 3.0, 2.0, 10.0])
    assert (found.median, found.low, found.high, found.q1, found.q3) == (3, 1, 10, 2, 4)
    assert found.mean == 4.0
    assert found.sd == pytest.approx(math.sqrt(50 / 4))
    assert (found.n, found.left_out) == (5, 0)


def test_members_that_do_not_count_are_counted_as_left_out() -> None:
    found = spread([1.0, math.nan, 3.0, 100.0], [True, True, True, False])
    assert (found.median, found.n, found.left_out) == (2.0, 2, 2)


def test_no_member_gives_no_number_and_one_gives_no_sd() -> None:
    assert math.isnan(spread([math.nan]).median)
    assert spread([2.0]).median == 2.0
    assert math.isnan(spread([2.0]).sd)


def test_members_that_ran_away_have_a_spread_like_any_other() -> None:
    # The same scores in another unit; warnings are errors here.
    near, far = spread([1.0, 2.0, 6.0]), spread([1e176, 2e176, 6e176])
    assert far.sd / 1e176 == pytest.approx(near.sd) and far.mean / 1e176 == pytest.approx(3.0)


def test_flags_of_another_length_are_refused() -> None:
    message = "spread.counts must have one entry for each of the 2 values, got 1."
    with pytest.raises(InputError, match=re.escape(message)):
        spread([1.0, 2.0], [True])


@given(n=st.integers(1, 400), share=st.floats(0, 1))
def test_wilson_is_that_of_scipy(n: int, share: float) -> None:
    right = round(share * n)
    expected = stats.binomtest(right, n).proportion_ci(method="wilson")
    # SciPy finds the same roots; only rounding differs.
    assert wilson(right, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_refuses_more_right_answers_than_rows() -> None:
    with pytest.raises(InputError, match="got 5 of 4"):
        wilson(5, 4)


def test_bootstrap_of_a_mean_is_near_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(size=400).tolist()
    low, high = bootstrap(values, statistic=np.mean)
    half = 1.96 * np.std(values) / 20
    # 2000 resamples place the ends within about 5 % of the width.
    assert (low, high) == pytest.approx((np.mean(values) - half, np.mean(values) + half), abs=0.02)
    assert bootstrap(values, statistic=np.mean) == (low, high)


def test_bootstrap_needs_two_scores() -> None:
    with pytest.raises(InputError, match="at least 2 finite scores, got 1"):
        bootstrap([1.0, math.nan])


def test_decimals_follow_the_worth_of_one_row() -> None:
    # S4.30: one of 6000 rows moves an accuracy by 1.7e-4, one of 1000 by 1e-3.
    assert [decimals(n) for n in (4, 60, 100, 1000, 6000)] == [1, 2, 2, 3, 4]
