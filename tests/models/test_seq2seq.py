import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from learnscope.errors import InputError
from learnscope.experiment import read_experiment
from learnscope.models import RecurrentAutoencoder, Seq2Seq
from learnscope.models.coding import decode, encode
from learnscope.models.init import DefaultInit
from learnscope.models.modules import Chance, build_module
from learnscope.models.network import Parameters, forward, forward_all
from learnscope.training.loop import train_member
from learnscope.training.member import prepare

RNG = np.random.default_rng(7)
X = RNG.normal(size=(6, 5))
Y = RNG.normal(size=(6, 3))
KINDS = {"elman": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def layer(cell: str, hidden: int, values: Parameters, name: str) -> torch.nn.Module:
    """PyTorch's layer with these weights."""
    made: torch.nn.Module = KINDS[cell](1, hidden, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for own, tensor in made.named_parameters():
            tensor.copy_(torch.from_numpy(values[f"{name}.0.{own}"]))
    return made


def by_hand(cell: str, values: Parameters, fed: Tensor | None) -> Tensor:
    """Read five steps and write three, fed the true values or what was written."""
    x = torch.from_numpy(X)
    state = layer(cell, 4, values, "encoder")(x[:, :, None])[1]
    decoder = layer(cell, 4, values, "decoder")
    weight, bias = (torch.from_numpy(values[f"out.{w}"]) for w in ("weight", "bias"))
    step, written = x[:, -1:], []
    for t in range(3):
        out, state = decoder(step[:, None], state)
        written.append(out[:, 0] @ weight.T + bias)
        step = written[-1] if fed is None else fed[:, t : t + 1]
    return torch.cat(written, dim=1)


@pytest.mark.parametrize("cell", KINDS)
@torch.no_grad()
def test_both_ways_to_write_are_pytorchs_layers_by_hand(cell: Any) -> None:
    """S4.48: fed its own outputs when it answers, the targets when it learns."""
    network = Seq2Seq(cell=cell, hidden=4).network(5, 3, (5, 1))
    values = DefaultInit().draw(network, RNG, X)
    free = by_hand(cell, values, None).numpy()
    np.testing.assert_allclose(forward(network, values, X), free, rtol=1e-10, atol=1e-12)
    module = build_module(network, values, torch.float64)
    y = torch.from_numpy(Y)
    output, more = module.learn(torch.from_numpy(X), y, Chance(key=1, step=0))
    np.testing.assert_allclose(output, by_hand(cell, values, y), rtol=1e-10, atol=1e-12)
    assert more is None and np.abs(output.numpy() - free).max() > 1e-3


@torch.no_grad()
def test_teacher_forcing_by_chance_feeds_each_row_one_or_the_other() -> None:
    drawn = {}
    for teacher in (0.0, 0.5, 1.0):
        network = Seq2Seq(hidden=4, teacher=teacher).network(5, 3, (5, 1))
        values = DefaultInit().draw(network, np.random.default_rng(0), X)
        module = build_module(network, values, torch.float64)
        x, y = torch.from_numpy(X), torch.from_numpy(Y)
        drawn[teacher] = module.learn(x, y, Chance(key=3, step=1))[0].numpy()
        np.testing.assert_array_equal(
            drawn[teacher], module.learn(x, y, Chance(key=3, step=1))[0].numpy()
        )
    np.testing.assert_allclose(drawn[0.0], forward(network, values, X), rtol=1e-10)
    # The first step is fed the window alone, the second one of two values.
    np.testing.assert_allclose(drawn[0.5][:, 0], drawn[1.0][:, 0], rtol=1e-10)
    told = np.isclose(drawn[0.5][:, 1], drawn[1.0][:, 1])
    free = np.isclose(drawn[0.5][:, 1], drawn[0.0][:, 1])
    assert (told ^ free).all() and 0 < told.sum() < 6


@pytest.mark.parametrize("cell", ["hand", *KINDS])
def test_the_code_alone_gives_the_reconstruction(cell: Any) -> None:
    model = RecurrentAutoencoder(code=2, cell=cell, hidden=4, layers=1)
    network = model.network(10, 10, (5, 2))
    x = RNG.normal(size=(6, 10))
    values = DefaultInit().draw(network, RNG, x)
    layers = forward_all(network, values, x)
    assert [a.shape for a in layers] == [(6, 4, 5), (6, 2), (6, 4, 5), (6, 10)]
    assert network.code == 1 and network.units == (4, 2, 4)
    codes = encode(network, values, x)
    np.testing.assert_array_equal(codes, layers[1])
    np.testing.assert_allclose(decode(network, values, codes), layers[-1], rtol=1e-12)
    np.testing.assert_allclose(forward(network, values, x), layers[-1], rtol=1e-12)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["hand", *KINDS])
@pytest.mark.parametrize("kind", [Seq2Seq, RecurrentAutoencoder])
def test_names_shapes_and_counts_are_those_of_the_module(kind: Any, cell: Any, layers: int) -> None:
    if cell == "hand" and layers > 1:
        return
    network = kind(cell=cell, hidden=3, layers=layers).network(5, 5, (5, 1))
    module = network.module("float32")
    assert {n: tuple(p.shape) for n, p in module.named_parameters()} == network.shapes()
    assert list(dict(module.named_parameters())) == list(network.shapes())
    assert sum(row[2] for row in network.trace(1)) == network.n_parameters()
    drawn = DefaultInit().draw(network, RNG, X)
    assert [len(forward_all(network, drawn, X)), len(network.units)] == [
        len(kind(layers=layers).hidden_activations()) + 1,
        len(kind(layers=layers).hidden_activations()),
    ]


def test_a_window_of_a_season_goes_through_two_numbers() -> None:
    """S4.54: a sine of one frequency has two degrees of freedom, so a code of 2 holds it."""
    experiment = read_experiment(
        {
            "problem": {"kind": "series", "n": 200, "window": 8, "noise": 0.0},
            "model": {"kind": "recurrent_autoencoder", "hidden": 10},
            "training": {"lr": 0.01, "epochs": 250, "eval_every": 250},
        }
    )
    result = train_member(prepare(experiment, 0))
    first, last = result.history["test_loss"]
    # The windows have a variance of 1 / 2; no code at all leaves that.
    assert first > 0.4 and last < 0.02


@pytest.mark.parametrize("kind", [Seq2Seq, RecurrentAutoencoder])
def test_what_a_cell_cannot_have_is_refused(kind: Any) -> None:
    with pytest.raises(InputError, match=re.escape("layers must be left out for the cell 'hand'")):
        kind(cell="hand", layers=2)
    with pytest.raises(InputError, match=re.escape("teacher must be <= 1, got 1.5")):
        kind(teacher=1.5)
    with pytest.raises(InputError, match="got plain rows"):
        kind().network(5, 5)


def test_sentences_say_what_the_model_is() -> None:
    assert Seq2Seq().sentence() == "sequence to sequence (gru; 16 units; teacher forcing)"
    assert RecurrentAutoencoder(code=3, layers=2, teacher=0.5).sentence() == (
        "recurrent autoencoder (code 3; gru; 16 units; 2 layers; teacher forcing with probability "
        "0.5)"
    )
