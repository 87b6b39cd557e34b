"""Cost: the error of each point against what it costs to train, with the Pareto front marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError, listing
from learnscope.views.atlas.base import AtlasView, no_members
from learnscope.views.atlas.cells import check_measure, higher_is_better, lost
from learnscope.views.atlas.direction import Direction, direction_of, label_of, value_text
from learnscope.views.atlas.lines import line_colours
from learnscope.views.atlas.ticks import measure_text, plain_ticks
from learnscope.views.base import refuse
from learnscope.views.record import count, number
from learnscope.views.style import (
    INK,
    class_marker,
    house_style,
    new_figure,
    plain,
    plain_log_labels,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

Cost = Literal["seconds", "parameters", "epochs", "rows"]
MOST_GROUPS = 10


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CostArrays:
    """The points (p) that have a member that counts.

    Attributes:
        atlas: name of the atlas.
        measure: what is gained.
        cost: what is paid, median over members.
        point: (p,) their numbers.
        paid: (p,) median cost.
        value: (p,) mean of the measure.
        error: (p,) its standard error over seeds, NaN for one member.
        front: (p,) whether no other point is both cheaper and better.
        group: direction that colours them, None for one colour.
        place: (p,) place of each on the group.
        left_out: points without a member that counts.
        settings: text of the settings of each.
    """

    atlas: str
    measure: str
    cost: str
    point: Ints
    paid: Array
    value: Array
    error: Array
    front: Array
    group: Direction | None
    place: Ints
    left_out: int
    settings: tuple[str, ...]


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: no member."""
    return no_members("cost", atlas)


def compute(
    atlas: Atlas,
    *,
    cost: Cost = "seconds",
    measure: str | None = None,
    y: str | None = None,
) -> CostArrays:
    """Return cost and measure of each point.

    Args:
        atlas: the atlas.
        cost: "seconds" of training on the machine that swept, "parameters", "epochs" or "rows".
        measure: a measure of the atlas, its score where left out.
        y: setting that colours the points; left out, the first with at most ten values.

    Raises:
        InputError: a name is wrong, or y has too many values to be told apart.
    """
    import polars

    refuse(obstacle(atlas))
    if cost not in get_args(Cost):
        raise InputError(f"cost must be one of {listing(get_args(Cost))}, got {cost!r}.")
    measure = atlas.score if measure is None else check_measure(atlas, measure)
    group = _group(atlas, y)
    diverged, dead = lost(atlas.table, measure)
    alive = atlas.table.filter(~diverged & ~dead)
    column = polars.col(measure)
    found = (
        alive.filter(column.is_finite())
        .group_by("point", maintain_order=True)
        .agg(
            polars.col(cost).cast(polars.Float64).median().alias("_paid"),
            column.mean().alias("_value"),
            (column.std(ddof=1) / polars.len().sqrt()).alias("_error"),
            *(polars.col(p).first() for p in atlas.axes),
        )
    )
    direction, place = (None, np.zeros(len(found), dtype=np.int64))
    if group and len(found):
        direction, place = direction_of(found[group])
    paid, value = found["_paid"].to_numpy(), found["_value"].to_numpy()
    sign = -1.0 if higher_is_better(measure) else 1.0
    return CostArrays(
        atlas=atlas.name,
        measure=measure,
        cost=cost,
        point=found["point"].to_numpy().astype(np.int64),
        paid=paid,
        value=value,
        error=found["_error"].fill_null(float("nan")).to_numpy(),
        front=pareto(paid, sign * value),
        group=direction,
        place=place,
        left_out=int(atlas.table["point"].n_unique()) - len(found),
        settings=tuple(_settings(row, atlas.axes) for row in found.iter_rows(named=True)),
    )


def _settings(row: dict[str, object], axes: tuple[str, ...]) -> str:
    return ", ".join(f"{p} = {value_text(row[p])}" for p in axes)


def _group(atlas: Atlas, y: str | None) -> str:
    if y is not None and y != "":
        if y not in atlas.axes:
            raise InputError(
                f"y must be a setting that changes in this atlas, got {y!r}. There are "
                f"{listing(atlas.axes)}."
            )
        if atlas.table[y].n_unique() > MOST_GROUPS:
            raise InputError(
                f"cost tells at most {MOST_GROUPS} values apart, and {y} has "
                f"{atlas.table[y].n_unique()}. Take another y."
            )
        return y
    if y == "":
        return ""
    return next((p for p in atlas.axes if 1 < atlas.table[p].n_unique() <= MOST_GROUPS), "")


def pareto(paid: Array, loss: Array) -> Array:
    """Return (p,) which points no other beats: none costs no more and loses less, or the reverse.

    Of points that are equal in both, all are on the front.
    """
    order = np.lexsort((loss, paid))
    front = np.zeros(len(paid), dtype=bool)
    least, least_paid = np.inf, np.inf
    for i in order:
        if loss[i] < least or (loss[i] == least and paid[i] == least_paid):
            front[i] = True
            least, least_paid = loss[i], paid[i]
    return front


def draw(arrays: CostArrays) -> Figure:
    """Draw the points with their standard errors; a line joins those of the front."""
    with house_style():
        figure = new_figure(4.3)
        axes = figure.subplots()
        colours = line_colours(arrays.group)
        for k, colour in enumerate(colours):
            own = arrays.place == k
            label = "" if arrays.group is None else value_text(arrays.group.values[k])
            bars = np.nan_to_num(arrays.error[own])
            axes.errorbar(
                arrays.paid[own], arrays.value[own], yerr=bars if len(own) <= 300 else None,
                fmt=class_marker(k), color=colour, markersize=5 if len(own) <= 300 else 3,
                elinewidth=0.7, alpha=0.85, rasterized=len(arrays.point) > 1000,
                label=plain(label, 24), zorder=2,
            )  # fmt: skip
        order = np.flatnonzero(arrays.front)[np.argsort(arrays.paid[arrays.front], kind="stable")]
        axes.plot(
            arrays.paid[order], arrays.value[order], color=INK, linewidth=1.2, marker="o",
            markersize=10, markerfacecolor="none", drawstyle="steps-post", zorder=3,
            label="Pareto front",
        )  # fmt: skip
        if len(arrays.paid) and arrays.paid.min() > 0 and arrays.paid.max() > 5 * arrays.paid.min():
            axes.set_xscale("log")
            plain_ticks(axes, arrays.paid, "x")
        known = arrays.value
        if not higher_is_better(arrays.measure) and len(known) and known.min() > 0:
            if known.max() > 30 * known.min():
                axes.set_yscale("log")
                plain_log_labels(axes)
        axes.set_xlabel(f"median {plain(label_of(arrays.cost), 60)}")
        axes.set_ylabel(f"mean {measure_text(arrays.measure)}")
        title = None if arrays.group is None else plain(arrays.group.path.rpartition(".")[2], 20)
        figure.legend(loc="outside right center", title=title, title_fontsize=8)
        set_title(figure, [_title(arrays)], _note(arrays))
        return figure


def _title(arrays: CostArrays) -> str:
    if not len(arrays.point):
        return "No point has a member that counts: all diverged or died"
    n = int(arrays.front.sum())
    return (
        f"{n} of {count(len(arrays.point), 'point')} {'is' if n == 1 else 'are'} on the front: no "
        f"other is both cheaper and better"
    )


def _note(arrays: CostArrays) -> str:
    gone = f" {count(arrays.left_out, 'point')} lost all members." if arrays.left_out else ""
    bars = "" if len(arrays.point) > 300 else "Bars: one standard error over seeds. "
    return f"{bars}Atlas {arrays.atlas}.{gone}"


def describe(arrays: CostArrays) -> str:
    """Say the points of the front, the cheapest first."""
    order = np.flatnonzero(arrays.front)[np.argsort(arrays.paid[arrays.front], kind="stable")]
    shown = [
        f"{number(arrays.value[i])} for {number(arrays.paid[i])} ({arrays.settings[i]})"
        for i in order[:6]
    ]
    more = f"; and {len(order) - 6} more" if len(order) > 6 else ""
    name = f"{measure_text(arrays.measure)} for {arrays.cost}"
    return f"{_title(arrays)}; {name}: {'; '.join(shown)}{more}." if shown else f"{_title(arrays)}."


COST = AtlasView(
    name="cost",
    purpose="the score of each point against what it costs to train, with the Pareto front",
    options=("cost", "measure", "y"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
