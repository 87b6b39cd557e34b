import re
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.problems.gaussians import Gaussians
from learnscope.seeds import streams

MATRIX = ((2.0, 0.6), (0.6, 0.5))


def draw(problem: Gaussians, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def floor_of(problem: Gaussians) -> float:
    truth = draw(problem).truth
    assert truth is not None
    return truth.floor()


def test_default_floor_is_the_normal_tail_beyond_one() -> None:
    assert floor_of(Gaussians()) == pytest.approx(norm.sf(1.0), rel=1e-12)


def test_floor_of_one_covariance_uses_the_mahalanobis_distance() -> None:
    problem = Gaussians(means=((0.0, 0.0), (1.0, -1.0)), covariances=(MATRIX,))
    step = np.array([1.0, -1.0])
    distance = np.sqrt(step @ np.linalg.inv(MATRIX) @ step)
    assert floor_of(problem) == pytest.approx(norm.sf(distance / 2), rel=1e-9)


@pytest.mark.parametrize("n", [(100, 100), (10, 90), (1, 999)])
@pytest.mark.parametrize("variances", [(1.0, 1.0), (1.0, 4.0)])
def test_floor_on_a_line_is_the_integral_of_the_smaller_density(
    n: tuple[int, int], variances: tuple[float, float]
) -> None:
    matrices = tuple(((v,),) for v in variances)
    problem = Gaussians(n=n, means=((-0.7,), (0.7,)), covariances=matrices)
    share = np.array(n) / sum(n)

    def smaller(x: float) -> float:
        p = share * norm.pdf(x, [-0.7, 0.7], np.sqrt(variances))
        return float(p.min())

    expected, _ = quad(smaller, -20, 20, limit=400, points=[-2, 0, 2])
    assert floor_of(problem) == pytest.approx(expected, abs=1e-3)


def test_equal_means_and_covariances_leave_the_smaller_share() -> None:
    assert floor_of(Gaussians(n=(30, 70), means=((1.0,), (1.0,)))) == pytest.approx(0.3)


def test_target_is_bayes_rule_with_free_covariances() -> None:
    means, matrices = ((0.0, 0.0), (1.0, 1.0)), (MATRIX, ((1.0, -0.3), (-0.3, 1.0)))
    truth = draw(Gaussians(n=(30, 10), means=means, covariances=matrices)).truth
    assert truth is not None
    x = np.random.default_rng(0).normal(0, 2, (100, 2))
    p, q = (multivariate_normal.pdf(x, m, c) for m, c in zip(means, matrices, strict=True))
    expected = 0.75 * p / (0.75 * p + 0.25 * q)
    np.testing.assert_allclose(truth.target(x)[:, 0], expected, atol=1e-12)


def test_points_have_the_stated_covariance() -> None:
    sample = draw(Gaussians(n=40_000, covariances=(MATRIX,)))
    # The relative error of a covariance of 40,000 draws is 0.7 %; four of them.
    np.testing.assert_allclose(np.cov(sample.x[sample.y == 1].T), MATRIX, rtol=0.03)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"means": ((1.0,),)}, "Gaussians.means must be a list of at least 2, got ((1.0,),)."),
        (
            {"means": ((1.0,), (1.0, 2.0))},
            "Gaussians.means must be points with the same number of coordinates, got 1, 2.",
        ),
        (
            {"covariances": (MATRIX,) * 3},
            "Gaussians.covariances must hold 1 matrix or 2, one for each class, got 3.",
        ),
        (
            {"covariances": (((1.0, 2.0), (2.0, 1.0)),)},
            "Gaussians.covariances.0 must be positive definite, got [[1.0, 2.0], [2.0, 1.0]].",
        ),
        (
            {"covariances": (((1.0, 0.5), (0.0, 1.0)),)},
            "Gaussians.covariances.0 must be symmetric, got [[1.0, 0.5], [0.0, 1.0]].",
        ),
        (
            {"covariances": (((1.0, 0.5),),)},
            "Gaussians.covariances.0 must be a 2 x 2 matrix or [[c]], got rows of [2] numbers.",
        ),
        ({"covariances": (((0.0,),),)}, "must be positive definite, got [[0.0]]."),
    ],
)
def test_bad_setting_is_named_with_its_rule(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Gaussians(**settings)
