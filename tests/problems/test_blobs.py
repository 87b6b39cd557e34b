import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.datasets import make_blobs

from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.problems.blobs import Blobs
from learnscope.seeds import streams


def draw(problem: Blobs, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def test_seed_42_gives_the_published_points() -> None:
    sample = draw(Blobs(seed=42))
    first = [
        (-8.4134, 6.9352),
        (-5.7665, -6.4312),
        (-6.0421, -6.7661),
        (3.9508, 0.6984),
        (4.2505, -0.2815),
    ]
    assert sample.x.shape == (1000, 2)
    np.testing.assert_allclose(sample.x[:5], first, atol=5e-5)
    assert sample.y[:5].tolist() == [3, 2, 2, 1, 1]


def test_seeded_points_are_those_of_scikit_learn_in_three_dimensions() -> None:
    x, y = make_blobs(
        [5, 10, 20], n_features=3, cluster_std=[1, 2, 3], center_box=(-1, 4), random_state=3
    )
    sample = draw(
        Blobs(n=(5, 10, 20), centers=3, d=3, sd=(1.0, 2.0, 3.0), center_box=(-1.0, 4.0), seed=3)
    )
    np.testing.assert_allclose(sample.x, x, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(sample.y, y)


def test_given_centres_fix_the_dimension() -> None:
    centers = ((0.0, 0.0, 9.0), (0.0, 9.0, 0.0))
    x, y = make_blobs(40, centers=np.array(centers), cluster_std=0.5, random_state=1)
    sample = draw(Blobs(n=20, centers=centers, sd=0.5, seed=1))
    np.testing.assert_allclose(sample.x, x, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(sample.y, y)


def test_target_is_bayes_rule_with_the_shares_of_the_classes() -> None:
    centers, sd, n = ((0.0, 0.0), (2.0, 0.0), (0.0, 3.0)), (1.0, 2.0, 0.5), (10, 20, 70)
    truth = draw(Blobs(n=n, centers=centers, sd=sd)).truth
    assert truth is not None
    x = np.random.default_rng(0).normal(0, 3, (100, 2))
    joint = np.stack(
        [
            share * multivariate_normal.pdf(x, center, s**2)
            for share, center, s in zip(n, centers, sd, strict=True)
        ],
        axis=1,
    )
    expected = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(truth.target(x), expected, atol=1e-12)


@pytest.mark.parametrize("d", [2, 3, 4, 5])
@pytest.mark.parametrize("a", [0.5, 1.5])
def test_floor_at_the_corners_of_a_cube_is_that_of_independent_signs(d: int, a: float) -> None:
    corners = np.array(np.meshgrid(*[(-a, a)] * d)).reshape(d, -1).T
    truth = draw(Blobs(n=5, centers=tuple(map(tuple, corners.tolist())), sd=1.0)).truth
    assert truth is not None
    assert truth.floor() == pytest.approx(1 - norm.cdf(a) ** d, abs=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"centers": 1}, "Blobs.centers must be >= 2, got 1."),
        (
            {"centers": ((1.0,), (1.0, 2.0))},
            "Blobs.centers must be points with the same number of coordinates, got 1, 2.",
        ),
        (
            {"sd": (1.0, 2.0)},
            "Blobs.sd must be one number or a list of 4, one for each class, got a list of 2.",
        ),
        ({"sd": 0.0}, "Blobs.sd must be > 0, got 0.0."),
        (
            {"center_box": (3.0, 3.0)},
            "Blobs.center_box must be [lowest, highest] with lowest < highest, got [3.0, 3.0].",
        ),
    ],
)
def test_bad_setting_is_named_with_its_rule(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Blobs(**settings)
