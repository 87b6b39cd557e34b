"""The defects of the source documents, by their numbers: none of them can happen here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

import learnscope as ls
from learnscope.errors import DataError, InputError
from learnscope.measures.comparison.mcnemar import mcnemar_p
from learnscope.measures.health import health
from learnscope.measures.scores import accuracy
from learnscope.models import Linear, Mlp
from learnscope.models.network import forward
from learnscope.runs.run import Run
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.loop import train_member
from learnscope.training.losses import LOSSES
from learnscope.training.member import prepare
from learnscope.training.order import epoch_order
from learnscope.training.result import Result
from learnscope.training.split import Split, split_rows

ROUTES = ("torch", "fused")


def spirals(**changes: Any) -> ls.Experiment:
    base = ls.Experiment(
        problem={"kind": "spirals", "n": 20},
        model={"kind": "mlp", "hidden": [4]},
        training={"epochs": 5, "lr": 0.01},
    )
    return base.override({k.replace("__", "."): v for k, v in changes.items()})


def trained(experiment: ls.Experiment, route: ls.Route = "torch") -> Trained:
    return ls.train(experiment, route=route).trained[0]


def mean_square(output: Any, target: Any) -> float:
    return float(np.mean((output.astype(np.float64) - target) ** 2))


def test_t01_accuracy_never_compares_all_pairs() -> None:
    labels = np.array([0, 1, 1, 0])
    assert accuracy(labels, labels) == 1.0
    with pytest.raises(DataError, match=r"\(4, 1\).*\(4,\)|\(4,\).*\(4, 1\)"):
        accuracy(labels[:, None], labels)


@pytest.mark.parametrize("kind", ["mse", "l1", "huber", "bce", "bce_logits"])
def test_t02_a_loss_refuses_a_column_against_a_row(kind: str) -> None:
    loss = LOSSES[kind]()
    with pytest.raises(DataError, match=r"outputs \(5, 1\) and targets \(5,\)"):
        loss.total(np.full((5, 1), 0.5), np.zeros(5), None)


def test_t02_a_loss_refuses_it_in_pytorch_too() -> None:
    import torch

    with pytest.raises(DataError, match=r"outputs \(5, 1\) and targets \(5,\)"):
        LOSSES["mse"]().tensor(torch.zeros(5, 1), torch.zeros(5), None)


@pytest.mark.parametrize("route", ROUTES)
def test_t03_a_last_batch_of_one_row_is_a_batch(route: ls.Route) -> None:
    # 28 training rows: three batches of 9 and one of 1.
    result = trained(spirals(training__batch_size=9), route).result
    assert np.isfinite(result.history["train_loss"]).all()


def test_t04_t05_pictures_are_flat_rows_and_a_block_is_refused_with_the_remedy() -> None:
    run = ls.train(
        ls.Experiment(
            problem="digits",
            model={"kind": "mlp", "hidden": []},
            training={"loss": "cross_entropy", "epochs": 1},
        )
    )
    assert run.trained[0].member.network.trace(16)[0] == ("input", (16, 64), 0)
    with pytest.raises(DataError, match=r"got \(3, 8, 8\).*reshape\(len\(x\), -1\)"):
        run.predict(np.zeros((3, 8, 8)))


def test_t06_without_hidden_layers_the_output_sees_the_inputs() -> None:
    network = Mlp(hidden=()).network(7, 2)
    assert network.shapes() == {"layers.0.weight": (2, 7), "layers.0.bias": (2,)}
    assert network == Linear().network(7, 2)


def test_t07_a_relu_at_the_output_is_warned_of_and_a_dead_one_is_found() -> None:
    experiment = ls.named("spirals")
    assert any("dead output" in text for text in experiment.warnings())
    hopeless = experiment.override(
        {
            "training.epochs": 3,
            "model.hidden": [],
            "model.weights": [{"weight": [[0.0, 0.0]], "bias": [-1.0]}],
        }
    )
    found = health(trained(hopeless))
    assert found.dead
    assert "ReLU" in found.reason or "relu" in found.reason


@pytest.mark.parametrize("route", ROUTES)
def test_t21_the_loss_of_an_epoch_is_the_mean_over_rows(route: ls.Route) -> None:
    # A rate so small that the weights stay where they are: every batch sees the same network.
    still = spirals(training__batch_size=9, training__lr=1e-30, training__epochs=1)
    history = trained(still, route).result.history
    assert history["train_loss_before"][1] == pytest.approx(history["train_loss"][0], rel=1e-5)


@pytest.mark.parametrize("route", ROUTES)
def test_t22_losses_before_and_after_the_updates_are_told_apart(route: ls.Route) -> None:
    history = trained(spirals(training__eval_every=1), route).result.history
    before, after = history["train_loss_before"], history["train_loss"]
    # Full batch: what epoch e sees before its update is what epoch e - 1 left behind.
    np.testing.assert_allclose(before[1:], after[:-1], rtol=1e-5)
    assert np.isnan(before[0])


@pytest.mark.parametrize("route", ROUTES)
def test_t23_validation_is_the_mean_over_all_its_rows(route: ls.Route) -> None:
    t = trained(spirals(training__split__validation=0.3, training__batch_size=3), route)
    part = t.member.parts["validation"]
    output = forward(t.member.network, t.result.parameters, part.x)
    assert t.result.history["validation_loss"][-1] == pytest.approx(
        mean_square(output, part.y), rel=1e-5
    )


ELSEWHERE = """
import json, sys
import numpy as np
import learnscope as ls
run = ls.load_run(sys.argv[1])
members = [t.member for t in run.trained]
arrays = {f"{i} {part}": rows for i, m in enumerate(members) for part, rows in m.rows.items()}
arrays |= {f"{i} {k}": getattr(m.sample, k) for i, m in enumerate(members) for k in "xy"}
np.savez(sys.argv[2], metrics=json.dumps(run.metrics), **arrays)
"""


def test_t24_another_process_has_the_rows_and_scores_of_a_run(tmp_path: Path) -> None:
    run = ls.train(spirals(seeds=2, training__split__validation=0.2), out=tmp_path / "runs")
    file = tmp_path / "found.npz"
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(run.path), str(file)], check=True)
    found = np.load(file)
    assert json.loads(str(found["metrics"])) == run.metrics
    assert len(found.files) == 1 + 2 * 5
    for i, t in enumerate(run.trained):
        parts: dict[str, Any] = dict(t.member.rows.items())
        for name, array in {**parts, "x": t.member.sample.x, "y": t.member.sample.y}.items():
            np.testing.assert_array_equal(found[f"{i} {name}"], array, strict=True)


def by_hand(weight: list[float], loss: str = "mse") -> Run:
    """Return a run of f(x, y) = weight . (x, y) + 1/2 on points of the plane."""
    return ls.train(
        ls.Experiment(
            problem={"kind": "clusters", "center": 0.5},
            model={"kind": "linear", "weights": [{"weight": [weight], "bias": [0.5]}]},
            training={"epochs": 0, "loss": loss},
        )
    )


def test_t25_a_comparison_lists_every_setting_that_differs() -> None:
    from learnscope.cli.compare import differences

    changes = {"model.hidden": [9], "training.lr": 0.5, "problem.noise": 2.0, "features": ["polar"]}
    found = differences([spirals().to_dict(), spirals().override(changes).to_dict()])
    changed = {path.split(".")[0] for path in found}
    assert {"model.hidden", "training.lr", "problem.noise"} <= set(found)
    assert changed == {"model", "training", "problem", "features"}


@pytest.mark.parametrize(("weight", "axis"), [([1.0, 0.0], 1), ([0.0, 1.0], 0)])
def test_t26_the_map_rises_from_the_first_to_the_second_class(
    weight: list[float], axis: int
) -> None:
    from learnscope.views.style import class_colour

    figure = by_hand(weight).plot.boundary()
    axes = figure.axes[0]
    image = axes.get_images()[0]
    pixels = np.asarray(image.cmap(image.norm(np.asarray(image.get_array()))))[..., :3]
    left, right, bottom, top = image.get_extent()
    assert left < right and bottom < top
    assert axes.get_xlim()[0] < axes.get_xlim()[1] and axes.get_ylim()[0] < axes.get_ylim()[1]
    if image.origin == "upper":
        pixels = pixels[::-1]
    low, high = np.take(pixels, 0, axis=axis), np.take(pixels, -1, axis=axis)
    # Nearest of the two classes' colours, as a reader sees it.
    from matplotlib.colors import to_rgb

    first, second = (np.array(to_rgb(class_colour(i))) for i in (0, 1))

    def side(colours: Any) -> Any:
        return np.linalg.norm(colours - second, axis=-1) < np.linalg.norm(colours - first, axis=-1)

    assert not side(low).any()
    assert side(high).all()


def test_t27_each_point_has_its_own_output() -> None:
    t = by_hand([1.0, -2.0]).trained[0]
    x = np.array([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.0]])
    np.testing.assert_allclose(t.output(x)[:, 0], [1 - 4 + 0.5, 3 - 8 + 0.5, -0.5])


def test_t28_a_curve_stands_at_its_x() -> None:
    run = ls.train(ls.named("line_by_hand"))
    axes = run.plot.fit().axes[0]
    # The line y = x set by hand: what is drawn at x has the height x, wherever the axis begins.
    drawn = [line for line in axes.get_lines() if np.size(line.get_xdata()) > 50]
    on_the_diagonal = [np.allclose(line.get_xdata(), line.get_ydata(), atol=1e-4) for line in drawn]
    assert any(on_the_diagonal)
    assert min(axes.get_xlim()) <= -10


@pytest.mark.parametrize("weight", [[1.0, 0.0], [0.0, 1.0], [1.0, 1e-12]])
def test_t29_a_line_of_any_steepness_stays_in_the_box(weight: list[float]) -> None:
    from learnscope.views.hidden_lines import clip_line

    ends = clip_line(np.array(weight), -0.5, (-1.0, 1.0, -1.0, 1.0))
    assert np.abs(ends).max() <= 1 + 1e-9
    np.testing.assert_allclose(ends @ weight, [0.5, 0.5], atol=1e-9)
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(2, abs=1e-6)


def test_t33_a_subset_has_no_row_twice() -> None:
    problem = ls.Experiment(problem={"kind": "digits", "n": 300}).problem
    subset = problem.sample(streams(0).draws)
    whole = ls.Experiment(problem="digits").problem.sample(streams(0).draws)
    assert len(subset) == 300
    # The set itself has no two equal pictures, so a repeat would show.
    assert len(np.unique(whole.x, axis=0)) == len(whole)
    assert len(np.unique(subset.x, axis=0)) == 300


def test_t37_one_purpose_s_seed_moves_nothing_else() -> None:
    state = np.random.get_state(legacy=False)
    base = prepare(spirals(), 3)
    other_split = prepare(spirals(training__split__seed=9), 3)
    np.testing.assert_array_equal(base.sample.x, other_split.sample.x)
    for name, array in base.initial.items():
        np.testing.assert_array_equal(array, other_split.initial[name])
    other_data = prepare(spirals(problem__seed=9), 3)
    np.testing.assert_array_equal(base.rows.test, other_data.rows.test)
    again = np.random.get_state(legacy=False)
    assert json.dumps(state, default=str) == json.dumps(again, default=str)


def test_t37_noise_is_drawn_for_every_row_with_the_stated_sd() -> None:
    problem = ls.Experiment(problem={"kind": "line", "n": 20_000, "noise": 0.1}).problem
    sample = problem.sample(streams(0).draws)
    residual = sample.y[:, 0] - (2 * sample.x[:, 0] + 3)
    # 20,000 draws estimate an sd to 0.5 %; 3 % is six such errors.
    assert residual.std() == pytest.approx(0.1, rel=0.03)


def counting(n: int, batch_size: int, epochs: int, route: ls.Route) -> Result:
    """Return a training whose bias counts its updates, by steps of 1."""
    # The gradient is 1 in every update (L1 loss, target far above): SGD moves it by lr.
    experiment = ls.Experiment(
        problem={"kind": "line", "n": n, "slope": 0.0, "intercept": 1e6, "noise": 1.0},
        model={"kind": "linear", "weights": [{"weight": [[0.0]], "bias": [0.0]}]},
        training={
            "loss": "l1",
            "optimizer": "sgd",
            "lr": 1.0,
            "epochs": epochs,
            "batch_size": batch_size,
            "split": {"test": 0.0},
        },
    )
    return trained(experiment, route).result


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("batch_size", "updates"), [(9, 4), (14, 2), (28, 1), (1000, 1)])
def test_t40_partial_batches_are_kept(route: ls.Route, batch_size: int, updates: int) -> None:
    """28 rows in nines are three updates and one of a single row."""
    for epochs in (1, 5):
        bias = counting(28, batch_size, epochs, route).parameters["layers.0.bias"][0]
        assert bias == pytest.approx(updates * epochs, abs=1e-4)


@pytest.mark.parametrize("route", ROUTES)
def test_t40_a_batch_larger_than_the_data_is_all_of_it(route: ls.Route) -> None:
    whole = trained(spirals(training__batch_size=1000, training__shuffle=False), route)
    full = trained(spirals(), route)
    for name, array in whole.result.parameters.items():
        np.testing.assert_allclose(array, full.result.parameters[name], rtol=1e-5, atol=1e-7)


def test_t41_every_epoch_has_an_order_of_its_own() -> None:
    orders = [tuple(epoch_order(7, epoch, 50)) for epoch in range(1, 40)]
    assert len(set(orders)) == 39
    assert all(sorted(order) == list(range(50)) for order in orders)


@pytest.mark.parametrize("route", ROUTES)
def test_t42_the_number_of_updates_is_exact_and_the_last_epoch_is_reported(
    route: ls.Route,
) -> None:
    result = counting(10, 4, 7, route)
    # 10 rows in fours are 3 updates; 7 epochs are 21.
    assert result.parameters["layers.0.bias"][0] == pytest.approx(21, abs=1e-4)
    assert result.history["epoch"][-1] == 7


def test_t45_every_metric_names_its_rows() -> None:
    run = ls.train(spirals(training__split__validation=0.2))
    assert {name.split("_")[0] for name in run.metrics} == {"train", "validation", "test"}


@pytest.mark.parametrize("route", ROUTES)
def test_t46_test_rows_decide_nothing(route: ls.Route) -> None:
    experiment = spirals(
        features=["standardise"],
        training__stopping={"patience": 2},
        training__split__validation=0.2,
        training__epochs=40,
    )
    member = prepare(experiment, 0)
    x = member.sample.x.copy()
    x[member.rows.test] = 1e3
    from dataclasses import replace

    garbage = replace(member.sample, x=x)
    chain_of = [m.learn(garbage.x[member.rows.train]) for m in member.chain.maps]
    for learned, kept in zip(chain_of, member.chain.states, strict=True):
        for name, array in learned.items():
            np.testing.assert_array_equal(array, kept[name])
    far = dict(member.parts)
    far["test"] = replace(far["test"], x=far["test"].x + np.float32(1e3))
    spoiled = replace(member, parts=far)
    if route == "fused":
        from learnscope import fused

        if reason := fused.supports(member):
            pytest.skip(reason)
        clean, dirty = fused.train_members([member, spoiled])
    else:
        clean, dirty = train_member(member), train_member(spoiled)
    assert clean.best_epoch == dirty.best_epoch
    for name, array in clean.parameters.items():
        np.testing.assert_array_equal(array, dirty.parameters[name])


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("biases", [True, False])
def test_t51_coupled_decay_ends_at_ridge_regression(route: ls.Route, biases: bool) -> None:
    decay = 0.1
    experiment = ls.Experiment(
        problem={"kind": "line", "n": 30, "low": -1.0, "high": 2.0, "noise": 0.3},
        model={"kind": "linear"},
        training={
            "loss": {"kind": "mse", "reduction": "half"},
            "optimizer": "sgd",
            "lr": 0.2,
            "epochs": 2000,
            "weight_decay": decay,
            "decay_biases": biases,
            "split": {"test": 0.0},
            "precision": "float64",
        },
    )
    t = trained(experiment, route)
    x, y = t.member.parts["train"].x, t.member.parts["train"].y
    # Minimum of |A w - y|^2 / (2 n) + decay / 2 |w|^2, the bias spared or not.
    a = np.c_[x, np.ones(len(x))]
    penalty = decay * np.diag([1.0, float(biases)])
    best = np.linalg.solve(a.T @ a / len(x) + penalty, a.T @ y[:, 0] / len(x))
    got = [t.result.parameters["layers.0.weight"][0, 0], t.result.parameters["layers.0.bias"][0]]
    np.testing.assert_allclose(got, best, atol=1e-9)


def test_t53_twins_stay_on_one_side() -> None:
    experiment = spirals(problem__twins=True)
    member = prepare(experiment, 0)
    assert member.sample.groups is not None
    sides = [set(member.sample.groups[rows].tolist()) for _, rows in member.rows.items()]
    assert not sides[0] & sides[1]
    with pytest.raises(InputError, match="twins"):
        split_rows(Split(kind="random"), member.sample, np.random.RandomState(0))
    assert prepare(spirals(), 0).sample.groups is None


def test_t12_a_setting_that_nothing_reads_is_refused() -> None:
    for name in ("model.layer_dim", "model.input_dim", "training.num_workers", "problem.workers"):
        with pytest.raises(InputError, match=name.split(".")[1]):
            spirals().override({name: 2})


def test_t34_a_comparison_counts_the_errors_of_both() -> None:
    for first, second in ((3, 9), (0, 5), (40, 73)):
        exact = binomtest(first, first + second, 0.5).pvalue
        assert mcnemar_p(first, second) == pytest.approx(exact, rel=1e-9)
