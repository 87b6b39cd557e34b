import math

import numpy as np
import pytest
from scipy.stats import norm

from learnscope.errors import DataError, InputError
from learnscope.measures.decomposition.error_parts import error_parts
from learnscope.measures.decomposition.estimate import over_both, over_draws
from learnscope.measures.decomposition.parts import ErrorParts
from learnscope.measures.decomposition.risk import excess_risk, large_sample, without_noise
from tests.measures.by_hand import experiment, member

LONG = {"epochs": 300, "lr": 0.1, "schedule": "cosine", "precision": "float64"}


def bent(degree: int, n: int = 60, **training: object) -> ErrorParts:
    """Return the errors of a polynomial on x² + 0.3 noise, x uniform on [-1, 1]."""
    settings = experiment(
        problem={"kind": "formula", "formula": "x**2", "noise": 0.3, "n": n,
                 "spacing": "random"},
        features=["standardise"], model={"kind": "polynomial", "degree": degree},
        training={**LONG, "split": {"test": 0.5}, **training},
    )  # fmt: skip
    return error_parts(settings, draws=40, restarts=1, longer=3, points=3000)


def test_a_line_on_a_parabola_has_the_errors_of_the_closed_form() -> None:
    found = bent(1)
    assert found.noise is not None and found.noise.value == pytest.approx(0.09)
    # The best line on x² is 1/3: E (x² - 1/3)² = 1/5 - 1/9 = 4/45.
    assert found.approximation is not None
    assert found.approximation.error < 0.003
    assert abs(found.approximation.value - 4 / 45) < 4 * found.approximation.error
    assert found.approximation_low == pytest.approx(4 / 45, rel=0.1)
    # Least squares by NumPy on draws of its own.
    assert found.estimation is not None
    assert abs(found.estimation.value - least_squares(1, 30)) < 4 * found.estimation.error
    # The rate that falls finds the least of squares: nothing is left to the optimiser.
    assert abs(found.optimisation.value) < 1e-4 and 0 <= found.short.value < 1e-4
    assert found.agrees and found.rows == 30 and found.draws == 40


def least_squares(degree: int, n: int) -> float:
    """Return the mean excess of least squares over the best polynomial, over 4000 draws."""
    rng, t = np.random.default_rng(0), np.linspace(-1, 1, 2001)
    powers = np.arange(degree + 1)
    best = (1 / 3 if degree < 2 else t**2) + 0 * t
    total = 0.0
    for _ in range(4000):
        x = rng.uniform(-1, 1, n)
        y = x**2 + rng.normal(0, 0.3, n)
        weights = np.linalg.lstsq(x[:, None] ** powers, y, rcond=None)[0]
        answer = t[:, None] ** powers @ weights
        total += float(np.square(answer - t**2).mean() - np.square(best - t**2).mean())
    return total / 4000


def test_the_right_family_has_no_approximation_error_and_that_of_the_data_falls_like_1_over_n() -> (
    None
):
    few, many = bent(2, n=60), bent(2, n=240)
    assert few.approximation is not None and few.approximation.value < 1e-6
    assert few.estimation is not None and many.estimation is not None
    assert abs(few.estimation.value - least_squares(2, 30)) < 4 * few.estimation.error
    # sigma² p / n for 3 weights on 120 rows, up to terms of 1 / n².
    assert abs(many.estimation.value - 0.09 * 3 / 120) < 4 * many.estimation.error + 1e-4
    assert few.agrees and many.agrees


def test_a_training_that_breaks_off_leaves_its_error_to_the_optimiser() -> None:
    found = bent(2, epochs=10, lr=0.01)
    assert found.short.value > 0.01
    assert found.optimisation.low > 0
    parts = (found.noise, found.approximation, found.estimation, found.optimisation)
    total = sum(part.value for part in parts if part is not None)
    assert abs(found.total.value - total) < 4 * found.total.error
    assert found.difference is not None
    assert found.total.value - total == pytest.approx(found.difference.value)
    assert "Most of it comes from the optimiser" in found.sentence()


def test_risks_of_a_straight_cut_through_normal_classes_are_the_closed_form() -> None:
    # Classes N(±1, 1) along the first input: a cut at c errs with (Φ(-1 - c) + Φ(c - 1)) / 2.
    settings = experiment(problem={"kind": "gaussians", "n": 50}, model="linear",
                          training={"loss": "bce_logits", "epochs": 1})  # fmt: skip
    sample = large_sample(settings, 40_000, 1)
    for cut in (0.0, 0.7):
        t = member(settings, parameters={"layers.0.weight": np.array([[1.0, 0.0]]),
                                         "layers.0.bias": np.array([-cut])})  # fmt: skip
        risk = excess_risk(t, sample)
        true = (norm.cdf(-1 - cut) + norm.cdf(cut - 1)) / 2 - norm.cdf(-1)
        assert risk.mean() == pytest.approx(true, abs=4 * risk.std() / math.sqrt(len(risk)) + 1e-9)
    # The best labels are the side of 0; the nearest mean makes no other error.
    assert np.array_equal(without_noise(sample).y, sample.x[:, 0] > 0)


def test_of_a_linear_cut_on_gaussians_data_are_what_is_short() -> None:
    settings = experiment(problem={"kind": "gaussians", "n": 30}, model="linear",
                          training={**LONG, "loss": "bce_logits"})  # fmt: skip
    found = error_parts(settings, draws=20, restarts=2, longer=2, points=3000)
    assert found.noise is not None and found.noise.value == pytest.approx(norm.cdf(-1))
    # The best cut is a straight one.
    assert found.approximation is not None and found.approximation.value < 5e-4
    assert found.approximation_low == 0.0
    assert found.estimation is not None and found.estimation.low > 0
    assert found.agrees
    assert "(estimation)" in found.sentence() or "the noise" in found.sentence()
    assert [row[0] for row in found.table()][:4] == [
        "noise floor", "approximation error", "estimation error", "optimisation error",
    ]  # fmt: skip
    assert found.data()["noise"]["how"] == "closed form"


def test_monte_carlo_errors_are_those_of_repeated_studies() -> None:
    rng = np.random.default_rng(0)
    studies = [
        over_both(
            rng.normal(0, 1, (10, 1)) + rng.normal(0, 1, (1, 30)) + rng.normal(0, 1, (10, 30)), ""
        )
        for _ in range(400)
    ]
    real = np.std([s.value for s in studies])
    # 400 studies fix a standard deviation to 3.5 %, and 10 draws the errors that are said.
    assert np.sqrt(np.mean([s.error**2 for s in studies])) == pytest.approx(real, rel=0.15)
    covered = np.mean([s.low <= 0 <= s.high for s in studies])
    assert 0.92 < covered <= 1
    one = over_draws(np.array([1.0, 2.0, 3.0]), "three")
    # Student's t with two degrees of freedom: 4.303 standard errors.
    assert one.value == 2.0
    assert one.high == pytest.approx(2 + 4.3027 / math.sqrt(3), abs=1e-3)


def test_of_a_data_set_what_can_be_told_is_told() -> None:
    settings = experiment(problem="iris", model="linear",
                          training={**LONG, "loss": "cross_entropy"})  # fmt: skip
    found = error_parts(settings, draws=4, restarts=1, longer=2)
    assert found.noise is None and found.estimation is None and found.bracket() == ""
    assert "error on held-out rows" in [row[0] for row in found.table()]
    assert "cannot be told apart" in found.sentence()


def test_what_cannot_be_measured_is_refused_in_a_sentence() -> None:
    settings = experiment(problem={"kind": "gaussians", "n": 20}, model="linear",
                          training={"loss": "bce_logits", "epochs": 1})  # fmt: skip
    with pytest.raises(InputError, match=r"error_parts needs draws >= 3, .* got 2, 4 and 5"):
        error_parts(settings, draws=2)
    with pytest.raises(DataError, match="3 of 3 members diverged"):
        error_parts(settings.override({"training.loss": "mse", "training.optimizer": "sgd",
                                       "training.lr": 1e30, "training.epochs": 30}),
                    draws=3, restarts=1)  # fmt: skip
    own = experiment(model={"kind": "autoencoder", "code": 1}, training={"epochs": 1})
    with pytest.raises(InputError, match="needs a model that learns a target"):
        error_parts(own)


def test_answers_beyond_all_measure_are_refused_and_count_as_none() -> None:
    settings = experiment(
        problem={"kind": "line", "n": 20}, model="linear", training={"epochs": 0}
    )  # fmt: skip
    sample = large_sample(settings, 50, 1)
    wild = member(settings, parameters={"layers.0.weight": np.array([[1e30]]),
                                        "layers.0.bias": np.array([0.0])})  # fmt: skip
    assert np.isfinite(excess_risk(wild, sample)).all()
    doubled = settings.override({"training.precision": "float64"})
    beyond = member(doubled, parameters={"layers.0.weight": np.array([[0.0]]),
                                         "layers.0.bias": np.array([1e200])})  # fmt: skip
    assert np.isnan(excess_risk(beyond, sample)).all()
