"""Hidden space: the examples as the output layer sees them, units as coordinates (S4.12, S4.14).

Two units are a plane. Of more, every triple is a cube, drawn in parallel projection; points of
sigmoid units lie inside of the unit cube, saturated ones on its edges and corners, and a dead unit
is an axis along which nothing happens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.models.network import DenseNetwork
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.points import Points, count_text, draw_points, legend_handles
from learnscope.views.record import (
    Record,
    choose,
    count,
    members,
    no_finite_member,
    part_of_rows,
    whose_points,
)
from learnscope.views.style import INK, MUTED, house_style, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 5
"""Units of which all triples are drawn: ten cubes."""

AZIMUTH, ELEVATION = math.radians(35), math.radians(22)
"""From where a cube is looked at."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HiddenSpaceArrays:
    """What the picture is drawn from; `h` units of the last hidden layer.

    Attributes:
        record: texts of the run.
        values: (n, h) activations of the rows.
        points: class or target and part of each row; their places are not used.
        groups: (m, 2) or (m, 3) numbers of the units that are drawn together.
        n_groups: how many there are in all.
        dead: (h,) whether a unit has one value on every row.
        whose: whose examples these are, "" where all members have the same.
    """

    record: Record
    values: Array
    points: Points
    groups: Ints
    n_groups: int
    dead: Array
    whose: str


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no two hidden units."""
    if text := no_finite_member("hidden_space", trained):
        return text
    network = trained[0].member.network
    model = trained[0].member.experiment.model
    if not isinstance(network, DenseNetwork) or model.learns != "target":
        return (
            "hidden_space shows the units of dense layers before the output, and this "
            f"{model.kind_name()} model has none."
        )
    if len(network.layers) > 1 and network.layers[-2].n_out >= 2:
        return ""
    return (
        "hidden_space needs two units in the last hidden layer, and this model is a "
        f"{model.sentence()}. Use a model such as {{'kind': 'mlp', 'hidden': [3]}}."
    )


def compute(
    trained: Sequence[Trained],
    *,
    seed: int | None = None,
    units: Sequence[int] | None = None,
) -> HiddenSpaceArrays:
    """Take the activations of the last hidden layer of one member on its rows.

    Args:
        trained: members of one experiment.
        seed: root seed of a member; left out, the one in the middle.
        units: numbers of two units or more, of which all pairs or triples are drawn; left out,
            all units, of more than five those with the largest part in the outputs.

    Raises:
        InputError: there is no such layer or no such unit.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    sample, part = t.member.sample, part_of_rows(t)
    values = t.activations(sample.x[part >= 0])[-2]
    y = sample.y if sample.task == "classification" else sample.y[:, 0]
    picked = _units(t, values) if units is None else _checked(units, values.shape[1])
    size = min(3, len(picked))
    h = values.shape[1]
    return HiddenSpaceArrays(
        record=replace(record, chosen=chosen),
        values=values,
        points=Points(
            xy=np.zeros((len(values), 2)),
            y=y[part >= 0],
            part=part[part >= 0],
            task=sample.task,
            outputs=sample.outputs,
        ),
        groups=np.array(list(combinations(picked, size)), dtype=np.int64),
        n_groups=math.comb(h, min(3, h)),
        dead=np.asarray(np.ptp(values, axis=0) == 0),
        whose=whose_points(t, chosen, len(trained)),
    )


def _units(t: Trained, values: Array) -> list[int]:
    """Return the units with the largest part in the outputs: |weight| times sd."""
    weight = t.result.parameters[f"layers.{_last(t)}.weight"]
    part = np.abs(weight).max(axis=0) * values.std(axis=0)
    return sorted(np.argsort(-part, kind="stable")[:MOST].tolist())


def _last(t: Trained) -> int:
    network = t.member.network
    assert isinstance(network, DenseNetwork)
    return len(network.layers) - 1


def _checked(units: Sequence[int], h: int) -> list[int]:
    found = sorted(set(units))
    if len(found) < 2 or len(found) < len(units) or found[0] < 0 or found[-1] >= h:
        raise InputError(
            f"units must be two or more different numbers from 0 to {h - 1}, got {list(units)}."
        )
    return found


def project(corner: Array) -> Array:
    """Return (n, 2) places of points (n, 3) in parallel projection, the third axis upwards."""
    x, y, z = corner.T
    across = x * math.cos(AZIMUTH) - y * math.sin(AZIMUTH)
    depth = x * math.sin(AZIMUTH) + y * math.cos(AZIMUTH)
    return np.stack((across, z * math.cos(ELEVATION) + depth * math.sin(ELEVATION)), axis=1)


def draw(arrays: HiddenSpaceArrays) -> Figure:
    """Draw a plane of two units, or a cube for each triple."""
    from learnscope.views.style import WIDTH, new_panels

    with house_style():
        m = len(arrays.groups)
        columns = min(m, 4)
        rows = math.ceil(m / columns)
        # A single view is as high as it is wide; of several the cubes fill their panels.
        height = 1.5 + rows * ((WIDTH - 2.5) / columns + (0.35 if m > 1 else 0.0))
        figure, panels = new_panels(height, rows, columns, above=0.62, gap=0.35)
        # Room for the legend at the right.
        figure.subplots_adjust(right=(WIDTH - 1.7) / WIDTH)
        for i, axes in enumerate(panels.ravel()):
            if i < m:
                _draw_group(axes, arrays, arrays.groups[i])
            else:
                axes.set_visible(False)
        figure.legend(
            handles=legend_handles(arrays.points), loc="upper right", handletextpad=0.5,
            bbox_to_anchor=(0.99, 1 - 0.62 / height), borderaxespad=0, borderpad=0,
        )  # fmt: skip
        shown = f"{m} of {arrays.n_groups} views" if m < arrays.n_groups else ""
        set_title(
            figure,
            (
                f"Hidden space of the {arrays.record.short_model()}",
                arrays.record.missing(),
                shown,
                arrays.record.chosen,
            ),
            f"{arrays.whose}{arrays.record.note()}",
        )
        return figure


def _draw_group(axes: Axes, arrays: HiddenSpaceArrays, group: Ints) -> None:
    values = arrays.values[:, group]
    names = [f"unit {u}{' (dead)' if arrays.dead[u] else ''}" for u in group.tolist()]
    if len(group) == 2:
        draw_points(axes, replace(arrays.points, xy=values))
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        return
    low, size = values.min(axis=0), np.ptp(values, axis=0)
    # A flat axis has its points in the middle of the cube.
    scaled = np.where(size > 0, (values - low) / np.where(size > 0, size, 1), 0.5)
    _draw_cube(axes)
    draw_points(axes, replace(arrays.points, xy=project(scaled)))
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_frame_on(False)
    axes.set_xlabel(f"right {group[0]}, left {group[1]}")
    axes.set_ylabel(f"up: {names[2]}")


def _draw_cube(axes: Axes) -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    for a, b in combinations(corners, 2):
        if np.abs(a - b).sum() == 1:
            ends = project(np.stack((a, b)))
            from_origin = not a.any()
            axes.plot(
                *ends.T, color=INK if from_origin else MUTED, zorder=1,
                linewidth=1.0 if from_origin else 0.5,
            )  # fmt: skip


def describe(arrays: HiddenSpaceArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    h, dead = arrays.values.shape[1], int(arrays.dead.sum())
    kind = "pair" if arrays.groups.shape[1] == 2 else "triple"
    return (
        f"{count_text(arrays.points)} in the space of {h} hidden units; "
        f"{len(arrays.groups)} of {count(arrays.n_groups, kind)} drawn; dead units: {dead}."
    )


HIDDEN_SPACE = View(
    name="hidden_space",
    purpose="the examples as the output layer sees them, hidden units as coordinates",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
