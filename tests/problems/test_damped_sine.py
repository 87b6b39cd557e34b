import numpy as np
import pytest

from learnscope.problems.damped_sine import DampedSine
from learnscope.seeds import streams


def _data(problem: DampedSine) -> tuple[np.ndarray, np.ndarray]:
    sample = problem.sample(streams(0).draws)
    return sample.x[:, 0], sample.y[:, 0]


def test_defaults_have_the_facts_of_the_source() -> None:
    x, y = _data(DampedSine())
    np.testing.assert_allclose(x, np.arange(-10, 10, 0.1), atol=1e-13)
    np.testing.assert_allclose(y, np.sin(3 * x) * np.exp(-x / 8), atol=1e-12)
    amplitude = np.exp(-x[[0, -1]] / 8)
    assert amplitude == pytest.approx([3.49, 0.29], abs=0.005)
    # At x = 0 the curve may be exactly 0, which is no sign.
    signs = np.sign(y[y != 0])
    assert (np.diff(signs) != 0).sum() == 19
    assert y.var() == pytest.approx(1.256, abs=5e-4)
    assert (y[x < 0] ** 2).sum() / (y**2).sum() == pytest.approx(0.927, abs=5e-4)


def test_mirrored_is_the_list_of_y_reversed() -> None:
    _, y = _data(DampedSine())
    x, mirrored = _data(DampedSine(mirrored=True))
    # 3 x rounds to 4e-15 at x = 10, and the amplitude multiplies it.
    np.testing.assert_allclose(mirrored, y[::-1], atol=1e-13)
    assert (mirrored[x > -0.05] ** 2).sum() / (y**2).sum() == pytest.approx(0.927, abs=5e-3)


def test_decay_0_keeps_the_amplitude() -> None:
    x, y = _data(DampedSine(decay=0, frequency=2))
    np.testing.assert_allclose(y, np.sin(2 * x), atol=1e-14)
