import math
import re
from typing import Any

import numpy as np
import pytest
import torch

from learnscope.errors import InputError
from learnscope.experiment import Experiment, read_experiment
from learnscope.models import Recurrent
from learnscope.models.init import INITS, DefaultInit, KaimingInit
from learnscope.models.network import Parameters, forward, forward_all
from learnscope.models.recurrent_module import RecurrentModule
from learnscope.training.loop import train_member
from learnscope.training.member import prepare

RNG = np.random.default_rng(5)
X = RNG.normal(size=(9, 5 * 2))
SHAPE = (5, 2)
KINDS = {"elman": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def stacked(values: Parameters, model: Recurrent) -> torch.nn.Module:
    """PyTorch's layers in one module, with these weights."""
    theirs: torch.nn.Module = KINDS[model.cell](
        2, model.hidden, model.layers, bias=model.bias, batch_first=True,
        bidirectional=model.both_ways, dtype=torch.float64,
    )  # fmt: skip
    with torch.no_grad():
        for name, tensor in theirs.named_parameters():
            layer = re.findall(r"_l(\d+)", name)[0]
            mine = f"cells.{layer}.{name.replace(f'_l{layer}', '_l0')}"
            tensor.copy_(torch.from_numpy(values[mine]))
    return theirs


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize("cell", KINDS)
def test_two_layers_are_pytorchs_own(cell: Any, both_ways: bool, bias: bool) -> None:
    model = Recurrent(cell=cell, hidden=3, layers=2, both_ways=both_ways, bias=bias)
    network = model.network(10, 2, SHAPE)
    values = DefaultInit().draw(network, RNG, X)
    with torch.no_grad():
        out, state = stacked(values, model)(torch.from_numpy(X).reshape(9, 5, 2))
    top = (state[0] if cell == "lstm" else state).numpy()
    last = np.concatenate((top[-2], top[-1]), axis=1) if both_ways else top[-1]
    expected = last @ values["layers.0.weight"].T
    if bias:
        expected = expected + values["layers.0.bias"]
    # float64 in another order of the sums.
    np.testing.assert_allclose(forward(network, values, X), expected, rtol=1e-9, atol=1e-12)
    layers = forward_all(network, values, X)
    np.testing.assert_allclose(layers[1], out.numpy().transpose(0, 2, 1), rtol=1e-9, atol=1e-12)
    assert [a.shape for a in layers] == [(9, u, 5) for u in network.units] + [(9, 2)]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_hand_written_cell_is_pytorchs_with_one_bias(activation: Any) -> None:
    """S4.47."""
    network = Recurrent(cell="hand", hidden=4, activation=activation).network(10, 1, SHAPE)
    values = DefaultInit().draw(network, RNG, X)
    theirs = torch.nn.RNN(2, 4, nonlinearity=activation, batch_first=True, dtype=torch.float64)
    names = {"weight_ih_l0": "w_hx", "weight_hh_l0": "w_hh", "bias_ih_l0": "b_h"}
    with torch.no_grad():
        for name, tensor in theirs.named_parameters():
            mine = values[f"cells.0.{names[name]}"] if name in names else np.zeros(4)
            tensor.copy_(torch.from_numpy(mine))
        out = theirs(torch.from_numpy(X).reshape(9, 5, 2))[0].numpy()
    found = forward_all(network, values, X)[0]
    np.testing.assert_allclose(found, out.transpose(0, 2, 1), rtol=1e-10, atol=1e-12)


def test_steps_worked_by_hand() -> None:
    """S4.47: the source unrolls 1, 2, 3 by hand."""
    network = Recurrent(cell="hand", hidden=1, activation="relu", answers="each").network(
        3, 3, (3, 1)
    )
    values = {
        "cells.0.w_hx": np.array([[2.0]]),
        "cells.0.w_hh": np.array([[-0.5]]),
        "cells.0.b_h": np.array([1.0]),
        "layers.0.weight": np.array([[10.0]]),
        "layers.0.bias": np.array([0.25]),
    }
    # h: 2 + 1 = 3; 4 - 1.5 + 1 = 3.5; 6 - 1.75 + 1 = 5.25.
    np.testing.assert_allclose(
        forward(network, values, np.array([[1.0, 2.0, 3.0]])), [[30.25, 35.25, 52.75]]
    )


def test_two_linear_units_say_the_next_step_of_a_sine() -> None:
    """h_t = (x_t, x_t-1) and y = 2 cos(w) x_t - x_t-1, exactly, however far."""
    network = Recurrent(cell="hand", hidden=2, activation="identity").network(9, 1, (9, 1))
    w = 2 * math.pi / 17
    values = {
        "cells.0.w_hx": np.array([[1.0], [0.0]]),
        "cells.0.w_hh": np.array([[0.0, 0.0], [1.0, 0.0]]),
        "cells.0.b_h": np.zeros(2),
        "layers.0.weight": np.array([[2 * math.cos(w), -1.0]]),
        "layers.0.bias": np.zeros(1),
    }
    series = np.sin(w * np.arange(10))
    found = forward(network, values, series[None, :9])
    assert found[0, 0] == pytest.approx(series[9], abs=1e-12)


def test_a_state_that_is_carried_on_is_one_long_sequence() -> None:
    for cell in ("hand", "elman", "lstm", "gru"):
        model = Recurrent(cell=cell, hidden=3, answers="each", head=[4])
        short, whole = (model.network(2 * t, t, (t, 2)) for t in (5, 10))
        values = DefaultInit().draw(short, RNG, X)
        x = torch.from_numpy(RNG.normal(size=(1, 20)))
        modules = [n.module("float64") for n in (short, whole)]
        for module in modules:
            for name, tensor in module.named_parameters():
                tensor.data = torch.from_numpy(values[name])
        part, long = modules
        assert isinstance(part, RecurrentModule)
        with torch.no_grad():
            first, state = part.carry(x[:, :10])
            second, _ = part.carry(x[:, 10:], state)
            expected = long.output(x)
        np.testing.assert_allclose(torch.cat((first, second), dim=1), expected, rtol=1e-10)


def test_first_weights_are_those_of_pytorch_and_of_the_source() -> None:
    default = DefaultInit().draw(Recurrent(hidden=25).network(10, 1, SHAPE), RNG, X)
    largest = max(np.abs(w).max() for name, w in default.items() if "cells" in name)
    # PyTorch's RNN, LSTM and GRU: +-1 / sqrt(hidden), whatever comes in.
    assert 0.99 / 5 < largest <= 1 / 5
    hand = Recurrent(cell="hand", hidden=32, activation="relu").network(5, 1, (5, 1))
    kaiming = KaimingInit().draw(hand, RNG, X)
    # S4.47: Kaiming-uniform with bound sqrt(6 / fan_in), zero biases.
    for name, fan_in in (("cells.0.w_hx", 1), ("cells.0.w_hh", 32), ("layers.0.weight", 32)):
        bound = math.sqrt(6 / fan_in)
        assert 0.8 * bound < np.abs(kaiming[name]).max() <= bound
    assert not kaiming["cells.0.b_h"].any() and not kaiming["layers.0.bias"].any()


@pytest.mark.parametrize("cell", ["hand", "elman", "lstm", "gru"])
@pytest.mark.parametrize("kind", sorted(set(INITS) - {"lsuv"}))
def test_every_rule_draws_every_parameter_in_the_modules_order(kind: str, cell: Any) -> None:
    network = Recurrent(cell=cell, hidden=3, head=[4]).network(10, 2, SHAPE)
    drawn = INITS[kind]().draw(network, np.random.default_rng(0), X)
    assert {k: v.shape for k, v in drawn.items()} == network.shapes()
    assert [n for n, _ in network.module("float32").named_parameters()] == list(network.shapes())
    assert sum(row[2] for row in network.trace(1)) == network.n_parameters()


def test_rows_of_a_grey_image_are_a_sequence() -> None:
    network = Recurrent().network(8 * 6, 3, (1, 8, 6))
    assert network.trace(4)[0][1] == (4, 8, 6)


def source(**model: Any) -> Experiment:
    return read_experiment(
        {
            "problem": {"kind": "series", "n": 80, "window": 39, "stride": 40, "predicts": "each"},
            "model": {
                "kind": "recurrent", "cell": "hand", "hidden": 3, "answers": "each",
                "init": "kaiming", **model,
            },
            "training": {"epochs": 5, "lr": 0.01, "split": {"test": 1}, "eval_every": 1},
        }
    )  # fmt: skip


def test_outputs_cut_off_from_the_weights_teach_nothing() -> None:
    """S4.50 (T18, T19): the loss stands still and no weight moves; repaired, both do."""
    experiment = source(detached=True)
    (warning,) = (w for w in experiment.warnings() if "detached" in w)
    assert "no gradient reaches them" in warning
    member = prepare(experiment, 0)
    result = train_member(member)
    assert len(set(result.history["train_loss"].tolist())) == 1
    assert result.history["gradient_norm"][-1] == 0
    for name, value in result.parameters.items():
        np.testing.assert_array_equal(value, member.initial[name].astype(np.float32))
    repaired = train_member(prepare(source(), 0))
    assert (np.diff(repaired.history["train_loss"]) < 0).all()
    assert not source().warnings()


def test_training_goes_the_way_of_a_plain_script() -> None:
    experiment = read_experiment(
        {
            "problem": {"kind": "series", "n": 60, "window": 6},
            "model": {"kind": "recurrent", "cell": "lstm", "hidden": 4},
            "training": {"lr": 1e-2, "batch_size": None, "epochs": 4, "precision": "float64"},
        }
    )
    member = prepare(experiment, 0)

    class Plain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = torch.nn.LSTM(1, 4, batch_first=True, dtype=torch.float64)
            self.out = torch.nn.Linear(4, 1, dtype=torch.float64)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.out(self.rnn(x[:, :, None])[0][:, -1])
            return y

    net = Plain()
    with torch.no_grad():
        for mine, tensor in zip(member.initial.values(), net.parameters(), strict=True):
            tensor.copy_(torch.from_numpy(mine))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    x, y = (torch.from_numpy(a) for a in (member.parts["train"].x, member.parts["train"].y))
    for _ in range(4):
        optimizer.zero_grad()
        torch.autograd.backward(torch.nn.functional.mse_loss(net(x), y))
        optimizer.step()
    found = train_member(member).parameters
    for mine, tensor in zip(found.values(), net.parameters(), strict=True):
        # Four Adam steps in float64; sums are taken in another order.
        np.testing.assert_allclose(mine, tensor.detach().numpy(), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"cell": "hand", "layers": 2}, "layers must be left out for the cell 'hand'"),
        ({"cell": "hand", "both_ways": True}, "both_ways must be left out for the cell 'hand'"),
        ({"cell": "elman", "activation": "gelu"}, "activation must be 'tanh' or 'relu' for"),
        ({"cell": "gru", "activation": "relu"}, "which has its own, got 'relu'. Use the cell"),
        ({"layers": 2**31}, "layers must be <= 100, got 2147483648"),
        ({"both_ways": True, "answers": "each"}, "would know the later steps, which are the"),
    ],
)
def test_what_a_cell_cannot_have_is_refused(model: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Recurrent(**model)


@pytest.mark.parametrize(
    ("model", "shape", "outputs", "message"),
    [
        ({}, None, 1, "needs sequences (steps, channels) or grey images, got plain rows. Use the"),
        ({}, (3, 2, 2), 1, "or grey images, got the shape (3, 2, 2)."),
        ({"answers": "each"}, (4, 3), 5, "the same number of targets for each of the 4 steps, got"),
    ],
)
def test_rows_that_are_no_sequence_are_refused(
    model: Any, shape: Any, outputs: int, message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Recurrent(**model).network(12, outputs, shape)


def test_sentences_say_what_the_model_is() -> None:
    assert Recurrent().sentence() == "GRU (16 units)"
    assert Recurrent(cell="hand", hidden=4).sentence() == (
        "hand-written recurrent cell (4 units; tanh)"
    )
    assert Recurrent(cell="lstm", layers=2, both_ways=True, head=[5]).sentence() == (
        "LSTM (16 units; 2 layers; both directions; head 5)"
    )
