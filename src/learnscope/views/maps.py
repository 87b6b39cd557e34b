"""Parts that maps over a plane have in common: axes, colour bars, contours, legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.views.plane import Grid
from learnscope.views.points import Points, legend_handles
from learnscope.views.style import (
    INK,
    MAP_OPACITY,
    PAPER,
    WIDTH,
    confidence_colours,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure


Box = tuple[float, float, float, float]
HEIGHT, SIDE, LEFT, BOTTOM = 5.58, 4.2, 0.78, 0.84
"""Inches: height of the figure, side of the map, room to the left of it and below it."""
COLUMN = LEFT + SIDE + 0.22
"""Where the column begins that holds the legend (from the top) and the colour bar (below)."""


def new_map(grid: Grid, labels: tuple[str, str]) -> tuple[Figure, Axes]:
    """Return a figure with one set of axes over the box of the grid.

    Its parts stand at fixed places, so that maps side by side are of one size.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor=PAPER)
    axes = figure.add_axes(_inches(LEFT, BOTTOM, SIDE, SIDE))
    left, right, bottom, top = grid.limits
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel=plain(labels[0], 60))
    axes.set_ylabel(plain(labels[1], 60))
    axes.set_aspect("equal" if grid.square else "auto")
    # A map fills its box to the edge.
    axes.spines[["top", "right"]].set_visible(True)
    return figure, axes


def _inches(left: float, bottom: float, width: float, height: float) -> Box:
    return left / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT


def colour_bar(
    figure: Figure, image: ScalarMappable, label: str, values: Array | None = None
) -> Colorbar:
    """Add the colour bar; pointed ends say that values go beyond it, and the label how far."""
    extend, text = "neither", textwrap.fill(plain(label, 60), 32)
    if values is not None:
        low, high = float(values.min()), float(values.max())
        below, above = low < -0.005, high > 1.005
        extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max"}.get((below, above), "both")
        if below or above:
            text += f"\nvalues here: {low:.2g} to {high:.2g}"
    place = figure.add_axes(_inches(COLUMN, BOTTOM, 0.17, 1.75))
    bar = figure.colorbar(image, cax=place, extend=extend)
    bar.set_label(text, fontsize=8)
    bar.outline.set_linewidth(0.5)
    return bar


def confidence_key(figure: Figure, names: Sequence[str], label: str) -> None:
    """Add the key of a map of many classes: a column for each, paler towards 1 / c."""
    c = len(names)
    belief = np.linspace(1 / c, 1, 64)
    shares = np.full((64, c, c), np.nan)
    for k in range(c):
        shares[:, k] = ((1 - belief) / (c - 1))[:, None]
        shares[:, k, k] = belief
    key = figure.add_axes(_inches(COLUMN, BOTTOM, min(0.13 * c, 0.9), 1.5))
    key.imshow(
        confidence_colours(shares), origin="lower", aspect="auto", alpha=MAP_OPACITY,
        extent=(-0.5, c - 0.5, 1 / c, 1), interpolation="none",
    )  # fmt: skip
    key.set_xticks([])
    key.yaxis.tick_right()
    key.yaxis.set_label_position("right")
    key.set_yticks([1 / c, 0.5 + 0.5 / c, 1], [f"{v:.2f}" for v in (1 / c, 0.5 + 0.5 / c, 1)])
    key.set_ylabel(label, fontsize=8)
    key.tick_params(length=2)


def column_legend(figure: Figure, handles: Sequence[Any]) -> None:
    """Put these names to the right of the map, from its top down."""
    figure.legend(
        handles=handles, loc="upper left", handletextpad=0.5, borderaxespad=0, borderpad=0,
        bbox_to_anchor=(COLUMN / WIDTH, (BOTTOM + SIDE) / HEIGHT),
    )  # fmt: skip


def zero_lines(axes: Axes, grid: Grid, height: Array, **options: Any) -> bool:
    """Draw where the height (m, m) is zero; returns whether it is so anywhere.

    A `label` goes to the legend.
    """
    if not float(height.min()) < 0 < float(height.max()):
        return False
    label = options.pop("label", "")
    style = options.get("linestyles", "solid")
    look = {"colors": INK, "linewidths": 1.2, "linestyles": style, "zorder": 2.5}
    axes.contour(grid.x, grid.y, height, levels=[0.0], **look)
    if label:
        axes.plot([], [], color=INK, linewidth=1.2, linestyle=style, label=label)
    return True


def place_legend(figure: Figure, points: Points, axes: Axes | None = None) -> None:
    """Put the names of classes, parts and lines to the right of the map."""
    handles: list[Any] = list(legend_handles(points))
    if axes is not None:
        handles += axes.get_legend_handles_labels()[0]
    column_legend(figure, handles)


def contour_step(low: float, high: float, wanted: int = 8) -> Array:
    """Return round heights strictly between two values, about as many as wanted."""
    if not high > low:
        return np.empty(0)
    rough = (high - low) / wanted
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    levels = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return np.asarray(levels[(levels > low) & (levels < high)])
