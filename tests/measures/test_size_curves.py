import math

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.double_descent import descent
from learnscope.measures.size_curve import SizeCurve
from learnscope.measures.sized import rows_curve, width_curve
from tests.measures.by_hand import experiment

LINE = {"kind": "formula", "formula": "2*x1 - x2", "noise": 0.5, "n": 36, "spacing": "random"}
FAST = {"epochs": 200, "lr": 0.1, "schedule": "cosine", "precision": "float64"}


def curve(sizes: Array, train: Array, test: Array) -> SizeCurve:
    return SizeCurve(
        over="width", sizes=sizes, train=train, test=test, metric="mse", floor=0.0,
        judged="by hand", rows=np.full(len(sizes), 40), parameters=sizes, unit=1.0,
    )  # fmt: skip


def test_the_error_over_rows_of_a_linear_model_is_that_of_least_squares() -> None:
    settings = experiment(problem=LINE, model="linear", training=FAST, seeds=40)
    found = rows_curve(settings, [20, 40, 80, 160, 320])
    assert (found.floor, found.metric, found.over) == (0.25, "mse", "training rows")
    # About sigma² (1 + p / (n - p - 1)) for p = 3 weights.
    for i, n in enumerate(found.sizes):
        mean, error = found.mean(i)
        assert abs(mean - 0.25 * (1 + 3 / (n - 4))) < 4 * error
    law = found.law
    assert law is not None and law.c == pytest.approx(0.25, abs=0.003)
    low, high = law.interval("b")
    assert low < 1.15 and high > 0.9
    assert [c.forecast.size for c in found.checks] == [320] and found.checks[0].agrees
    two, ten = found.forecasts()
    assert two.value > ten.value >= 0.25
    assert ten.value == pytest.approx(0.25 * (1 + 3 / 3196), abs=0.003)
    told = " ".join(found.sentences())
    assert "With 10x the data you would get" in told and "Such a forecast held here" in told


def test_a_smaller_size_is_the_beginning_of_a_larger_one() -> None:
    settings = experiment(problem={"kind": "gaussians", "n": 20}, model="linear", seeds=3,
                          training={**FAST, "loss": "bce_logits"})  # fmt: skip
    few, many = rows_curve(settings, [4, 30]), rows_curve(settings, [4, 16, 30])
    assert many.test[:, [0, 2]] == pytest.approx(few.test)
    assert few.law is None and few.forecasts() == () and few.checks == ()
    assert len(few.sentences()) == 1
    usual = rows_curve(settings)
    # 28 of 40 rows are trained on: from an eighth to four times as many.
    assert usual.sizes.tolist() == [4, 7, 14, 28, 56, 112]


def test_a_data_set_is_judged_on_its_test_rows() -> None:
    settings = experiment(problem="iris", model="linear", seeds=2, features=["standardise"],
                          training={**FAST, "loss": "cross_entropy"})  # fmt: skip
    found = rows_curve(settings)
    assert found.floor is None and found.rows[-1] == 105
    assert "test rows" in found.judged
    with pytest.raises(InputError, match=r"sizes must be 3 to 105 training rows, got 500\."):
        rows_curve(settings, [10, 500])
    with pytest.raises(InputError, match="needs test rows, and there are none"):
        rows_curve(settings.override({"training.split.test": 0}))


def test_degrees_of_a_polynomial_have_its_approximation_error() -> None:
    cubic = {"kind": "formula", "formula": "x**3", "noise": 0.05, "n": 300, "spacing": "random"}
    settings = experiment(problem=cubic, model="polynomial", training=FAST, seeds=6,
                          features=["standardise"])  # fmt: skip
    found = width_curve(settings, [1, 2, 3])
    assert found.over == "degree" and found.parameters.tolist() == [2, 3, 4]
    # The best line on x³ is 3x/5: E (x³ - 3x/5)² = 1/7 - 9/75; a parabola is no better.
    best = 1 / 7 - 9 / 75
    for i in (0, 1):
        assert found.mean(i)[0] == pytest.approx(best + 0.0025, rel=0.12)
    assert found.mean(2)[0] == pytest.approx(0.0025, rel=0.2)
    # The noise alone is 1.7 per cent of the variance: no cubic fits 210 rows to 1.
    assert descent(found).threshold is None


def test_width_is_for_models_that_have_one() -> None:
    with pytest.raises(InputError, match="curve over width needs a network with hidden layers"):
        width_curve(experiment(model="linear", training={"loss": "bce_logits", "epochs": 1}))


def test_least_squares_of_least_norm_descends_twice_with_its_peak_at_the_threshold() -> None:
    # Normal design, noise 1, n rows, w of 120 columns: the risk has its pole at w = n (T. Hastie
    # et al., Annals of Statistics 50, 2022, theorem 1): sigma² w / (n - w - 1) below.
    rng, n, columns = np.random.default_rng(0), 40, 120
    widths = np.array([2, 5, 10, 20, 40, 60, 90, 120])
    beta = np.ones(columns) / math.sqrt(columns) * 2
    train, test = np.zeros((30, len(widths))), np.zeros((30, len(widths)))
    for r in range(30):
        x = rng.normal(size=(n, columns))
        y = x @ beta + 0.5 * rng.normal(size=n)
        for i, w in enumerate(widths):
            fit = np.zeros(columns)
            fit[:w] = np.linalg.pinv(x[:, :w]) @ y
            train[r, i] = np.square(x @ fit - y).mean()
            test[r, i] = np.square(fit - beta).sum()
    found = descent(curve(widths, train, test))
    assert (found.threshold, found.peak) == (40, 40)
    assert found.before is not None and found.after is not None
    assert found.before < 40 < found.after
    # The pole has no variance: what is sure is that it is the highest, by its median too.
    assert np.median(test, axis=0).argmax() == 4
    assert found.rise is not None and found.rise.value > 0


def test_a_peak_is_shown_where_members_agree_and_not_where_they_do_not() -> None:
    widths = np.array([1, 2, 4, 8])
    shape = np.array([0.5, 0.3, 0.6, 0.2])
    rng = np.random.default_rng(1)
    clear = curve(widths, np.zeros((10, 4)), shape + 0.02 * rng.normal(size=(10, 4)))
    found = descent(clear)
    assert found.shown and (found.before, found.peak, found.after) == (2, 4, 8)
    assert "Double descent: the error rises by 0.3" in found.sentence(clear)
    noisy = curve(widths, np.ones((10, 4)), shape + 2.0 * rng.normal(size=(10, 4)))
    assert not descent(noisy).shown and descent(noisy).threshold is None
    falling = curve(widths, np.zeros((3, 4)), np.tile([4.0, 3, 2, 1], (3, 1)))
    assert descent(falling).peak is None
    assert "no double descent" in descent(falling).sentence(falling)
