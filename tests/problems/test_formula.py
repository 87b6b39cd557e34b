import numpy as np
import pytest
from scipy.stats import norm

from learnscope.errors import DataError, InputError
from learnscope.problems import Sample
from learnscope.problems.formula import Formula
from learnscope.problems.xsin10x import XSin10X
from learnscope.seeds import streams


def _draw(problem: Formula, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def test_typed_formula_gives_the_data_of_the_built_in_problem() -> None:
    typed = Formula(formula="x*sin(10*x)", n=20, low=0, high=1, noise=0.1, gap=(0.45, 0.7), seed=0)
    built_in = XSin10X(seed=0).sample(streams(0, problem_seed=0).draws)
    np.testing.assert_array_equal(_draw(typed).x, built_in.x)
    np.testing.assert_allclose(_draw(typed).y, built_in.y, atol=1e-15)


def test_even_points_of_two_inputs_form_a_grid() -> None:
    sample = _draw(Formula(formula="x1 - 10*x2", n=9))
    side = [-1.0, 0.0, 1.0]
    np.testing.assert_array_equal(sample.x, [[a, b] for a in side for b in side])
    np.testing.assert_array_equal(sample.y[:, 0], sample.x @ [1, -10])
    assert sample.columns == ("x1", "x2")


def test_random_points_fill_the_range() -> None:
    sample = _draw(Formula(formula="x1*x3", n=30_000, spacing="random", low=2, high=4))
    assert sample.x.shape == (30_000, 3)
    assert sample.x.mean(axis=0) == pytest.approx([3, 3, 3], abs=0.02)
    np.testing.assert_allclose(sample.y[:, 0], sample.x[:, 0] * sample.x[:, 2], rtol=1e-15)


def test_more_inputs_than_the_formula_names_do_not_matter() -> None:
    problem = Formula(formula="x1**2", inputs=3, n=50, spacing="random")
    sample = _draw(problem)
    assert sample.columns == ("x1", "x2", "x3")
    np.testing.assert_allclose(sample.y[:, 0], sample.x[:, 0] ** 2, rtol=1e-15)


def test_random_gap_is_left_out_too() -> None:
    x = _draw(Formula(n=1000, spacing="random", gap=(0, 0.5))).x
    assert not ((x >= 0) & (x <= 0.5)).any()
    # A quarter of the range: 250 of 1000, with a standard deviation of 14.
    assert 680 < len(x) < 820


def test_labels_are_the_sign_of_the_formula() -> None:
    sample = _draw(Formula(formula="x1*x2", labels=True, n=400, spacing="random"))
    np.testing.assert_array_equal(sample.y, (sample.x.prod(axis=1) > 0).astype(int))
    assert sample.task == "classification"
    assert sample.truth is not None
    assert sample.truth.floor() == 0.0
    np.testing.assert_array_equal(sample.truth.target(sample.x).argmax(axis=1), sample.y)


def test_noisy_labels_have_the_probability_and_bayes_error_of_the_normal_law() -> None:
    problem = Formula(formula="x", labels=True, noise=0.5, n=100, spacing="random")
    truth = _draw(problem).truth
    assert truth is not None
    x = np.array([[-1.0], [0.0], [0.3]])
    np.testing.assert_allclose(truth.target(x)[:, 1], norm.cdf(x[:, 0] / 0.5), rtol=1e-12)
    # The integral of Phi(-x / s) over [0, 1] by parts.
    s = 0.5
    error = norm.cdf(-1 / s) + s * (norm.pdf(0) - norm.pdf(1 / s))
    assert truth.floor() == pytest.approx(error, abs=1e-6)
    even = _draw(Formula(formula="x", labels=True, noise=0.5, n=3)).truth
    assert even is not None
    assert even.floor() == pytest.approx((0.5 + 2 * norm.cdf(-2)) / 3, rel=1e-12)


def test_bayes_error_in_the_plane_is_the_share_of_wrong_labels() -> None:
    problem = Formula(formula="x1 + x2**2", labels=True, noise=0.4, n=200_000, spacing="random")
    sample = _draw(problem)
    assert sample.truth is not None
    wrong = (sample.truth.target(sample.x).argmax(axis=1) != sample.y).mean()
    # Standard errors of both means are 0.001.
    assert sample.truth.floor() == pytest.approx(wrong, abs=0.004)


def test_points_where_the_formula_has_no_value_are_reported() -> None:
    with pytest.raises(DataError, match=r"'log\(x\)' has no finite value at 2 of 3 .* x = -1"):
        _draw(Formula(formula="log(x)", n=3))
    with pytest.raises(DataError, match="at 1 of 4 points, first at x1 = 0, x2 = 0"):
        _draw(Formula(formula="x2/(x1 + x2)", n=4, low=0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"formula": "sine(x)"}, "formula: .*unknown function 'sine' .* Did you mean 'sin'"),
        ({"formula": "x + x1"}, "has both x and x1: use x alone for one input, or x1, x2"),
        ({"formula": "y"}, "unknown name 'y'"),
        ({"formula": "x1+x2", "n": 200}, "Use one of 196, 225, or spacing = 'random'"),
        ({"formula": "x1+x2", "n": 100, "gap": (0, 1)}, "gap is for formulas of one input"),
        ({"formula": "x1+x3", "n": 27, "inputs": 2}, "inputs must be at least 3, .* got 2"),
        ({"formula": "x", "inputs": 2}, "Write x1 in place of x"),
        ({"inputs": 10}, "inputs must be <= 9, got 10"),
        ({"low": 1, "high": 0}, "low must be below high"),
    ],
)
def test_bad_setting_is_refused_in_a_sentence(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Formula(**{"kind": "formula", **settings})


def test_sentence_tells_formula_and_points() -> None:
    text = Formula(formula="x1 > x2", labels=True, noise=0.1).sentence()
    assert text == (
        "100 even points on [-1, 1]^2, classes by x1 > x2 > 0 plus Gaussian noise of sd 0.1."
    )
