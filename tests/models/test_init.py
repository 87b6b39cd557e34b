import math
import re

import numpy as np
import pytest
import torch

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models import Conv, Mlp
from learnscope.models.init import INITS, Init, LsuvInit, NormalInit, OrthogonalInit
from learnscope.models.network import Network, forward_all

NETWORK = Mlp(hidden=(60, 80)).network(40, 10)
X = np.random.default_rng(5).normal(size=(200, 40)) * 3 + 1


def draw(init: Init, network: Network = NETWORK, seed: int = 0) -> dict[str, Array]:
    return init.draw(network, np.random.default_rng(seed), X)


@pytest.mark.parametrize("kind", sorted(INITS))
def test_every_parameter_is_drawn_in_its_shape_from_the_seed(kind: str) -> None:
    assert INITS[kind].kind_name() == kind
    first, again, other = (draw(INITS[kind](), seed=s) for s in (0, 0, 1))
    assert {k: v.shape for k, v in first.items()} == NETWORK.shapes()
    assert all(v.dtype == np.float64 and np.isfinite(v).all() for v in first.values())
    assert all(np.array_equal(first[k], again[k]) for k in first)
    changed = any(not np.array_equal(first[k], other[k]) for k in first)
    assert changed == (kind != "zero")


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        ("default", lambda out, into: into**-0.5),
        ("kaiming", lambda out, into: (6 / into) ** 0.5),
        ("xavier", lambda out, into: (6 / (into + out)) ** 0.5),
    ],
)
def test_uniform_rules_fill_their_interval(kind: str, bound: object) -> None:
    for name, values in draw(INITS[kind]()).items():
        if name.endswith("bias") and kind != "default":
            np.testing.assert_array_equal(values, 0)
            continue
        layer = NETWORK.layers[int(name.split(".")[1])]
        limit = bound(layer.n_out, layer.n_in)  # type: ignore[operator]
        assert np.abs(values).max() <= limit
        if values.size > 1000:
            # The largest of n draws misses the bound by about 1 / n, the sd by 1 / sqrt(2 n).
            assert np.abs(values).max() > 0.99 * limit
            assert values.std() == pytest.approx(limit / math.sqrt(3), rel=0.05)
            assert abs(values.mean()) < 5 * values.std() / math.sqrt(values.size)


def test_the_default_is_that_of_pytorchs_layers() -> None:
    # Same distribution, compared by bound and sd over as many draws as ours.
    layer = torch.nn.Linear(40, 60)
    ours = draw(INITS["default"]())
    for name, theirs in (("weight", layer.weight), ("bias", layer.bias)):
        values = theirs.detach().numpy()
        assert np.abs(values).max() <= 40**-0.5
        # n uniform draws estimate their sd to 0.45 / sqrt(n), 6 % for the biases; five of them.
        rel = 0.05 if name == "weight" else 0.4
        assert ours[f"layers.0.{name}"].std() == pytest.approx(values.std(), rel=rel)


def test_normal_has_its_standard_deviations() -> None:
    drawn = draw(NormalInit(sd=0.5, bias_sd=3.0))
    assert drawn["layers.1.weight"].std() == pytest.approx(0.5, rel=0.05)
    assert drawn["layers.1.bias"].std() == pytest.approx(3.0, rel=0.4)
    assert draw(NormalInit(sd=2.0))["layers.1.bias"].std() == pytest.approx(2.0, rel=0.4)


def test_scaled_normal_divides_weights_by_the_root_of_their_inputs() -> None:
    plain, scaled = draw(NormalInit()), draw(NormalInit(scaled=True))
    for name, values in scaled.items():
        factor = math.sqrt(values.shape[1]) if values.ndim == 2 else 1.0
        np.testing.assert_allclose(values * factor, plain[name], rtol=1e-12)


@pytest.mark.parametrize("scaled", [False, True])
def test_the_spread_of_outputs_grows_with_the_root_of_the_width_unless_scaled(scaled: bool) -> None:
    """S2.7: sigmoid units, sd 5, output at x = 0 over 200 draws: 11 at 10 units, 102 at 1000."""
    spread = []
    for width in (10, 1000):
        network = Mlp(hidden=(width,), activation="sigmoid").network(1, 1)
        init = NormalInit(sd=5.0, scaled=scaled)
        x = np.zeros((1, 1))
        outputs = [
            forward_all(network, draw(init, network, seed), x)[-1][0, 0] for seed in range(200)
        ]
        spread.append(float(np.std(outputs)))
    growth = spread[1] / spread[0]
    if scaled:
        assert 1 / 1.5 < growth < 1.5
    else:
        assert growth == pytest.approx(10, rel=0.2)
        assert spread[1] == pytest.approx(102, abs=12)


def test_zero_is_zero() -> None:
    assert not any(v.any() for v in draw(INITS["zero"]()).values())


@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_orthogonal_weights_keep_lengths(gain: float) -> None:
    for values in draw(OrthogonalInit(gain=gain)).values():
        if values.ndim == 1:
            assert not values.any()
            continue
        few = values if values.shape[0] <= values.shape[1] else values.T
        np.testing.assert_allclose(few @ few.T, gain**2 * np.eye(len(few)), atol=1e-12)


def test_orthogonal_matrices_are_drawn_uniformly() -> None:
    # Under the uniform distribution every entry of a 2 x 2 has mean 0 and mean square 1 / 2.
    network = Mlp(hidden=()).network(2, 2)
    drawn = np.array([draw(OrthogonalInit(), network, s)["layers.0.weight"] for s in range(2000)])
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=5 * (0.5 / 2000) ** 0.5)
    np.testing.assert_allclose((drawn**2).mean(axis=0), 0.5, atol=5 * (0.125 / 2000) ** 0.5)


def test_lsuv_gives_every_layer_unit_variance_on_the_data() -> None:
    drawn = draw(LsuvInit())
    out = X
    for i, activations in enumerate(forward_all(NETWORK, drawn, X)):
        assert (out @ drawn[f"layers.{i}.weight"].T).std() == pytest.approx(1, rel=1e-9)
        out = activations


def test_kaiming_keeps_the_size_of_signals_through_relu_layers() -> None:
    network = Mlp(hidden=(150,) * 6).network(40, 1)
    sizes = [np.mean(a**2) for a in forward_all(network, draw(INITS["kaiming"](), network), X)]
    # He: the mean square stays; six layers of 150 units wander by some 20 %.
    assert sizes[5] / sizes[0] == pytest.approx(1, abs=0.5)


def test_networks_without_biases_get_none() -> None:
    network = Mlp(hidden=(3,), bias=False).network(2, 1)
    for kind in INITS.values():
        x = np.ones((4, 2))
        assert set(kind().draw(network, np.random.default_rng(0), x)) == {
            "layers.0.weight",
            "layers.1.weight",
        }


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(InputError, match=re.escape("NormalInit.sd must be >= 0, got -1.0.")):
        NormalInit(sd=-1.0)
    with pytest.raises(InputError, match=re.escape("NormalInit.scaled must be true or false")):
        NormalInit(scaled=1)


def test_lsuv_is_refused_for_models_that_are_not_dense() -> None:
    network = Conv(blocks=[2]).network(64, 3, (1, 8, 8))
    with pytest.raises(InputError, match=r"model\.init must not be 'lsuv' for this model"):
        LsuvInit().draw(network, np.random.default_rng(0), X)
