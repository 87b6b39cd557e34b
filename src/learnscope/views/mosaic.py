"""Many small images as one: tiles in rows, with a gap between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 1
"""Pixels between two tiles."""


def mosaic(tiles: Array, across: int) -> Array:
    """Return tiles (m, h, w) or (m, h, w, 3) as one image, `across` of them in a row.

    What lies between and beyond them is NaN, with three channels white.
    """
    m, h, w = tiles.shape[:3]
    down = -(-m // across)
    size = down * (h + GAP) - GAP, across * (w + GAP) - GAP
    image = np.full((*size, *tiles.shape[3:]), np.nan if tiles.ndim == 3 else 1.0)
    for i, tile in enumerate(np.asarray(tiles, dtype=np.float64)):
        top, left = i // across * (h + GAP), i % across * (w + GAP)
        image[top : top + h, left : left + w] = tile
    return image


def as_tiles(x: Array, shape: tuple[int, ...], limits: tuple[float, float]) -> Array:
    """Return rows (m, d) as tiles: (m, h, w) grey, or (m, h, w, 3) in [0, 1] of three channels."""
    images = np.asarray(x, dtype=np.float64).reshape(-1, *shape)
    if shape[0] != 3:
        return np.asarray(images[:, 0])
    low, high = limits
    return np.clip((np.moveaxis(images, 1, -1) - low) / ((high - low) or 1.0), 0, 1)


def draw_tiles(
    axes: Axes,
    tiles: Array,
    across: int,
    limits: tuple[float, float],
    cmap: str = "gray_r",
    gap: str = "white",
) -> Any:
    """Draw tiles on axes without a frame; grey values run over the limits. Returns the image."""
    from matplotlib import colormaps

    axes.set_axis_off()
    if tiles.ndim == 4:
        return axes.imshow(mosaic(tiles, across), interpolation="none")
    ramp = colormaps[cmap].with_extremes(bad=gap)
    low, high = limits
    return axes.imshow(mosaic(tiles, across), cmap=ramp, vmin=low, vmax=high, interpolation="none")


def tile_places(m: int, across: int, h: int, w: int) -> Array:
    """Return where the middle of the upper edge of each tile is, (m, 2) as x and y in pixels."""
    i = np.arange(m)
    left, top = i % across * (w + GAP), i // across * (h + GAP)
    return np.stack((left + (w - 1) / 2, top - 0.5), axis=1)
