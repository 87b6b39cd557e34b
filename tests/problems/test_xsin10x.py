import numpy as np
import pytest

from learnscope.problems.xsin10x import XSin10X
from learnscope.seeds import streams

# S2.1, to its four decimals.
_SOURCE = [0.1764, 0.0665, 0.1893, 0.3820, 0.3679, 0.0307, 0.0899, -0.2054, -0.3795]
_SOURCE += [0.6927, 0.8032, 0.8557, 0.4872, -0.0341, -0.4996]


def test_seed_0_gives_the_points_of_the_source() -> None:
    problem = XSin10X(seed=0)
    sample = problem.sample(streams(7, problem_seed=problem.seed).draws)
    kept = [i for i in range(20) if not 9 <= i <= 13]
    np.testing.assert_allclose(sample.x[:, 0], np.array(kept) / 19, atol=1e-15)
    np.testing.assert_allclose(sample.y[:, 0], _SOURCE, atol=5.1e-5)
    assert sample.truth is not None
    noise = sample.y - sample.truth.target(sample.x)
    assert (noise**2).sum() == pytest.approx(0.177, abs=5e-4)
    assert ((sample.y - sample.y.mean()) ** 2).sum() == pytest.approx(2.284, abs=5e-4)
    assert sample.truth.floor() == pytest.approx(0.01, rel=1e-12)


def test_members_without_a_fixed_seed_see_other_noise_at_the_same_points() -> None:
    one, other = (XSin10X().sample(streams(root).draws) for root in (0, 1))
    np.testing.assert_array_equal(one.x, other.x)
    assert not np.array_equal(one.y, other.y)


def test_axis_is_the_test_axis_of_the_source() -> None:
    np.testing.assert_allclose(XSin10X().axis(), np.linspace(-0.05, 1.05, 200), atol=1e-15)


def test_gap_keeps_its_place_when_the_points_grow_denser() -> None:
    sample = XSin10X(n=200, frequency=4, noise=0).sample(streams(0).draws)
    x = sample.x[:, 0]
    assert 0.44 < x[x < 0.5].max() < 0.45
    assert 0.7 < x[x > 0.5].min() < 0.71
    np.testing.assert_allclose(sample.y[:, 0], x * np.sin(4 * x), atol=1e-15)


def test_no_gap_leaves_all_points() -> None:
    assert len(XSin10X(gap=None).sample(streams(0).draws)) == 20
