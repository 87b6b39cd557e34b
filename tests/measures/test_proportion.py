import re

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from learnscope.errors import InputError
from learnscope.measures.proportion import Method, clopper_pearson, proportion


@pytest.mark.parametrize(("right", "n"), [(0, 10), (3, 10), (57, 60), (944, 1000), (10, 10)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_exact_interval_is_scipys(right: int, n: int, level: float) -> None:
    known = binomtest(right, n).proportion_ci(level, method="exact")
    assert clopper_pearson(right, n, level) == pytest.approx((known.low, known.high), abs=1e-9)
    known = binomtest(right, n).proportion_ci(level, method="wilson")
    found = proportion(right, n, level=level)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-9)


def test_exact_interval_at_the_end_is_the_rule_of_three() -> None:
    # No error in n rows: the upper end solves (1 - p)^n = 0.025.
    low, high = clopper_pearson(0, 30)
    assert low == 0.0
    assert high == pytest.approx(1 - 0.025 ** (1 / 30))
    assert float(beta.cdf(high, 1, 30)) == pytest.approx(0.975)


def test_exact_interval_covers_at_least_and_wilson_about_its_level() -> None:
    rng, true, n = np.random.default_rng(0), 0.93, 60
    draws = rng.binomial(n, true, 4000)
    held = {}
    methods: tuple[Method, ...] = ("wilson", "exact")
    for method in methods:
        known = {k: proportion(k, n, method=method) for k in np.unique(draws).tolist()}
        held[method] = np.mean([known[k].low <= true <= known[k].high for k in draws.tolist()])
    assert held["exact"] >= 0.95
    # The level of Wilson's interval swings with p; 3 % is what it swings by at n = 60.
    assert held["wilson"] == pytest.approx(0.95, abs=0.03)


def test_sentence_has_the_digits_that_the_rows_carry() -> None:
    found = proportion(57, 60)
    assert found.sentence() == "57 of 60 rows, 95 %; Wilson's 95 % interval: 86 to 98 %."
    assert proportion(934, 1000).sentence().startswith("934 of 1000 rows, 93.4 %;")


@pytest.mark.parametrize(("right", "n", "level"), [(3, 2, 0.95), (-1, 5, 0.95), (0, 0, 0.95)])
def test_counts_that_are_none_are_refused(right: int, n: int, level: float) -> None:
    message = f"proportion needs 0 <= right <= n and n >= 1, got {right} of {n}."
    with pytest.raises(InputError, match=re.escape(message)):
        proportion(right, n, level=level)


def test_level_is_between_0_and_1() -> None:
    with pytest.raises(InputError, match=re.escape("proportion.level must be in (0, 1), got 95")):
        proportion(1, 2, level=95)
