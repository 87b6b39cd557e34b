"""Latent grid: what a decoder makes of codes on an even grid, or of codes drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.components import principal_components
from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.coding import decode, encode
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.images import image_shape_of
from learnscope.views.mosaic import as_tiles, draw_tiles
from learnscope.views.record import Record, choose, members, no_finite_member
from learnscope.views.style import house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LatentGridArrays:
    """What the picture is drawn from; `m` images across and down.

    Attributes:
        record: texts of the run.
        chosen: the member.
        codes: (m m, c) the codes, in the order of the images: rows from the top.
        images: (m m, d) what the decoder makes of them.
        shape: (channels, height, width) of an image.
        limits: least and greatest value of the training rows, for the grey values.
        how: where the codes come from.
    """

    record: Record
    chosen: str
    codes: Array
    images: Array
    shape: tuple[int, ...]
    limits: tuple[float, float]
    how: str


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, no autoencoder, or no images."""
    if text := no_finite_member("latent_grid", trained):
        return text
    member = trained[0].member
    if member.network.code is None:
        kind = member.experiment.model.kind_name()
        return f"latent_grid needs an autoencoder, and this {kind} model is none."
    if image_shape_of(trained[0]) is None:
        return "latent_grid needs images, and the inputs of this run are none. Use 'codes'."
    return ""


def compute(
    trained: Sequence[Trained],
    *,
    seed: int | None = None,
    side: int = 12,
    draws: int | None = None,
) -> LatentGridArrays:
    """Decode codes of one member.

    Args:
        trained: members of one experiment.
        seed: root seed of the member; left out, that with the median loss.
        side: images across and down.
        draws: a seed: codes are then drawn from N(0, 1), as a variational autoencoder is
            sampled; left out, they lie on a grid between the 5th and the 95th percentile of the
            codes of the training rows, along their two principal components where there are
            more than two numbers.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    if side < 1:
        raise InputError(f"side must be at least 1, got {side}.")
    network, parameters = t.member.network, t.result.parameters
    x, shape = t.member.parts["train"].x, image_shape_of(t)
    assert shape is not None
    if draws is None:
        known = encode(network, parameters, x).astype(np.float64)
        codes, how = _grid(known, side)
    else:
        codes, how = _draw(t, side, draws)
    images = t.member.head.decode(decode(network, parameters, codes)).astype(np.float64)
    return LatentGridArrays(
        record=record,
        chosen=chosen,
        codes=codes,
        images=images,
        shape=shape,
        limits=(float(x.min()), float(x.max())),
        how=how,
    )


def _grid(known: Array, side: int) -> tuple[Array, str]:
    """Return codes (side side, c) on a grid over known codes (n, c), and how it lies."""
    c = known.shape[1]
    if c > 2:
        found = principal_components(known, 2)
        plane, how = found.encode(known), "along the two principal components of the codes"
    else:
        plane, how = known, "over the codes of the training rows"
    low, high = np.quantile(plane, (0.05, 0.95), axis=0)
    steps = [np.linspace(a, b, side) for a, b in zip(low, high, strict=True)]
    if c == 1:
        # A line of codes, broken into rows.
        return np.linspace(low[0], high[0], side * side)[:, None], f"{how}, row by row"
    across, up = np.meshgrid(steps[0], steps[1][::-1])
    places = np.stack((across.ravel(), up.ravel()), axis=1)
    return (found.decode(places) if c > 2 else places), how


def _draw(t: Trained, side: int, seed: int) -> tuple[Array, str]:
    network = t.member.network
    if not isinstance(network, AutoencoderNetwork) or network.beta is None:
        raise InputError(
            "draws must be left out for an autoencoder that is not variational: nothing says how "
            "its codes are distributed."
        )
    width = network.encoder[-1].n_out
    codes = np.random.default_rng(seed).normal(size=(side * side, width))
    return codes, f"drawn from N(0, 1) with seed {seed}"


def draw(arrays: LatentGridArrays) -> Figure:
    """Draw the images as one, the first number of the code across, the second up."""
    with house_style():
        side = round(len(arrays.images) ** 0.5)
        _, h, w = arrays.shape
        figure, grid = new_panels(1.2 + 6.0 * h / w, above=0.6)
        tiles = as_tiles(arrays.images, arrays.shape, arrays.limits)
        draw_tiles(grid[0, 0], tiles, side, arrays.limits)
        what = f"Decoder of the {arrays.record.short_model()}, codes {arrays.how}"
        texts = (what, arrays.record.missing(), arrays.chosen)
        set_title(figure, texts, arrays.record.note())
        return figure


def describe(arrays: LatentGridArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    low, high = (f"{v:.3g}" for v in (arrays.codes.min(), arrays.codes.max()))
    return (
        f"{len(arrays.images)} images decoded from codes {arrays.how} ({arrays.chosen}), whose "
        f"numbers run from {low} to {high}."
    )


LATENT_GRID = View(
    name="latent_grid",
    purpose="what the decoder makes of codes between and around those of the examples",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
