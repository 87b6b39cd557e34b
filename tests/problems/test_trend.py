import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.problems import Truth
from learnscope.problems.trend import Trend
from learnscope.seeds import streams
from learnscope.training.split import Split, split_rows


def _truth(problem: Trend) -> Truth:
    truth = problem.sample(streams(0).draws).truth
    assert truth is not None
    return truth


def test_without_noise_999_pairs_differ_by_exactly_3() -> None:
    sample = Trend(noise=0).sample(streams(0).draws)
    assert sample.x.shape == sample.y.shape == (999, 1)
    assert set((sample.y - sample.x).ravel().tolist()) == {3.0}
    assert sample.x[0, 0] == 4 and sample.y[-1, 0] == 4 + 3 * 999
    assert sample.ordered


def test_split_in_time_is_aligned_and_its_training_targets_have_the_known_variance() -> None:
    sample = Trend(noise=0).sample(streams(0).draws)
    rows = split_rows(Split(), sample, streams(0).split)
    assert (len(rows.train), len(rows.test)) == (699, 300)
    np.testing.assert_array_equal(rows.test, np.arange(699, 999))
    # 9 (699^2 - 1) / 12, the variance of an arithmetic sequence.
    assert sample.y[rows.train].var() == pytest.approx(366_450, rel=1e-12)


def test_noise_is_drawn_for_every_step_with_the_stated_standard_deviation() -> None:
    sample = Trend(n=20_000).sample(streams(0).draws)
    noise = np.append(sample.x, sample.y[-1]) - (4 + 3 * np.arange(20_000))
    # 20,000 draws estimate it to 0.5 %.
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.03
    np.testing.assert_array_equal(sample.x[1:], sample.y[:-1])


def test_lag_and_curvature_are_settings() -> None:
    sample = Trend(quadratic=1, slope=0, intercept=0, noise=0, lag=3, n=6).sample(streams(0).draws)
    np.testing.assert_array_equal(sample.x[:, 0], [0, 1, 4])
    np.testing.assert_array_equal(sample.y[:, 0], [9, 16, 25])
    assert sample.outputs == ("x(t+3)",)


def test_small_noise_leaves_its_variance_as_the_floor() -> None:
    # Steps are 30 standard deviations apart.
    assert _truth(Trend()).floor() == pytest.approx(0.01, rel=1e-9)


def test_a_flat_series_has_nothing_to_know_but_its_level() -> None:
    truth = _truth(Trend(slope=0, noise=0.5))
    assert truth.floor() == pytest.approx(0.25, rel=1e-9)
    np.testing.assert_allclose(truth.target(np.array([[-3.0], [8.0]])), 4.0, rtol=1e-12)


@pytest.mark.parametrize("slope", [0.5, 3.0])
def test_noise_as_large_as_the_slope_costs_more_than_its_variance(slope: float) -> None:
    problem = Trend(n=1500, slope=slope, noise=1.0)
    truth = _truth(problem)
    losses = []
    for root in range(12):
        sample = problem.sample(streams(root).draws)
        losses.append(((truth.target(sample.x) - sample.y) ** 2).mean())
    error = np.std(losses) / np.sqrt(len(losses))
    assert truth.floor() == pytest.approx(np.mean(losses), abs=4 * error)
    # Far finer steps than the noise tell the level no better than the noise does: twice its
    # variance is the limit.
    assert 1 < truth.floor() < 2.001


def test_without_noise_values_that_come_twice_leave_their_spread() -> None:
    # 0, 1, 0, -3, -8, ...: value 0 at steps 0 and 2 is followed by 1 and by -3.
    truth = _truth(Trend(quadratic=-1, slope=2, intercept=0, noise=0, n=5))
    np.testing.assert_allclose(truth.target(np.array([[0.0], [1.0]])), [[-1.0], [0.0]])
    # Of four pairs two are off by 2.
    assert truth.floor() == pytest.approx(2.0, rel=1e-12)


def test_a_lag_as_long_as_the_series_is_refused() -> None:
    with pytest.raises(InputError, match=r"lag must be below n.*got lag = 5 and n = 5"):
        Trend(n=5, lag=5)
