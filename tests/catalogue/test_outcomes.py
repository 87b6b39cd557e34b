"""The measured outcomes of the source documents, each with its published tolerance.

Some published ranges are those of three networks that PyTorch started from the seeds 0, 1 and 2.
Over more seeds the spread is wider (`make study`, `docs/catalogue-figures.md`), so those networks
are started here from the same weights.
"""

from statistics import median
from typing import Any

import numpy as np
import pytest

import learnscope as ls
from learnscope.measures.fresh import evaluate, fresh_sample
from learnscope.measures.health import health
from learnscope.models.network import dense_network
from learnscope.runs.run import Run
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.member import prepare


def run(name: str, **settings: Any) -> Run:
    """Train a named experiment; double underscores stand for dots."""
    changes = {k.replace("__", "."): v for k, v in settings.items()}
    return ls.train(ls.named(name).override(changes))


def from_source(name: str, **settings: Any) -> list[Trained]:
    """Train the three networks that PyTorch draws for the seeds 0, 1 and 2."""
    import torch

    changes = {k.replace("__", "."): v for k, v in settings.items()}
    experiment = ls.named(name).override(changes)
    found: list[Trained] = []
    for seed in range(3):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layers = [
                torch.nn.Linear(layer.n_in, layer.n_out)
                for layer in dense_network(prepare(experiment, 0).network).layers
            ]
        weights = [
            {"weight": layer.weight.tolist(), "bias": layer.bias.tolist()} for layer in layers
        ]
        found += ls.train(experiment.override({"model.weights": weights})).trained
    return found


def losses(trained: list[Trained]) -> list[float]:
    return [float(t.result.history["train_loss"][-1]) for t in trained]


def dead(result: Run) -> list[bool]:
    return [health(t).dead for t in result.trained]


def test_s0_3_a_line_by_hand() -> None:
    assert run("line_by_hand").metrics["train_mse"][0] == pytest.approx(43.007, abs=0.01)
    right = {"model.weights": [{"weight": [[2]], "bias": [3]}]}
    exact = ls.train(ls.named("line_by_hand").override(right))
    assert exact.metrics["train_mse"][0] == pytest.approx(0, abs=1e-9)
    cut = ls.train(ls.named("line_by_hand").override({**right, "model.output": "relu"}))
    assert cut.metrics["train_mse"][0] == pytest.approx(41.99, abs=0.01)
    assert np.mean(cut.trained[0].part_output("train") == 0) == pytest.approx(0.43, abs=0.005)


def test_s0_4_two_units_reach_2_849() -> None:
    assert run("parabola_by_hand").metrics["train_mse"][0] == pytest.approx(2.849, abs=0.01)


@pytest.mark.parametrize(("units", "limit"), [(8, 0.06), (32, 3e-4)])
def test_s0_4_free_output_weights_do_better(units: int, limit: float) -> None:
    # Hinges at even places over [-10, 10]; the best output weights by least squares.
    x = np.linspace(-10, 10, 100)
    places = np.linspace(-10, 10, units + 1)[:-1]
    hinges = np.maximum(x[:, None] - places, 0)
    best = np.linalg.lstsq(np.c_[hinges, np.ones(100)], 0.5 * x**2 - 20, rcond=None)[0]
    changes = {
        "model.hidden": [units],
        "model.weights": [
            {"weight": [[1.0]] * units, "bias": (-places).tolist()},
            {"weight": [best[:-1].tolist()], "bias": [float(best[-1])]},
        ],
        "training.precision": "float64",
    }
    result = ls.train(ls.named("parabola_by_hand").override(changes))
    assert result.metrics["train_mse"][0] <= limit


def test_s0_6_the_plane_is_right_on_every_draw_and_heights_differ() -> None:
    result = run("clusters_by_hand", seeds=100)
    assert result.metrics["train_accuracy"] == [1.0] * 100
    # T27: every point has its own height.
    heights = result.trained[0].part_output("train")[:, 0]
    assert len(np.unique(heights)) == 100


def test_s0_13_a_part_of_the_runs_dies_of_a_relu_at_the_output() -> None:
    # Ten times the published number of seeds: the median of 15 living ones moves by 0.04.
    shipped = run("spirals", seeds=200)
    is_dead = dead(shipped)
    assert 0.05 <= np.mean(is_dead) <= 0.45
    living = [a for a, d in zip(shipped.metrics["test_accuracy"], is_dead, strict=True) if not d]
    # Published: median 0.875, and 0.75 or more in all. The latter was the luck of 20 draws: in
    # the study 9 of 100 living networks are under it, in plain PyTorch likewise.
    assert median(living) == pytest.approx(0.875, abs=0.02)
    assert np.mean(np.array(living) >= 0.75) >= 0.85
    sound = run("spirals", seeds=200, model__output="identity")
    assert not any(dead(sound))
    # Published: 0.60 or more in all of 20; 2 of 100 are under it.
    assert np.mean(np.array(sound.metrics["test_accuracy"]) >= 0.60) >= 0.95


def test_s0_17_a_bigger_network_solves_the_spirals() -> None:
    result = run("spirals_bigger", seeds=20)
    accuracy = result.metrics["test_accuracy"]
    assert min(accuracy) >= 0.93
    assert median(accuracy) >= 0.99


def fresh_accuracy(result: Run, member: int) -> float:
    many = fresh_sample(result.experiment.problem.model_copy(update={"n": 5000}), seed=member)
    return evaluate(result.trained[member], many)["fresh_accuracy"]


def test_s0_17_noise_shows_the_over_fitting_of_wide_networks() -> None:
    gaps = {}
    for width in (8, 64):
        result = run("spirals_bigger", seeds=10, problem__noise=2.0, model__hidden=[width] * 3)
        train = result.metrics["train_accuracy"]
        gaps[width] = median(train[i] - fresh_accuracy(result, i) for i in range(10))
        # One of the 140 rows is 0.007; the published three networks had all of them right, as
        # three in four have it to 0.99.
        assert width == 8 or median(train) >= 0.99
    assert gaps[64] >= 0.08
    assert gaps[8] <= 0.08


@pytest.mark.parametrize(
    ("table", "loss", "tolerance"),
    [("0001", 0.0217, 3e-4), ("0111", 0.0116, 5e-4), ("0110", 0.6931, 1e-3)],
    ids=["AND", "OR", "XOR"],
)
def test_s1_4_logic_gates(table: str, loss: float, tolerance: float) -> None:
    result = run("logic_gate", seeds=3, problem__table=table)
    # The recorded figure is the loss before the update of epoch 4,000.
    before = [t.result.history["train_loss_before"][-1] for t in result.trained]
    assert before == pytest.approx([loss] * 3, abs=tolerance)
    if table == "0001":
        gate = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        for trained in result.trained:
            p = trained.output(gate)[:, 0]
            assert p[0] == pytest.approx(2.4e-5, abs=1e-6)
            assert p[1:3] == pytest.approx([0.0252, 0.0252], abs=2e-4)
            assert p[3] == pytest.approx(0.9647, abs=3e-4)


def test_s1_11_the_published_points_and_their_ceiling() -> None:
    problem = ls.named("circles_linear").problem
    sample = problem.sample(streams(0, problem_seed=42).draws)
    first = [
        [0.4452, -0.5584],
        [-0.6263, 0.8151],
        [-0.4009, 0.7175],
        [0.8309, -0.6262],
        [-0.1443, 0.7514],
    ]
    np.testing.assert_allclose(sample.x[:5], first, atol=5e-5)
    assert sample.y[:5].tolist() == [1, 0, 1, 0, 1]
    assert sample.truth is not None
    assert 1 - sample.truth.floor() == pytest.approx(0.977, abs=0.002)


def test_s1_13_the_split() -> None:
    member = run("circles_linear", training__epochs=1).trained[0].member
    assert (len(member.rows.train), len(member.rows.test)) == (1600, 400)
    assert member.sample.y[member.rows.test].mean() == 0.5075


def test_s1_14_two_affine_layers_are_one() -> None:
    result = run("circles_linear", training__epochs=5)
    p = result.results[0].parameters
    weight = p["layers.1.weight"].astype(float) @ p["layers.0.weight"]
    bias = p["layers.1.weight"].astype(float) @ p["layers.0.bias"] + p["layers.1.bias"]
    x = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_allclose(result.trained[0].output(x), x @ weight.T + bias, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_s1_18_the_true_mean_loss_of_a_line_on_circles(seed: int) -> None:
    result = run("circles_linear", seed=seed, training__eval_every=10)
    history = result.trained[0].result.history
    assert np.nanmean(history["train_loss_before"]) == pytest.approx(0.694, abs=0.001)
    # Single checkpoints of 200 seeds lie between 0.6928 and 0.6987.
    assert history["test_loss"][1:].mean() == pytest.approx(0.693, abs=0.002)
    assert history["test_accuracy"][1:].max() <= 0.61


@pytest.mark.parametrize(
    ("degree", "low", "high"), [(1, 2.232, 2.236), (3, 1.146, 1.150), (5, 0.26, 0.30)]
)
def test_s2_2_polynomials_by_gradient(degree: int, low: float, high: float) -> None:
    result = run("polynomial", seeds=3, model__degree=degree)
    assert low <= min(result.metrics["train_loss"])
    assert max(result.metrics["train_loss"]) <= high


@pytest.mark.parametrize(
    ("hidden", "low", "high"),
    # The last two are printed with two decimals: 0.0496 is their 0.05.
    [([1], 1.9, 2.3), ([2], 0.165, 0.175), ([5], 0.045, 0.085), ([10], 0.035, 0.085)],
)
def test_s2_9_tanh_units_on_a_wave(hidden: list[int], low: float, high: float) -> None:
    found = losses(from_source("tanh_regression", model__hidden=hidden))
    assert low <= min(found)
    assert max(found) <= high


def test_s2_9_two_layers_go_through_every_point_and_wild_in_the_gap() -> None:
    found = from_source("tanh_regression", model__hidden=[10, 10])
    assert max(losses(found)) < 0.01
    gap = np.linspace(0.474, 0.684, 50)[:, None]
    target = gap * np.sin(10 * gap)
    for trained in found:
        assert np.sqrt(np.mean((trained.output(gap) - target) ** 2)) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("units", "low", "high"), [(1, 0.5, 0.70), (2, 0.22, 0.26), (3, 0.0, 0.08), (4, 0.0, 0.02)]
)
def test_s4_10_lines_that_enclose_a_disc(units: int, low: float, high: float) -> None:
    found = from_source("disc_in_ring", model__hidden=[units])
    assert low <= min(losses(found))
    assert max(losses(found)) <= high
    if units == 3:
        assert all(t.result.history["train_accuracy"][-1] == 1.0 for t in found)


@pytest.mark.slow
@pytest.mark.parametrize(("units", "low", "high"), [(1, 1.03, 1.06), (10, 0.07, 0.13)])
def test_s4_17_sigmoid_units_on_a_damped_sine(units: int, low: float, high: float) -> None:
    found = losses(from_source("damped_sine", model__hidden=[units]))
    assert low <= min(found)
    assert max(found) <= high
