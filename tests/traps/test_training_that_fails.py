"""Defects of training: refused, warned of or ended by learnscope, diagnosed in PyTorch programs."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.finding import Finding
from learnscope.doctor.static.inspecting import inspect
from learnscope.doctor.watching.programs import read_program
from learnscope.errors import InputError
from learnscope.measures.health import health
from learnscope.models.network import forward
from learnscope.training.losses import LOSSES
from tests.doctor.engine.programs import network, program


def gates(**changes: Any) -> ls.Experiment:
    """XOR, trained on all of its four rows."""
    base = ls.Experiment(
        problem={"kind": "gates", "table": "xor"},
        model={"kind": "mlp", "hidden": [3]},
        training={"epochs": 5, "lr": 0.1, "optimizer": "sgd", "split": {"test": 0.0}},
    )
    return base.override({k.replace("__", "."): v for k, v in changes.items()})


def found(budget: float = 20.0, **arguments: Any) -> dict[str, Finding]:
    """Return the findings of a program by their slugs."""
    return {f.slug: f for f in ls.diagnose(**arguments, budget=budget).findings}


def seen(text: str, folder: Path) -> set[str]:
    """Return what a program's text gives away, by slug; nothing of it is run."""
    path = folder / "train.py"
    head = "import torch\nfrom torch import nn\nloss_fn = nn.CrossEntropyLoss()\n"
    path.write_text(head + text)
    return {hint.slug for hint in inspect(read_program(path))}


def test_t08_logits_that_cannot_be_negative_are_warned_of() -> None:
    cut = gates(model__output="relu", training__loss="cross_entropy")
    assert any("removes all evidence against a class" in text for text in cut.warnings())
    assert not gates(training__loss="cross_entropy").warnings()


def test_t08_a_relu_on_logits_is_diagnosed(tmp_path: Path) -> None:
    text = "model = nn.Sequential(nn.Linear(4, 9), nn.ReLU(), nn.Linear(9, 3){})\n"
    assert "output-range" in seen(text.format(", nn.ReLU()"), tmp_path)
    assert "output-range" not in seen(text.format(""), tmp_path)


def test_t09_a_second_softmax_is_refused_and_diagnosed() -> None:
    with pytest.raises(InputError, match=r"applies the softmax itself.*never come near 0"):
        gates(model__output="softmax", training__loss="cross_entropy")
    model = nn.Sequential(*network(), nn.Softmax(dim=1))
    assert "softmax-before-cross-entropy" in found(**program(model))


@pytest.mark.parametrize(("c", "low"), [(10, 1.4612), (2, 0.3133)])
def test_t09_the_floor_of_the_second_softmax(c: int, low: float) -> None:
    sure = 1e3 * np.eye(c)
    loss = LOSSES["softmax_twice"]()
    total, count = loss.total(sure, np.arange(c), None)
    assert total / count == pytest.approx(low, abs=5e-5)
    # All scores alike: what is left is log c.
    total, count = loss.total(np.zeros((c, c)), np.arange(c), None)
    assert total / count == pytest.approx(math.log(c))


def test_t10_losses_of_logits_do_not_saturate() -> None:
    z = torch.tensor([[200.0]], requires_grad=True)
    total, _ = LOSSES["bce_logits"]().tensor(z, torch.zeros(1, 1), None)
    torch.autograd.backward(total)
    # log(1 + e^z) is z there, with the slope 1; the logarithm of a sigmoid has been cut at 100.
    assert float(total.detach()) == 200.0
    assert z.grad is not None and float(z.grad) == 1.0
    p = torch.sigmoid(z.detach())
    cut, _ = LOSSES["bce"]().tensor(p, torch.zeros(1, 1), None)
    assert float(cut) == 100.0


def test_t11_settings_have_names_and_ranges() -> None:
    by_place: Any = ls.Experiment
    with pytest.raises(TypeError):
        by_place("spirals", 784, 0.0005)
    with pytest.raises(InputError, match=r"model\.hidden.*whole number.*0\.0005"):
        gates(model__hidden=[0.0005])
    swapped = gates(training__lr=784.0)
    assert any("784 is outside 1e-6 ... 1" in text for text in swapped.warnings())


def test_t11_a_rate_of_784_is_diagnosed(tmp_path: Path) -> None:
    text = "model = nn.Linear(4, 3)\nopt = torch.optim.Adam(model.parameters(), lr={})\n"
    assert "lr-too-high" in seen(text.format(784), tmp_path)
    assert "lr-too-high" not in seen(text.format(5e-4), tmp_path)


def test_t13_weights_of_zero_are_warned_of_as_their_gradient_is_zero() -> None:
    zero = gates(model__init={"kind": "normal", "sd": 0.0, "bias_sd": 0.5}, training__epochs=1)
    assert any("every weight the value 0" in text for text in zero.warnings())
    # All weights 0: the first layer's gradient is W2^T times what comes back, which is 0.
    weights = ls.train(zero, route="torch").trained[0].result.parameters
    assert not weights["layers.0.weight"].any()
    assert weights["layers.1.bias"].any()


def test_t13_constant_weights_are_diagnosed() -> None:
    model = network()
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    assert "constant-init" in found(**program(model))


def test_t14_a_decay_that_pulls_harder_than_the_data_is_diagnosed_with_its_measure() -> None:
    model = network()
    adam = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=1.0)
    blamed = found(**program(model, optimizer=adam))
    assert "weight-decay-too-strong" in blamed
    assert blamed["weight-decay-too-strong"].evidence
    adam = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=1e-5)
    assert "weight-decay-too-strong" not in found(**program(model, optimizer=adam))


@pytest.mark.parametrize("route", ["torch", "fused"])
def test_t15_a_training_that_explodes_ends_and_says_why(route: ls.Route) -> None:
    wild = ls.Experiment(
        problem={"kind": "line", "n": 20, "noise": 0.1},
        model={"kind": "linear"},
        training={"optimizer": "sgd", "lr": 1.0, "epochs": 500, "split": {"test": 0.0}},
    )
    run = ls.train(wild, route=route)
    result = run.trained[0].result
    assert result.status == "diverged"
    assert result.epochs < 500
    assert result.cause is not None and "learning rate 1" in result.cause
    assert all(np.isfinite(w).all() for w in result.parameters.values())
    assert health(run.trained[0]).diverged


def test_t16_dead_units_are_counted_in_each_layer() -> None:
    # On 0 and 1 the first unit answers, the other two of its layer are below 0 throughout.
    weights = [
        {"weight": [[1.0, 1.0], [1.0, 1.0], [-1.0, 0.0]], "bias": [0.0, -9.0, -1.0]},
        {"weight": [[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]], "bias": [0.0, 0.0]},
        {"weight": [[1.0, 0.0]], "bias": [0.0]},
    ]
    still = gates(model__hidden=[3, 2], model__weights=weights, training__epochs=0)
    run = ls.train(still)
    assert health(run.trained[0]).dead_units == (2, 1)
    assert run.trained[0].result.history["dead_units"][-1] == 3


def test_t16_dead_units_are_diagnosed() -> None:
    model = network()
    with torch.no_grad():
        model[0].get_parameter("bias").fill_(-50.0)
    blamed = found(**program(model))
    assert {"dead-units", "init-scale"} & set(blamed)


def test_t18_an_optimiser_of_a_model_before_is_diagnosed() -> None:
    before = network(seed=1)
    adam = torch.optim.Adam(before.parameters(), lr=0.02)
    blamed = found(**program(network(), optimizer=adam))
    assert blamed["optimizer-misses-parameters"].confidence == "confirmed"


class Cut(nn.Module):
    """A network whose answer is cut off from its weights, and then told to want a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = network()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x).detach()
        return out.requires_grad_()


def test_t19_a_graph_that_is_cut_is_diagnosed() -> None:
    assert "detached-graph" in found(**program(Cut()))


def test_t19_a_detached_network_is_warned_of_and_does_not_move() -> None:
    cut = ls.Experiment(
        problem={"kind": "series", "n": 60},
        model={"kind": "recurrent", "hidden": 3, "detached": True},
        training={"epochs": 2},
    )
    assert any("no gradient" in text for text in cut.warnings())
    t = ls.train(cut).trained[0]
    for name, array in t.member.initial.items():
        np.testing.assert_array_equal(array.astype(np.float32), t.result.parameters[name])


def test_t39_dropout_is_on_in_training_alone() -> None:
    half = gates(
        model__hidden=[50], training__dropout=0.5, training__split__test=0.0, training__epochs=3
    )
    run = ls.train(half, route="torch")
    t = run.trained[0]
    part = t.member.parts["train"]
    # Without a mask the outputs are those of the bare network, and so is the loss of an epoch.
    bare = forward(t.member.network, t.result.parameters, part.x)
    np.testing.assert_array_equal(t.output(part.x), t.output(part.x))
    loss = np.mean((bare.astype(np.float64) - part.y) ** 2)
    assert t.result.history["train_loss"][-1] == pytest.approx(loss, rel=1e-5)
    # With one, the loss before the update is another.
    assert t.result.history["train_loss_before"][-1] != pytest.approx(
        t.result.history["train_loss"][-2], rel=1e-3
    )


def test_t39_a_training_in_eval_mode_is_diagnosed() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    y = (x[:, 0] > 0).long()
    model.eval()
    loss_fn = nn.CrossEntropyLoss()
    with ls.watch(model, adam, loss_fn) as watching:
        for _ in range(10):
            for rows in torch.split(torch.arange(64), 16):
                adam.zero_grad()
                loss_fn(model(x[rows]), y[rows]).backward()
                adam.step()
    assert "training-in-eval-mode" in {hint.slug for hint in watching.hints()}


@pytest.mark.parametrize("route", ["torch", "fused"])
def test_t50_the_loss_of_an_epoch_is_not_that_of_its_last_batch(route: ls.Route) -> None:
    # 21 rows in twenties: the last batch is a single row. The rate leaves the weights in place.
    experiment = ls.Experiment(
        problem={"kind": "line", "n": 21, "noise": 1.0},
        model={"kind": "linear"},
        training={
            "optimizer": "sgd", "lr": 1e-30, "epochs": 1, "batch_size": 20, "shuffle": False,
            "split": {"test": 0.0},
        },
    )  # fmt: skip
    t = ls.train(experiment, route=route).trained[0]
    part = t.member.parts["train"]
    squares = (forward(t.member.network, t.member.initial, part.x) - part.y).astype(float) ** 2
    noted = t.result.history["train_loss_before"][-1]
    assert noted == pytest.approx(squares.mean(), rel=1e-5)
    assert noted != pytest.approx(squares[-1, 0], rel=1e-2)


def test_t52_the_prior_can_be_kept_from_growing_with_the_width() -> None:
    spread = {}
    for scaled in (False, True):
        for width in (10, 1000):
            prior = ls.Experiment(
                problem={"kind": "formula", "formula": "0*x", "n": 3, "low": -1.0, "high": 1.0},
                model={
                    "kind": "mlp", "hidden": [width], "activation": "sigmoid",
                    "init": {"kind": "normal", "sd": 5.0, "scaled": scaled},
                },
                training={"epochs": 0, "split": {"test": 0.0}},
                seeds=150,
            )  # fmt: skip
            members = ls.train(prior).trained
            outputs = [t.output(np.zeros((1, 1)))[0, 0] for t in members]
            spread[scaled, width] = float(np.std(outputs))
    # The sum of h independent terms: its sd grows with the root of h, ten times here. The sd of
    # 150 draws is known to 6 %.
    assert spread[False, 1000] / spread[False, 10] == pytest.approx(10, rel=0.3)
    assert spread[True, 1000] / spread[True, 10] == pytest.approx(1, rel=0.3)
