import math
import re
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.problems import Truth
from learnscope.problems.base import Sample
from learnscope.problems.series import Series
from learnscope.problems.trend import Trend
from learnscope.seeds import streams
from learnscope.training.split import Split, split_rows

SOURCE = Series(n=1000, intercept=4, slope=3, amplitude=0, noise=0, window=1, warm_up=True)


def draw(problem: Series, root: int = 0) -> Sample:
    return problem.sample(streams(root).draws)


def truth_of(problem: Series) -> Truth:
    truth = draw(problem).truth
    assert truth is not None
    return truth


def test_the_sources_series_is_one_window_length_of_it() -> None:
    """S4.46: 4 + 3 n in 999 pairs that differ by 3, split 699 and 300."""
    sample = draw(SOURCE)
    theirs = Trend(noise=0).sample(streams(0).draws)
    np.testing.assert_array_equal(sample.x, theirs.x)
    np.testing.assert_array_equal(sample.y, theirs.y)
    rows = split_rows(Split(), sample, streams(0).split)
    assert (len(rows.train), len(rows.test)) == (699, 300)


def test_windows_of_counted_steps_are_the_ones_written_by_hand() -> None:
    problem = Series(n=10, slope=1, amplitude=0, noise=0, window=3, horizon=2, lag=2, stride=2)
    sample = draw(problem)
    np.testing.assert_array_equal(sample.x, [[0, 1, 2], [2, 3, 4], [4, 5, 6]])
    np.testing.assert_array_equal(sample.y, [[4, 5], [6, 7], [8, 9]])
    assert sample.columns == ("x(t-2)", "x(t-1)", "x(t)")
    assert sample.outputs == ("x(t+2)", "x(t+3)")
    assert sample.shape == (3, 1) and sample.ordered
    each = draw(Series(n=8, slope=1, amplitude=0, noise=0, window=3, predicts="each", stride=4))
    np.testing.assert_array_equal(each.x, [[0, 1, 2], [4, 5, 6]])
    np.testing.assert_array_equal(each.y, [[1, 2, 3], [5, 6, 7]])


@pytest.mark.parametrize("differences", [1, 2])
def test_differences_take_a_trend_down_by_a_degree(differences: Any) -> None:
    problem = Series(
        n=50, quadratic=0.5, slope=2, amplitude=0, noise=0, window=4, differences=differences
    )
    sample = draw(problem)
    # Of t² / 2 + 2 t the differences are t + 5 / 2, and theirs are 1.
    first = 2.5 + np.arange(49)
    expected = {1: first[:4], 2: np.ones(4)}[differences]
    np.testing.assert_allclose(sample.x[0], expected, rtol=1e-12)
    assert sample.columns[-1] == {1: "Δx(t)", 2: "Δ²x(t)"}[differences]


def test_a_noiseless_sine_is_a_linear_recursion_of_two_steps() -> None:
    sample = draw(Series(noise=0, period=17, window=2))
    step = 2 * math.cos(2 * math.pi / 17) * sample.x[:, 1] - sample.x[:, 0]
    np.testing.assert_allclose(sample.y[:, 0], step, atol=1e-12)


def test_noise_is_drawn_for_every_step_with_its_standard_deviation() -> None:
    """T37: not one number for the whole series, and no variance taken for it."""
    sample = draw(Series(n=20_000, amplitude=0, noise=0.1, window=1))
    # 20,000 draws estimate it to 0.5 %.
    assert sample.x.std() == pytest.approx(0.1, rel=0.02)
    assert abs(np.corrcoef(sample.x[1:, 0], sample.x[:-1, 0])[0, 1]) < 0.03


@pytest.mark.parametrize("warm_up", [True, False])
@pytest.mark.parametrize("predicts", ["next", "each"])
@pytest.mark.parametrize("stride", [1, 2, 5])
def test_no_target_of_a_part_is_a_target_of_another(
    warm_up: bool, predicts: Any, stride: int
) -> None:
    """T20, and windows that reach over the border of the split."""
    problem = Series(
        n=120, slope=1, amplitude=0, noise=0, window=7, predicts=predicts, stride=stride,
        horizon=3 if predicts == "next" else 1, warm_up=warm_up,
    )  # fmt: skip
    sample = draw(problem)
    n = 20 // stride
    rows = split_rows(Split(test=n, validation=n), sample, streams(0).split)
    assert len(rows.test) == n and len(rows.train) > 0 and len(rows.validation) > 0
    for before, after in ((rows.train, rows.validation), (rows.validation, rows.test)):
        # The series counts its own steps.
        assert sample.y[before].max() < sample.y[after].min()
        if not warm_up:
            known = max(sample.x[before].max(), sample.y[before].max())
            assert known < sample.x[after].min()
    if warm_up and predicts == "next" and stride == 5:
        assert sample.x[rows.test].min() <= sample.y[rows.validation].max()


def test_rows_that_overlap_are_never_shuffled_into_the_test() -> None:
    with pytest.raises(InputError, match=r"'random' would put windows that share steps .* 'time'"):
        split_rows(Split(kind="random"), draw(Series()), streams(0).split)


def test_a_border_that_leaves_no_row_says_so() -> None:
    problem = Series(n=30, window=12)
    message = "no rows for train: 18 windows of the series, of which 12 rows before each border"
    with pytest.raises(InputError, match=re.escape(message)):
        split_rows(Split(test=8), draw(problem), streams(0).split)


def test_independent_noise_leaves_its_variance_where_the_season_is_known() -> None:
    # A window of 40 steps with noise of 1 % of the amplitude leaves no doubt about the phase.
    truth = truth_of(Series(window=40, noise=0.01))
    assert truth.floor() == pytest.approx(1e-4, rel=1e-3)


@pytest.mark.parametrize("window", [1, 4, 12])
def test_differenced_noise_is_predictable_by_the_textbooks_formula(window: int) -> None:
    # e_t+1 - e_t from w differences of the same kind: variance s² (w + 2) / (w + 1), the best
    # linear prediction of a moving average of order 1 with a root on the unit circle.
    truth = truth_of(Series(amplitude=0, slope=1, differences=1, noise=0.5, window=window))
    assert truth.floor() == pytest.approx(0.25 * (window + 2) / (window + 1), rel=1e-9)


def test_where_every_step_answers_it_knows_only_the_steps_before() -> None:
    problem = Series(predicts="each", window=6, noise=0.3)
    truth = truth_of(problem)
    x = draw(problem).x[:3]
    spoilt = x.copy()
    spoilt[:, 4:] += 1
    a, b = truth.target(x), truth.target(spoilt)
    np.testing.assert_allclose(a[:, :4], b[:, :4], rtol=1e-12)
    assert np.abs(a[:, 4:] - b[:, 4:]).min() > 1e-3
    # The first answer knows one step: as much as a window of one.
    one = truth_of(Series(n=295, window=1, noise=0.3)).target(x[:, :1])
    # Of 294 steps against 289 the same 25 phases, not quite equally often.
    np.testing.assert_allclose(a[:, 0], one[:, 0], atol=0.02)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"predicts": "each", "horizon": 2}, "horizon must be 1 where every step is predicted"),
        ({"n": 12}, "n must be at least 14, so that there are two windows with their targets"),
        ({"period": 0.0}, "period must be > 0"),
    ],
)
def test_settings_that_give_no_windows_are_refused(settings: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Series(**settings)
