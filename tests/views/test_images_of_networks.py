"""Filters, feature maps, reconstructions, codes and the latent grid: their arrays."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.models import Autoencoder, Conv, Linear
from learnscope.models.coding import decode, encode
from learnscope.trained import Trained
from learnscope.views import codes, feature_maps, filters, latent_grid, reconstructions
from learnscope.views.mosaic import as_tiles, mosaic, tile_places
from tests.views.members import Cloud, drawn, experiment, of_images, trained

CONV = Conv(blocks=[4, {"channels": 3, "kernel": 2, "pool": None}])
VAE = Autoencoder(code=3, hidden=[6], variational={})


def test_a_mosaic_has_every_tile_once() -> None:
    tiles = np.arange(5.0 * 2 * 3).reshape(5, 2, 3)
    image = mosaic(tiles, 2)
    assert image.shape == (3 * 2 + 2, 2 * 3 + 1)
    np.testing.assert_array_equal(image[3:5, 4:7], tiles[3])
    assert np.isnan(image[2]).all() and np.isnan(image[:, 3]).all()
    assert np.isnan(image[6:, 4:]).all() and np.nansum(image) == tiles.sum()
    np.testing.assert_array_equal(tile_places(5, 2, 2, 3)[3], [5, 2.5])
    colours = mosaic(np.zeros((2, 2, 2, 3)), 2)
    assert colours.shape == (2, 5, 3) and (colours[:, 2] == 1).all()
    rgb = as_tiles(np.arange(12.0)[None], (3, 2, 2), (0, 11))
    np.testing.assert_allclose(rgb[0, 1, 0], [2 / 11, 6 / 11, 10 / 11])


def test_filters_are_the_kernels_of_the_block() -> None:
    (t,) = of_images(1, model=CONV)
    arrays = filters.compute([t])
    np.testing.assert_array_equal(arrays.tiles, t.result.parameters["blocks.0.weight"][:, 0])
    assert (arrays.n_out, arrays.n_in) == (4, 1)
    second = filters.compute([t], block=1)
    weight = t.result.parameters["blocks.1.weight"]
    np.testing.assert_array_equal(second.tiles, weight.reshape(12, 2, 2))
    assert (second.n_out, second.n_in, second.shown_in) == (3, 4, 4)
    with pytest.raises(InputError, match=re.escape("block must be 0 to 1, got 2.")):
        filters.compute([t], block=2)


def test_feature_maps_are_correlations_of_the_image_with_the_kernels() -> None:
    from scipy.signal import correlate2d

    (t,) = of_images(1, model=CONV)
    arrays = feature_maps.compute([t], rows=[3, 8])
    p, x = t.result.parameters, t.member.sample.x
    for i, row in enumerate((3, 8)):
        for c in range(4):
            z = correlate2d(x[row].reshape(6, 6), p["blocks.0.weight"][c, 0], mode="valid")
            expected = np.maximum(z + p["blocks.0.bias"][c], 0)
            np.testing.assert_allclose(arrays.maps[0][i, c], expected, rtol=1e-9, atol=1e-12)
    assert [m.shape for m in arrays.maps] == [(2, 4, 4, 4), (2, 3, 1, 1)]
    assert arrays.names == ("row 3 (column)", "row 8 (row)")


def test_reconstructions_stand_beside_their_inputs_with_their_errors() -> None:
    (t,) = of_images(1, model=VAE)
    arrays = reconstructions.compute([t])
    assert len(arrays.names) == 10
    # Of each class in turn, and of rows that judge.
    assert [n.split(" ")[2] for n in arrays.names[:4]] == ["(row)", "(column)"] * 2
    rows = [int(n.split(" ")[1]) for n in arrays.names]
    assert set(rows) <= set(t.member.rows.test.tolist())
    x = t.member.sample.x[rows]
    np.testing.assert_array_equal(arrays.inputs, x)
    np.testing.assert_allclose(arrays.errors, np.square(t.output(x) - x).mean(axis=1))
    with pytest.raises(InputError, match=re.escape("rows must be rows of the sample, 0 to 39")):
        reconstructions.compute([t], rows=[40])


@pytest.mark.parametrize("code", [1, 2, 3])
def test_codes_are_in_the_plane_of_their_largest_variance(code: int) -> None:
    (t,) = of_images(1, model=Autoencoder(code=code))
    arrays = codes.compute([t])
    x = t.member.sample.x
    found = encode(t.member.network, t.result.parameters, x)
    assert arrays.width == code and arrays.still == 0
    np.testing.assert_array_equal(arrays.points.y, t.member.sample.labels)
    assert arrays.points.outputs == ("row", "column")
    if code == 2:
        np.testing.assert_array_equal(arrays.points.xy, found)
    elif code == 1:
        np.testing.assert_array_equal(arrays.points.xy[:, 0], found[:, 0])
        error = np.square(t.output(x) - x).mean(axis=1)
        np.testing.assert_allclose(arrays.points.xy[:, 1], error)
    else:
        values = np.linalg.svd(found - found.mean(axis=0), compute_uv=False) ** 2
        np.testing.assert_allclose(arrays.shares, values[:2] / values.sum(), rtol=1e-9)
        np.testing.assert_allclose(arrays.points.xy.var(axis=0), values[:2] / 40, rtol=1e-9)


def test_dead_numbers_of_a_code_are_counted() -> None:
    (t,) = of_images(1, model=Autoencoder(code=3, code_activation="relu"))
    bias = {**t.result.parameters, "layers.0.bias": np.array([-1e3, -1e3, 50.0])}
    arrays = codes.compute([replace(t, result=replace(t.result, parameters=bias))])
    assert arrays.still == 2 and "2 of them the same for all rows" in codes.describe(arrays)


def test_codes_without_classes_are_of_one_colour() -> None:
    setup = experiment(Cloud(d=3, c=0), Autoencoder(code=2), loss="mse")
    arrays = codes.compute([trained(setup)])
    assert arrays.points.outputs == ("rows",) and not arrays.points.y.any()


@pytest.mark.parametrize("code", [1, 2, 3])
def test_the_grid_is_decoded_from_codes_between_those_of_the_examples(code: int) -> None:
    (t,) = of_images(1, model=Autoencoder(code=code))
    arrays = latent_grid.compute([t], side=4)
    expected = decode(t.member.network, t.result.parameters, arrays.codes)
    np.testing.assert_allclose(arrays.images, expected, rtol=1e-6)
    known = encode(t.member.network, t.result.parameters, t.member.parts["train"].x)
    if code == 2:
        low, high = np.quantile(known, (0.05, 0.95), axis=0)
        np.testing.assert_allclose(arrays.codes.min(axis=0), low)
        # The first image is at the upper left.
        np.testing.assert_allclose(arrays.codes[0], [low[0], high[1]])
        np.testing.assert_allclose(arrays.codes[3], high)
    assert arrays.codes.shape == (16, code)


def test_codes_are_drawn_for_variational_autoencoders_alone() -> None:
    (t,) = of_images(1, model=VAE)
    first, again = (latent_grid.compute([t], side=20, draws=5) for _ in range(2))
    np.testing.assert_array_equal(first.images, again.images)
    # 1,200 numbers: the mean to 0.03, the sd to 0.02; tolerances are four of these.
    assert abs(first.codes.mean()) < 0.12 and abs(first.codes.std() - 1) < 0.08
    with pytest.raises(InputError, match="draws must be left out for an autoencoder that is not"):
        latent_grid.compute(of_images(1, model=Autoencoder()), draws=5)


@pytest.mark.parametrize(
    ("view", "made", "message"),
    [
        (filters, lambda: drawn(1), "filters shows convolutions, and this mlp model has none."),
        (feature_maps, lambda: drawn(1, model=Linear()), "and this linear model has none."),
        (codes, lambda: of_images(1, model=CONV), "codes are those of an autoencoder, and this co"),
        (reconstructions, lambda: drawn(1), "needs an autoencoder, and this mlp model is none."),
        (
            reconstructions,
            lambda: [trained(experiment(Cloud(d=3), Autoencoder(code=1), loss="mse"))],
            "reconstructions needs images, and the inputs of this run are none. Use 'codes'.",
        ),
    ],
)
def test_a_view_says_what_a_model_lacks(view: Any, made: Any, message: str) -> None:
    members: list[Trained] = made()
    with pytest.raises(InputError, match=re.escape(message)):
        view.compute(members)
