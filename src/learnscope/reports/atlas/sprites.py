"""What is learned at each point as one image: small maps side by side, for a page to cut out."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.atlas.opening import opened
from learnscope.errors import LearnscopeError
from learnscope.reports.atlas.figures import spread_evenly
from learnscope.views.atlas.tiles import can_be_tiles, common_grid, median_seeds, tile

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas

MOST_MAPS = 600
"""Maps of a page: each is a network made anew, which takes some ten milliseconds."""
PIXELS = 1_500_000
"""Pixels of all maps together; with 64 colours and PNG's packing about half a megabyte."""
LARGEST, SMALLEST = 56, 20
COLOURS = 64
SCOUTS = 40
"""Members opened first, to know over which box the maps are drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sprites:
    """Maps in rows of one image.

    Attributes:
        png: the file, base64.
        side: pixels of a map.
        across: maps in a row.
        index: for each point its place in the image, -1 where it has none.
        seeds: for each point the seed of the member that is shown, None where none is.
        why: why there are none, "" where there are.
    """

    png: str
    side: int
    across: int
    index: tuple[int, ...]
    seeds: tuple[int | None, ...]
    why: str = ""


def no_sprites(points: Sequence[int], why: str) -> Sprites:
    """Return sprites without any map, and the reason."""
    none: tuple[int | None, ...] = (None,) * len(points)
    return Sprites(png="", side=0, across=0, index=(-1,) * len(points), seeds=none, why=why)


def sprites(
    atlas: Atlas, points: Sequence[int], most: int = MOST_MAPS, first: Sequence[int] = ()
) -> Sprites:
    """Return the maps of points, of evenly spread ones where there are more than `most`.

    Args:
        atlas: the atlas.
        points: their numbers.
        most: maps at most.
        first: places in `points` that come before the others.
    """
    if why := can_be_tiles(atlas):
        return no_sprites(points, why)
    seeds = median_seeds(atlas)
    there = [i for i, p in enumerate(points) if p in seeds]
    chosen = _chosen(there, most, first)
    side = int(min(LARGEST, max(SMALLEST, math.sqrt(PIXELS / max(len(chosen), 1)))))
    scouts = [chosen[k] for k in spread_evenly(len(chosen), SCOUTS)]
    try:
        rows = atlas.middle_rows({points[i]: seeds[points[i]] for i in chosen})
        scouted = [opened(atlas.experiment(points[i]), rows[points[i]]) for i in scouts]
        grid = common_grid(scouted, side)
        images = []
        for i in chosen:
            t = opened(atlas.experiment(points[i]), rows[points[i]])
            images.append(np.flipud(tile(t, side, grid).image))
    except LearnscopeError as error:
        return no_sprites(points, f"The maps could not be made: {error}")
    across = max(1, round(math.sqrt(len(images))))
    index = [-1] * len(points)
    for k, i in enumerate(chosen):
        index[i] = k
    return Sprites(
        png=_png(images, across),
        side=side,
        across=across,
        index=tuple(index),
        seeds=tuple(seeds.get(p) for p in points),
    )


def _chosen(there: Sequence[int], most: int, first: Sequence[int]) -> list[int]:
    """Return the places that get a map, in order: those of `first`, then others."""
    if len(there) <= most:
        return list(there)
    known = set(there)
    before = [i for i in first if i in known]
    before = [before[k] for k in spread_evenly(len(before), most)]
    rest = sorted(known.difference(before))
    others = [rest[k] for k in spread_evenly(len(rest), most - len(before))]
    return sorted(before + others)


def _png(images: Sequence[Array], across: int) -> str:
    from PIL import Image

    side = images[0].shape[0]
    down = -(-len(images) // across)
    sheet = np.full((down * side, across * side, 3), 255, dtype=np.uint8)
    for k, image in enumerate(images):
        top, left = k // across * side, k % across * side
        sheet[top : top + side, left : left + side] = np.round(255 * image)
    buffer = io.BytesIO()
    packed = Image.fromarray(sheet).quantize(COLOURS, dither=Image.Dither.NONE)
    packed.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
