"""Lines: a measure over one setting, a line for each value of a second, seeds as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.views.atlas.base import AtlasView, no_members
from learnscope.views.atlas.cells import Cells, cells, higher_is_better
from learnscope.views.atlas.direction import Direction, value_text
from learnscope.views.atlas.heat import describe_best, note
from learnscope.views.atlas.ticks import measure_text, panel_grid, statistic_text, value_axis
from learnscope.views.base import refuse
from learnscope.views.record import number
from learnscope.views.style import (
    CLASS_COLOURS,
    class_marker,
    house_style,
    plain,
    plain_log_labels,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

MOST_LINES = 10
POINTS = 4_000
"""Members beyond which the band stands for them alone."""


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: no member."""
    return no_members("lines", atlas)


def compute(
    atlas: Atlas,
    *,
    x: str | None = None,
    y: str | None = None,
    panel: str | None = None,
    measure: str | None = None,
    statistic: str = "median",
    at: Mapping[str, Any] | None = None,
) -> Cells:
    """Return a statistic of a measure over x, a row for each line (y) and panel, see `cells`.

    Raises:
        InputError: there would be more than ten lines in a panel.
    """
    refuse(obstacle(atlas))
    if y is None:
        y = _few(atlas, x, panel, tuple(at or ()))
    found = cells(atlas, x=x, y=y, panel=panel, measure=measure, statistic=statistic, at=at)
    if found.y is not None and len(found.y) > MOST_LINES:
        raise InputError(
            f"lines draws at most {MOST_LINES} lines, and {found.y.path} has {len(found.y)} "
            "values. Take another y, or draw 'heat'."
        )
    return found


def _few(atlas: Atlas, x: str | None, panel: str | None, cut_at: Sequence[str]) -> str | None:
    """Return y as it is chosen by default where its lines are few, else ""."""
    from learnscope.views.atlas.cells import directions

    _, y, _ = directions(atlas, x, None, panel, cut_at=cut_at)
    return None if not y or atlas.table[y].n_unique() <= MOST_LINES else ""


def draw(arrays: Cells) -> Figure:
    """Draw lines with bands; members are points, and lost ones ticks at the edge."""
    with house_style():
        panels = arrays.value.shape[0]
        figure, grid = panel_grid(panels, 3.6 if panels == 1 else 2.4)
        for p, axes in enumerate(grid):
            _lines(axes, arrays, p)
            value_axis(axes, arrays.x)
            if arrays.panel is not None:
                name = arrays.panel.path.rpartition(".")[2]
                axes.set_title(plain(f"{name} = {value_text(arrays.panel.values[p])}"), pad=3)
            if axes.xaxis.get_tick_params()["labelbottom"]:
                axes.set_xlabel(plain(arrays.x.label, 34 if panels > 2 else 60))
        if _decades(arrays):
            grid[0].set_yscale("log")
            plain_log_labels(grid[0])
        for axes in grid:
            if axes.yaxis.get_tick_params()["labelleft"]:
                axes.set_ylabel(plain(statistic_text(arrays.statistic, arrays.measure), 34))
            _lost(axes, arrays, grid.index(axes))
        handles, labels = grid[0].get_legend_handles_labels()
        if arrays.y is not None:
            figure.legend(
                handles, labels, loc="outside right center", title_fontsize=8,
                title=plain(arrays.y.path.rpartition(".")[2], 20),
            )  # fmt: skip
        set_title(figure, [describe_best(arrays)], f"{_band(arrays)}{note(arrays, marks=False)}")
        return figure


def line_colours(direction: Direction | None) -> list[Any]:
    """Return a colour for each line: ordered ones for numbers, distinct ones for names."""
    if direction is None:
        return [CLASS_COLOURS[0]]
    if not direction.numeric or len(direction) <= 2:
        return list(CLASS_COLOURS[: len(direction)])
    from matplotlib import colormaps

    # The lightest end of the map does not show on white.
    return [colormaps["viridis"](v) for v in np.linspace(0.0, 0.85, len(direction))]


def _lines(axes: Axes, arrays: Cells, p: int) -> None:
    colours = line_colours(arrays.y)
    places = arrays.members
    many = len(places) > POINTS
    x = arrays.x.positions
    for v, colour in enumerate(colours):
        middle = arrays.value[p, v]
        known = np.isfinite(middle)
        label = "" if arrays.y is None else plain(value_text(arrays.y.values[v]), 24)
        axes.plot(
            x[known], middle[known], color=colour, marker=class_marker(v), markersize=4.5,
            label=label, zorder=3,
        )  # fmt: skip
        if arrays.statistic in ("median", "mean"):
            axes.fill_between(
                x, arrays.low[p, v], arrays.high[p, v], color=colour, alpha=0.13, linewidth=0
            )
        own = places[(places[:, 0] == p) & (places[:, 1] == v)]
        if not many and arrays.statistic in ("median", "mean") and len(own):
            across = x[own[:, 2].astype(int)]
            axes.plot(
                across, own[:, 3], linestyle="none", marker=".", markersize=3, color=colour,
                alpha=0.5, zorder=2, rasterized=len(places) > 1000,
            )  # fmt: skip


def _lost(axes: Axes, arrays: Cells, p: int) -> None:
    """Mark at the worse edge where members diverged or died."""
    gone = (arrays.diverged + arrays.dead)[p].sum(axis=0)
    across = arrays.x.positions[gone > 0]
    if not len(across) or arrays.statistic == "failed":
        return
    # The edge of the panel where worse values lie.
    edge = 0.0 if higher_is_better(arrays.measure) else 1.0
    axes.plot(
        across, np.full(len(across), edge), linestyle="none", marker="x", markersize=5,
        color="#D55E00", transform=axes.get_xaxis_transform(), clip_on=False, zorder=4,
    )  # fmt: skip


def _decades(arrays: Cells) -> bool:
    known: Array = arrays.members[:, 3]
    if higher_is_better(arrays.measure) or arrays.statistic == "failed" or not len(known):
        return False
    return bool(known.min() > 0 and known.max() > 30 * known.min())


def _band(arrays: Cells) -> str:
    if arrays.statistic not in ("median", "mean") or arrays.n.max(initial=0) < 2:
        return ""
    spread = "the range" if arrays.n.max() < 10 else "10 to 90 %"
    lost = (arrays.diverged + arrays.dead).sum()
    crosses = " Crosses: some members diverged or died." if lost else ""
    dots = ", dots each member" if len(arrays.members) <= POINTS else ""
    return f"Bands: {spread} over seeds{dots}.{crosses} "


def describe(arrays: Cells) -> str:
    """Say where each line begins and ends."""
    name = measure_text(arrays.measure)
    ends = []
    for p, v in np.ndindex(*arrays.value.shape[:2]):
        row = arrays.value[p, v]
        known = np.flatnonzero(np.isfinite(row))
        if len(known):
            pairs = [(arrays.panel, p), (arrays.y, v)]
            at = ", ".join(f"{d.path} = {value_text(d.values[i])}" for d, i in pairs if d)
            ends.append(f"{number(row[known[0]])} to {number(row[known[-1]])}{at and f' ({at})'}")
    shown = "; ".join(ends[:6]) + (f"; and {len(ends) - 6} more lines" if len(ends) > 6 else "")
    first, last = value_text(arrays.x.values[0]), value_text(arrays.x.values[-1])
    return f"{name[:1].upper()}{name[1:]} from {arrays.x.path} = {first} to {last}: {shown}."


LINES = AtlasView(
    name="lines",
    purpose="a measure over one setting, a line for each value of a second, with seeds and bands",
    options=("x", "y", "panel", "measure", "statistic", "at"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
