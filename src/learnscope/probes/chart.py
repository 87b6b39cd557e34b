"""Drawing a chart of lines with their bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from learnscope.probes.base import Chart, Line
from learnscope.views.style import (
    MUTED,
    class_colour,
    class_marker,
    house_style,
    legend,
    new_panels,
    plain,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_chart(chart: Chart) -> Figure:
    """Draw the lines with their bands, markers where a line has few points."""
    with house_style():
        figure, panels = new_panels(3.8, above=0.6)
        axes = panels[0, 0]
        if chart.log:
            axes.set_xscale("log")
        if chart.diagonal:
            axes.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1)
        for k, line in enumerate(chart.lines):
            _draw_line(axes, line, k)
        axes.set(xlabel=plain(chart.xlabel, 80), ylabel=plain(chart.ylabel, 46))
        legend(axes)
        set_title(figure, (chart.title,))
        return figure


def _draw_line(axes: Axes, line: Line, k: int) -> None:
    colour = class_colour(k)
    if line.low is not None and line.high is not None:
        axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
    marked = line.points or len(line.x) <= 30
    axes.plot(
        line.x,
        line.y,
        color=colour,
        linestyle="none" if line.points else "-",
        marker=class_marker(k) if marked else None,
        markersize=4,
        label=plain(line.label) if line.label else None,
    )
    if len(line.x) and not np.isfinite(line.y).any():
        axes.plot([], [])
