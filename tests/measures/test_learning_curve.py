import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.measures.learning_curve import learning_curve, nested_order
from learnscope.measures.scores import scores
from tests.measures.by_hand import experiment, trained


def test_rows_are_nested_and_hold_every_class_from_the_start() -> None:
    settings = experiment(problem="iris", training={"loss": "cross_entropy", "epochs": 1})
    (t,) = trained(settings)
    order = nested_order(t, 0)
    assert sorted(order) == sorted(t.member.rows.train)
    assert set(t.member.sample.y[order[:3]]) == {0, 1, 2}
    assert not np.array_equal(order, nested_order(t, 1))


def test_with_all_rows_it_is_the_run_itself() -> None:
    settings = experiment(
        problem={"kind": "gaussians", "n": 60}, features=["standardise"], seeds=2,
        model={"kind": "mlp", "hidden": [4]},
        training={"loss": "bce_logits", "epochs": 100, "lr": 0.02, "precision": "float64"},
    )  # fmt: skip
    run = trained(settings)
    found = learning_curve(run, [0.25, 1.0])
    # Full batches: the order of the rows changes sums in their last digits alone.
    assert found.test[:, 1] == pytest.approx([scores(t)["test_accuracy"] for t in run], abs=0.03)
    assert found.train[:, 1] == pytest.approx([scores(t)["train_accuracy"] for t in run], abs=0.03)
    n = len(run[0].member.rows.train)
    assert found.sizes.tolist() == [round(0.25 * n), n]
    assert f"with all {n}" in found.sentence()


def test_the_error_of_least_squares_falls_with_rows_as_theory_says() -> None:
    # d inputs, noise sigma: fresh error sigma² (1 + d' / (n - d' - 1)) for d' = d + 1 normal
    # columns, about sigma² n / (n - d').
    settings = experiment(
        problem={"kind": "formula", "formula": "2*x1 - x2 + 0.5*x3", "noise": 0.5, "n": 460,
                 "spacing": "random"},
        model="linear", seeds=6,
        training={"optimizer": "lbfgs", "lr": 1.0, "epochs": 100, "precision": "float64",
                  "split": {"test": 400}},
    )  # fmt: skip
    found = learning_curve(trained(settings), [8, 15, 60])
    mean = found.test.mean(axis=0)
    assert mean[0] > mean[1] > mean[2]
    # 60 rows, 4 weights: 0.25 * 60 / 56; 2400 test numbers and 6 draws fix it to about 5 %.
    assert mean[2] == pytest.approx(0.25 * 60 / 56, rel=0.15)


def test_sizes_and_test_rows_are_checked() -> None:
    settings = experiment(problem={"kind": "gaussians", "n": 20},
                          training={"loss": "bce_logits", "epochs": 1})  # fmt: skip
    run = trained(settings)
    with pytest.raises(InputError, match=r"sizes must be 2 to \d+ training rows, .* got 1\."):
        learning_curve(run, [0.03])
    without = trained(settings.override({"training.split.test": 0}))
    with pytest.raises(InputError, match="a learning curve needs test rows"):
        learning_curve(without, [1.0])
