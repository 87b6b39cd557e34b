"""The examples in a picture: colour and marker by class, solid, pale or ringed by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.problems.base import Task
from learnscope.trained import Trained
from learnscope.training.split import PARTS
from learnscope.views.plane import Plane
from learnscope.views.record import part_of_rows
from learnscope.views.style import INK, MUTED, class_colour, class_marker, lighten, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Points:
    """Examples in a plane.

    Attributes:
        xy: (n, 2) where they are drawn.
        y: (n,) int64 class, or float64 target.
        part: (n,) int64: 0 train, 1 validation, 2 test.
        task: "regression" or "classification".
        outputs: names of the classes, or of the targets.
    """

    xy: Array
    y: Array
    part: Ints
    task: Task
    outputs: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each part that has rows."""
        number = {name: int((self.part == i).sum()) for i, name in enumerate(PARTS)}
        return {name: n for name, n in number.items() if n}


def plane_points(t: Trained, plane: Plane, output: int = 0) -> Points:
    """Return the examples of a member in a plane."""
    sample, part = t.member.sample, part_of_rows(t)
    used = part >= 0
    y = sample.y if sample.task == "classification" else sample.y[:, output]
    return Points(
        xy=plane.coordinates(sample.x)[used],
        y=y[used],
        part=part[used],
        task=sample.task,
        outputs=sample.outputs,
    )


def count_text(points: Points) -> str:
    """Return e.g. "140 train and 60 test points"."""
    counts = [f"{n} {name}" for name, n in points.counts().items()]
    word = "point" if sum(points.counts().values()) == 1 else "points"
    return f"{' and '.join([', '.join(counts[:-1]), counts[-1]] if counts[1:] else counts)} {word}"


def marker_size(n: int) -> float:
    """Return the area of a marker in square points: smaller the more there are."""
    return float(np.clip(26.0 * (200 / max(n, 1)) ** 0.6, 3.0, 30.0))


def draw_points(axes: Axes, points: Points, *, values: dict[str, Any] | None = None) -> None:
    """Draw the examples: test solid, training pale, validation ringed.

    `values` holds `cmap` and `norm` of a regression target.
    """
    # Training first, so that the few test points lie on top.
    for i, part in enumerate(PARTS):
        rows = np.flatnonzero(points.part == i)
        if not len(rows):
            continue
        if points.task == "regression":
            _draw_values(axes, points, rows, part, values or {})
        else:
            for k in np.unique(points.y[rows]):
                _draw_class(axes, points, rows[points.y[rows] == k], int(k), part)


def _draw_class(axes: Axes, points: Points, rows: Ints, k: int, part: str) -> None:
    axes.scatter(
        points.xy[rows, 0],
        points.xy[rows, 1],
        s=marker_size(len(points.y)),
        marker=class_marker(k),
        zorder=3,
        # Thousands of vector marks make a heavy file; they become one small image.
        rasterized=len(points.y) > 1500,
        **_thinner(_class_look(k, part), len(points.y)),
    )


def _thinner(look: dict[str, Any], n: int) -> dict[str, Any]:
    """Make the edge of small markers thinner, so that their colour still shows."""
    return look | {"linewidth": look["linewidth"] * min(1.0, marker_size(n) / 20)}


def _class_look(k: int, part: str) -> dict[str, Any]:
    colour = class_colour(k)
    if part == "test":
        return {"facecolor": colour, "edgecolor": "white", "linewidth": 0.7}
    edge = INK if part == "validation" else colour
    return {
        "facecolor": lighten(colour, 0.68),
        "edgecolor": edge,
        "linewidth": 1.1 if part == "validation" else 0.8,
    }


def _draw_values(axes: Axes, points: Points, rows: Ints, part: str, values: dict[str, Any]) -> None:
    axes.scatter(
        points.xy[rows, 0],
        points.xy[rows, 1],
        c=points.y[rows],
        s=marker_size(len(points.y)) * (1.0 if part == "test" else 0.7),
        marker="D" if part == "validation" else ("s" if part == "test" else "o"),
        edgecolor="white" if part == "train" else INK,
        linewidth=0.6,
        zorder=3,
        rasterized=len(points.y) > 1500,
        **values,
    )


def legend_handles(points: Points) -> list[Line2D]:
    """Return legend entries: the classes, then what pale, solid and ringed mean."""
    from matplotlib.lines import Line2D

    def mark(label: str, marker: str, look: dict[str, Any]) -> Line2D:
        return Line2D(
            [], [], linestyle="none", marker=marker, markersize=5.5, label=label,
            markerfacecolor=look["facecolor"], markeredgecolor=look["edgecolor"],
            markeredgewidth=look["linewidth"],
        )  # fmt: skip

    counts = points.counts()
    if points.task == "regression":
        shape = {"train": "o", "validation": "D", "test": "s"}
        look = {"facecolor": "#BBBBBB", "linewidth": 0.8}
        return [
            mark(f"{p} ({n})", shape[p], look | {"edgecolor": MUTED if p == "train" else INK})
            for p, n in counts.items()
        ]
    present = sorted(set(points.y.tolist()))
    solid = "test" if "test" in counts else next(iter(counts))
    handles = [
        mark(plain(points.outputs[k], 18), class_marker(k), _class_look(k, solid)) for k in present
    ]
    for part, n in counts.items():
        grey = {
            "facecolor": MUTED if part == "test" else "#DDDDDD",
            "edgecolor": {"test": "white", "train": MUTED}.get(part, INK),
            "linewidth": 1.1 if part == "validation" else 0.8,
        }
        handles.append(mark(f"{part} ({n})", "o", grey))
    return handles
