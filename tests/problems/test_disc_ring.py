import re

import numpy as np
import pytest
from scipy.stats import rice

from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.problems.disc_ring import DiscRing
from learnscope.seeds import streams


def draw(problem: DiscRing, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def test_seed_100_gives_the_published_points() -> None:
    sample = draw(DiscRing(seed=100))
    np.testing.assert_allclose(sample.x[:2], [(-0.0963, 0.5348), (1.9209, -2.8351)], atol=5e-5)
    assert sample.y[:4].tolist() == [0, 1, 0, 1]
    assert len(sample) == 2000


def test_radius_two_separates_the_classes() -> None:
    sample = draw(DiscRing())
    radius = np.hypot(*sample.x.T)
    np.testing.assert_array_equal(radius > 2, sample.y == 1)
    assert radius[sample.y == 0].max() <= 1
    assert 3 <= radius[sample.y == 1].min() and radius.max() <= 4


def test_without_noise_the_nearer_of_disc_and_ring_is_certain() -> None:
    sample = draw(DiscRing())
    assert sample.truth is not None
    np.testing.assert_array_equal(sample.truth.target(sample.x), np.eye(2)[sample.y])
    x = np.array([[1.9, 0.0], [0.0, 2.1], [-9.0, 0.0]])
    np.testing.assert_array_equal(sample.truth.target(x).argmax(axis=1), [0, 1, 1])
    assert sample.truth.floor() == 0.0


@pytest.mark.parametrize("noise", [0.5, 1.0])
def test_floor_with_noise_is_the_overlap_of_mixed_rice_densities(noise: float) -> None:
    truth = draw(DiscRing(noise=noise)).truth
    assert truth is not None
    r = np.linspace(0, 4 + 8 * noise, 1500)
    a = (np.arange(300) + 0.5) / 300
    disc, ring = (
        rice.pdf(r[:, None], (first + a) / noise, scale=noise).mean(axis=1) for first in (0, 3)
    )
    expected = np.trapezoid(np.minimum(disc, ring), r) / 2
    assert truth.floor() == pytest.approx(expected, abs=1e-3)
    x = np.stack((0.6 * r[1:], -0.8 * r[1:]), axis=1)
    posterior = truth.target(x)[:, 0]
    # The midpoint sum of this test has steps of 1/300 in the radius.
    np.testing.assert_allclose(posterior, disc[1:] / (disc + ring)[1:], atol=1e-4)


@pytest.mark.parametrize("ring", [(0.5, 2.0), (3.0, 2.0)])
def test_ring_inside_the_disc_or_turned_inside_out_is_refused(ring: tuple[float, float]) -> None:
    message = (
        "DiscRing.ring must be [inner, outer] with disc <= inner <= outer, got "
        f"{list(ring)} and disc 1."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        DiscRing(ring=ring)
