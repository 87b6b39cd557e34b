"""Parts that pictures over one input have in common: the axis, its limits, the examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.trained import Trained
from learnscope.training.split import PARTS
from learnscope.views.points import Points, marker_size
from learnscope.views.record import part_of_rows
from learnscope.views.style import INK, MUTED, lighten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EXTENSION = 0.05
"""Share of the range of the inputs that an axis reaches beyond them on both sides, as the test
axis of S2.1 does."""


def extended_axis(x: Array, m: int) -> Array:
    """Return `m` even inputs from a little below the lowest to a little above the highest."""
    low, high = float(x.min()), float(x.max())
    beyond = EXTENSION * (high - low) if high > low else 1.0
    return np.linspace(low - beyond, high + beyond, m)


def data_limits(*values: Array, margin: float = 0.08) -> tuple[float, float]:
    """Return limits that hold all values, with a margin."""
    both = np.concatenate([np.ravel(v) for v in values])
    low, high = float(both.min()), float(both.max())
    # A constant must not be magnified into noise.
    beyond = margin * (high - low) if high > low else max(0.5 * abs(high), 0.5)
    return low - beyond, high + beyond


def one_input_points(t: Trained, output: int) -> Points:
    """Return the examples of a problem with one input: input across, target or class up."""
    sample, part = t.member.sample, part_of_rows(t)
    used = part >= 0
    y = sample.y if sample.task == "classification" else sample.y[:, output]
    return Points(
        xy=np.stack((sample.x[:, 0], y), axis=1)[used],
        y=y[used],
        part=part[used],
        task=sample.task,
        outputs=sample.outputs,
    )


def scatter_parts(axes: Axes, points: Points) -> None:
    """Draw the examples of a regression: test solid, training pale, validation ringed."""
    looks = {
        "train": {"facecolor": lighten(MUTED, 0.6), "edgecolor": MUTED, "linewidth": 0.8},
        "validation": {"facecolor": lighten(MUTED, 0.6), "edgecolor": INK, "linewidth": 1.3},
        "test": {"facecolor": INK, "edgecolor": "white", "linewidth": 0.6},
    }
    for i, part in enumerate(PARTS):
        rows = points.part == i
        if rows.any():
            axes.scatter(
                points.xy[rows, 0], points.xy[rows, 1], s=marker_size(len(rows)), zorder=3,
                label=f"{part} ({int(rows.sum())})", rasterized=len(rows) > 1500,
                **looks[part],  # type: ignore[arg-type]
            )  # fmt: skip
