"""Fit: what the members predict over one input, with the data and the known target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.curve_axes import (
    data_limits,
    extended_axis,
    one_input_points,
    scatter_parts,
)
from learnscope.views.points import Points, draw_points, legend_handles
from learnscope.views.record import (
    Record,
    choose,
    count,
    inputs_text,
    members,
    no_finite_member,
    number,
    output_index,
    own_inputs,
    seed_list,
    whose_points,
)
from learnscope.views.spread import Band, band
from learnscope.views.style import (
    PREDICTION,
    TARGET,
    class_colour,
    house_style,
    legend,
    legend_beside,
    one_panel,
    plain,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 10
"""Most members that are drawn as a thin line each."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FitArrays:
    """What the picture is drawn from; `r` members, `m` inputs, `k` curves of each.

    Attributes:
        record: texts of the run.
        points: examples of one member, `xy` is input and target.
        column: name of the input.
        names: (k,) names of the curves: the target, or the classes.
        x: (m,) inputs at which everything is evaluated.
        predictions: (k, r, m) outputs of a regression, beliefs in the classes else.
        bands: k medians and spreads (m,).
        target: (k, m) what the best possible model answers; (0, m) where it is not known.
        rmse: root mean squared difference of the median prediction and the target inside the
            range of the data, NaN where the target is not known.
    """

    record: Record
    points: Points
    column: str
    names: tuple[str, ...]
    x: Array
    predictions: Array
    bands: tuple[Band, ...]
    target: Array
    rmse: float


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or several inputs."""
    if text := no_finite_member("fit", trained) or own_inputs("fit", trained):
        return text
    if len(trained[0].member.sample.columns) == 1:
        return ""
    return f"fit is for one input, and {inputs_text(trained[0])}. Use 'boundary'."


def compute(
    trained: Sequence[Trained],
    *,
    seed: int | None = None,
    output: str | int = 0,
    resolution: int = 501,
) -> FitArrays:
    """Evaluate all members on an even axis that reaches 5 % beyond the data on both sides.

    Args:
        trained: members of one experiment.
        seed: root seed of the member whose examples are shown; left out, the median one.
        output: the target of a regression with several, by name or number.
        resolution: number of inputs.
    """
    finite, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    sample = t.member.sample
    classes = sample.task == "classification"
    index = 0 if classes else output_index(t, output)
    x = extended_axis(sample.x[:, 0], resolution)
    columns = slice(None) if classes else slice(index, index + 1)
    predictions = np.stack(
        [(f.shares(x[:, None]) if classes else f.output(x[:, None]))[:, columns] for f in finite]
    ).transpose(2, 0, 1).astype(np.float64)  # fmt: skip
    known = sample.truth
    target = np.empty((0, len(x))) if known is None else known.target(x[:, None])[:, columns].T
    bands = tuple(band(rows) for rows in predictions)
    inside = (x >= sample.x.min()) & (x <= sample.x.max())
    medians = np.stack([b.median for b in bands])
    return FitArrays(
        record=replace(record, chosen=whose_points(t, chosen, len(finite))),
        points=one_input_points(t, index),
        column=sample.columns[0],
        names=sample.outputs[columns],
        x=x,
        predictions=predictions,
        bands=bands,
        target=target,
        rmse=_rmse(medians[:, inside], target[:, inside]),
    )


def _rmse(a: Array, b: Array) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2))) if len(b) else np.nan


def draw(arrays: FitArrays) -> Figure:
    """Draw data, target, median and band, and each member where they are few."""
    with house_style():
        figure, axes = one_panel(3.9, beside=arrays.points.task == "classification")
        if arrays.points.task == "regression":
            _draw_regression(axes, arrays)
        else:
            _draw_classes(axes, arrays)
        axes.set_xlabel(plain(arrays.column))
        axes.set_xlim(float(arrays.x[0]), float(arrays.x[-1]))
        n = len(arrays.record.seeds)
        who = seed_list(arrays.record.seeds) if n == 1 else f"median of {n} members"
        set_title(
            figure,
            (f"Fit of the {arrays.record.short_model()}", who, arrays.record.missing()),
            f"{arrays.record.chosen}{arrays.record.note()}",
        )
        return figure


def _draw_regression(axes: Axes, arrays: FitArrays) -> None:
    scatter_parts(axes, arrays.points)
    if len(arrays.target):
        axes.plot(arrays.x, arrays.target[0], color=TARGET, linestyle="--", label="target")
    _draw_members(axes, arrays, 0, PREDICTION, "prediction")
    axes.set_ylabel(plain(arrays.names[0]))
    axes.set_ylim(*_limits(arrays))
    legend(axes)


def _draw_members(axes: Axes, arrays: FitArrays, k: int, colour: str, name: str) -> None:
    spread = arrays.bands[k]
    axes.plot(arrays.x, spread.median, color=colour, linewidth=2, label=name + spread.label())
    if spread.n < 2:
        return
    axes.fill_between(arrays.x, spread.low, spread.high, color=colour, alpha=0.15, linewidth=0)
    if spread.n <= FEW:
        for row in arrays.predictions[k]:
            axes.plot(arrays.x, row, color=colour, linewidth=0.6, alpha=0.6)


def _limits(arrays: FitArrays) -> tuple[float, float]:
    """Return heights that show data and target whole, and a prediction that leaves them partly."""
    low, high = data_limits(arrays.points.xy[:, 1], arrays.target)
    room = 0.35 * (high - low)
    median = arrays.bands[0].median
    return max(low - room, min(low, float(median.min()))), min(
        high + room, max(high, float(median.max()))
    )


def _draw_classes(axes: Axes, arrays: FitArrays) -> None:
    for k, name in enumerate(arrays.names):
        _draw_members(axes, arrays, k, class_colour(k), plain(name, 18))
        if len(arrays.target):
            axes.plot(arrays.x, arrays.target[k], color=class_colour(k), linestyle="--")
    # The examples of all classes stand in rows below the curves.
    c = len(arrays.names)
    rows = -0.06 - 0.05 * arrays.points.y
    draw_points(axes, replace(arrays.points, xy=np.stack((arrays.points.xy[:, 0], rows), axis=1)))
    axes.set(ylim=(-0.06 - 0.05 * c, 1.03), ylabel="belief in the class")
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    if len(arrays.target):
        axes.plot([], [], color=TARGET, linestyle="--", label="target")
    lines = axes.get_legend_handles_labels()[0]
    handles = [*lines, *legend_handles(arrays.points)]
    legend_beside(axes, handles)


def describe(arrays: FitArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    low, high = number(float(arrays.x[0])), number(float(arrays.x[-1]))
    text = f"Fit of {arrays.record.who()} over {arrays.column} from {low} to {high}"
    if arrays.points.task == "regression":
        y = arrays.bands[0].median
        ends = number(float(y.min())), number(float(y.max()))
        which = "median prediction" if len(arrays.record.seeds) > 1 else "prediction"
        text += f": the {which} runs from {ends[0]} to {ends[1]}"
    else:
        winner = np.stack([b.median for b in arrays.bands]).argmax(axis=0)
        turns = int((np.diff(winner) != 0).sum())
        text += f": the likeliest class changes {count(turns, 'time')}"
    if np.isfinite(arrays.rmse):
        text += f"; it is {number(arrays.rmse)} (root mean square) off the target within the data"
    return text + "."


FIT = View(
    name="fit",
    purpose="predictions over one input with the data and, where known, the target",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
