import math

import numpy as np
import pytest
from sklearn.datasets import make_moons

from learnscope.arrays import Array
from learnscope.problems.base import Sample
from learnscope.problems.moons import Moons
from learnscope.seeds import streams


def draw(problem: Moons, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


@pytest.mark.parametrize("n", [(50, 50), (20, 70)])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_seeded_points_are_those_of_scikit_learn(n: tuple[int, int], noise: float) -> None:
    x, y = make_moons(n, noise=noise, random_state=11)
    sample = draw(Moons(n=n, noise=noise, seed=11))
    np.testing.assert_allclose(sample.x, x, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(sample.y, y)


def densities(x: Array, noise: float) -> tuple[Array, Array]:
    """Both densities by direct summation over 1500 points of each half circle."""
    t = math.pi * (np.arange(1500) + 0.5) / 1500
    upper = np.stack((np.cos(t), np.sin(t)), axis=1)
    lower = np.stack((1 - np.cos(t), 0.5 - np.sin(t)), axis=1)

    def density(curve: Array) -> Array:
        square = ((x[:, None, :] - curve) ** 2).sum(axis=2)
        return np.asarray(np.exp(-square / (2 * noise**2)).mean(axis=1) / (2 * np.pi * noise**2))

    return density(upper), density(lower)


@pytest.mark.parametrize("noise, share", [(0.2, 0.5), (0.4, 0.5), (0.4, 0.2)])
def test_floor_is_the_overlap_of_the_densities_on_a_grid(noise: float, share: float) -> None:
    truth = draw(Moons(n=(round(100 * share), round(100 * (1 - share))), noise=noise)).truth
    assert truth is not None
    step = noise / 3
    axes = (np.arange(-1 - 5 * noise, 2 + 5 * noise, step), np.arange(-2.6, 3.1, step))
    x = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    upper, lower = densities(x, noise)
    overlap = np.minimum(share * upper, (1 - share) * lower).sum() * step**2
    # The kink of the minimum costs the grid sum about 1e-4.
    assert truth.floor() == pytest.approx(overlap, abs=1e-3)


def test_target_is_bayes_rule() -> None:
    truth = draw(Moons(noise=0.1)).truth
    assert truth is not None
    x = np.random.default_rng(0).uniform((-1.2, -0.7), (2.2, 1.2), (200, 2))
    upper, lower = densities(x, 0.1)
    # The midpoint sum of this test errs by 1e-4 where the ends of the moons count most.
    np.testing.assert_allclose(truth.target(x)[:, 0], upper / (upper + lower), atol=1e-3)
