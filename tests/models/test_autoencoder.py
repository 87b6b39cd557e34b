import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models import Autoencoder, Mlp
from learnscope.models.autoencoder_module import AutoencoderModule
from learnscope.models.autoencoder_module import divergence as tensor_divergence
from learnscope.models.coding import decode, divergence, encode, encode_normal
from learnscope.models.init import DefaultInit
from learnscope.models.modules import Chance, build_module
from learnscope.models.network import DenseNetwork, Network, forward, forward_all
from learnscope.models.sparsity import KlSparsity, L1Sparsity

RNG = np.random.default_rng(3)
X = RNG.uniform(size=(30, 2 * 9 * 8))
SHAPE = (2, 9, 8)
MODELS: dict[str, Autoencoder] = {
    "plain": Autoencoder(code=3, hidden=[5], activation="tanh"),
    "own decoder": Autoencoder(code=3, hidden=[5], decoder=[4, 6], output="sigmoid"),
    "noisy": Autoencoder(code=3, noise=0.5),
    "masked": Autoencoder(code=3, mask=0.3),
    "sparse": Autoencoder(code=3, sparse="l1"),
    "variational": Autoencoder(code=3, hidden=[5], variational={"beta": 0.5}),
    "convolutional": Autoencoder(code=3, blocks=[4, {"channels": 5, "pool": None}], hidden=[6]),
    "all at once": Autoencoder(code=2, blocks=[4], noise=0.1, variational={}, bias=False),
}


def made(model: Autoencoder) -> tuple[Network, dict[str, Array]]:
    network = model.network(144, 144, SHAPE)
    return network, DefaultInit().draw(network, np.random.default_rng(0), X)


@pytest.mark.parametrize("name", MODELS)
def test_codes_and_outputs_fit_together(name: str) -> None:
    network, values = made(MODELS[name])
    layers = forward_all(network, values, X)
    assert network.code is not None
    assert len(layers) == len(network.units) + 1
    assert [a.shape[:2] for a in layers[:-1]] == [(30, h) for h in network.units]
    codes = encode(network, values, X)
    np.testing.assert_array_equal(codes, layers[network.code])
    output = forward(network, values, X)
    assert output.shape == X.shape
    np.testing.assert_allclose(layers[-1], output, rtol=1e-12)
    np.testing.assert_allclose(decode(network, values, codes), output, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_parameters_and_trace_are_those_of_the_module(name: str) -> None:
    network, values = made(MODELS[name])
    module = build_module(network, values, torch.float64)
    own = {k: tuple(v.shape) for k, v in module.named_parameters()}
    assert list(own.items()) == list(network.shapes().items())
    trace = network.trace(4)
    assert sum(row[2] for row in trace) == network.n_parameters()
    assert all(math.prod(shape) % 4 == 0 for _, shape, _ in trace)


def test_a_plain_dense_autoencoder_is_a_chain_of_dense_layers() -> None:
    network = made(MODELS["own decoder"])[0]
    assert isinstance(network, DenseNetwork) and network.code == 1
    same = Mlp(hidden=(5, 3, 4, 6), activation=("relu", "identity", "relu", "relu"))
    assert network.layers[:-1] == same.network(144, 144).layers[:-1]
    assert network.layers[-1].activation == "sigmoid"
    for name in set(MODELS) - {"plain", "own decoder"}:
        assert not isinstance(made(MODELS[name])[0], DenseNetwork)


def test_the_source_s_autoencoder_has_its_parameters() -> None:
    # S4.39: 784 -> 50 -> ReLU -> 784 -> sigmoid.
    model = Autoencoder(code=50, code_activation="relu", output="sigmoid")
    assert model.network(784, 784, (1, 28, 28)).trace(16) == [
        ("input", (16, 784), 0),
        ("linear 784 -> 50", (16, 50), 39250),
        ("relu", (16, 50), 0),
        ("linear 50 -> 784", (16, 784), 39984),
        ("sigmoid", (16, 784), 0),
    ]


def test_a_convolutional_autoencoder_is_that_of_pytorchs_layers() -> None:
    blocks: list[Any] = [
        {"channels": 4, "stride": 2, "padding": 1},
        {"channels": 5, "padding": 1, "pool": None},
    ]
    model = Autoencoder(code=3, blocks=blocks, activation="tanh", output="sigmoid")
    network, values = made(model)
    theirs = nn.Sequential(
        nn.Unflatten(1, SHAPE),
        nn.Conv2d(2, 4, 3, stride=2, padding=1),  # 9 x 8 -> 5 x 4
        nn.Tanh(),
        nn.MaxPool2d(2),  # 2 x 2
        nn.Conv2d(4, 5, 3, padding=1),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(20, 3),
        nn.Linear(3, 20),
        nn.Tanh(),
        nn.Unflatten(1, (5, 2, 2)),
        nn.ConvTranspose2d(5, 4, 3, padding=1),
        nn.Tanh(),
        nn.Upsample((5, 4)),
        nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=(0, 1)),
        nn.Sigmoid(),
        nn.Flatten(),
    ).double()
    with torch.no_grad():
        for mine, tensor in zip(values.values(), theirs.parameters(), strict=True):
            tensor.copy_(torch.from_numpy(mine))
        expected = theirs(torch.from_numpy(X)).numpy()
    # float64 in another order of the sums.
    np.testing.assert_allclose(forward(network, values, X), expected, rtol=1e-10, atol=1e-12)


def learned(name: str, step: int = 0) -> tuple[Any, Any, AutoencoderModule]:
    network, values = made(MODELS[name])
    module = build_module(network, values, torch.float64)
    assert isinstance(module, AutoencoderModule)
    x = torch.from_numpy(X)
    output, more = module.learn(x, x, Chance(key=7, step=step))
    return output, more, module


def test_the_divergence_is_that_of_pytorchs_distributions() -> None:
    mean, spread = (torch.from_numpy(RNG.normal(size=(20, 4))) for _ in range(2))
    normal = torch.distributions.Normal
    theirs = torch.distributions.kl_divergence(normal(mean, (spread / 2).exp()), normal(0.0, 1.0))
    torch.testing.assert_close(tensor_divergence(mean, spread), theirs.sum(dim=1))
    found = divergence(mean.numpy(), spread.numpy())
    np.testing.assert_allclose(found, theirs.sum(dim=1), rtol=1e-12)
    assert divergence(np.zeros((3, 2)), np.zeros((3, 2))).tolist() == [0, 0, 0]


def test_a_variational_autoencoder_learns_from_drawn_codes() -> None:
    output, more, module = learned("variational")
    network, values = made(MODELS["variational"])
    mean, spread = encode_normal(network, values, X)  # type: ignore[arg-type]
    assert spread is not None
    # beta times the sum over the rows.
    assert float(more.detach()) == pytest.approx(0.5 * divergence(mean, spread).sum(), rel=1e-9)
    drawn = np.random.Generator(np.random.Philox(key=np.array([7, 2], dtype=np.uint64)))
    codes = mean + np.exp(spread / 2) * drawn.standard_normal(mean.shape)
    expected = decode(network, values, codes)
    np.testing.assert_allclose(output.detach(), expected, rtol=1e-9, atol=1e-12)
    # It answers with the mean.
    np.testing.assert_allclose(
        module.output(torch.from_numpy(X)).detach(), decode(network, values, mean), rtol=1e-9
    )


def test_equal_updates_draw_equal_numbers_and_others_do_not() -> None:
    for name in ("variational", "noisy", "masked", "all at once"):
        first, again, other = (learned(name, step)[0] for step in (4, 4, 5))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


def test_noise_and_mask_spoil_inputs_as_stated() -> None:
    network = made(Autoencoder(code=1, noise=0.5, mask=0.25))[0]
    module = network.module("float64")
    assert isinstance(module, AutoencoderModule)
    x = torch.ones(2000, 144, dtype=torch.float64)
    spoiled = module._spoil(x, Chance(key=1, step=0))
    kept = spoiled != 0
    # 288,000 numbers: shares to 0.001, means and sds to 0.001; tolerances are five of these.
    assert float(kept.double().mean()) == pytest.approx(0.75, abs=0.005)
    assert float(spoiled[kept].mean()) == pytest.approx(1, abs=0.005)
    assert float(spoiled[kept].std()) == pytest.approx(0.5, abs=0.005)
    assert bool((x == 1).all())


def test_penalties_of_codes_are_their_formulas() -> None:
    code = torch.tensor([[0.5, -2.0], [1.5, 0.0]])
    assert float(L1Sparsity(weight=0.1).total(code)) == pytest.approx(0.4)
    on = torch.tensor([[0.2, 0.5], [0.4, 0.5], [0.0, 0.5]], dtype=torch.float64)
    # Means 0.2 and 0.5; the first unit is on as often as it shall be.
    each = 0.2 * math.log(0.2 / 0.5) + 0.8 * math.log(0.8 / 0.5)
    found = KlSparsity(weight=2.0, rho=0.2).total(on)
    assert float(found) == pytest.approx(2 * 3 * each, rel=1e-12)
    assert math.isfinite(float(KlSparsity().total(torch.zeros(3, 2))))
    output, more, module = learned("sparse")
    codes = module.encoder(torch.from_numpy(X)).code
    assert float(more.detach()) == pytest.approx(1e-3 * float(codes.abs().sum().detach()))
    torch.testing.assert_close(output, module.output(torch.from_numpy(X)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"variational": {}, "sparse": "l1"},
            "Autoencoder.sparse must be left out for a variational autoencoder",
        ),
        (
            {"variational": {}, "code_activation": "relu"},
            "Autoencoder.code_activation must be 'identity' for a variational autoencoder, whose "
            "code is normally distributed, got 'relu'.",
        ),
        (
            {"sparse": "kl"},
            "Autoencoder.code_activation must be 'sigmoid' for the sparsity 'kl', which needs a "
            "code in (0, 1), got 'identity'. Use it, or the sparsity 'l1'.",
        ),
        ({"mask": 1.0}, "Autoencoder.mask must be < 1"),
        ({"code": 0}, "Autoencoder.code must be >= 1, got 0."),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Autoencoder(**settings)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (Autoencoder(), "autoencoder (code 8)"),
        (
            Autoencoder(blocks=[4, 6], hidden=[5], noise=1.0, variational={}),
            "convolutional denoising variational autoencoder (code 8; blocks 4, 6; hidden 5)",
        ),
        (Autoencoder(code=2, sparse="l1"), "sparse autoencoder (code 2)"),
    ],
)
def test_sentences_say_what_kind_it_is(model: Autoencoder, sentence: str) -> None:
    assert model.sentence() == sentence
