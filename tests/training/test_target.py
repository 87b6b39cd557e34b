from pathlib import Path
from typing import Any

import numpy as np
import pytest

import learnscope as ls
from learnscope.errors import InputError
from learnscope.measures.fresh import evaluate

ROUTES = ("torch", "fused")


def line(**training: Any) -> ls.Experiment:
    """A line whose values are near 200,000, where raw targets take for ever to reach."""
    settings = {"lr": 0.1, "epochs": 400, "split": {"test": 0.25}, "precision": "float64"}
    return ls.Experiment(
        problem={"kind": "line", "n": 60, "slope": 3000.0, "intercept": 2e5, "noise": 100.0},
        features=["standardise"],
        model="linear",
        training={**settings, **training},
    )


@pytest.mark.parametrize("route", ROUTES)
def test_predictions_and_errors_are_in_the_target_s_own_units(route: ls.Route) -> None:
    t = ls.train(line(target="standardise"), route=route).trained[0]
    x, y = (a[t.member.rows.train] for a in (t.member.sample.x, t.member.sample.y))
    slope, intercept = np.polyfit(x[:, 0], y[:, 0], 1)
    grid = np.linspace(-10, 10, 9)[:, None]
    # Adam at a constant rate ends within a thousandth of the least squares fit.
    np.testing.assert_allclose(t.output(grid), slope * grid + intercept, atol=60)
    run = ls.train(line(target="standardise"), route=route)
    residual = (
        run.predict(t.member.sample.x[t.member.rows.test]) - t.member.sample.y[t.member.rows.test]
    )
    assert run.metrics["test_mse"][0] == pytest.approx(np.mean(residual**2))
    assert run.metrics["test_mae"][0] == pytest.approx(np.mean(np.abs(residual)))
    # The loss is that of the scaled numbers.
    assert run.metrics["test_loss"][0] == pytest.approx(np.mean(residual**2) / y.var())


def test_mean_and_sd_are_those_of_the_training_rows() -> None:
    member = ls.train(line(target="standardise", epochs=1)).trained[0].member
    learned = member.parts["train"].y
    assert learned.mean() == pytest.approx(0, abs=1e-9)
    assert learned.std() == pytest.approx(1)
    assert abs(member.parts["test"].y.mean()) > 1e-3


def test_a_raw_target_stays_far_away() -> None:
    raw = ls.train(line()).metrics["test_r2"][0]
    assert raw < 0 < 0.9 < ls.train(line(target="standardise")).metrics["test_r2"][0]


def test_a_saved_run_predicts_the_same(tmp_path: Path) -> None:
    run = ls.train(line(target="standardise"), out=tmp_path)
    assert run.path is not None
    grid = np.linspace(-10, 10, 9)[:, None]
    np.testing.assert_array_equal(ls.load_run(run.path).predict(grid), run.predict(grid))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("bce_logits", "target must be 'raw' for losses of labels"),
        ("percentage", "target must be 'raw' for the loss 'percentage'"),
    ],
)
def test_a_target_that_cannot_be_scaled_is_refused(loss: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        line(target="standardise", loss=loss)


def test_labels_learned_as_numbers_are_left_alone() -> None:
    experiment = ls.Experiment(
        problem="moons", training={"target": "standardise", "epochs": 3, "loss": "mse"}
    )
    member = ls.train(experiment).trained[0].member
    assert set(np.unique(member.parts["train"].y)) == {0.0, 1.0}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("offset", [1e6, 1e8])
def test_noise_far_below_the_offset_is_still_measured(route: ls.Route, offset: float) -> None:
    experiment = ls.Experiment(
        problem={"kind": "line", "n": 60, "slope": 0.0, "intercept": offset, "noise": 0.01},
        features=["standardise"],
        model="linear",
        training={"lr": 0.05, "epochs": 600, "target": "standardise", "split": {"test": 0.0}},
    )
    run = ls.train(experiment, route=route)
    t = run.trained[0]
    x, y = t.member.sample.x[:, 0], t.member.sample.y[:, 0]
    # Least squares about the means: polyfit itself would lose digits to the offset.
    across, up = x - x.mean(), y - y.mean()
    residual = up - across * (across @ up) / (across @ across)
    # A line of two numbers in single precision, trained to the end: one in ten thousand.
    assert run.metrics["train_mse"][0] == pytest.approx(np.mean(residual**2), rel=1e-4)
    assert run.metrics["train_loss"][0] == pytest.approx(
        np.mean(residual**2) / np.var(up), rel=1e-4
    )
    assert run.metrics["train_loss"][0] == pytest.approx(
        t.result.history["train_loss"][-1], rel=1e-5
    )
    assert t.output(t.member.sample.x).dtype == np.float64
    own = evaluate(t, t.member.sample)
    assert own["fresh_mse"] == pytest.approx(run.metrics["train_mse"][0], rel=1e-4)
    assert own["fresh_loss"] == pytest.approx(run.metrics["train_loss"][0], rel=1e-4)
