from collections.abc import Callable

import numpy as np
import pytest
from scipy import special as theirs

from learnscope.arrays import Array
from learnscope.special import log_softmax, log_sum_exp, normal_quantile, sigmoid, softmax

Z = np.concatenate((-np.geomspace(1e-8, 700, 200), [0.0], np.geomspace(1e-8, 700, 200)))
ROWS = np.random.default_rng(0).normal(0, 100, (50, 4))


def test_sigmoid_is_scipys_in_both_tails() -> None:
    # A few roundings of 1e-16; the smallest value is 1e-304.
    np.testing.assert_allclose(sigmoid(Z), theirs.expit(Z), rtol=2e-15)


def test_softmax_is_scipys() -> None:
    np.testing.assert_allclose(softmax(ROWS), theirs.softmax(ROWS, axis=1), rtol=1e-14)
    # Near 0 SciPy takes log1p of the smaller terms; the plain log of the sum is 2e-16 apart.
    np.testing.assert_allclose(
        log_softmax(ROWS), theirs.log_softmax(ROWS, axis=1), rtol=1e-14, atol=3e-16
    )
    np.testing.assert_allclose(log_sum_exp(ROWS)[:, 0], theirs.logsumexp(ROWS, axis=1), rtol=1e-14)


def test_infinite_scores_give_infinite_sums() -> None:
    rows = np.array([[np.inf, 0.0], [-np.inf, -np.inf], [-np.inf, 1.0]])
    np.testing.assert_array_equal(log_sum_exp(rows)[:, 0], [np.inf, -np.inf, 1.0])


@pytest.mark.parametrize("function", [sigmoid, softmax, log_softmax, log_sum_exp])
def test_float32_stays_float32(function: Callable[[Array], Array]) -> None:
    assert function(ROWS.astype(np.float32)).dtype == np.float32


def test_normal_quantile_is_scipys() -> None:
    p = np.concatenate((np.geomspace(1e-300, 0.5, 300), 1 - np.geomspace(1e-15, 0.5, 300)))
    shape = (100, 6)
    found = normal_quantile(p.reshape(shape))
    # AS 241 has 16 digits; near 0 they are digits of the distance from 1/2.
    np.testing.assert_allclose(found, theirs.ndtri(p).reshape(shape), rtol=1e-14, atol=1e-15)
