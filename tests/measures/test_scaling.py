import numpy as np
import pytest

from learnscope.measures.scaling import unscaled


@pytest.mark.parametrize(
    ("scale", "shift", "text"),
    [
        ([1.0, 1.0], [0.0, 0.0], ""),
        ([1.0, 19.0], [0.0, 0.0], ""),
        ([1.0, 21.0], [0.0, 0.0], "run from 1 ('a') to 21 ('b')"),
        ([1.0, 1.0], [0.0, 4.9], ""),
        ([1.0, 1.0], [0.0, -5.1], "The input 'b' lies 5.1 standard deviations from 0"),
        ([0.04, 0.04], [0.0, 0.0], "is 0.04 (median)"),
        ([21.0, 21.0], [0.0, 0.0], "is 21 (median)"),
        ([1.0, 0.0], [0.0, 1e6], ""),
    ],
)
def test_the_three_limits_hold_on_columns_of_known_spread(
    scale: list[float], shift: list[float], text: str
) -> None:
    # Rows of -1 and 1 have mean 0 and standard deviation 1.
    signs = np.array([[-1.0, -1.0], [1.0, 1.0]] * 5)
    found = unscaled(signs * scale + shift, ("a", "b"))
    assert (text in found) if text else found == ""
