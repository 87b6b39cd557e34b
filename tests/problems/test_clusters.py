import numpy as np
import pytest
from scipy.stats import norm

from learnscope.problems.base import Sample
from learnscope.problems.clusters import Clusters
from learnscope.seeds import streams


def draw(problem: Clusters, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


@pytest.mark.parametrize("root", range(20))
def test_plane_x_plus_y_tells_every_point_of_the_source(root: int) -> None:
    sample = draw(Clusters(), root)
    assert sample.x.shape == (100, 2)
    np.testing.assert_array_equal(sample.x.sum(axis=1) > 0, sample.y == 1)
    assert sample.outputs == ("orange", "blue")


def test_defaults_overlap_by_the_published_probability() -> None:
    truth = draw(Clusters()).truth
    assert truth is not None
    # 8e-13, the normal tail beyond sqrt(50).
    assert truth.floor() == pytest.approx(norm.sf(np.sqrt(50)), rel=1e-9)
    assert truth.floor() == pytest.approx(8e-13, rel=0.05)


@pytest.mark.parametrize("d, center, sd", [(1, 1.0, 1.0), (2, 0.5, 1.5), (7, 0.3, 0.8)])
def test_floor_is_the_normal_tail_at_half_the_distance(d: int, center: float, sd: float) -> None:
    truth = draw(Clusters(d=d, center=center, sd=sd)).truth
    assert truth is not None
    assert truth.floor() == pytest.approx(norm.sf(np.sqrt(d) * center / sd), rel=1e-9)


def test_clusters_have_the_stated_centre_and_spread() -> None:
    sample = draw(Clusters(n=(20_000, 10_000), center=2.0, sd=0.5, d=3))
    for k, side in ((0, -2.0), (1, 2.0)):
        points = sample.x[sample.y == k]
        assert len(points) == (20_000, 10_000)[k]
        # 0.005 is the standard error of the mean of 10,000 draws; four of them.
        np.testing.assert_allclose(points.mean(axis=0), side, atol=0.02)
        np.testing.assert_allclose(points.std(axis=0), 0.5, rtol=0.03)
