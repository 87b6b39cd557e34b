"""Data: the examples of a run, with their split into training, validation and test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.trained import Trained
from learnscope.views.base import View
from learnscope.views.curve_axes import data_limits, extended_axis, one_input_points, scatter_parts
from learnscope.views.image_grid import (
    ImageGrid,
    draw_image_grid,
    image_grid,
    image_points,
    is_images,
)
from learnscope.views.maps import colour_bar, new_map, place_legend
from learnscope.views.plane import Grid, Plane, choose_plane, make_grid
from learnscope.views.points import (
    Points,
    count_text,
    draw_points,
    legend_handles,
    plane_points,
)
from learnscope.views.record import Record, choose, number, output_index, read_record
from learnscope.views.style import (
    TARGET,
    house_style,
    legend,
    legend_beside,
    one_panel,
    plain,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DataArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        points: the examples; with one input `xy` is input and target, of images it is (n, 0).
        plane: the plane they lie in; None with one input, and for images.
        grid: the box around them; None with one input, and for images.
        columns: names of the inputs.
        output: name of the target that is shown, of a regression.
        axis: (m,) inputs at which the target is known; (0,) else.
        target: (m,) the target there.
        images: the first images of each class, where the examples are images.
    """

    record: Record
    points: Points
    plane: Plane | None
    grid: Grid | None
    columns: tuple[str, ...]
    output: str
    axis: Array
    target: Array
    images: ImageGrid | None = None


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no member. Every run has data."""
    return "" if trained else "data needs a member, got none."


def compute(
    trained: Sequence[Trained],
    *,
    seed: int | None = None,
    columns: Sequence[str] | None = None,
    output: str | int = 0,
) -> DataArrays:
    """Lay out the examples of one member.

    Args:
        trained: members of one experiment; diverged ones have data too.
        seed: root seed of the member; left out, the first.
        columns: two of more than two inputs; left out, principal components, and images as
            images.
        output: the target of a regression with several, by name or number.
    """
    record = read_record(trained)
    t, chosen = choose(trained if seed is not None else trained[:1], seed)
    shared = t.member.experiment.problem.seed is not None or len(trained) == 1
    text = chosen if shared else f"{chosen} of {len(trained)}, each with a sample of its own"
    sample = t.member.sample
    index = output_index(t, output) if sample.task == "regression" else 0
    name = sample.outputs[index] if sample.task == "regression" else ""
    if is_images(sample) and columns is None:
        return _of_images(t, replace(record, chosen=text))
    one = len(sample.columns) == 1
    plane = None if one else choose_plane(sample, columns)
    points = one_input_points(t, index) if plane is None else plane_points(t, plane, index)
    axis, target = _target(t, index) if one else (np.empty(0), np.empty(0))
    return DataArrays(
        record=replace(record, chosen=text),
        points=points,
        plane=plane,
        grid=None if one else make_grid(points.xy, 2),
        columns=sample.columns,
        output=name,
        axis=axis,
        target=target,
    )


def _of_images(t: Trained, record: Record) -> DataArrays:
    sample = t.member.sample
    return DataArrays(
        record=record,
        points=image_points(t),
        plane=None,
        grid=None,
        columns=sample.columns,
        output="",
        axis=np.empty(0),
        target=np.empty(0),
        images=image_grid(t),
    )


def _target(t: Trained, index: int) -> tuple[Array, Array]:
    sample = t.member.sample
    if sample.truth is None or sample.task == "classification":
        return np.empty(0), np.empty(0)
    axis = extended_axis(sample.x[:, 0], 501)
    return axis, sample.truth.target(axis[:, None])[:, index]


def draw(arrays: DataArrays) -> Figure:
    """Draw the examples: test solid, training pale, validation ringed."""
    with house_style():
        if arrays.images is not None:
            figure = draw_image_grid(arrays.images)
        elif arrays.plane is None or arrays.grid is None:
            figure = _draw_line(arrays)
        else:
            figure = _draw_plane(arrays, arrays.plane, arrays.grid)
        held = f"{len(arrays.columns)} inputs" if arrays.plane and arrays.plane.held else ""
        what = f"Data: {_counted(arrays)}"
        seen = f"{held} seen in a plane" if held else ""
        set_title(figure, (what, seen, arrays.record.chosen), arrays.record.problem)
        return figure


def _draw_line(arrays: DataArrays) -> Figure:
    figure, axes = one_panel(3.4, beside=arrays.points.task == "classification")
    if len(arrays.axis):
        axes.plot(arrays.axis, arrays.target, color=TARGET, linestyle="--", label="target")
    points, what = arrays.points, plain(arrays.output)
    if points.task == "regression":
        scatter_parts(axes, points)
        axes.set_ylim(*data_limits(points.xy[:, 1], arrays.target))
        legend(axes)
    else:
        draw_points(axes, points)
        axes.set_yticks(range(len(points.outputs)), [plain(n, 18) for n in points.outputs])
        axes.set_ylim(-0.6, len(points.outputs) - 0.4)
        legend_beside(axes, legend_handles(points))
        what = "class"
    axes.set(xlabel=plain(arrays.columns[0]), ylabel=what)
    return figure


def _draw_plane(arrays: DataArrays, plane: Plane, grid: Grid) -> Figure:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    figure, axes = new_map(grid, plane.labels)
    axes.grid(color="#E6E6E6", linewidth=0.6)
    axes.set_axisbelow(True)
    if arrays.points.task == "regression":
        norm = Normalize(float(arrays.points.y.min()), float(arrays.points.y.max()))
        draw_points(axes, arrays.points, values={"cmap": "viridis", "norm": norm})
        colour_bar(figure, ScalarMappable(norm, "viridis"), arrays.output)
    else:
        draw_points(axes, arrays.points)
    place_legend(figure, arrays.points)
    return figure


def _counted(arrays: DataArrays) -> str:
    text = count_text(arrays.points)
    return text if arrays.images is None else text.replace("point", "image")


def describe(arrays: DataArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    points = arrays.points
    start = f"{_counted(arrays)} over {', '.join(arrays.columns[:4])}"
    if len(arrays.columns) > 4:
        start += f" and {len(arrays.columns) - 4} more inputs"
    if points.task == "regression" and arrays.images is not None:
        return f"{start}."
    if points.task == "regression":
        low, high = number(float(points.y.min())), number(float(points.y.max()))
        return f"{start}; {arrays.output} runs from {low} to {high}."
    counts = np.bincount(points.y, minlength=len(points.outputs))
    pairs = zip(points.outputs, counts, strict=True)
    return f"{start}; classes: {', '.join(f'{name} {n}' for name, n in pairs)}."


DATA = View(
    name="data",
    purpose="the examples, by class or target, and which of them train, validate and test",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
