"""Heat map: a measure over one or two settings, in panels over a third."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.views.atlas.base import AtlasView, no_members
from learnscope.views.atlas.cells import Cells, cells, higher_is_better
from learnscope.views.atlas.direction import value_text
from learnscope.views.atlas.ticks import ACROSS, cell_ticks, panel_grid, statistic_text
from learnscope.views.base import refuse
from learnscope.views.record import count, number
from learnscope.views.style import INK, house_style, plain, set_title, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

FAILED = "#BDBDBD"
NUMBERS = 60
"""Most cells of a picture that have their numbers written in them."""


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: no member."""
    return no_members("heat", atlas)


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
    """Return a statistic of a measure by cell, see `cells`."""
    refuse(obstacle(atlas))
    return cells(atlas, x=x, y=y, panel=panel, measure=measure, statistic=statistic, at=at)


def draw(arrays: Cells) -> Figure:
    """Draw a panel for each value of the third direction.

    Cells without a member are hatched, those whose members all diverged or died grey with a
    cross; where some did, their share is a mark in the corner. The best cell has a frame.
    """
    with house_style():
        panels, rows, columns = arrays.value.shape
        height = 1.1 if rows == 1 else min(3.6, max(1.5, 0.32 * rows)) if panels > 1 else 3.9
        figure, grid = panel_grid(panels, height)
        cmap, norm = _colours(arrays)
        best = arrays.best()
        for p, axes in enumerate(grid):
            image = draw_cells(axes, arrays.value[p], cmap, norm)
            mark_cells(axes, arrays, p)
            if panels * rows * columns <= NUMBERS:
                _write(axes, arrays, p, cmap, norm)
            if best is not None and best[0] == p and arrays.statistic in ("median", "mean"):
                _frame(axes, best[2], best[1])
            label_panel(axes, arrays, p, panels)
        bar = figure.colorbar(image, ax=grid, shrink=0.9 if rows > 1 else 1.0, aspect=28, pad=0.015)
        text = statistic_text(arrays.statistic, arrays.measure)
        bar.set_label(wrap(text, 16, 3) if rows == 1 else text)
        bar.outline.set_linewidth(0.5)
        label_sides(grid, arrays)
        set_title(figure, [describe_best(arrays)], note(arrays))
        return figure


def _colours(arrays: Cells) -> tuple[Colormap, Normalize]:
    """Return a map on which better is lighter, and its ends; wide errors have a logarithm."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm, Normalize

    up = higher_is_better(arrays.measure) and arrays.statistic not in ("sd", "failed")
    known = arrays.value[np.isfinite(arrays.value)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    decades = low > 0 and high > 50 * low and not up
    cmap = colormaps["viridis" if up else "viridis_r"]
    return cmap, LogNorm(low, high) if decades else Normalize(low, high)


def draw_cells(axes: Axes, value: Array, cmap: Colormap, norm: Normalize) -> Any:
    """Draw values (v, u) as cells around 0, 1, 2 ..., nothing where there is no number."""
    rows, columns = value.shape
    edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
    axes.spines[["top", "right"]].set_visible(True)
    fine = rows * columns <= 900
    look: dict[str, Any] = {"edgecolors": "white", "linewidth": 0.6} if fine else {}
    return axes.pcolormesh(
        *edges, np.ma.masked_invalid(value), cmap=cmap, norm=norm, rasterized=not fine, **look
    )


def mark_cells(axes: Axes, arrays: Cells, p: int) -> None:
    """Hatch what is missing, cross what failed, and mark where some members failed."""
    from matplotlib.patches import Rectangle

    missing, failed = arrays.missing[p], arrays.failed[p]
    for v, u in np.argwhere(missing):
        place = Rectangle((u - 0.5, v - 0.5), 1, 1, fill=False, hatch="////", linewidth=0,
                          edgecolor="#C4C4C4")  # fmt: skip
        axes.add_patch(place)
    for v, u in np.argwhere(failed):
        axes.add_patch(Rectangle((u - 0.5, v - 0.5), 1, 1, color=FAILED, linewidth=0))
    up, across = np.nonzero(failed)
    small = max(2.0, min(7.0, 120 / max(arrays.value.shape[1:])))
    axes.plot(across, up, linestyle="none", marker="x", color=INK, markersize=small)
    gone = arrays.diverged[p] + arrays.dead[p]
    up, across = np.nonzero((gone > 0) & ~failed)
    share = gone[up, across] / (gone + arrays.n[p])[up, across]
    if arrays.statistic != "failed" and len(up):
        # A mark in the corner, the larger the more members failed.
        axes.scatter(
            across + 0.36, up + 0.3, s=small**2 * (0.35 + 0.65 * share), marker="v",
            color="#D55E00", edgecolors="white", linewidths=0.5, zorder=3,
        )  # fmt: skip


def _write(axes: Axes, arrays: Cells, p: int, cmap: Colormap, norm: Normalize) -> None:
    wide = arrays.value.shape[2] * min(arrays.value.shape[0], 3)
    size = 7.5 if wide <= 12 else 6.5 if wide <= 18 else 5.5
    for (v, u), value in np.ndenumerate(arrays.value[p]):
        if np.isfinite(value):
            r, g, b, _ = cmap(norm(value))
            dark = 0.299 * r + 0.587 * g + 0.114 * b < 0.55
            text = f"{value:.2f}" if 0.005 <= abs(value) < 10 else f"{value:.2g}"
            axes.text(u, v, text, ha="center", va="center", fontsize=size,
                      color="white" if dark else INK)  # fmt: skip


def _frame(axes: Axes, u: int, v: int) -> None:
    from matplotlib.patches import Rectangle

    for colour, width in (("white", 3.4), (INK, 1.8)):
        axes.add_patch(
            Rectangle((u - 0.5, v - 0.5), 1, 1, fill=False, edgecolor=colour, linewidth=width,
                      zorder=4)
        )  # fmt: skip


def label_panel(axes: Axes, arrays: Cells, p: int, panels: int) -> None:
    """Write the ticks, and the value of the panel over it."""
    cell_ticks(axes, arrays.x, "x", panels)
    cell_ticks(axes, arrays.y, "y")
    if arrays.panel is not None:
        name = arrays.panel.path.rpartition(".")[2]
        axes.set_title(plain(f"{name} = {value_text(arrays.panel.values[p])}"), pad=3)


def label_sides(grid: list[Axes], arrays: Cells) -> None:
    """Name the directions at the outer panels."""
    for axes in grid:
        place = axes.get_subplotspec()
        assert place is not None
        if axes.xaxis.get_tick_params()["labelbottom"]:
            axes.set_xlabel(plain(arrays.x.label, 34 if len(grid) > 2 else 60))
        if arrays.y is not None and place.is_first_col():
            short = len(grid) > ACROSS or len(grid) == 4
            name = arrays.y.path.rpartition(".")[2] if short else arrays.y.label
            axes.set_ylabel(plain(name, 34))


def marks_text(arrays: Cells) -> str:
    """Say what marks on cells mean, "" where there are none."""
    gone = (arrays.diverged + arrays.dead)[~arrays.failed]
    marks = (
        ("▼ some of them diverged or died", (gone > 0).any() and arrays.statistic != "failed"),
        ("× all did", arrays.failed.any()),
        ("hatched: no member", arrays.missing.any()),
    )
    return "; ".join(text for text, there in marks if there)


def settings_at(arrays: Cells, place: tuple[int, int, int]) -> str:
    """Return the settings of a cell: "model.width = 4, model.depth = 2"."""
    p, v, u = place
    pairs = [(arrays.x, u), (arrays.y, v), (arrays.panel, p)]
    return ", ".join(f"{d.path} = {value_text(d.values[i])}" for d, i in pairs if d is not None)


def describe_best(arrays: Cells) -> str:
    """Say which cell is best, the title of the picture."""
    place = arrays.best()
    name = statistic_text(arrays.statistic, arrays.measure)
    if place is None:
        return f"No cell has a {name}: all members diverged or died"
    if arrays.statistic in ("sd", "failed"):
        return name[:1].upper() + name[1:]
    return f"Best {name} {number(arrays.value[place])} at {settings_at(arrays, place)}"


def note(arrays: Cells, *, marks: bool = True) -> str:
    """Say what the cells hold: members, cut, failures."""
    total = arrays.n + arrays.diverged + arrays.dead
    lost = int((arrays.diverged + arrays.dead).sum())
    per = total[total > 0]
    many = f"{per.min()}" if per.min() == per.max() else f"{per.min()} to {per.max()}"
    parts = [
        f"{many} member{'s' if per.max() > 1 else ''} a cell",
        marks_text(arrays) if marks else "",
        arrays.cut_text,
        f"{count(lost, 'member')} diverged or died and do{'es' if lost == 1 else ''} not count"
        if lost
        else "",
    ]
    text = "; ".join(p for p in parts if p)
    return f"{text}. Atlas {arrays.atlas}."


def describe(arrays: Cells) -> str:
    """Say the best cell, the worst, and how many failed."""
    known = arrays.value[np.isfinite(arrays.value)]
    if not len(known):
        return f"{describe_best(arrays)}."
    return (
        f"{describe_best(arrays)}; over {count(len(known), 'cell')} from {number(known.min())} to "
        f"{number(known.max())}. {note(arrays)}"
    )


HEAT = AtlasView(
    name="heat",
    purpose="a measure over one or two settings, in panels over a third",
    options=("x", "y", "panel", "measure", "statistic", "at"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
