"""Scaling: the error over rows, widths or epochs, with a power law, its forecast and its check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.atlas.result import AtlasVerdict
from learnscope.measures.power_law import FEWEST, Check, PowerLaw, check_power_law, fit_power_law
from learnscope.views.atlas.base import AtlasView
from learnscope.views.atlas.cells import Cells, cells, higher_is_better
from learnscope.views.atlas.direction import Direction, label_of, value_text
from learnscope.views.atlas.lines import MOST_LINES, line_colours
from learnscope.views.atlas.phase import obstacle as judged_obstacle
from learnscope.views.atlas.phase import verdict_of
from learnscope.views.atlas.ticks import measure_text, plain_ticks
from learnscope.views.base import refuse
from learnscope.views.record import number
from learnscope.views.style import (
    class_marker,
    house_style,
    new_figure,
    plain,
    plain_log_labels,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

SIZES = ("problem.n", "model.width", "model.degree", "training.epochs", "model.depth")
"""Settings that are sizes, in the order in which one is chosen."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScalingArrays:
    """Errors over sizes (m), a line for each value of y (v).

    Attributes:
        atlas: name of the atlas.
        measure: what the error is made from: 1 - accuracy, or the measure itself.
        size: what the sizes are: "rows" where x changes the number of training rows, else x.
        x: the direction.
        y: direction of the lines, None for one line.
        sizes: (m,) ascending.
        errors: (v, r, m) of each seed, NaN where it was lost.
        laws: of each line, None where it has too few sizes.
        checks: of each line: forecasts of larger sizes from smaller ones beside what was measured.
        reach: sizes are forecast up to so many times the largest.
        cut_text: where the atlas was cut.
    """

    atlas: str
    measure: str
    size: str
    x: str
    y: Direction | None
    sizes: Array
    errors: Array
    laws: tuple[PowerLaw | None, ...]
    checks: tuple[tuple[Check, ...], ...]
    reach: float
    cut_text: str


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: no score, or no setting with three sizes."""
    if text := judged_obstacle(atlas):
        return text.replace("phase", "scaling", 1)
    if not _sizes(atlas):
        return (
            "scaling needs a setting that takes three or more whole numbers above 0, and this "
            f"atlas has none. Sweep over {SIZES[0]} or {SIZES[1]}."
        )
    return ""


def _sizes(atlas: Atlas) -> list[str]:
    def fits(name: str) -> bool:
        column = atlas.table[name]
        # Sizes are counted; rates and strengths are not.
        if not column.dtype.is_integer() or column.null_count():
            return False
        return column.n_unique() >= FEWEST and float(column.to_numpy().min()) > 0

    known = [name for name in atlas.axes if fits(name)]
    return sorted(known, key=lambda n: SIZES.index(n) if n in SIZES else len(SIZES))


def compute(
    atlas: Atlas,
    *,
    x: str | None = None,
    y: str | None = None,
    measure: str | None = None,
    at: Mapping[str, Any] | None = None,
    reach: float = 10.0,
    verdict: AtlasVerdict | None = None,
) -> ScalingArrays:
    """Return errors over sizes with a power law for each line.

    Args:
        atlas: the atlas.
        x: a setting that is a size; left out, the number of examples, the width, ...
        y: setting of the lines; "" for one line, cut at the best of the others.
        measure: a measure of the atlas, its score where left out.
        at: settings at which the others are cut.
        reach: how far to forecast, in multiples of the largest size, >= 1.
        verdict: that on the atlas, which knows the lowest error possible; worked out if left out.

    Raises:
        InputError: x is no size, y has more than ten values, or reach is below 1.
    """
    refuse(obstacle(atlas))
    if not reach >= 1:
        raise InputError(f"reach must be >= 1, got {reach!r}.")
    sizes = _sizes(atlas)
    if x is not None and x in atlas.axes and x not in sizes:
        raise InputError(f"scaling needs {FEWEST} sizes above 0, and {x} has not as many.")
    found = cells(
        atlas, x=x or sizes[0], y="" if y is None else y, panel="", measure=measure, at=at
    )
    if found.y is not None and len(found.y) > MOST_LINES:
        raise InputError(
            f"scaling draws at most {MOST_LINES} lines, and {found.y.path} has {len(found.y)} "
            "values. Take another y."
        )
    floors = {p.point: p.floor or 0.0 for p in verdict_of(atlas, verdict).points}
    errors = _errors(atlas, found)
    name, positions = _positions(atlas, found)
    laws, checks = [], []
    for v, rows in enumerate(errors):
        floor = min(floors.get(int(p), 0.0) for p in found.point[0, v])
        law, check = _law(positions, rows, floor)
        laws.append(law)
        checks.append(check)
    return ScalingArrays(
        atlas=atlas.name, measure=found.measure, size=name, x=found.x.path, y=found.y,
        sizes=positions, errors=errors, laws=tuple(laws), checks=tuple(checks), reach=reach,
        cut_text=found.cut_text,
    )  # fmt: skip


def _law(sizes: Array, rows: Array, floor: float) -> tuple[PowerLaw | None, tuple[Check, ...]]:
    """Return the law of a line and its checks, None where fewer than three sizes have an error.

    Where no seed lived at all sizes the law is that of the means, without an interval.
    """
    known = np.isfinite(rows).any(axis=0)
    if known.sum() < FEWEST:
        return None, ()
    sizes, rows = sizes[known], rows[:, known]
    if not np.isfinite(rows).all(axis=1).any():
        rows = np.nanmean(rows, axis=0)[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        law = fit_power_law(sizes, rows, floor=floor)
        return law, check_power_law(sizes, rows, floor=floor)


def mean_errors(errors: Array) -> Array:
    """Return (v, m) means over seeds (axis 1), NaN where none has a number."""
    known = np.isfinite(errors)
    n = known.sum(axis=1)
    total = np.where(known, errors, 0.0).sum(axis=1)
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), np.nan))


def _errors(atlas: Atlas, found: Cells) -> Array:
    """Return (v, r, m) the error of each seed at each size."""
    from learnscope.views.atlas.cells import lost

    table = atlas.table
    diverged, dead = lost(table, found.measure)
    seeds, seed = np.unique(table["seed"].to_numpy(), return_inverse=True)
    values = table[found.measure].to_numpy()
    values = 1.0 - values if higher_is_better(found.measure) else values
    rows, columns = found.point.shape[1:]
    result = np.full((rows, len(seeds), columns), np.nan)
    numbers, alive = table["point"].to_numpy(), ~diverged & ~dead
    for (v, u), point in np.ndenumerate(found.point[0]):
        own = (numbers == point) & alive
        result[v, seed[own], u] = values[own]
    return result


def _positions(atlas: Atlas, found: Cells) -> tuple[str, Array]:
    """Return what the sizes are: training rows where x changes them, else x itself."""
    table = atlas.table
    if found.x.path.startswith("problem.") and "rows" in table.columns:
        first = dict(zip(table["point"].to_list(), table["rows"].to_list(), strict=True))
        rows = np.array([first.get(int(p), np.nan) for p in found.point[0, 0]], dtype=np.float64)
        if np.isfinite(rows).all() and (np.diff(rows) > 0).all():
            return "rows", rows
    return found.x.path, found.x.positions


def draw(arrays: ScalingArrays) -> Figure:
    """Draw mean errors with their standard errors, seeds as dots, laws and their bands."""
    with house_style():
        figure = new_figure(4.3)
        axes = figure.subplots()
        for v, colour in enumerate(line_colours(arrays.y)):
            _line(axes, arrays, v, colour)
        axes.set_xscale("log")
        texts = [value_text(float(s)) for s in arrays.sizes]
        plain_ticks(axes, arrays.sizes, "x", texts if arrays.reach == 1 else None)
        means = mean_errors(arrays.errors)
        if (means[np.isfinite(means)] > 0).all() and np.isfinite(means).any():
            axes.set_yscale("log")
            _limits(axes, arrays)
            plain_log_labels(axes)
        largest = float(arrays.sizes.max())
        if arrays.reach > 1:
            axes.axvspan(largest, largest * arrays.reach, color="#F2F2F2", zorder=0, linewidth=0)
            axes.text(
                largest * 1.04, 0.985, "forecast", transform=axes.get_xaxis_transform(), va="top",
                fontsize=8, color="#555555",
            )  # fmt: skip
        axes.set_xlabel(plain(label_of(arrays.size), 60))
        axes.set_ylabel(_error_text(arrays.measure))
        title = None if arrays.y is None else plain(arrays.y.path.rpartition(".")[2], 20)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside right center", title=title, title_fontsize=8)
        set_title(figure, [_title(arrays)], _note(arrays))
        return figure


def _limits(axes: Axes, arrays: ScalingArrays) -> None:
    """Keep the scale to what was measured and forecast: a seed without errors has no logarithm."""
    means = [float(m) for m in mean_errors(arrays.errors).flat if m > 0]
    far = float(arrays.sizes.max()) * arrays.reach
    ends = [law.forecast(far).value for law in arrays.laws if law is not None]
    low = min([*means, *(e for e in ends if e > 0)])
    axes.set_ylim(low / 2.5, max(means) * 2.5)


def _line(axes: Axes, arrays: ScalingArrays, v: int, colour: Any) -> None:
    rows = arrays.errors[v]
    known = np.isfinite(rows).any(axis=0)
    n = np.isfinite(rows[:, known]).sum(axis=0)
    if not known.any():
        return
    mean = np.nanmean(rows[:, known], axis=0)
    spread = np.nanstd(rows[:, known], axis=0) * np.sqrt(1 / np.maximum(n - 1, 1))
    label = "mean ± 1 s.e." if arrays.y is None else value_text(arrays.y.values[v])
    axes.errorbar(
        arrays.sizes[known], mean, yerr=spread, fmt=class_marker(v), color=colour, markersize=5,
        elinewidth=1, capsize=2, label=plain(label, 24), zorder=3,
    )  # fmt: skip
    across = np.broadcast_to(arrays.sizes, rows.shape)
    axes.plot(across.ravel(), rows.ravel(), ".", color=colour, markersize=3, alpha=0.4, zorder=2)
    law = arrays.laws[v]
    if law is None:
        return
    x = np.geomspace(arrays.sizes.min(), arrays.sizes.max() * arrays.reach, 80)
    one = arrays.y is None
    axes.plot(x, law.at(x), color=colour, linestyle="--", linewidth=1.2,
              label="power law" if one else "")  # fmt: skip
    bands = np.array([[f.low, f.high] for f in map(law.forecast, x)])
    axes.fill_between(
        x, bands[:, 0], bands[:, 1], color=colour, alpha=0.13, linewidth=0,
        label="95 % over seeds" if one else "",
    )  # fmt: skip


def _error_text(measure: str) -> str:
    name = measure_text(measure)
    return f"1 - {name}" if higher_is_better(measure) else name


def _small(value: float) -> str:
    """Return a number; what is 0 but for rounding as 0."""
    return number(value if abs(value) > 1e-9 else 0.0)


def _interval(low: float, high: float) -> str:
    return f" [{number(low)}, {number(high)}]" if np.isfinite(low) else ""


def _law_text(law: PowerLaw) -> str:
    """Return "falls like n^-0.8 towards 0.02"."""
    if law.a <= 0:
        return f"stays at {_small(law.c)}"
    low, high = law.interval("b")
    range_text = f" (95 %: {number(low)} to {number(high)})" if np.isfinite(low) else ""
    return f"falls like n^-{number(law.b)}{range_text} towards {_small(law.c)}"


def _title(arrays: ScalingArrays) -> str:
    law = next((law for law in arrays.laws if law is not None), None)
    if law is None:
        return f"{_error_text(arrays.measure)}: too few sizes where a seed lived for a law"
    head = f"{_error_text(arrays.measure)} {_law_text(law)}"
    if arrays.y is not None:
        head = f"{value_text(arrays.y.values[arrays.laws.index(law)])}: {head}"
    return head


def _note(arrays: ScalingArrays) -> str:
    """Say what the forecasts are, and whether they came true where that was held back."""
    checks = [c for row in arrays.checks for c in row]
    said = ""
    if checks:
        right = sum(c.agrees for c in checks)
        said = (
            f"Held back: {right} of {len(checks)} larger sizes came out as forecast from the "
            "smaller ones. "
        )
    where = f"{arrays.cut_text[:1].upper()}{arrays.cut_text[1:]}. " if arrays.cut_text else ""
    return f"{where}{said}A forecast holds as long as the law does. Atlas {arrays.atlas}."


def describe(arrays: ScalingArrays) -> str:
    """Say the law of each line and its forecasts at twice and at ten times the largest size."""
    parts = []
    largest = float(arrays.sizes.max())
    for v, law in enumerate(arrays.laws):
        name = "" if arrays.y is None else f"{value_text(arrays.y.values[v])}: "
        if law is None:
            parts.append(f"{name}no law")
            continue
        ahead = [law.forecast(largest * times) for times in (2, 10)]
        said = " and ".join(
            f"{_small(f.value)}{_interval(f.low, f.high)} with {times} times"
            for f, times in zip(ahead, (2, 10), strict=True)
        )
        parts.append(f"{name}{_law_text(law)}; {said} the largest size ({largest:g})")
    return f"{_error_text(arrays.measure)} {'; '.join(parts)}. {_note(arrays)}"


SCALING = AtlasView(
    name="scaling",
    purpose="the error over rows, width or epochs, with a power law, its forecast and its check",
    options=("x", "y", "measure", "at", "reach"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
