"""Forecast: a series with what is predicted of it, and the error by how far ahead (S4.48)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.forecast import (
    Forecast,
    free_running,
    no_forecast,
    run_on,
    series_values,
    windows_of,
)
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.record import Record, choose, members, no_finite_member, number
from learnscope.views.spread import Band, band
from learnscope.views.style import (
    INK,
    MUTED,
    PART_COLOURS,
    PREDICTION,
    house_style,
    legend,
    new_panels,
    plain,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 200
"""Most steps of the series in the picture: half of them behind the first origin."""

FED, FREE = PREDICTION, PART_COLOURS["test"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ForecastArrays:
    """What the picture is drawn from; `t` steps, `h` steps ahead.

    Attributes:
        record: texts of the run.
        name: of the values of the series.
        steps: (t,) numbers of the steps.
        values: (t,) the series, NaN where no row has it.
        fed: (t,) predictions one step ahead from the true past, NaN where there is none.
        free: (t,) the path on from the first judged window, NaN before it.
        border: the last step that was known there.
        part: the part of the data that judges, "train" where there is no other.
        errors: (h,) root mean squared errors of all members, free running, by steps ahead.
        last: (h,) those of the forecast that the last value stays.
        one: root mean squared error one step ahead on the judged rows, of the member shown.
    """

    record: Record
    name: str
    steps: Array
    values: Array
    fed: Array
    free: Array
    border: int
    part: str
    errors: Band
    last: Array
    one: float


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no series that can run on."""
    if text := no_finite_member("forecast", trained):
        return text
    return no_forecast(trained[0])


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, n_steps: int | None = None
) -> ForecastArrays:
    """Predict with the truth and with its own answers as the past.

    Args:
        trained: members of one experiment.
        seed: root seed of the member whose paths are shown; left out, that with the median loss.
        n_steps: how far ahead errors are taken; left out, at most 50.
    """
    finite, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    found = [free_running(f, n_steps=n_steps) for f in finite]
    windows, values = windows_of(t), series_values(t)
    part = judged_part(t.member)
    first = int(getattr(t.member.rows, part)[0])
    border = int(windows.starts[first]) + windows.window - 1
    steps = np.arange(max(0, border - SHOWN // 2), min(windows.n, border + 1 + SHOWN // 2))
    return ForecastArrays(
        record=replace(record, chosen=chosen),
        name=t.member.sample.columns[-1],
        steps=steps,
        values=values[steps],
        fed=_fed(t)[steps],
        free=_free(t, first, border)[steps],
        border=border,
        part=part,
        errors=band(np.stack([f.rmse for f in found])),
        last=_mean_of_last(found),
        one=_one_step(t, part),
    )


def _fed(t: Trained) -> Array:
    """Return the prediction (n,) of each step from the true steps before it."""
    windows = windows_of(t)
    result = np.full(windows.n, np.nan)
    answers, targets = t.output(t.member.sample.x), windows.targets
    # Of several answers the nearest; where every step answers, that with the longest past.
    at = -1 if windows.predicts == "each" else 0
    result[targets[:, at]] = answers[:, at]
    return result


def _free(t: Trained, first: int, border: int) -> Array:
    windows = windows_of(t)
    result = np.full(windows.n, np.nan)
    ahead = min(SHOWN // 2, windows.n - 1 - border)
    path = run_on(t, t.member.sample.x[[first]], ahead)[0]
    result[border + 1 : border + 1 + ahead] = path
    return result


def _mean_of_last(found: Sequence[Forecast]) -> Array:
    return np.asarray(np.median([f.rmse_of_last for f in found], axis=0))


def _one_step(t: Trained, part: str) -> float:
    rows = getattr(t.member.rows, part)
    at = -1 if windows_of(t).predicts == "each" else 0
    off = t.output(t.member.sample.x[rows])[:, at] - t.member.sample.y[rows, at]
    return float(np.sqrt(np.mean(off**2)))


def draw(arrays: ForecastArrays) -> Figure:
    """Draw the series with both predictions, and below the error by how far ahead."""
    with house_style():
        figure, grid = new_panels(5.4, 2, above=0.72, gap=0.72)
        _draw_series(grid[0, 0], arrays)
        _draw_errors(grid[1, 0], arrays)
        texts = (
            f"Forecasts of the {arrays.record.short_model()}",
            arrays.record.missing(),
            arrays.record.chosen,
        )
        set_title(figure, texts, arrays.record.note())
        return figure


def _draw_series(axes: Axes, arrays: ForecastArrays) -> None:
    axes.plot(arrays.steps, arrays.values, color=INK, linewidth=1.0, label="series")
    axes.plot(
        arrays.steps, arrays.fed, color=FED, marker="o", markersize=2.2, linewidth=0,
        label="fed the truth (teacher forcing)",
    )  # fmt: skip
    axes.plot(arrays.steps, arrays.free, color=FREE, label="fed its own answers (free running)")
    axes.axvline(arrays.border + 0.5, color=MUTED, linewidth=0.8, linestyle=":")
    known = arrays.values[np.isfinite(arrays.values)]
    room = 0.35 * (float(np.ptp(known)) or 1.0)
    axes.set_ylim(float(known.min()) - room, float(known.max()) + 1.5 * room)
    axes.set_xlabel(f"step t (dotted: the first window of the {_words(arrays.part)} rows ends)")
    axes.set_ylabel(plain(arrays.name, 12))
    legend(axes, loc="upper left", ncols=3)


def _draw_errors(axes: Axes, arrays: ForecastArrays) -> None:
    spread, ahead = arrays.errors, np.arange(1, len(arrays.last) + 1)
    axes.plot(
        ahead, spread.median, color=FREE, marker="o", markersize=3,
        label=f"free running{spread.label()}",
    )  # fmt: skip
    if spread.n > 1:
        axes.fill_between(ahead, spread.low, spread.high, color=FREE, alpha=0.15, linewidth=0)
    axes.plot(ahead, arrays.last, color=MUTED, linestyle="--", label="the last value stays")
    axes.set_ylim(0, 1.1 * max(float(arrays.last.max()), min(
        float(spread.median.max()), 3 * float(arrays.last.max()))) or 1.0)  # fmt: skip
    axes.set_xlim(0.5, len(ahead) + 0.5)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("steps ahead")
    axes.set_ylabel("rmse")
    legend(axes)


def _words(part: str) -> str:
    return "training" if part == "train" else part


def describe(arrays: ForecastArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    h, median = len(arrays.last), arrays.errors.median
    return (
        f"Forecasts of the series: one step ahead from the true past the member misses by "
        f"{number(arrays.one)} (root mean square, {_words(arrays.part)} rows); running on its own "
        f"answers by {number(float(median[0]))} after 1 step and {number(float(median[-1]))} "
        f"after {h} (median of {len(arrays.record.seeds)}), where the last value would miss by "
        f"{number(float(arrays.last[-1]))}."
    )


FORECAST = View(
    name="forecast",
    purpose="a series with its predictions, and their error by how far ahead",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
