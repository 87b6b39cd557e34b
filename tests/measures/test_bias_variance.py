import numpy as np
import pytest
from scipy.stats import norm

from learnscope.errors import DataError, InputError
from learnscope.measures.bias_variance import (
    bias_variance,
    squared_decomposition,
    zero_one_decomposition,
)
from tests.measures.by_hand import experiment


def test_of_least_squares_it_is_the_closed_form() -> None:
    # Fixed design: fits are H y with the hat matrix H; bias² = |(H - I) f|² / n, variance =
    # sigma² p / n.
    rng, n, sigma = np.random.default_rng(0), 30, 0.3
    x = np.linspace(-3, 3, n)
    f, design = np.sin(2 * x), np.column_stack((np.ones(n), x))
    hat = design @ np.linalg.solve(design.T @ design, design.T)
    answers = np.stack([(hat @ (f + rng.normal(0, sigma, n)))[None] for _ in range(300)])
    found = squared_decomposition(answers, f)
    bias, variance = np.square(hat @ f - f).mean(), sigma**2 * 2 / n
    # Within four Monte Carlo errors, which the jackknife gives.
    assert abs(found.bias - bias) < 4 * found.errors["bias"]
    assert abs(found.variance - variance) < 4 * found.errors["variance"]
    # S3.11: bias² of the line 0.44.
    assert found.bias == pytest.approx(0.44, abs=0.03)
    assert found.error == pytest.approx(found.bias + found.variance)


def test_the_two_sources_of_variance_are_told_apart() -> None:
    rng, d, s, m = np.random.default_rng(1), 200, 4, 50
    a = 1.0 + rng.normal(0, 2.0, (d, 1, m)) + rng.normal(0, 3.0, (d, s, m))
    found = squared_decomposition(a, np.zeros(m))
    for value, true, name in (
        (found.of_data, 4.0, "of_data"),
        (found.of_init, 9.0, "of_init"),
        (found.bias, 1.0, "bias"),
    ):
        assert abs(value - true) < 4 * found.errors[name]
        # 200 draws at 50 places: errors of a few per cent.
        assert found.errors[name] < 0.1 * true


def test_monte_carlo_errors_are_those_of_repeated_studies() -> None:
    rng = np.random.default_rng(2)
    found = [
        squared_decomposition(
            rng.normal(0, 1, (20, 2, 1)) + rng.normal(0, 1, (20, 1, 1)), np.zeros(1)
        )
        for _ in range(300)
    ]
    for name in ("variance", "of_init"):
        real = np.std([getattr(f, name) for f in found])
        said = np.sqrt(np.mean([f.errors[name] ** 2 for f in found]))
        # 300 studies fix a standard deviation to 4 %; jackknife variances are biased upwards.
        assert said == pytest.approx(real, rel=0.2)


def test_zero_one_parts_by_hand() -> None:
    # Two draws of two members, three inputs; the best labels are 0, 0, 0.
    labels = np.array([[[0, 1, 0], [0, 1, 1]], [[0, 1, 1], [1, 0, 2]]])
    found = zero_one_decomposition(labels, np.zeros(3, dtype=np.int64))
    # Main labels 0, 1, 1: the last two are wrong.
    assert found.bias == pytest.approx(2 / 3)
    # They differ from the main label in 1, 1 and 2 of 4.
    assert found.variance == pytest.approx((1 + 1 + 2) / 12)
    # 1/4 hurts at the first; at the others only members with the best label help: 1 and 1 of 4.
    assert found.net_variance == pytest.approx((1 - 1 - 1) / 12)
    assert found.error == pytest.approx((1 + 3 + 3) / 12)
    assert found.error == pytest.approx(found.bias + found.net_variance)


def test_of_the_nearest_mean_on_gaussians_variance_is_the_chance_of_a_shifted_cut() -> None:
    # Classes N(-1, 1) and N(1, 1), n rows each: the cut is half the sum of the means, N(0, 1/2n).
    rng, n, d = np.random.default_rng(3), 10, 4000
    cut = 0.5 * (rng.normal(-1, 1, (d, n)).mean(axis=1) + rng.normal(1, 1, (d, n)).mean(axis=1))
    x = np.array([-0.5, -0.1, 0.05, 0.4])
    labels = (x > cut[:, None]).astype(np.int64)[:, None]
    found = zero_one_decomposition(labels[:200], (x > 0).astype(np.int64))
    flips = norm.cdf(-np.abs(x) * np.sqrt(2 * n))
    assert found.bias == 0.0
    # 200 draws fix each of the shares to 3.5 %, their mean to 1.8 %.
    assert found.variance == pytest.approx(flips.mean(), abs=0.05)
    assert labels.mean(axis=(0, 1)) == pytest.approx(np.where(x > 0, 1 - flips, flips), abs=0.03)


def test_of_a_trained_polynomial_it_is_the_closed_form_too() -> None:
    settings = experiment(
        problem="xsin10x", model={"kind": "polynomial", "degree": 3},
        training={"optimizer": "lbfgs", "lr": 1.0, "epochs": 40, "precision": "float64",
                  "split": {"test": 0}},
    )  # fmt: skip
    found = bias_variance(settings, draws=30, seeds=1, points=15)
    from learnscope.problems.base import Sample
    from learnscope.seeds import streams

    sample: Sample = settings.problem.sample(streams(0).draws)
    x, f = sample.x[:, 0], sample.truth.target(sample.x)[:, 0]  # type: ignore[union-attr]
    design = np.vander(x, 4)
    hat = design @ np.linalg.pinv(design)
    assert found.points == len(x) == 15
    assert abs(found.bias - np.square(hat @ f - f).mean()) < 4 * found.errors["bias"] + 1e-6
    assert abs(found.variance - 0.01 * 4 / 15) < 4 * found.errors["variance"]


def test_data_sets_and_single_draws_are_refused() -> None:
    with pytest.raises(InputError, match="needs draws >= 2"):
        bias_variance(experiment(), draws=1)
    with pytest.raises(DataError, match="at least 2 draws"):
        squared_decomposition(np.zeros((1, 3, 4)), np.zeros(4))
