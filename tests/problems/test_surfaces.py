import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.problems.gaussian_surface import GaussianSurface
from learnscope.problems.plane_surface import PlaneSurface
from learnscope.seeds import streams


def test_plane_is_found_by_least_squares() -> None:
    sample = PlaneSurface(noise=0, intercept=0.25).sample(streams(0).draws)
    design = np.column_stack((sample.x, np.ones(len(sample))))
    found = np.linalg.lstsq(design, sample.y[:, 0], rcond=None)[0]
    np.testing.assert_allclose(found, [0.1, -0.05, 0.25], atol=1e-14)
    assert np.abs(sample.x).max() <= 6


def test_noise_has_the_stated_standard_deviation() -> None:
    sample = PlaneSurface(n=40_000, noise=0.2).sample(streams(0).draws)
    assert sample.truth is not None
    noise = sample.y - sample.truth.target(sample.x)
    # 40,000 draws estimate it to 0.35 %.
    assert noise.std() == pytest.approx(0.2, rel=0.015)
    assert sample.truth.floor() == pytest.approx(0.04, rel=1e-12)


def test_one_bump_falls_by_e_to_the_half_at_its_width() -> None:
    problem = GaussianSurface(bumps=((1, -1, 2),), width=3)
    got = problem.surface(np.array([[1.0, -1.0], [4.0, -1.0], [1.0, 5.0]]))
    np.testing.assert_allclose(got, [2, 2 * np.exp(-0.5), 2 * np.exp(-2.0)], rtol=1e-14)


def test_default_bumps_look_the_same_after_half_a_turn_and_no_plane_fits_them() -> None:
    problem = GaussianSurface(noise=0, n=4000)
    sample = problem.sample(streams(0).draws)
    np.testing.assert_allclose(problem.surface(-sample.x), sample.y[:, 0], atol=1e-15)
    design = np.column_stack((sample.x, np.ones(len(sample))))
    residual = np.linalg.lstsq(design, sample.y[:, 0], rcond=None)[1][0] / len(sample)
    # By the symmetry only chance lets a plane explain anything: 2 of 4000 degrees of freedom.
    assert residual / sample.y.var() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("problem", [PlaneSurface, GaussianSurface])
def test_an_empty_square_is_refused(problem: type[PlaneSurface] | type[GaussianSurface]) -> None:
    with pytest.raises(InputError, match="low must be below high, got low = 6 and high = 6"):
        problem(low=6, high=6)


def test_bumps_need_three_numbers_each() -> None:
    with pytest.raises(InputError, match="bumps"):
        GaussianSurface(**{"bumps": [[1, 2]]})
