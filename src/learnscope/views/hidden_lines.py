"""Hidden lines: the line on which each unit of the first layer is zero, over the data.

The lines are coordinates the next layer works with, not the boundary of the classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureChain
from learnscope.models.network import DenseNetwork
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.maps import column_legend, new_map
from learnscope.views.plane import Grid, choose_plane, make_grid
from learnscope.views.points import Points, draw_points, legend_handles, plane_points
from learnscope.views.record import (
    Record,
    choose,
    finite_members,
    inputs_text,
    members,
    no_finite_member,
)
from learnscope.views.style import INK, MUTED, house_style, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HiddenLinesArrays:
    """What the picture is drawn from; `h` units of the first layer.

    Attributes:
        record: texts of the run.
        points: the member's examples.
        grid: the box the lines are cut at.
        labels: names of the two inputs.
        weight: (h, 2) weights of the raw inputs.
        bias: (h,) the constant that goes with them.
        segments: (h, 2, 2) the two ends (x, y) of each line in the box; NaN where it does not
            cross the box.
        dead: (h,) whether the unit gives one and the same value on every training row.
    """

    record: Record
    points: Points
    grid: Grid
    labels: tuple[str, str]
    weight: Array
    bias: Array
    segments: Array
    dead: Array


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, not two inputs, features with curves."""
    if text := no_finite_member("hidden_lines", trained):
        return text
    if len(trained[0].member.sample.columns) != 2:
        return f"hidden_lines needs two inputs, and {inputs_text(trained[0])}."
    member = finite_members(trained)[0].member
    if not isinstance(member.network, DenseNetwork):
        model = member.experiment.model.kind_name()
        return f"hidden_lines needs dense layers, and this {model} model has other ones."
    if affine_part(member.chain, member.sample.x) is not None:
        return ""
    return (
        "hidden_lines needs features that are affine in the inputs, got "
        f"{', '.join(member.chain.names)}: their units are zero on curves. Draw 'boundary'."
    )


def compute(trained: Sequence[Trained], *, seed: int | None = None) -> HiddenLinesArrays:
    """Cut the line w x + b = 0 of each first-layer unit of one member at the box of the data.

    Raises:
        InputError: there are not two inputs, or a feature is not affine in them.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    sample = t.member.sample
    affine = affine_part(t.member.chain, sample.x)
    assert affine is not None
    matrix, shift = affine
    first = t.result.parameters["layers.0.weight"].astype(np.float64)
    bias = t.result.parameters.get("layers.0.bias", np.zeros(len(first)))
    weight, bias = first @ matrix, bias + first @ shift
    points = plane_points(t, choose_plane(sample))
    grid = make_grid(points.xy, 2)
    active = t.activations(sample.x[t.member.rows.train])[0]
    return HiddenLinesArrays(
        record=replace(record, chosen=chosen),
        points=points,
        grid=grid,
        labels=(sample.columns[0], sample.columns[1]),
        weight=weight,
        bias=bias,
        segments=np.stack(
            [clip_line(w, b, grid.limits) for w, b in zip(weight, bias.tolist(), strict=True)]
        ),
        dead=np.asarray(np.ptp(active, axis=0) == 0),
    )


def affine_part(chain: FeatureChain, x: Array) -> tuple[Array, Array] | None:
    """Return A (d', d) and c (d',) with features = A x + c, None where they are not affine.

    Found by trying: A from steps along each input, checked on the rows `x` (n, d) and well
    outside them.
    """
    middle, scale = x.mean(axis=0), np.where(np.ptp(x, axis=0) > 0, np.ptp(x, axis=0), 1.0)
    base = chain.apply(middle[None])[0]
    steps = chain.apply(middle + np.diag(scale)) - base  # (d, d')
    matrix = steps.T / scale
    tried = np.concatenate((x, middle + 3 * (x - middle)))
    expected = base + (tried - middle) @ matrix.T
    # Rounding alone: a feature that bends does so by much more within three times the range.
    size = 1 + np.abs(expected).max(initial=0.0)
    if not np.allclose(chain.apply(tried), expected, rtol=0, atol=1e-9 * size):
        return None
    return matrix, base - matrix @ middle


def clip_line(weight: Array, bias: float, limits: tuple[float, float, float, float]) -> Array:
    """Return the ends (2, 2) of the line w x + b = 0 in the box, NaN where it misses it.

    The line is followed from its point nearest to the middle of the box along its own direction,
    so that no weight is divided by, however steep the line is.
    """
    left, right, bottom, top = limits
    norm = float(np.hypot(*weight))
    if norm == 0:
        return np.full((2, 2), np.nan)
    normal = weight / norm
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    near = middle - normal * (normal @ middle + bias / norm)
    along = np.array([-normal[1], normal[0]])
    start, end = -np.inf, np.inf
    for p, step, low, high in zip(near, along, (left, bottom), (right, top), strict=True):
        if abs(step) < 1e-12:
            # Parallel to these two sides: between them or not at all.
            if not low <= p <= high:
                return np.full((2, 2), np.nan)
            continue
        one, two = sorted(((low - p) / step, (high - p) / step))
        start, end = max(start, one), min(end, two)
    if start >= end:
        return np.full((2, 2), np.nan)
    return np.stack((near + start * along, near + end * along))


def draw(arrays: HiddenLinesArrays) -> Figure:
    """Draw the lines with the number of their unit; short strokes point to the positive side."""
    with house_style():
        figure, axes = new_map(arrays.grid, arrays.labels)
        draw_points(axes, arrays.points)
        for unit in range(len(arrays.bias)):
            _draw_unit(axes, arrays, unit)
        _name_units(figure, arrays)
        what = f"First-layer lines of the {arrays.record.short_model()}"
        set_title(
            figure,
            (what, arrays.record.missing(), arrays.record.chosen),
            arrays.record.note(),
        )
        return figure


def _draw_unit(axes: Axes, arrays: HiddenLinesArrays, unit: int) -> None:
    ends = arrays.segments[unit]
    if np.isnan(ends).any():
        return
    dead = bool(arrays.dead[unit])
    colour, style = (MUTED, (0, (3, 2))) if dead else (INK, "-")
    axes.plot(*ends.T, color=colour, linewidth=1.3, linestyle=style, zorder=4)
    for stroke in _strokes(ends, arrays.weight[unit], arrays.grid):
        axes.plot(*stroke.T, color=colour, linewidth=1.0, zorder=4)
    # The number stands a little inside the end that lies further up.
    outer = ends[ends[:, 1].argmax()]
    inner = ends[ends[:, 1].argmin()]
    place = outer + 0.05 * (1 + unit % 3) * (inner - outer)
    x, y = place.tolist()
    axes.text(
        x, y, str(unit), fontsize=8, ha="center", va="center", color=colour, zorder=5,
        bbox={"boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": colour,
              "linewidth": 0.6},
    )  # fmt: skip


def _strokes(ends: Array, weight: Array, grid: Grid) -> list[Array]:
    """Return three short strokes (2, 2) from the line to the side where w x + b > 0."""
    left, right, bottom, top = grid.limits
    size = np.array([right - left, top - bottom])
    # Square to the line as it is seen: in shares of the box, not in units of the inputs.
    seen = weight * size
    step = 0.025 * size * seen / np.hypot(*seen)
    feet = [ends[0] + share * (ends[1] - ends[0]) for share in (0.3, 0.5, 0.7)]
    return [np.stack((foot, foot + step)) for foot in feet]


def _name_units(figure: Figure, arrays: HiddenLinesArrays) -> None:
    from matplotlib.lines import Line2D

    dead, away = _units(arrays.dead), _units(np.asarray(np.isnan(arrays.segments).any(axis=(1, 2))))
    handles = [*legend_handles(arrays.points)]
    label = "unit is 0 here,\n> 0 at strokes"
    handles.append(Line2D([], [], color=INK, linewidth=1.3, label=label))
    if dead:
        label = f"dead: {dead}"
        handles.append(Line2D([], [], color=MUTED, linestyle=(0, (3, 2)), label=label))
    if away:
        handles.append(Line2D([], [], linestyle="none", label=f"outside: {away}"))
    column_legend(figure, handles)


def _units(which: Array) -> str:
    numbers = [str(i) for i in np.flatnonzero(which)]
    if not numbers:
        return ""
    rest = f", … ({len(numbers)})" if len(numbers) > 4 else ""
    return f"unit{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:4])}{rest}"


def describe(arrays: HiddenLinesArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    crossing = int((~np.isnan(arrays.segments).any(axis=(1, 2))).sum())
    text = f"Lines of the {len(arrays.bias)} first-layer units: {crossing} cross the box"
    return f"{text}; dead: {_units(arrays.dead) or 'none'}."


HIDDEN_LINES = View(
    name="hidden_lines",
    purpose="the line on which each first-layer unit is zero, over the data",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
