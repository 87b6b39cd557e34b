import numpy as np
import pytest
from scipy.stats import norm

from learnscope.measures.ceiling import ceiling, target_score
from learnscope.training.member import Member
from tests.measures.by_hand import experiment, member


def gaussian_pair(n: int) -> Member:
    problem = {"kind": "gaussians", "n": n, "means": [[0, 0], [2, 0]]}
    return member(experiment(problem=problem)).member


def test_ceiling_of_a_gaussian_pair_is_the_closed_form() -> None:
    # Equal classes of unit covariance, means 2 apart: the Bayes error is Phi(-1).
    found = ceiling(gaussian_pair(100))
    assert found is not None
    assert found.metric == "accuracy"
    assert found.best == pytest.approx(norm.cdf(1), abs=1e-6)
    assert found.floor == pytest.approx(norm.cdf(-1), abs=1e-6)
    assert "closed form" in found.how


def test_the_true_target_scores_the_ceiling_on_many_rows() -> None:
    # 6000 test rows: the standard error of an accuracy of 0.84 is 0.005; four of them.
    assert target_score(gaussian_pair(10_000)) == pytest.approx(norm.cdf(1), abs=0.02)


def test_the_true_target_of_a_noisy_curve_leaves_the_noise() -> None:
    m = member(experiment(problem={"kind": "sine", "n": 5000, "noise": 0.3})).member
    found = ceiling(m)
    assert found is not None and found.metric == "mse"
    assert found.best == found.floor == pytest.approx(0.09)
    # A mean of 1500 squares of normal numbers scatters by sqrt(2 / 1500) = 3.7 %; four of them.
    assert target_score(m) == pytest.approx(0.09, rel=0.15)


def test_the_target_is_scored_on_the_rows_of_the_part() -> None:
    m = gaussian_pair(200)
    truth = m.sample.truth
    assert truth is not None
    rows = m.rows.train
    right = truth.target(m.sample.x[rows]).argmax(axis=1) == m.sample.y[rows]
    assert target_score(m, "train") == np.mean(right)


def test_real_data_have_no_known_ceiling() -> None:
    m = member(experiment(problem={"kind": "iris"})).member
    assert ceiling(m) is None
    assert target_score(m) is None
