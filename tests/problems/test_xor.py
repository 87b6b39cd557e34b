import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from learnscope.problems.base import Sample
from learnscope.problems.xor import Xor
from learnscope.seeds import streams


def draw(problem: Xor, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def test_class_is_whether_the_signs_differ() -> None:
    sample = draw(Xor(n=1000, noise=0.0))
    np.testing.assert_array_equal(sample.y == 1, sample.x.prod(axis=1) < 0)
    assert np.bincount(sample.y).tolist() == [1000, 1000]
    assert np.abs(sample.x).max() <= 1


def test_gap_leaves_the_axes_empty() -> None:
    sample = draw(Xor(n=2000, side=4.0, gap=0.25, noise=0.0))
    assert np.abs(sample.x).min() >= 0.5
    assert np.abs(sample.x).max() == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("noise, gap", [(0.05, 0.0), (0.3, 0.0), (1.0, 0.0), (0.3, 0.4)])
def test_floor_is_that_of_two_independent_signs(noise: float, gap: float) -> None:
    truth = draw(Xor(noise=noise, gap=gap)).truth
    assert truth is not None

    def signed(x: float) -> float:
        """Density of the positive interval minus that of the negative one, width 1 - gap."""
        positive = norm.cdf((x - gap) / noise) - norm.cdf((x - 1) / noise)
        negative = norm.cdf((x + 1) / noise) - norm.cdf((x + gap) / noise)
        return float(abs(positive - negative))

    # p(same) - p(opposite) is a product of one factor for each axis.
    one = quad(signed, -1 - 8 * noise, 1 + 8 * noise, points=[-1, 0, 1], limit=400)[0]
    expected = (1 - (one / (2 * (1 - gap))) ** 2) / 2
    assert truth.floor() == pytest.approx(expected, abs=1e-3)


def test_axes_are_a_toss_up_and_far_corners_are_certain() -> None:
    truth = draw(Xor(noise=0.2)).truth
    assert truth is not None
    target = truth.target(np.array([[0.0, 0.4], [-0.3, 0.0], [50.0, 50.0], [-1e6, 1e6]]))
    np.testing.assert_allclose(target, [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0], [0.0, 1.0]], atol=1e-9)
