"""Feature maps: what each block of a convolution makes of some images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.models.convolutions import block_maps, conv_blocks
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.images import chosen_rows, image_shape_of, row_names, seen
from learnscope.views.mosaic import as_tiles, draw_tiles
from learnscope.views.record import Record, choose, members, no_finite_member
from learnscope.views.style import house_style, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 64
"""Most maps of a block in a panel."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureMapsArrays:
    """What the picture is drawn from; `m` rows.

    Attributes:
        record: texts of the run.
        chosen: the member.
        names: what to call the rows.
        images: (m, d) features of the rows, as the network sees them.
        shape: (channels, height, width) of the images.
        maps: (m, c, h, w) of each block, behind its activation and before pooling.
        still: for each block, how many of its maps are the same for all these rows.
    """

    record: Record
    chosen: str
    names: tuple[str, ...]
    images: Array
    shape: tuple[int, ...]
    maps: tuple[Array, ...]
    still: tuple[int, ...]


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no convolution."""
    if text := no_finite_member("feature_maps", trained):
        return text
    member = trained[0].member
    if conv_blocks(member.network):
        return ""
    kind = member.experiment.model.kind_name()
    return f"feature_maps shows convolutions, and this {kind} model has none. Use 'units'."


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, rows: Sequence[int] | None = None
) -> FeatureMapsArrays:
    """Pass some images through the blocks of one member.

    Args:
        trained: members of one experiment.
        seed: root seed of the member; left out, that with the median loss.
        rows: rows of the sample; left out, three judged ones of different classes.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    which = chosen_rows(t, rows, 3)
    x, shape = seen(t, which), image_shape_of(t)
    assert shape is not None
    maps = tuple(block_maps(t.member.network, t.result.parameters, x))
    return FeatureMapsArrays(
        record=record,
        chosen=chosen,
        names=row_names(t, which),
        images=x,
        shape=shape,
        maps=maps,
        still=tuple(int((np.ptp(m, axis=0) == 0).all(axis=(1, 2)).sum()) for m in maps),
    )


def draw(arrays: FeatureMapsArrays) -> Figure:
    """Draw a row for each image: the image, then the maps of each block, darker where larger."""
    with house_style():
        m, blocks = len(arrays.names), len(arrays.maps)
        tall = min(6.2 / (blocks + 1), 1.9)
        figure, grid = new_panels(1.4 + tall * m, m, blocks + 1, above=0.9, gap=0.3)
        limits = float(arrays.images.min()), float(arrays.images.max())
        tiles = as_tiles(arrays.images, arrays.shape, limits)
        for i, panels in enumerate(grid):
            draw_tiles(panels[0], tiles[i : i + 1], 1, limits)
            panels[0].set_title(plain(arrays.names[i], 24), fontsize=8, loc="left")
            for axes, maps in zip(panels[1:], arrays.maps, strict=True):
                shown = maps[i, :MOST].astype(np.float64)
                low, high = float(maps.min()), float(maps.max())
                across = int(np.ceil(np.sqrt(len(shown))))
                # A map that is 0 everywhere would not show on white.
                draw_tiles(axes, shown, across, (low, high), gap="#D9E6F2")
        for b, (axes, maps) in enumerate(zip(grid[0, 1:], arrays.maps, strict=True)):
            axes.set_title(_title(b, maps), fontsize=8, loc="left")
        what = f"Feature maps of the {arrays.record.short_model()}"
        texts = (what, arrays.record.missing(), arrays.chosen)
        set_title(figure, texts, arrays.record.note())
        return figure


def _title(b: int, maps: Array) -> str:
    n, h, w = maps.shape[1:]
    some = f"{MOST} of {n}" if n > MOST else f"{n}"
    return f"block {b}: {some} maps of {h} x {w}"


def describe(arrays: FeatureMapsArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    parts = [
        f"block {b} gives {m.shape[1]} maps of {m.shape[2]} x {m.shape[3]}, {still} of them the "
        "same for all"
        for b, (m, still) in enumerate(zip(arrays.maps, arrays.still, strict=True))
    ]
    return f"Maps of {', '.join(arrays.names)} ({arrays.chosen}): {'; '.join(parts)}."


FEATURE_MAPS = View(
    name="feature_maps",
    purpose="what each convolution makes of some images",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
