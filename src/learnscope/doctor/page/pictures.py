"""The pictures of a diagnosis: loss, gradient flow, sizes of updates, unit activity, ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.doctor.page.course import Course
from learnscope.reports.inline import inline_svg
from learnscope.reports.pictures import Picture
from learnscope.views.style import (
    CLASS_COLOURS,
    MARKERS,
    MUTED,
    PREDICTION,
    TARGET,
    house_style,
    legend,
    legend_beside,
    new_figure,
    one_panel,
    plain,
    save_svg,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LAYERS = 24
"""Layers that a picture shows; of more, the first and the last ones."""

USUAL = 1e-3
"""Size of a step relative to the weight that trainings of practice have; a guide, no limit."""


def pictures_of(course: Course) -> list[Picture]:
    """Return the pictures for which there are numbers."""
    drawn = [make(course) for make in (_loss, _flow, _updates, _activity, _ranges)]
    return [picture for picture in drawn if picture is not None]


def _picture(name: str, title: str, caption: str, figure: Figure) -> Picture:
    file = save_svg(figure, f"{title}. {caption}")
    svg = inline_svg(file, prefix=f"{name}-", label=f"{title}. {caption}")
    return Picture(name=name, title=title, caption=caption, svg=svg, file=file)


def _loss(course: Course) -> Picture | None:
    finite = np.isfinite(course.loss)
    if finite.sum() < 2:
        return None
    steps, values = course.loss_step[finite], course.loss[finite]
    lost = int((~finite).sum())
    with house_style():
        figure, axes = one_panel(3.0, beside=False)
        axes.plot(steps, values, color=CLASS_COLOURS[0], linewidth=0.9, alpha=0.5)
        smooth = _smoothed(values)
        axes.plot(steps, smooth, color=CLASS_COLOURS[0], label="smoothed")
        if values.min() > 0 and values.max() > 30 * values.min():
            axes.set_yscale("log")
        axes.set_xlabel("backward pass")
        axes.set_ylabel("loss")
        set_title(figure, [f"From {smooth[0]:.3g} to {smooth[-1]:.3g}"])
    not_finite = f" {lost} values are not finite and not drawn." if lost else ""
    caption = (
        f"The loss goes from {values[0]:.4g} to {values[-1]:.4g} in {len(values)} backward passes; "
        f"its lowest value is {values.min():.4g}.{not_finite}"
    )
    return _picture("loss", "Loss", caption, figure)


def _smoothed(values: Array) -> Array:
    """Return a running mean over a twentieth of the values."""
    n = max(1, len(values) // 20)
    sums = np.cumsum(np.concatenate(([0.0], values)))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - n, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))


def _flow(course: Course) -> Picture | None:
    names = _some(list(course.gradient))
    if not names or len(course.step) == 0:
        return None
    grid = np.array([course.gradient[n] for n in names])  # (layers, s)
    chosen = sorted({0, grid.shape[1] // 2, grid.shape[1] - 1})
    with house_style():
        figure = new_figure(3.4)
        axes = figure.subplots()
        for i, column in enumerate(chosen):
            label = f"step {int(course.step[column])}"
            _log_line(axes, np.arange(len(names)), grid[:, column], i, label)
        _name_axis(axes, names)
        axes.set_ylabel("|gradient| / |weight|")
        legend(axes)
        set_title(figure, ["First layer on the left, last on the right"])
    ratio = _ratio(grid[0], grid[-1])
    caption = (
        "Norm of each weight's gradient beside the weight's own norm. First layer / last layer: "
        f"{ratio:.3g} (median over the sampled steps). Where it falls towards the left by orders "
        "of magnitude, the gradient vanishes on its way back."
    )
    return _picture("gradient-flow", "Gradient flow", caption, figure)


def _ratio(first: Array, last: Array) -> float:
    good = np.isfinite(first) & np.isfinite(last) & (last > 0)
    return float(np.median(first[good] / last[good])) if good.any() else math.nan


def _updates(course: Course) -> Picture | None:
    names = _some(list(course.update), 8)
    if not names or len(course.step) < 2:
        return None
    with house_style():
        figure = new_figure(3.2)
        axes = figure.subplots()
        handles = []
        for i, name in enumerate(names):
            handles += _log_line(axes, course.step, course.update[name], i, plain(name, 24))
        axes.axhline(USUAL, color=MUTED, linewidth=0.8, linestyle=":")
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xlim(left=-0.1)
        axes.set_xlabel("step")
        axes.set_ylabel("|change| / |weight|")
        legend_beside(axes, handles)
        set_title(figure, ["Size of a step beside the weight that it changes"])
    middle = {n: float(np.nanmedian(course.update[n])) for n in names if _any(course.update[n])}
    texts = ", ".join(f"{n} {v:.2g}" for n, v in middle.items())
    caption = f"Medians over the sampled steps: {texts}. The dotted line is 0.001, a usual size."
    return _picture("updates", "Sizes of updates", caption, figure)


def _activity(course: Course) -> Picture | None:
    zeros = {n: z for n, z in course.zeros.items() if z > 0}
    names = _some(list(zeros))
    if not names:
        return None
    dead = [course.dead[n] for n in names]
    with house_style():
        figure, axes = one_panel(3.0, beside=False)
        places = np.arange(len(names))
        axes.bar(places, [zeros[n] for n in names], color="#9ecae1", label="values that are 0")
        axes.bar(places, dead, width=0.4, color=CLASS_COLOURS[4], label="units that are 0 for all")
        axes.set_ylim(0, 1)
        axes.set_ylabel("share")
        _name_axis(axes, names)
        legend(axes)
        set_title(figure, ["Zeros at the last sampled step"])
    worst = names[int(np.argmax(dead))]
    caption = (
        f"Most dead units: {worst}, {max(dead):.0%} of them gave 0 for every row of the batch. "
        "Many zeros alone are no fault: a sound ReLU layer is 0 for half of its values."
    )
    return _picture("activity", "Unit activity", caption, figure)


def _ranges(course: Course) -> Picture | None:
    bars: Mapping[str, tuple[tuple[float, float], str]] = {
        "targets": (course.targets, TARGET),
        "outputs": (course.outputs, PREDICTION),
    }
    if not all(math.isfinite(v) for (low, high), _ in bars.values() for v in (low, high)):
        return None
    with house_style():
        figure, axes = one_panel(2.2, beside=False)
        for i, (_, ((low, high), colour)) in enumerate(bars.items()):
            axes.plot([low, high], [i, i], color=colour, linewidth=6, solid_capstyle="butt")
            axes.plot([low, high], [i, i], "|", color=colour, markersize=14)
        axes.set_yticks([0, 1], labels=list(bars))
        axes.set_ylim(-0.6, 1.6)
        set_title(figure, ["Smallest to largest value of the last sampled batch"])
    (low, high), (least, most) = course.outputs, course.targets
    caption = (
        f"Outputs from {low:.4g} to {high:.4g}, targets from {least:.4g} to {most:.4g}. Targets "
        "that the outputs cannot reach are never learned; for class numbers the two differ by "
        "nature."
    )
    return _picture("ranges", "Range of outputs and targets", caption, figure)


def _log_line(axes: Axes, x: Array, y: Array, i: int, label: str) -> list[object]:
    colour, marker = CLASS_COLOURS[i % 10], MARKERS[i % 10]
    shown = np.where(y > 0, y, np.nan)
    lines = axes.plot(x, shown, color=colour, marker=marker, markersize=3.5, label=label)
    if np.isfinite(shown).any():
        axes.set_yscale("log")
    return list(lines)


def _name_axis(axes: Axes, names: list[str]) -> None:
    rotated: dict[str, object] = {"rotation": 35, "ha": "right"} if len(names) > 4 else {}
    axes.set_xticks(range(len(names)), labels=[plain(n, 18) for n in names], **rotated)  # type: ignore[arg-type]


def _some(names: list[str], most: int = MOST_LAYERS) -> list[str]:
    if len(names) <= most:
        return names
    return [*names[: most // 2], *names[len(names) - most // 2 :]]


def _any(values: Array) -> bool:
    return bool(np.isfinite(values).any())
