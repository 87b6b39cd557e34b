import math
import re

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as scikit_learns_log_loss

from learnscope.errors import DataError, InputError
from learnscope.measures.calibration.brier import brier, brier_score
from learnscope.measures.calibration.ece import calibration_error
from learnscope.measures.calibration.reliability import reliability
from learnscope.measures.calibration.temperature import calibrate, fit_temperature, log_loss
from learnscope.measures.refit import fit
from learnscope.special import softmax
from learnscope.training.member import prepare
from tests.measures.by_hand import experiment, trained


def beliefs(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 1, n)
    return p, rng.random(n) < p**2


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_reliability_is_scikit_learns_calibration_curve(strategy: str) -> None:
    p, hit = beliefs(500)
    share, mean = calibration_curve(hit, p, n_bins=10, strategy=strategy)
    found = reliability(p, hit, bins=10, binning="width" if strategy == "uniform" else "mass")
    full = found.counts > 0
    assert found.share[full] == pytest.approx(share)
    assert found.belief[full] == pytest.approx(mean)


def test_expected_calibration_error_by_hand() -> None:
    # Two bins: beliefs 0.2, 0.4 with one of two right; 0.6, 0.9, 0.9 with two of three right.
    p = np.array([0.2, 0.4, 0.6, 0.9, 0.9])
    hit = np.array([1, 0, 1, 1, 0])
    found = reliability(p, hit, bins=2)
    assert found.counts.tolist() == [2, 3]
    assert found.ece == pytest.approx(2 / 5 * abs(0.5 - 0.3) + 3 / 5 * abs(2 / 3 - 0.8))
    assert found.overconfidence == pytest.approx(p.mean() - hit.mean())


def test_a_belief_on_an_edge_is_in_the_bin_above_and_1_in_the_last() -> None:
    assert reliability(np.array([0.5, 1.0]), np.ones(2), bins=2).counts.tolist() == [0, 2]


def test_perfect_beliefs_show_the_error_of_chance_and_no_more() -> None:
    ps = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.5, 1, 300)
        found = calibration_error(p, rng.random(300) < p, draws=200, seed=seed)
        # On 300 rows the error of chance is far from 0.
        assert 0.02 < found.chance < 0.08
        ps.append(found.p)
    # p-values of true hypotheses are uniform: of 40, 2 are expected below 0.05, 7 is 3 sd more.
    assert sum(v < 0.05 for v in ps) <= 7
    assert 0.3 < np.mean(ps) < 0.7


def test_too_sure_beliefs_are_found_and_named() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.8, 1, 500)
    found = calibration_error(p, rng.random(500) < p - 0.15, draws=300)
    assert found.p < 0.01
    assert found.ece == pytest.approx(0.15, abs=0.05)
    assert found.low < found.ece < found.high
    assert "beliefs are too high by" in found.sentence()


@pytest.mark.parametrize("bins", [1, 5, 15])
def test_brier_parts_add_up_to_scikit_learns_score(bins: int) -> None:
    p, hit = beliefs(400, seed=2)
    b = brier(p, hit, bins=bins)
    assert b.score == pytest.approx(brier_score_loss(hit, p))
    assert b.reliability - b.resolution + b.uncertainty + b.within == pytest.approx(b.score)


def test_brier_parts_by_hand() -> None:
    # Beliefs 0.25 (1 of 4 happens) and 0.75 (1 of 2): within bins all are equal.
    p = np.array([0.25] * 4 + [0.75] * 2)
    hit = np.array([1, 0, 0, 0, 1, 0])
    b = brier(p, hit, bins=2)
    assert b.within == pytest.approx(0)
    assert b.reliability == pytest.approx(2 / 6 * 0.25**2)
    assert b.uncertainty == pytest.approx(1 / 3 * 2 / 3)
    assert b.resolution == pytest.approx(4 / 6 * (1 / 12) ** 2 + 2 / 6 * (1 / 6) ** 2)


def test_briers_own_score_over_classes() -> None:
    assert brier_score(np.array([[1.0, 0], [0.5, 0.5]]), np.array([0, 1])) == pytest.approx(0.25)
    with pytest.raises(DataError, match=re.escape("got (2, 2) and (2, 1)")):
        brier_score(np.eye(2), np.zeros((2, 1)))


def test_the_temperature_that_spoiled_the_scores_is_found() -> None:
    rng = np.random.default_rng(3)
    true = rng.normal(size=(4000, 3)) * 2
    shares = np.asarray(softmax(true))
    truth = np.array([rng.choice(3, p=s / s.sum()) for s in shares])
    # The standard error of ln T on 4000 rows is about 2 %.
    assert fit_temperature(3.0 * true, truth) == pytest.approx(3.0, rel=0.08)


def test_the_temperature_is_scipys_minimum_and_log_loss_scikit_learns() -> None:
    rng = np.random.default_rng(4)
    scores, truth = rng.normal(size=(200, 4)), rng.integers(0, 4, 200)
    scores[np.arange(200), truth] += 1
    known = minimize_scalar(
        lambda v: log_loss(scores, truth, math.exp(v)), bounds=(-4, 4), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    assert fit_temperature(scores, truth) == pytest.approx(math.exp(known.x), rel=1e-4)
    assert log_loss(scores, truth) == pytest.approx(
        scikit_learns_log_loss(truth, np.asarray(softmax(scores)))
    )


def test_of_a_member_the_temperature_comes_from_the_validation_rows_alone() -> None:
    # Few rows, many weights: surer than it may be.
    settings = experiment(
        problem={"kind": "gaussians", "n": 150}, model={"kind": "mlp", "hidden": [32, 32]},
        training={"loss": "bce_logits", "lr": 0.01, "epochs": 1500,
                  "split": {"test": 150, "validation": 100}},
    )  # fmt: skip
    (t,) = fit([prepare(settings, 0)])
    found = calibrate(t, draws=100)
    assert found.temperature is not None and found.temperature > 1.5
    # Its own log loss by hand, on the test rows.
    z = t.part_output("test")[:, 0].astype(float)
    y = t.member.sample.y[t.member.rows.test]
    by_hand = np.logaddexp(0, np.where(y == 1, -z, z)).mean()
    assert found.log_loss[0] == pytest.approx(by_hand, rel=1e-6)
    assert found.log_loss[1] < found.log_loss[0]
    assert found.after is not None and found.after.ece < found.before.ece
    # T is least on the validation rows: nothing of the test is in it.
    v = t.part_output("validation")[:, 0].astype(float)
    yv = t.member.sample.y[t.member.rows.validation]
    two = np.stack((np.zeros_like(v), v), axis=1)
    assert fit_temperature(two, yv) == pytest.approx(found.temperature)


def test_without_validation_rows_there_is_no_temperature_and_it_says_so() -> None:
    settings = experiment(
        problem={"kind": "gaussians", "n": 40}, model="linear",
        training={"loss": "bce_logits", "epochs": 20},
    )  # fmt: skip
    found = calibrate(trained(settings)[0], draws=20)
    assert found.temperature is None and found.after is None
    assert "this run has none" in found.sentences()[1]


def test_classes_learned_as_numbers_have_no_beliefs() -> None:
    settings = experiment(problem={"kind": "gaussians", "n": 40}, training={"epochs": 2})
    with pytest.raises(InputError, match="calibration needs beliefs"):
        calibrate(trained(settings)[0])


def test_beliefs_outside_0_and_1_are_refused() -> None:
    with pytest.raises(DataError, match=re.escape("beliefs must be in [0, 1], got 1.5 (row 1)")):
        reliability(np.array([0.5, 1.5]), np.ones(2))
