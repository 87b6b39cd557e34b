import math
import re
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from learnscope.errors import DataError
from learnscope.measures.scores import accuracy, balanced_accuracy, judged_part, r_squared, scores
from tests.measures.by_hand import experiment, member


def test_accuracy_counts_exactly_n_pairs() -> None:
    assert accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2])) == 0.75


@pytest.mark.parametrize("shape", [(4, 1), (1, 4), (5,), ()])
def test_accuracy_refuses_to_compare_all_pairs(shape: tuple[int, ...]) -> None:
    message = f"of one shape (n,) with n >= 1, got {shape} and (4,)"
    with pytest.raises(DataError, match=re.escape(message)):
        accuracy(np.zeros(shape), np.zeros(4))


def test_accuracy_of_no_rows_is_refused() -> None:
    with pytest.raises(DataError, match="n >= 1"):
        accuracy(np.zeros(0), np.zeros(0))


def test_balanced_accuracy_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, labels = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    truth[:120] = 0
    expected = metrics.balanced_accuracy_score(truth, labels)
    assert balanced_accuracy(labels, truth) == pytest.approx(expected, abs=1e-12)


def test_scores_of_numbers_are_those_of_scikit_learn() -> None:
    t = member(experiment(problem={"kind": "sine", "n": 60}))
    found = scores(t)
    for part, rows in t.member.rows.items():
        y, out = t.member.sample.y[rows], t.output(t.member.sample.x[rows]).astype(np.float64)
        # Single precision in the features against double.
        near: Any = {"rel": 1e-5}
        mse = metrics.mean_squared_error(y, out)
        assert found[f"{part}_mse"] == pytest.approx(mse, **near)
        assert found[f"{part}_loss"] == pytest.approx(mse, **near)
        assert found[f"{part}_rmse"] == pytest.approx(math.sqrt(mse), **near)
        assert found[f"{part}_mae"] == pytest.approx(metrics.mean_absolute_error(y, out), **near)
        assert found[f"{part}_r2"] == pytest.approx(metrics.r2_score(y, out), **near)


def test_r_squared_averages_the_columns_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(1)
    y, out = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    assert r_squared(out, y) == pytest.approx(metrics.r2_score(y, out), abs=1e-12)
    y[:, 1] = 3.0
    assert math.isnan(r_squared(out, y))


def test_scores_of_classes_are_those_of_scikit_learn() -> None:
    split = {"test": 0.3, "validation": 0.2}
    t = member(experiment(training={"split": split}), seed=3)
    found = scores(t)
    for part, rows in t.member.rows.items():
        y, x = t.member.sample.y[rows], t.member.sample.x[rows]
        assert found[f"{part}_accuracy"] == metrics.accuracy_score(y, t.labels(x))
        expected = metrics.mean_squared_error(y, t.output(x)[:, 0])
        assert found[f"{part}_mse"] == pytest.approx(expected, rel=1e-5)
    assert list(found)[:3] == ["train_loss", "validation_loss", "test_loss"]


def test_cross_entropy_is_that_of_scikit_learn() -> None:
    t = member(experiment(training={"loss": "cross_entropy"}))
    rows = t.member.rows.test
    expected = metrics.log_loss(t.member.sample.y[rows], t.shares(t.member.sample.x[rows]))
    found = scores(t)
    assert found["test_loss"] == pytest.approx(expected, rel=1e-5)
    # Scores, not numbers near 0 and 1, are learned: their squared error means nothing.
    assert "test_mse" not in found


def test_a_diverged_member_has_the_same_names_and_no_numbers() -> None:
    settings = experiment(problem={"kind": "sine"})
    good = member(settings)
    bad = {k: np.full(v.shape, np.nan) for k, v in good.result.parameters.items()}
    found = scores(member(settings, parameters=bad, status="diverged"))
    assert list(found) == list(scores(good))
    assert all(math.isnan(v) for v in found.values())


def test_scores_are_judged_on_what_rows_there_are() -> None:
    assert judged_part(member(experiment()).member) == "test"
    alone = experiment(training={"split": {"test": 0}})
    assert judged_part(member(alone).member) == "train"
