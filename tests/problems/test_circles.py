import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import rice
from sklearn.datasets import make_circles

from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.problems.circles import Circles
from learnscope.seeds import streams


def draw(problem: Circles, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def test_seed_42_gives_the_published_points() -> None:
    sample = draw(Circles(seed=42))
    first = [
        (0.4452, -0.5584),
        (-0.6263, 0.8151),
        (-0.4009, 0.7175),
        (0.8309, -0.6262),
        (-0.1443, 0.7514),
    ]
    np.testing.assert_allclose(sample.x[:5], first, atol=5e-5)
    assert sample.y[:5].tolist() == [1, 0, 1, 0, 1]


@pytest.mark.parametrize("n", [(30, 30), (10, 45)])
def test_seeded_points_are_those_of_scikit_learn(n: tuple[int, int]) -> None:
    x, y = make_circles(n, noise=0.1, factor=0.4, random_state=7)
    sample = draw(Circles(n=n, noise=0.1, factor=0.4, seed=7))
    np.testing.assert_allclose(sample.x, x, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(sample.y, y)


@pytest.mark.parametrize(
    "noise, ceiling", [(0.0, 1.0), (0.02, 1.0), (0.05, 0.977), (0.1, 0.842), (0.2, 0.689)]
)
def test_ceiling_is_that_of_the_best_radius_rule(noise: float, ceiling: float) -> None:
    truth = draw(Circles(noise=noise)).truth
    assert truth is not None
    # The table was counted on a large sample, whose last digit is a matter of luck.
    assert 1 - truth.floor() == pytest.approx(ceiling, abs=0.002)


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.2, 1.0])
@pytest.mark.parametrize("counts", [(100, 100), (50, 200)])
def test_floor_is_the_overlap_of_two_rice_densities(noise: float, counts: tuple[int, int]) -> None:
    truth = draw(Circles(n=counts, noise=noise, factor=0.7)).truth
    assert truth is not None
    share = np.array(counts) / sum(counts)

    def overlap(r: float) -> float:
        outer, inner = rice.pdf(r, np.array([1.0, 0.7]) / noise, scale=noise)
        return float(min(share[0] * outer, share[1] * inner))

    expected, _ = quad(overlap, 0, 1 + 8 * noise, limit=400, points=[0.7, 0.85, 1.0])
    assert truth.floor() == pytest.approx(expected, abs=1e-3)


def test_target_is_bayes_rule_with_rice_densities() -> None:
    noise, r = 0.15, np.linspace(0.01, 2, 50)
    truth = draw(Circles(n=(60, 20), noise=noise, factor=0.5)).truth
    assert truth is not None
    outer, inner = (rice.pdf(r, a / noise, scale=noise) for a in (1.0, 0.5))
    x = np.stack((r * np.cos(r), r * np.sin(r)), axis=1)
    expected = 0.25 * inner / (0.75 * outer + 0.25 * inner)
    np.testing.assert_allclose(truth.target(x)[:, 1], expected, atol=1e-9)


def test_without_noise_the_nearer_circle_is_certain() -> None:
    truth = draw(Circles(noise=0.0)).truth
    assert truth is not None
    x = np.array([[0.0, 0.0], [0.89, 0.0], [0.0, -0.91], [5.0, 5.0]])
    np.testing.assert_array_equal(truth.target(x).argmax(axis=1), [1, 1, 0, 0])


@pytest.mark.parametrize("n", [[10], [1, 2, 3]])
def test_list_of_another_length_than_two_is_refused(n: list[int]) -> None:
    message = (
        f"Circles.n must be one number or a list of 2, one for each class, got a list of {len(n)}."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        Circles(n=tuple(n))
