"""Filters: the kernels of a convolution, each as a small picture of what it looks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.convolutions import conv_blocks, kernels
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.mosaic import draw_tiles, tile_places
from learnscope.views.record import Record, choose, members, no_finite_member, number
from learnscope.views.style import house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST, ACROSS = 64, 16
"""Most kernels in a picture, and most in a row."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FiltersArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        chosen: the member.
        block: the block, 0 for the first.
        tiles: (m, k, k) kernels, a row for each map that goes out where several come in.
        n_out: maps that go out, all of them.
        n_in: maps that come in, all of them.
        shown_in: how many of these are shown.
    """

    record: Record
    chosen: str
    block: int
    tiles: Array
    n_out: int
    n_in: int
    shown_in: int


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no convolution."""
    if text := no_finite_member("filters", trained):
        return text
    member = trained[0].member
    if conv_blocks(member.network):
        return ""
    kind = member.experiment.model.kind_name()
    return f"filters shows convolutions, and this {kind} model has none. Use 'parameters'."


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, block: int = 0
) -> FiltersArrays:
    """Take the kernels of a block of one member.

    Args:
        trained: members of one experiment.
        seed: root seed of the member; left out, that with the median loss.
        block: which block, 0 for the first, whose kernels lie over the image itself.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    n = len(conv_blocks(t.member.network))
    if not 0 <= block < n:
        raise InputError(f"block must be 0 to {n - 1}, got {block}.")
    weight = kernels(t.member.network, t.result.parameters, block)
    n_out, n_in = weight.shape[:2]
    shown_in = 1 if n_in == 1 else min(n_in, ACROSS)
    shown_out = min(n_out, MOST // shown_in)
    return FiltersArrays(
        record=record,
        chosen=chosen,
        block=block,
        tiles=weight[:shown_out, :shown_in].reshape(-1, *weight.shape[2:]).astype(np.float64),
        n_out=n_out,
        n_in=n_in,
        shown_in=shown_in,
    )


def draw(arrays: FiltersArrays) -> Figure:
    """Draw the kernels: blue below 0, red above it, white at 0."""
    with house_style():
        across = arrays.shown_in if arrays.shown_in > 1 else min(8, len(arrays.tiles))
        down = -(-len(arrays.tiles) // across)
        figure, grid = new_panels(1.5 + min(0.6, 5.2 / across) * down, above=0.7)
        axes = grid[0, 0]
        most = float(np.abs(arrays.tiles).max()) or 1.0
        image = draw_tiles(axes, arrays.tiles, across, (-most, most), "RdBu_r")
        if arrays.shown_in == 1:
            h, w = arrays.tiles.shape[1:]
            for i, (x, y) in enumerate(tile_places(len(arrays.tiles), across, h, w)):
                axes.text(x, y, str(i), fontsize=6, ha="center", va="bottom")
        figure.subplots_adjust(left=0.05, right=0.92)
        bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.02)
        bar.outline.set_visible(False)
        what = f"Kernels of block {arrays.block} of the {arrays.record.short_model()}"
        missing = arrays.record.missing()
        set_title(figure, (what, _how_many(arrays), missing, arrays.chosen), arrays.record.note())
        return figure


def _how_many(arrays: FiltersArrays) -> str:
    n = len(arrays.tiles) // arrays.shown_in
    out = f"all {n}" if n == arrays.n_out else f"{n} of {arrays.n_out}"
    if arrays.n_in == 1:
        return out
    all_in = arrays.shown_in == arrays.n_in
    into = f"all {arrays.n_in}" if all_in else f"{arrays.shown_in} of {arrays.n_in}"
    return f"{out} maps down, {into} inputs across"


def describe(arrays: FiltersArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    k = arrays.tiles.shape[1]
    low, high = number(float(arrays.tiles.min())), number(float(arrays.tiles.max()))
    kernels_of = f"{arrays.n_out} x {arrays.n_in} kernels of {k} x {k} in block {arrays.block}"
    return f"{kernels_of}: weights from {low} to {high} ({arrays.chosen})."


FILTERS = View(
    name="filters",
    purpose="the kernels of the first convolution",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
