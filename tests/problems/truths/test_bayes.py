import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from learnscope.arrays import Array
from learnscope.problems.base import Truth
from learnscope.problems.truths.bayes import bayes_truth


def two_normals(distance: float, share: float) -> Truth:
    """Two normal classes on a line at 0 and `distance`."""
    return bayes_truth(
        scores=lambda x: -0.5 * (x - np.array([0.0, distance])) ** 2,
        places=[lambda u: ndtri(u), lambda u: ndtri(u) + distance],
        priors=np.array([1 - share, share]),
        n_uniforms=1,
    )


@pytest.mark.parametrize("distance", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_error_of_two_normals_is_the_textbook_sum_of_tails(distance: float, share: float) -> None:
    cut = distance / 2 + np.log((1 - share) / share) / distance
    expected = (1 - share) * norm.sf(cut) + share * norm.cdf(cut - distance)
    assert two_normals(distance, share).floor() == pytest.approx(expected, abs=1e-4)


def test_probabilities_survive_densities_far_below_the_smallest_float() -> None:
    target = two_normals(2.0, 0.5).target(np.array([[-1e6], [1e6], [1.0]]))
    np.testing.assert_allclose(target, [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], atol=1e-12)


def test_one_place_stands_for_classes_that_are_alike() -> None:
    def place(u: Array) -> Array:
        return np.asarray(ndtri(u))

    mirrored = bayes_truth(
        scores=lambda x: -0.5 * (x - np.array([0.0, 2.0])) ** 2,
        places=[place],
        priors=np.array([0.5, 0.5]),
        n_uniforms=1,
    )
    assert mirrored.floor() == pytest.approx(two_normals(2.0, 0.5).floor(), abs=1e-4)


def test_closed_form_is_taken_as_it_is_and_named() -> None:
    truth = bayes_truth(
        scores=lambda x: x, places=(), priors=np.array([1.0]), n_uniforms=0, floor=lambda: 0.25
    )
    assert truth.floor() == 0.25
    assert truth.how == "closed form"
