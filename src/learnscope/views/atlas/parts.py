"""Parts: the error of the points along a setting, taken apart into what causes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.atlas.result import AtlasVerdict
from learnscope.views.atlas.base import AtlasView
from learnscope.views.atlas.cells import Cells, cells
from learnscope.views.atlas.direction import value_text
from learnscope.views.atlas.phase import obstacle as judged_obstacle
from learnscope.views.atlas.phase import verdict_of
from learnscope.views.atlas.ticks import cell_ticks, panel_grid
from learnscope.views.base import refuse
from learnscope.views.record import number
from learnscope.views.style import INK, house_style, plain, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

PARTS = {
    "floor": ("noise", "#BDBDBD", ""),
    "deficit": ("fit", "#56B4E9", "//"),
    "optimisation": ("optimisation", "#E69F00", ".."),
    "gap": ("gap", "#CC79A7", "\\\\"),
}
"""Attribute of a point's verdict -> name, colour and hatch."""

MEANING = (
    "Noise: no model can undo it. Fit: what the best fit of the same rows leaves. Optimisation: "
    "the same rows were fitted better elsewhere. Gap: new rows above training rows. Dot: their sum."
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PartsArrays:
    """Parts of the error by panel and value of x.

    Attributes:
        cells: the members by cell.
        parts: (4, p, u) floor, deficit, optimisation, gap; NaN where no member counts.
        error: (p, u) their sum: mean error on the judged rows.
        standard_error: (p, u) of that mean over seeds.
        floor_known: whether the floor of any point is known; where it is not, it is 0.
        unit: what an error is: "share of wrong labels" or "mean squared error".
        part: the rows that are judged.
    """

    cells: Cells
    parts: Array
    error: Array
    standard_error: Array
    floor_known: bool
    unit: str
    part: str


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: no member, or no score to judge by."""
    return judged_obstacle(atlas).replace("phase", "parts", 1)


def compute(
    atlas: Atlas,
    *,
    x: str | None = None,
    panel: str | None = None,
    at: Mapping[str, Any] | None = None,
    verdict: AtlasVerdict | None = None,
) -> PartsArrays:
    """Return the parts of the error along x, see `PointVerdict` for what they are.

    Args:
        atlas: the atlas.
        x: direction across, see `cells`.
        panel: direction of the panels.
        at: settings at which the others are cut.
        verdict: that on the atlas, where it is at hand; left out, it is worked out.
    """
    refuse(obstacle(atlas))
    found = cells(atlas, x=x, y="", panel=panel, at=at)
    judged = verdict_of(atlas, verdict)
    points = {p.point: p for p in judged.points}
    shape = found.point.shape[0], found.point.shape[2]
    table = np.full((len(PARTS) + 2, *shape), np.nan)
    for place, k in np.ndenumerate(found.point[:, 0, :]):
        point = points.get(int(k))
        if point is not None and point.n:
            amounts = [getattr(point, name) for name in PARTS]
            table[(slice(None), *place)] = [
                *(0.0 if v is None else v for v in amounts), point.error, point.standard_error
            ]  # fmt: skip
    return PartsArrays(
        cells=found, parts=table[:4], error=table[4], standard_error=table[5],
        floor_known=any(p.floor is not None for p in judged.points),
        unit="share of wrong labels" if judged.metric == "accuracy" else "mean squared error",
        part=judged.part,
    )  # fmt: skip


def draw(arrays: PartsArrays) -> Figure:
    """Draw stacked bars, what is below zero downwards, and the error as a dot with its spread."""
    with house_style():
        found = arrays.cells
        panels = arrays.error.shape[0]
        figure, grid = panel_grid(panels, 3.4 if panels == 1 else 2.3)
        for p, axes in enumerate(grid):
            _bars(axes, arrays, p)
            cell_ticks(axes, found.x, "x", panels)
            if found.panel is not None:
                name = found.panel.path.rpartition(".")[2]
                axes.set_title(plain(f"{name} = {value_text(found.panel.values[p])}"), pad=3)
            if axes.xaxis.get_tick_params()["labelbottom"]:
                axes.set_xlabel(plain(found.x.label, 34 if panels > 2 else 60))
            if axes.yaxis.get_tick_params()["labelleft"]:
                axes.set_ylabel(plain(arrays.unit, 34))
        handles, labels = grid[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", handletextpad=0.6)
        set_title(figure, [_title(arrays)], MEANING)
        return figure


def _bars(axes: Axes, arrays: PartsArrays, p: int) -> None:
    u = np.arange(arrays.error.shape[1])
    above, below = np.zeros(len(u)), np.zeros(len(u))
    for i, (key, (name, colour, hatch)) in enumerate(PARTS.items()):
        if key == "floor" and not arrays.floor_known:
            continue
        amount = np.nan_to_num(arrays.parts[i, p])
        start = np.where(amount >= 0, above, below)
        axes.bar(
            u, amount, bottom=start, width=0.8, color=colour, hatch=hatch, edgecolor="white",
            linewidth=0.5, label=name,
        )  # fmt: skip
        above, below = above + np.maximum(amount, 0), below + np.minimum(amount, 0)
    spread = np.nan_to_num(arrays.standard_error[p])
    axes.errorbar(
        u, arrays.error[p], yerr=spread, fmt="o", color=INK, markersize=4, elinewidth=1, capsize=2,
        label="error ± 1 s.e.",
    )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=0.8)
    gone = np.flatnonzero(~np.isfinite(arrays.error[p]))
    if len(gone):
        axes.plot(gone, np.zeros(len(gone)), "x", color="#D55E00", markersize=6, clip_on=False)


def _title(arrays: PartsArrays) -> str:
    if not np.isfinite(arrays.error).any():
        return "No point has an error: all members diverged or died"
    place = np.unravel_index(int(np.nanargmin(arrays.error)), arrays.error.shape)
    at = value_text(arrays.cells.x.values[place[1]])
    return (
        f"Where the error on {arrays.part} rows comes from: least {number(arrays.error[place])} at "
        f"{arrays.cells.x.path} = {at}{', ' if arrays.cells.cut_text else ''}"
        f"{arrays.cells.cut_text}"
    )


def describe(arrays: PartsArrays) -> str:
    """Say the parts at the point with the least error."""
    if not np.isfinite(arrays.error).any():
        return f"{_title(arrays)}."
    place = np.unravel_index(int(np.nanargmin(arrays.error)), arrays.error.shape)
    own = arrays.parts[:, place[0], place[1]]
    named = [
        f"{name} {number(v if abs(v) > 1e-9 else 0.0)}"
        for (key, (name, *_)), v in zip(PARTS.items(), own, strict=True)
        if key != "floor" or arrays.floor_known
    ]
    return f"{_title(arrays)}. There: {', '.join(named)}."


ERROR_PARTS = AtlasView(
    name="parts",
    purpose="the error along a setting, taken apart: noise, fit, optimisation, gap",
    options=("x", "panel", "at"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
