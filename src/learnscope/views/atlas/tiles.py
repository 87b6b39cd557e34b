"""Tiles: what single members answer, each as a small image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import LearnscopeError
from learnscope.trained import Trained
from learnscope.views.atlas.cells import higher_is_better, lost
from learnscope.views.plane import Grid, choose_plane, make_grid
from learnscope.views.points import plane_points
from learnscope.views.record import is_finite
from learnscope.views.style import confidence_colours, two_class_map

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas

STRENGTH = 0.72
"""Colour of a tile, the rest is white: points drawn over it stay visible."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tile:
    """One member as an image.

    Attributes:
        image: (m, m, 3) float in [0, 1], row 0 at the bottom.
        xy: (n, 2) training points in shares of the side; for one input (input, target).
        label: (n,) class of each, 0 for numbers.
    """

    image: Array
    xy: Array
    label: Ints


def can_be_tiles(atlas: Atlas) -> str:
    """Say why members cannot be drawn so, "" where they can; opens the first that lives."""
    diverged, _ = lost(atlas.table, atlas.score)
    alive = atlas.table.filter(~diverged)
    if not len(alive):
        return "maps needs a member with finite weights, and this atlas has none."
    try:
        first = atlas.trained(int(alive["point"][0]), [int(alive["seed"][0])])[0]
    except LearnscopeError as error:
        return f"maps cannot open a member: {error}"
    if first.member.experiment.model.learns != "target":
        return "maps shows what is predicted, and the targets of this model are its own inputs."
    if (
        getattr(first.member.sample, "shape", None) is not None
        and len(first.member.sample.columns) > 64
    ):
        return "maps is for problems of few inputs, and these are images."
    return ""


def median_seeds(atlas: Atlas) -> dict[int, int]:
    """Return point -> seed of the member in the middle by score, of those that count.

    Where none counts, a dead one; points whose members all diverged are left out.
    """
    import polars

    table, score = atlas.table, atlas.score
    diverged, dead = lost(table, score)
    ordered = (
        table.select("point", "seed", polars.col(score).cast(polars.Float64))
        .with_columns(dead=polars.Series(dead))
        .filter(~polars.Series(diverged) & polars.col(score).is_finite())
        .sort("point", "dead", score, descending=[False, False, higher_is_better(score)])
    )
    found = ordered.group_by("point", maintain_order=True).agg("seed", "dead")
    result = {}
    for point, seeds, gone in found.iter_rows():
        alive = sum(not d for d in gone)
        result[int(point)] = int(seeds[max(alive - 1, 0) // 2])
    return result


def common_grid(trained: Sequence[Trained], resolution: int) -> Grid | None:
    """Return pixels over the points of all members, None where these have no common plane."""
    boxes, columns = [], set()
    for t in trained:
        sample = t.member.sample
        columns.add(sample.columns)
        if len(sample.columns) != 2 or len(columns) > 1:
            return None
        boxes.append(np.stack([sample.x.min(axis=0), sample.x.max(axis=0)]))
    return make_grid(np.concatenate(boxes), resolution) if boxes else None


def tile(t: Trained, resolution: int, grid: Grid | None = None) -> Tile:
    """Return a member as an image of so many pixels a side.

    Two inputs or more: its answer over the plane of `choose_plane`, classes in their colours,
    numbers from dark (lowest target) to light. One input: its curve over the examples.
    """
    if not is_finite(t):
        white = np.full((resolution, resolution, 3), 0.74)
        return Tile(image=white, xy=np.empty((0, 2)), label=np.empty(0, dtype=np.int64))
    if len(t.member.sample.columns) < 2:
        return _curve(t, resolution)
    sample, head = t.member.sample, t.member.head
    plane = choose_plane(sample)
    points = plane_points(t, plane, 0)
    grid = grid or make_grid(points.xy, resolution)
    raw = t.output(plane.inputs(grid.points()))
    if head.task == "regression":
        target = np.asarray(sample.y, dtype=np.float64).reshape(len(sample), -1)[:, 0]
        image = _numbers(grid.image(np.asarray(raw).reshape(len(raw), -1)[:, 0]), target)
    else:
        image = _classes(grid.image(head.shares(raw)))
    train = t.member.rows.train
    labels = np.asarray(sample.y[train]).reshape(len(train), -1)[:, 0]
    left, right, bottom, top = grid.limits
    xy = (points.xy[train] - (left, bottom)) / (right - left, top - bottom)
    classes = labels.astype(np.int64) if head.task == "classification" else np.zeros(len(train))
    return Tile(image=1 - STRENGTH * (1 - image), xy=xy, label=classes.astype(np.int64))


def _classes(shares: Array) -> Array:
    if shares.shape[-1] == 2:
        return np.asarray(two_class_map()(shares[..., 1])[..., :3])
    return confidence_colours(shares)


def _numbers(values: Array, target: Array) -> Array:
    from matplotlib import colormaps

    low, high = float(target.min()), float(target.max())
    return np.asarray(colormaps["viridis"](np.clip((values - low) / ((high - low) or 1), 0, 1)))[
        ..., :3
    ]


def _curve(t: Trained, m: int) -> Tile:
    """Draw the prediction over one input as a line of pixels."""
    sample, head = t.member.sample, t.member.head
    x = sample.x[:, 0].astype(np.float64)
    if head.task == "classification":
        target, (low, high) = np.asarray(sample.y, dtype=np.float64).ravel(), (-0.1, 1.1)
        target = target / max(len(sample.outputs) - 1, 1)
    else:
        target = np.asarray(sample.y, dtype=np.float64).reshape(len(sample), -1)[:, 0]
        room = 0.1 * (float(np.ptp(target)) or 1.0)
        low, high = float(target.min()) - room, float(target.max()) + room
    left, span = float(x.min()), float(np.ptp(x)) or 1.0
    fine = left + span * (np.arange(4 * m) + 0.5) / (4 * m)
    raw = t.output(fine[:, None].astype(sample.x.dtype))
    shown = (
        head.shares(raw)[:, -1]
        if head.task == "classification"
        else raw.reshape(len(raw), -1)[:, 0]
    )
    image = np.ones((m, m, 3))
    up = np.round((shown - low) / (high - low) * (m - 1))
    across = np.arange(4 * m) // 4
    inside = (up >= 0) & (up <= m - 1) & np.isfinite(up)
    for lift in (0, 1):
        rows = np.clip(up[inside].astype(int) + lift, 0, m - 1)
        image[rows, across[inside]] = (0.0, 0.447, 0.698)
    xy = np.column_stack(((x - left) / span, (target - low) / (high - low)))[t.member.rows.train]
    return Tile(image=image, xy=xy, label=np.zeros(len(xy), dtype=np.int64))
