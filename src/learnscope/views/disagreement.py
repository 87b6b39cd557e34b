"""Disagreement: where the members of a run, trained from other seeds, answer differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.curve_axes import extended_axis, one_input_points
from learnscope.views.maps import (
    colour_bar,
    column_legend,
    new_map,
    place_legend,
    zero_lines,
)
from learnscope.views.plane import Grid, Plane, choose_plane, make_grid
from learnscope.views.points import Points, draw_points, plane_points
from learnscope.views.record import (
    Record,
    choose,
    members,
    number,
    output_index,
    own_inputs,
    shown_members,
    whose_points,
)
from learnscope.views.style import PREDICTION, grey_map, house_style, one_panel, plain, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DisagreementArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        points: examples of one member.
        plane: the plane of the map; None with one input.
        grid: its pixels; None with one input.
        x: (m,) inputs with one input, else (0,).
        value: (m, m), or (m,) with one input: the share of members that do not give the class
            most members give; for regression the standard deviation of their outputs (the
            sample's, divided by members - 1).
        majority: the class most members give, of the shape of `value`; the first of equals.
            -1 for regression.
        reading: what `value` is.
        column: name of the input with one input, else "".
    """

    record: Record
    points: Points
    plane: Plane | None
    grid: Grid | None
    x: Array
    value: Array
    majority: Array
    reading: str
    column: str


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: fewer than two members to compare."""
    n = len(shown_members(trained))
    if n >= 2:
        return own_inputs("disagreement", trained)
    return (
        f"disagreement needs at least two living members with finite weights, got {n}. Set "
        "seeds = 10, for example."
    )


def compute(
    trained: Sequence[Trained],
    *,
    seed: int | None = None,
    columns: Sequence[str] | None = None,
    output: str | int = 0,
    resolution: int = 120,
) -> DisagreementArrays:
    """Compare all members pixel by pixel; see `boundary.compute` for the options.

    Raises:
        InputError: fewer than two members are alive.
    """
    finite, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    sample = t.member.sample
    index = output_index(t, output) if sample.task == "regression" else 0
    plane = choose_plane(sample, columns) if len(sample.columns) > 1 else None
    if plane is None:
        x, grid = extended_axis(sample.x[:, 0], 501), None
        inputs, points = x[:, None], one_input_points(t, index)
    else:
        points = plane_points(t, plane, index)
        x, grid = np.empty(0), make_grid(points.xy, resolution)
        inputs = plane.inputs(grid.points())
    classes = sample.task == "classification"
    value, majority = _vote(finite, inputs) if classes else _spread(finite, inputs, index)
    return DisagreementArrays(
        record=replace(record, chosen=whose_points(t, chosen, len(finite))),
        points=points,
        plane=plane,
        grid=grid,
        x=x,
        value=value if grid is None else grid.image(value),
        majority=majority if grid is None else grid.image(majority),
        reading=(
            "share against the majority"
            if classes
            else f"sd of {sample.outputs[index]} between members"
        ),
        column="" if plane else sample.columns[0],
    )


def _vote(finite: Sequence[Trained], inputs: Array) -> tuple[Array, Array]:
    # Counts, not all labels at once: a thousand members would be 14 million labels.
    counts = np.zeros((len(inputs), len(finite[0].member.sample.outputs)), dtype=np.int64)
    for t in finite:
        counts[np.arange(len(inputs)), t.labels(inputs)] += 1
    return 1 - counts.max(axis=1) / len(finite), counts.argmax(axis=1)


def _spread(finite: Sequence[Trained], inputs: Array, index: int) -> tuple[Array, Array]:
    outputs = np.stack([t.output(inputs)[:, index].astype(np.float64) for t in finite])
    return outputs.std(axis=0, ddof=1), np.full(len(inputs), -1)


def draw(arrays: DisagreementArrays) -> Figure:
    """Draw the map, or the curve with one input: dark where the members differ."""
    with house_style():
        if arrays.plane is None or arrays.grid is None:
            figure = _draw_line(arrays)
        else:
            figure = _draw_map(arrays, arrays.plane, arrays.grid)
        model = arrays.record.short_model()
        what = f"Where {len(arrays.record.seeds)} members of the {model} disagree"
        held = arrays.plane.held if arrays.plane else ""
        set_title(
            figure,
            (what, held, arrays.record.missing()),
            f"{arrays.record.chosen}{arrays.record.note()}",
        )
        return figure


def _draw_line(arrays: DisagreementArrays) -> Figure:
    figure, axes = one_panel(3.4, beside=False)
    axes.plot(arrays.x, arrays.value, color=PREDICTION)
    axes.fill_between(arrays.x, 0, arrays.value, color=PREDICTION, alpha=0.15, linewidth=0)
    # Ticks at the lower edge show where there are examples to learn from.
    axes.plot(
        arrays.points.xy[:, 0], np.zeros(len(arrays.points.y)), linestyle="none", marker="|",
        color="#222222", markersize=8, label="examples", clip_on=False,
    )  # fmt: skip
    axes.set(
        xlabel=plain(arrays.column), ylabel=plain(arrays.reading, 46),
        xlim=(arrays.x[0], arrays.x[-1]), ylim=(0, _top(arrays)),
    )  # fmt: skip
    axes.legend(loc="upper right")
    return figure


def _top(arrays: DisagreementArrays) -> float:
    return float(arrays.value.max()) * 1.08 or 1.0


def _draw_map(arrays: DisagreementArrays, plane: Plane, grid: Grid) -> Figure:
    figure, axes = new_map(grid, plane.labels)
    image = axes.imshow(
        arrays.value, origin="lower", extent=grid.limits, cmap=grey_map(), vmin=0.0,
        vmax=_top(arrays), interpolation="none", aspect=axes.get_aspect(),
    )  # fmt: skip
    if arrays.points.task == "classification":
        _draw_majority(axes, arrays, grid)
        draw_points(axes, arrays.points)
    else:
        x, y = arrays.points.xy.T
        axes.scatter(x, y, s=5, color=PREDICTION, label="examples", linewidth=0)
    colour_bar(figure, image, arrays.reading)
    if arrays.points.task == "classification":
        place_legend(figure, arrays.points, axes)
    else:
        column_legend(figure, axes.get_legend_handles_labels()[0])
    return figure


def _draw_majority(axes: Axes, arrays: DisagreementArrays, grid: Grid) -> None:
    label = "majority boundary"
    for k in range(len(arrays.points.outputs)):
        inside = np.where(arrays.majority == k, 0.5, -0.5)
        if zero_lines(axes, grid, inside, label=label):
            label = ""


def describe(arrays: DisagreementArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    top, mean = float(arrays.value.max()), float(arrays.value.mean())
    start = f"{arrays.reading[0].upper()}{arrays.reading[1:]}, {arrays.record.who()}"
    if arrays.points.task == "regression":
        return f"{start}: {number(mean)} on average, {number(top)} at most."
    agreed = float((arrays.value == 0).mean())
    return f"{start}: {mean:.1%} on average, {top:.0%} at most; all agree on {agreed:.0%} of it."


DISAGREEMENT = View(
    name="disagreement",
    purpose="where members trained from different seeds answer differently",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
