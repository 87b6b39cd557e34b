import math
import re

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binomtest, norm

from learnscope.errors import DataError
from learnscope.measures.comparison.mcnemar import compare_labels, mcnemar_p, tango_interval


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 8), (8, 1), (5, 5), (20, 35), (0, 12)])
def test_exact_p_is_the_binomial_test_on_the_rows_that_differ(b: int, c: int) -> None:
    known = binomtest(b, b + c).pvalue if b + c else 1.0
    assert mcnemar_p(b, c) == pytest.approx(known, rel=1e-12)


def test_mid_p_by_hand() -> None:
    # 1 against 8: 2 (1 + 9) / 512 exact; the mid-p takes 9 / 512 of it away.
    assert mcnemar_p(1, 8) == pytest.approx(20 / 512)
    assert mcnemar_p(1, 8, mid_p=True) == pytest.approx(11 / 512)
    # 2 against 2: nothing is more extreme than 6 / 16 leaves over, half of which counts.
    assert mcnemar_p(2, 2, mid_p=True) == pytest.approx(1 - 3 / 16)


def score(b: int, c: int, n: int, delta: float) -> float:
    """The score statistic with the nuisance share found by maximising the likelihood."""

    def minus(q: float) -> float:
        p, rest = q + delta, 1 - 2 * q - delta
        terms = ((b, p), (c, q), (n - b - c, rest))
        return -sum(k * math.log(max(share, 1e-300)) for k, share in terms if k)

    low, high = max(0.0, -delta), (1 - delta) / 2
    q = minimize_scalar(minus, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    return float((b - c - n * delta) / np.sqrt(n * (2 * q + delta * (1 - delta))))


@pytest.mark.parametrize(("b", "c", "n"), [(12, 2, 50), (20, 35, 1000), (3, 3, 20), (9, 1, 12)])
def test_interval_holds_what_the_score_test_does_not_reject(b: int, c: int, n: int) -> None:
    z, middle = norm.ppf(0.975), (b - c) / n
    low = brentq(lambda d: score(b, c, n, d) - z, -0.999, middle - 1e-9)
    high = brentq(lambda d: score(b, c, n, d) + z, middle + 1e-9, 0.999)
    # The maximum of a likelihood is found to the square root of the rounding.
    assert tango_interval(b, c, n) == pytest.approx((low, high), abs=1e-5)


def test_interval_covers_about_its_level() -> None:
    rng, n = np.random.default_rng(1), 80
    counts = rng.multinomial(n, [0.12, 0.06, 0.82], 3000)
    held = [low <= 0.06 <= high for low, high in (tango_interval(b, c, n) for b, c, _ in counts)]
    # 3000 draws fix the level to 0.4 %; the score interval itself swings by about 1 %.
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_equal_classifiers_do_not_differ() -> None:
    right = np.array([True, False, True, True])
    found = compare_labels(right, right)
    assert (found.value, found.p, found.clear) == (0.0, 1.0, False)
    assert found.low < 0 < found.high


def test_swapping_the_two_turns_the_sign() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random(200) < 0.9, rng.random(200) < 0.7
    one, other = compare_labels(a, b), compare_labels(b, a)
    assert one.p == other.p
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert one.clear and "the first is better" in one.sentence()
    assert "the second is better" in other.sentence()


def test_rows_are_never_broadcast() -> None:
    with pytest.raises(DataError, match=re.escape("got (4,) and (4, 1)")):
        compare_labels(np.ones(4), np.ones((4, 1)))
