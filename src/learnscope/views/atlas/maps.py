"""Maps: what the member in the middle answers at each setting, small maps side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.errors import InputError
from learnscope.views.atlas.base import AtlasView, no_members
from learnscope.views.atlas.cells import Cells, cells
from learnscope.views.atlas.direction import value_text
from learnscope.views.atlas.tiles import Tile, can_be_tiles, common_grid, median_seeds, tile
from learnscope.views.base import refuse
from learnscope.views.record import count, number
from learnscope.views.style import (
    INK,
    WIDTH,
    class_colour,
    house_style,
    new_figure,
    plain,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

MOST_MAPS = 150
POINTS = 30
"""Most maps of a picture on which the training points are drawn too."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MapsArrays:
    """Maps by row and column.

    Attributes:
        cells: the members by cell, one panel.
        tiles: place (v, u) -> the member in the middle by score; none where all diverged.
        seeds: place -> its seed.
    """

    cells: Cells
    tiles: Mapping[tuple[int, int], Tile]
    seeds: Mapping[tuple[int, int], int]


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: nothing finite, or answers that are no map."""
    return no_members("maps", atlas) or can_be_tiles(atlas)


def compute(
    atlas: Atlas,
    *,
    x: str | None = None,
    y: str | None = None,
    measure: str | None = None,
    at: Mapping[str, Any] | None = None,
    resolution: int = 64,
) -> MapsArrays:
    """Rebuild the member in the middle of each cell and evaluate it over a plane.

    Args:
        atlas: the atlas.
        x: direction across, see `cells`.
        y: direction up.
        measure: what is written over each map, the score of the atlas where left out.
        at: settings at which the others are cut.
        resolution: pixels a side, from 2 to 400.

    Raises:
        InputError: there would be too many maps.
        DataError: the data of a member have changed.
    """
    refuse(obstacle(atlas))
    if not 2 <= resolution <= 400:
        raise InputError(f"resolution must be from 2 to 400, got {resolution!r}.")
    found = cells(atlas, x=x, y=y, panel="", measure=measure, at=at)
    seeds = median_seeds(atlas)
    rows, columns = found.point.shape[1:]
    if rows * columns > MOST_MAPS:
        raise InputError(
            f"maps draws at most {MOST_MAPS} of them, and {found.x.path} by "
            f"{found.y.path if found.y else 'nothing'} gives {rows * columns}. Take other "
            "directions, or look at 'heat'."
        )
    own = {
        (int(v), int(u)): int(found.point[0, v, u])
        for v, u in np.ndindex(rows, columns)
        if int(found.point[0, v, u]) in seeds
    }
    opened = {place: atlas.trained(p, [seeds[p]])[0] for place, p in own.items()}
    grid = common_grid(list(opened.values()), resolution)
    return MapsArrays(
        cells=found,
        tiles={place: tile(t, resolution, grid) for place, t in opened.items()},
        seeds={place: seeds[p] for place, p in own.items()},
    )


def draw(arrays: MapsArrays) -> Figure:
    """Draw the maps in a grid, the value of the measure over each."""
    with house_style():
        found = arrays.cells
        rows, columns = found.point.shape[1:]
        side = min(1.6, (WIDTH - 0.9) / columns)
        figure = new_figure(rows * (side + 0.22) + 1.1)
        layout: Any = figure.get_layout_engine()
        layout.set(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
        grid = figure.subplots(rows, columns, squeeze=False)
        dots = len(arrays.tiles) <= POINTS
        for v, u in np.ndindex(rows, columns):
            axes = grid[rows - 1 - v, u]
            _map(axes, arrays, (v, u), dots)
            if v == 0:
                axes.set_xlabel(plain(value_text(found.x.values[u]), 14))
            if u == 0 and found.y is not None:
                axes.set_ylabel(plain(value_text(found.y.values[v]), 14))
        figure.supylabel(plain(found.y.label, 40) if found.y else "", fontsize=9)
        set_title(figure, [_title(arrays)], _note(arrays))
        return figure


def _map(axes: Axes, arrays: MapsArrays, place: tuple[int, int], dots: bool) -> None:
    found = arrays.cells
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["top", "right"]].set_visible(True)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    shown = arrays.tiles.get(place)
    if shown is None:
        text = "no member" if found.missing[0][place] else "× diverged"
        axes.set_facecolor("#F2F2F2")
        axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=7, color=INK)
        return
    axes.imshow(shown.image, origin="lower", extent=(0, 1, 0, 1), interpolation="bilinear")
    if dots and len(shown.xy) <= 600:
        colours = [class_colour(int(k)) for k in shown.label]
        axes.scatter(shown.xy[:, 0], shown.xy[:, 1], s=2.5, c=colours, linewidths=0)
    value = found.value[0][place]
    lost = found.diverged[0][place] + found.dead[0][place]
    text = number(float(value)) if np.isfinite(value) else "dead"
    mark = f" †{lost}" if lost and np.isfinite(value) else ""
    axes.set_title(f"{text}{mark}", pad=2, fontsize=7 if found.point.shape[2] > 8 else 8)


def _title(arrays: MapsArrays) -> str:
    found = arrays.cells
    over = f" by {found.y.path}" if found.y else ""
    cut = f", {found.cut_text}" if found.cut_text else ""
    return f"What is learned over {found.x.path}{over}{cut}"


def _note(arrays: MapsArrays) -> str:
    found = arrays.cells
    gone = (found.diverged + found.dead).sum()
    lost = " †: so many diverged or died." if gone else ""
    return (
        f"Across: {found.x.label}. Each map: the member in the middle by score; over it the "
        f"{found.statistic} {found.measure.replace('_', ' ')} over seeds.{lost} Atlas "
        f"{found.atlas}."
    )


def describe(arrays: MapsArrays) -> str:
    """Say how many maps there are, and where the measure is best."""
    from learnscope.views.atlas.heat import describe_best

    missing = arrays.cells.point[0].size - len(arrays.tiles)
    gone = f", {missing} without a member that is finite" if missing else ""
    return (
        f"{_title(arrays)}: {count(len(arrays.tiles), 'map')}{gone}. {describe_best(arrays.cells)}."
    )


MAPS = AtlasView(
    name="maps",
    purpose="what is learned at each setting: decision maps or curves side by side",
    options=("x", "y", "measure", "at", "resolution"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
