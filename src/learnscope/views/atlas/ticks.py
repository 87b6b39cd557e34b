"""Axes of pictures of an atlas: cells side by side, numbers, logarithms; grids of panels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.views.atlas.direction import Direction, value_text
from learnscope.views.style import MUTED, new_figure, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 3
"""Panels side by side."""
TICKS_X, TICKS_Y = 12, 16
"""Most labels of one panel across and up; of panels side by side fewer fit."""


def panel_grid(n: int, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with n panels, at most three side by side, each so many inches high."""
    across = min(n, ACROSS) if n != 4 else 2
    down = -(-n // across)
    figure = new_figure(height * down + 0.9)
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[n:]:
        axes.set_visible(False)
    for i, axes in enumerate(grid.flat[:n]):
        # A panel with nothing below it keeps its labels.
        axes.tick_params(labelbottom=i + across >= n, labelleft=i % across == 0)
    return figure, list(grid.flat[:n])


def cell_ticks(axes: Axes, direction: Direction | None, which: str, panels: int = 1) -> None:
    """Label cells at 0, 1, 2 ...; of many every second, third ... so that none overlap."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    if direction is None:
        axis.set_ticks([])
        return
    texts, m = direction.texts, len(direction)
    most = TICKS_Y
    if which == "x":
        across = min(panels, ACROSS)
        # Characters that fit below one panel.
        room = 78 / across
        most = max(2, min(TICKS_X, int(room / (max(map(len, texts)) + 1.5))))
    step = max(1, math.ceil(m / most))
    # Long names stand slantwise rather than being left out.
    slant = which == "x" and not direction.numeric and step > 1 and m <= 12
    step = 1 if slant else step
    shown = list(range(0, m, step))
    look: dict[str, Any] = {"rotation": 35, "ha": "right"} if slant else {}
    axis.set_ticks(shown, [plain(texts[i], 24) for i in shown], **look)
    axis.set_tick_params(length=2)


def value_axis(axes: Axes, direction: Direction) -> None:
    """Make the axis across that of a direction: linear, logarithmic, or names side by side."""
    if not direction.numeric:
        cell_ticks(axes, direction, "x")
        axes.set_xlim(-0.5, len(direction) - 0.5)
        return
    if direction.log:
        axes.set_xscale("log")
        plain_ticks(axes, direction.positions, "x", [value_text(v) for v in direction.values])
        return
    if len(direction) <= 10 and not direction.binned:
        low, high = direction.positions[0], direction.positions[-1]
        gaps = np.diff(direction.positions)
        # Values too near to each other get the ticks of the axis.
        if len(gaps) == 0 or gaps.min() > 0.04 * (high - low):
            axes.set_xticks(direction.positions, direction.texts)


def plain_ticks(axes: Axes, values: Array, which: str, texts: list[str] | None = None) -> None:
    """Label a logarithmic axis with its own values where these are few, else with plain numbers."""
    from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, StrMethodFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_minor_formatter(NullFormatter())
    known = np.asarray(values, dtype=np.float64)
    logs = np.log10(known)
    few = texts is not None and len(known) <= 10
    if few and np.diff(logs).min(initial=9.0) > 0.045 * max(float(np.ptp(logs)), 1e-9):
        axis.set_major_locator(FixedLocator(known.tolist()))
        axis.set_minor_locator(FixedLocator([]))
        axis.set_ticks(known, texts)
        return
    short = len(logs) > 0 and float(np.ptp(logs)) < 2
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if short else (1.0,)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))


def measure_text(measure: str) -> str:
    """Return a measure as a label: "test accuracy", "training time (s)"."""
    if measure == "seconds":
        return "training time (s)"
    part, _, rest = measure.partition("_")
    if part in ("train", "test", "validation") and rest:
        name = {"train": "training"}.get(part, part)
        return f"{name} {rest.replace('_', ' ')}"
    return measure.replace("_", " ")


def statistic_text(statistic: str, measure: str) -> str:
    """Return "median test accuracy", "share of members that failed"."""
    if statistic == "failed":
        return "share of members that diverged or died"
    words = {"sd": "standard deviation of"}
    if statistic.startswith("q"):
        return f"{statistic[1:]} % quantile of {measure_text(measure)}"
    return f"{words.get(statistic, statistic)} {measure_text(measure)}"


def sweep_note(axes: Axes, text: str) -> None:
    """Write a small grey remark inside the upper edge of the axes."""
    axes.text(0.01, 0.985, text, transform=axes.transAxes, va="top", fontsize=7, color=MUTED)
