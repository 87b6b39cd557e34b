import numpy as np
import pytest
from scipy.stats import qmc

from learnscope.problems.truths.sobol import sobol_points


@pytest.mark.parametrize("d", [1, 2, 3, 5, 10, 11])
@pytest.mark.parametrize("n", [1, 2, 1000, 1024])
def test_points_are_those_of_scipy_moved_by_half_a_step(n: int, d: int) -> None:
    bits = (n - 1).bit_length()
    expected = qmc.Sobol(d, scramble=False).random_base2(bits) + 0.5 / 2**bits
    np.testing.assert_array_equal(sobol_points(n, d), expected)
