import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.problems import PROBLEMS
from learnscope.problems.line import Line
from learnscope.seeds import streams


def _data(problem: Line | None = None) -> tuple[np.ndarray, np.ndarray]:
    sample = (problem or Line()).sample(streams(0).draws)
    return sample.x[:, 0], sample.y[:, 0]


def test_defaults_are_100_even_points_of_2x_plus_3() -> None:
    x, y = _data()
    np.testing.assert_allclose(x, [-10 + 20 * i / 99 for i in range(100)], rtol=1e-14)
    np.testing.assert_allclose(y, 2 * x + 3, rtol=1e-15)


@pytest.mark.parametrize(
    ("weight", "bias", "relu", "mse"),
    [(1, 0, False, 43.007), (2, 3, False, 0.0), (2, 3, True, 41.99), (1, 0, True, 78.87)],
)
def test_hand_set_perceptrons_have_the_errors_of_the_source(
    weight: float, bias: float, relu: bool, mse: float
) -> None:
    x, y = _data()
    output = weight * x + bias
    output = np.maximum(output, 0) if relu else output
    # S0.3 gives two decimals.
    assert ((output - y) ** 2).mean() == pytest.approx(mse, abs=0.01)


def test_the_rectifier_clips_43_of_the_100_points() -> None:
    x, _ = _data()
    assert (2 * x + 3 < 0).sum() == 43


def test_slope_intercept_range_and_noise_are_settings() -> None:
    problem = Line(slope=-1, intercept=0.5, low=0, high=4, n=40_000, noise=0.3, spacing="random")
    x, y = _data(problem)
    assert 0 <= x.min() < x.max() < 4
    # Standard errors for 40,000 points: 0.35 % of the noise, and 0.003 and 0.0013 for the line.
    assert np.polyfit(x, y, 1) == pytest.approx([-1, 0.5], abs=0.012)
    assert (y - (0.5 - x)).std() == pytest.approx(0.3, rel=0.015)
    truth = problem.sample(streams(0).draws).truth
    assert truth is not None
    assert truth.floor() == pytest.approx(0.09, rel=1e-12)
    np.testing.assert_allclose(truth.target(np.array([[0.0], [2.0]])), [[0.5], [-1.5]])


def test_points_of_the_gap_are_left_out() -> None:
    x, _ = _data(Line(n=11, low=0, high=10, gap=(2.5, 6)))
    np.testing.assert_array_equal(x, [0, 1, 2, 7, 8, 9, 10])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 2, "high": 2}, "low must be below high, got low = 2 and high = 2"),
        ({"gap": (3, 1)}, r"gap must be \[from, to\] with from below to, got \[3.0, 1.0\]"),
        ({"noise": -1}, "noise must be >= 0, got -1"),
        ({"n": 0}, "n must be >= 1, got 0"),
        ({"slop": 1}, "no setting 'slop'. Did you mean 'slope'"),
    ],
)
def test_bad_setting_is_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PROBLEMS["line"](**settings)


def test_a_gap_over_all_points_is_refused() -> None:
    with pytest.raises(InputError, match=r"problem.gap = \[-20.0, 20.0\] holds all 100 points"):
        _data(Line(gap=(-20, 20)))


def test_sentence_writes_the_line_with_its_numbers() -> None:
    assert Line().sentence() == "100 even points on [-10, 10], y = 2 x + 3, without noise."
    text = Line(slope=-1, intercept=0, noise=0.1, gap=(0, 1)).sentence()
    assert text.endswith("none in [0, 1], y = -x plus Gaussian noise of sd 0.1.")
