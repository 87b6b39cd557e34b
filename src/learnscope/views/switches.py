"""Switches: where each hidden unit of one input turns on, which way, and what it is worth (S4.18).

Below the curve each unit has a tick at its threshold, an arrow to the side where it is on, and its
output weight; the step curve (S4.19) is what is left when units turn on all at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.thresholds import Thresholds, obstacle_of, step_outputs, thresholds
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.record import Record, choose, members, no_finite_member
from learnscope.views.style import INK, MUTED, PREDICTION, house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEP = "#D55E00"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SwitchesArrays:
    """What the picture is drawn from; `m` places of the input, `h` hidden units.

    Attributes:
        record: texts of the run.
        data: (n, 2) input and target of the rows.
        x: (m,) places.
        curve: (m,) answers of the network.
        steps: (m,) the same with each unit replaced by a step.
        units: the thresholds.
        name: of the input.
    """

    record: Record
    data: Array
    x: Array
    curve: Array
    steps: Array
    units: Thresholds
    name: str


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, classes, or another shape of network."""
    if text := no_finite_member("switches", trained):
        return text
    member = trained[0].member
    if member.head.task != "regression" or len(member.head.outputs) > 1:
        return "switches is for one number to predict, and this problem has other targets."
    if len(member.sample.columns) != 1 or len(member.chain.names) != 1:
        return "switches is for one input without further features. Use 'fit' or 'boundary'."
    return obstacle_of(trained[0])


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, resolution: int = 501
) -> SwitchesArrays:
    """Take the thresholds of one member, and its answers between the ends of its examples."""
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    sample = t.member.sample
    x = np.linspace(sample.x.min(), sample.x.max(), resolution)
    return SwitchesArrays(
        record=replace(record, chosen=chosen),
        data=np.c_[sample.x[:, 0], sample.y[:, 0]],
        x=x,
        curve=t.output(x[:, None])[:, 0],
        steps=step_outputs(t, x[:, None])[:, 0],
        units=_raw(t),
        name=sample.columns[0],
    )


def _raw(t: Trained) -> Thresholds:
    """Return the thresholds in units of the raw input, where a feature scales it."""
    found = thresholds(t)
    x = t.member.sample.x
    low, high = t.member.chain.apply(np.array([x.min(axis=0), x.max(axis=0)]))[:, 0]
    scale = float((x.max() - x.min()) / (high - low))
    return replace(found, delta=x.min() + (found.delta - low) * scale)


def draw(arrays: SwitchesArrays) -> Figure:
    """Draw data, curve and steps, and below them the switches."""
    with house_style():
        figure, panels = new_panels(5.2, 2, 1, above=0.74, gap=0.25)
        top, below = panels[:, 0]
        top.scatter(*arrays.data.T, s=8, color=MUTED, label="examples")
        top.plot(arrays.x, arrays.curve, color=PREDICTION, label="network")
        top.plot(arrays.x, arrays.steps, color=STEP, linewidth=1.0, label="units as steps")
        top.set_ylabel("target")
        top.legend(loc="lower right", bbox_to_anchor=(1, 1.0), ncols=3)
        _draw_switches(below, arrays)
        below.set_xlim(top.get_xlim())
        what = f"Switches of the {arrays.record.short_model()}"
        sentences = (what, arrays.record.missing(), arrays.record.chosen)
        set_title(figure, sentences, arrays.record.note())
        return figure


def _draw_switches(axes: Axes, arrays: SwitchesArrays) -> None:
    left, right = float(arrays.x[0]), float(arrays.x[-1])
    stroke = 0.03 * (right - left)
    units = arrays.units
    inside = (units.delta >= left) & (units.delta <= right)
    axes.axhline(0, color=INK, linewidth=0.6)
    for delta, sign, weight in zip(
        units.delta[inside], units.sign[inside], units.weight[inside, 0], strict=True
    ):
        axes.plot([delta, delta], [0, weight], color=PREDICTION, linewidth=1.4)
        axes.annotate(
            "", xy=(delta + sign * stroke, weight), xytext=(delta, weight),
            arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 0.9},
        )  # fmt: skip
    axes.set_xlabel(f"{arrays.name}; arrows point to where a unit is on")
    axes.set_ylabel("output weight")


def describe(arrays: SwitchesArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    delta = arrays.units.delta
    inside = int(((delta >= arrays.x[0]) & (delta <= arrays.x[-1])).sum())
    pieces = 1 + int(np.count_nonzero(np.diff(arrays.steps)))
    return (
        f"{inside} of {len(delta)} hidden units switch between the ends of the examples; as steps "
        f"they make {pieces} constant pieces."
    )


SWITCHES = View(
    name="switches",
    purpose="where each hidden unit switches, which way, and its output weight",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
