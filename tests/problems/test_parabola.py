import numpy as np
import pytest

from learnscope.problems.parabola import Parabola
from learnscope.seeds import streams


def test_defaults_have_the_facts_of_the_source() -> None:
    sample = Parabola().sample(streams(0).draws)
    x, y = sample.x[:, 0], sample.y[:, 0]
    assert (len(x), x.min(), x.max()) == (100, -10, 10)
    np.testing.assert_allclose(y, 0.5 * x**2 - 20, atol=1e-13)
    # S0.4: variance 231.2, and 2.849 for the best two rectified units.
    assert y.var() == pytest.approx(231.2, abs=0.05)
    units = np.maximum(6.768 * x - 23.01, 0) + np.maximum(-6.768 * x - 23.01, 0) - 18.04
    assert ((units - y) ** 2).mean() == pytest.approx(2.849, abs=0.01)
    assert np.abs(units - y).max() == pytest.approx(3.59, abs=0.01)


def test_all_three_coefficients_are_settings() -> None:
    problem = Parabola(quadratic=1, slope=-2, intercept=3, n=3, low=0, high=2)
    np.testing.assert_array_equal(problem.sample(streams(0).draws).y[:, 0], [3, 2, 3])
    assert problem.formula_text() == "x² - 2 x + 3"
