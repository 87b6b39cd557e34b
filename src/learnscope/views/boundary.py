"""Boundary: the output over the plane of two inputs, with class regions and the examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.maps import (
    colour_bar,
    confidence_key,
    contour_step,
    new_map,
    place_legend,
    zero_lines,
)
from learnscope.views.plane import Grid, Plane, choose_plane, make_grid
from learnscope.views.points import Points, draw_points, plane_points
from learnscope.views.record import (
    Record,
    choose,
    inputs_text,
    members,
    no_finite_member,
    number,
    output_index,
    own_inputs,
)
from learnscope.views.style import (
    INK,
    MAP_OPACITY,
    confidence_colours,
    house_style,
    plain,
    set_title,
    two_class_map,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BoundaryArrays:
    """What the picture is drawn from; `m` pixels a side, row 0 at the bottom.

    Attributes:
        record: texts of the run.
        plane: the plane of the map.
        grid: pixels.
        points: the member's examples.
        value: (m, m) what the colour bar reads: the output of a regression; for two classes the
            output where it was trained as a number, else the probability of the second class;
            NaN for more classes.
        shares: (m, m, c) belief in each class; (m, m, 0) for regression.
        threshold: value on the boundary of two classes, else NaN.
        reading: what `value` is.
        truth: (m, m) how far the best possible classifier is for the second of two classes, its
            probability; (m, m, 0) where it was not asked for.
        right: (3,) share of train, validation and test rows on the right side, NaN without.
    """

    record: Record
    plane: Plane
    grid: Grid
    points: Points
    value: Array
    shares: Array
    threshold: float
    reading: str
    truth: Array
    right: Array


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or one input only."""
    if text := no_finite_member("boundary", trained) or own_inputs("boundary", trained):
        return text
    if len(trained[0].member.sample.columns) >= 2:
        return ""
    return f"boundary is for two inputs or more, and {inputs_text(trained[0])}. Use 'fit'."


def compute(
    trained: Sequence[Trained],
    *,
    seed: int | None = None,
    columns: Sequence[str] | None = None,
    output: str | int = 0,
    resolution: int = 120,
    truth: bool = False,
) -> BoundaryArrays:
    """Evaluate one member over a plane, in one batch.

    Args:
        trained: members of one experiment.
        seed: root seed of the member; left out, that with the median loss.
        columns: two inputs, the others stay at their medians; see `choose_plane`.
        output: the target of a regression with several, by name or number.
        resolution: pixels a side.
        truth: also work out the boundary of the best possible classifier; it may take seconds.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    sample, head = t.member.sample, t.member.head
    plane = choose_plane(sample, columns)
    index = output_index(t, output) if sample.task == "regression" else 0
    points = plane_points(t, plane, index)
    grid = make_grid(points.xy, resolution)
    inputs = plane.inputs(grid.points())
    raw = t.output(inputs)
    classes = sample.task == "classification"
    shares = head.shares(raw) if classes else np.empty((len(raw), 0))
    value, threshold, reading = _value(t, raw, shares, index)
    best = _truth(t, inputs) if truth else np.empty((len(raw), 0))
    return BoundaryArrays(
        record=replace(record, chosen=chosen),
        plane=plane,
        grid=grid,
        points=points,
        value=grid.image(value),
        shares=grid.image(shares),
        threshold=threshold,
        reading=reading,
        truth=grid.image(best),
        right=_right(t),
    )


def _value(t: Trained, raw: Array, shares: Array, index: int) -> tuple[Array, float, str]:
    head, names = t.member.head, t.member.sample.outputs
    if head.task == "regression":
        return raw[:, index].astype(np.float64), np.nan, f"predicted {names[index]}"
    if len(names) > 2:
        return np.full(len(raw), np.nan), np.nan, "belief in the likeliest class"
    if head.family == "value" and head.n_outputs == 1:
        reading = f"output (0 = {names[0]}, 1 = {names[1]})"
        return raw[:, 0].astype(np.float64), head.threshold, reading
    return shares[:, 1], 0.5, f"probability of {names[1]}"


def _truth(t: Trained, inputs: Array) -> Array:
    known = t.member.sample.truth
    if known is None or t.member.head.task == "regression" or len(t.member.head.outputs) != 2:
        raise InputError(
            "truth can be drawn for two classes whose source is known, and this problem "
            f"({t.member.experiment.problem.kind_name()}) is not of that kind. Leave it out."
        )
    return known.target(inputs)[:, 1]


def _right(t: Trained) -> Array:
    sample, rows = t.member.sample, t.member.rows
    if sample.task == "regression":
        return np.full(3, np.nan)
    hit = t.labels(sample.x) == sample.y
    parts = (rows.train, rows.validation, rows.test)
    return np.array([hit[p].mean() if len(p) else np.nan for p in parts])


def draw(arrays: BoundaryArrays) -> Figure:
    """Draw the map: each class has one colour, for its points and for its side of the map.

    The map is drawn a little transparent, so that the points stand out from their own colour.
    """
    with house_style():
        figure, axes = new_map(arrays.grid, arrays.plane.labels)
        if arrays.points.task == "regression":
            _draw_surface(figure, axes, arrays)
        elif arrays.shares.shape[-1] == 2:
            _draw_two(figure, axes, arrays)
        else:
            _draw_many(figure, axes, arrays)
        what = f"Output of the {arrays.record.short_model()}"
        held = f"{arrays.plane.held} (points projected)" if arrays.plane.held else ""
        set_title(
            figure,
            (what, held, arrays.record.missing(), arrays.record.chosen),
            arrays.record.note(),
        )
        return figure


def _draw_surface(figure: Figure, axes: Axes, arrays: BoundaryArrays) -> None:
    from matplotlib.colors import Normalize

    both = np.concatenate((arrays.value.ravel(), arrays.points.y))
    norm = Normalize(float(both.min()), float(both.max()))
    image = axes.imshow(
        arrays.value, origin="lower", extent=arrays.grid.limits, cmap="viridis", norm=norm,
        interpolation="none", aspect=axes.get_aspect(),
    )  # fmt: skip
    levels = contour_step(float(arrays.value.min()), float(arrays.value.max()))
    if len(levels):
        lines = axes.contour(
            arrays.grid.x, arrays.grid.y, arrays.value, levels=levels, colors="white",
            linewidths=0.7, alpha=0.85,
        )  # fmt: skip
        axes.clabel(lines, fontsize=7, inline_spacing=2)
    draw_points(axes, arrays.points, values={"cmap": "viridis", "norm": norm})
    colour_bar(figure, image, f"{plain(arrays.reading)} (and data)")
    place_legend(figure, arrays.points)


def _draw_two(figure: Figure, axes: Axes, arrays: BoundaryArrays) -> None:
    image = axes.imshow(
        arrays.value, origin="lower", extent=arrays.grid.limits, cmap=two_class_map(),
        vmin=0.0, vmax=1.0, alpha=MAP_OPACITY, interpolation="none", aspect=axes.get_aspect(),
    )  # fmt: skip
    drawn = zero_lines(axes, arrays.grid, arrays.value - arrays.threshold, label="boundary")
    if arrays.truth.ndim == 2:
        zero_lines(
            axes, arrays.grid, arrays.truth - 0.5, linestyles="dashed", label="best possible"
        )
    draw_points(axes, arrays.points)
    bar = colour_bar(figure, image, arrays.reading, values=arrays.value)
    if drawn:
        bar.ax.axhline(arrays.threshold, color=INK, linewidth=1.2)
    place_legend(figure, arrays.points, axes)


def _draw_many(figure: Figure, axes: Axes, arrays: BoundaryArrays) -> None:
    axes.imshow(
        confidence_colours(arrays.shares), origin="lower", extent=arrays.grid.limits,
        alpha=MAP_OPACITY, interpolation="none", aspect=axes.get_aspect(),
    )  # fmt: skip
    c, label = arrays.shares.shape[-1], "boundary"
    for k in range(c):
        rest = np.delete(arrays.shares, k, axis=-1).max(axis=-1)
        if zero_lines(axes, arrays.grid, arrays.shares[..., k] - rest, label=label):
            label = ""
    draw_points(axes, arrays.points)
    confidence_key(figure, arrays.points.outputs, arrays.reading)
    place_legend(figure, arrays.points, axes)


def describe(arrays: BoundaryArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    start = f"Map of the {arrays.record.model} ({arrays.record.chosen}) over "
    start += " and ".join(arrays.plane.labels)
    if arrays.points.task == "regression":
        low, high = number(float(arrays.value.min())), number(float(arrays.value.max()))
        return f"{start}: the output runs from {low} to {high}."
    area = np.bincount(
        _winner(arrays).ravel(), minlength=len(arrays.points.outputs)
    ) / max(1, arrays.shares[..., 0].size)  # fmt: skip
    regions = ", ".join(
        f"{name} {share:.0%}" for name, share in zip(arrays.points.outputs, area, strict=True)
    )
    names = ("training", "validation", "test")
    right = ", ".join(
        f"{share:.1%} of {name} points"
        for name, share in zip(names, arrays.right, strict=True)
        if np.isfinite(share)
    )
    return f"{start}: shares of the area are {regions}; right on {right}."


def _winner(arrays: BoundaryArrays) -> Array:
    """Return the class (m, m) that each pixel is given to, as `Head.labels` decides."""
    if arrays.shares.shape[-1] == 2:
        return (arrays.value > arrays.threshold).astype(np.int64)
    return np.asarray(arrays.shares.argmax(axis=-1))


BOUNDARY = View(
    name="boundary",
    purpose="the output over two inputs, with the regions of the classes and the examples",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
