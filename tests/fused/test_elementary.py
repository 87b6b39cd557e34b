"""Errors of the vector functions, against NumPy and SciPy in double precision."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.special import erf

from learnscope.fused import elementary

Array = np.ndarray[Any, Any]
ULP = 2.0**-23

# name -> (truth, lowest, highest, largest relative error in units of 2^-23, absolute error)
CASES: dict[str, tuple[Callable[[Array], Array], float, float, float, float]] = {
    "exp": (np.exp, -86.0, 88.0, 3, 0),
    "log": (np.log, 1e-30, 1e30, 3, 0),
    "tanh": (np.tanh, -12.0, 12.0, 4, 0),
    "erf": (erf, -6.0, 6.0, 4, 0),
    "sin": (np.sin, -1e4, 1e4, 3, 1e-7),
    "cos": (np.cos, -1e4, 1e4, 3, 1e-7),
}


@cache
def compiled(name: str) -> Any:
    from numba import njit

    function = getattr(elementary, name)

    @njit(error_model="numpy")
    def loop(x: Any, out: Any) -> None:
        for i in range(x.shape[0]):
            out[i] = function(x[i])

    return loop


def evaluate(name: str, x: Array) -> Array:
    out = np.empty_like(x)
    compiled(name)(x, out)
    return out


@pytest.mark.parametrize("name", list(CASES))
def test_float32_error_is_within_the_stated_bound(name: str) -> None:
    truth, low, high, ulps, absolute = CASES[name]
    x = np.linspace(low, high, 400_001)
    if name == "log":
        x = np.concatenate([np.geomspace(low, high, 400_001), np.linspace(0.5, 2.0, 100_001)])
    x = np.concatenate([x, np.linspace(max(low, -1e-2), 1e-2, 1001)] if name != "log" else [x])
    x32 = x.astype(np.float32)
    expected = truth(x32.astype(np.float64))
    error = np.abs(evaluate(name, x32) - expected)
    assert (error <= ulps * ULP * np.abs(expected) + absolute).all()


@pytest.mark.parametrize("name", list(CASES))
def test_float32_limits_and_nan_are_carried_on(name: str) -> None:
    ends = {
        "exp": (0.0, np.inf), "log": (None, np.inf), "tanh": (-1.0, 1.0), "erf": (-1.0, 1.0),
        "sin": (np.nan, np.nan), "cos": (np.nan, np.nan),
    }[name]  # fmt: skip
    got = evaluate(name, np.array([-np.inf, np.inf, np.nan], np.float32))
    assert np.isnan(got[2])
    for value, expected in zip(got, ends, strict=False):
        if expected is not None:
            np.testing.assert_allclose(value, expected, atol=2e-7)


@pytest.mark.parametrize("name", list(CASES))
def test_float64_is_that_of_the_c_library(name: str) -> None:
    truth = CASES[name][0]
    x = np.linspace(0.1, 5.0, 1000)
    # Two C libraries may differ in the last place.
    np.testing.assert_allclose(evaluate(name, x), truth(x), rtol=1e-15)
