"""Units: how active the hidden units are on the training rows, and which are dead or stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.network import DenseNetwork, dense_network
from learnscope.trained import Trained
from learnscope.training.member import rows_of
from learnscope.views.base import View, refuse
from learnscope.views.record import Record, choose, count, members, no_finite_member
from learnscope.views.style import PREDICTION, house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEAD, SATURATED = "#D55E00", "#E69F00"
AT = (0.0, 0.25, 0.5, 0.75, 1.0)
NEAR = 0.02
"""Share of the range of a bounded activation within which a value counts as at its bound."""
STUCK = 0.95
"""Share of the training rows at a bound from which a unit counts as saturated."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class UnitsArrays:
    """What the picture is drawn from; `u` hidden units of all layers in a row.

    Attributes:
        record: texts of the run.
        layer: (u,) the hidden layer of each unit, from 0.
        quantiles: (5, u) lowest, 25 %, median, 75 % and highest activation on the training rows.
        dead: (u,) one and the same value on every training row.
        saturated: (u,) at a bound of its activation on at least 95 % of the rows, not dead.
        counts: (r, 2) dead and saturated units of every finite member.
    """

    record: Record
    layer: Ints
    quantiles: Array
    dead: Array
    saturated: Array
    counts: Ints


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no hidden layer."""
    if text := no_finite_member("units", trained):
        return text
    network = trained[0].member.network
    model = trained[0].member.experiment.model.kind_name()
    if not isinstance(network, DenseNetwork):
        return f"units shows the units of dense layers, and this {model} model has other ones."
    if len(network.layers) > 1:
        return ""
    return (
        f"units shows hidden units, and this {model} model has no hidden layer. Use 'parameters', "
        "or a model such as {'kind': 'mlp', 'hidden': [8]}."
    )


def compute(trained: Sequence[Trained], *, seed: int | None = None) -> UnitsArrays:
    """Take the activations of one member on its training rows, and count over all members."""
    finite, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    hidden = _hidden(t)
    dead, saturated = _states(t, hidden)
    rows = [_states(f, _hidden(f)) for f in finite]
    return UnitsArrays(
        record=replace(record, chosen=chosen),
        layer=np.repeat(np.arange(len(hidden)), [a.shape[1] for a in hidden]),
        quantiles=np.concatenate([np.quantile(a, AT, axis=0) for a in hidden], axis=1),
        dead=dead,
        saturated=saturated,
        counts=np.array([(d.sum(), s.sum()) for d, s in rows], dtype=np.int64),
    )


def _hidden(t: Trained) -> list[Array]:
    """Return the activations (n, h) of each hidden layer on the training rows."""
    return t.activations(rows_of(t.member.sample.x, t.member.rows.train))[:-1]


def _states(t: Trained, hidden: Sequence[Array]) -> tuple[Array, Array]:
    dead, saturated = [np.empty(0, dtype=bool)], [np.empty(0, dtype=bool)]
    for layer, a in zip(dense_network(t.member.network).layers, hidden, strict=False):
        still = np.ptp(a, axis=0) == 0
        dead.append(still)
        saturated.append(~still & (_at_bound(a, layer.activation).mean(axis=0) >= STUCK))
    return np.concatenate(dead), np.concatenate(saturated)


def _at_bound(a: Array, activation: str) -> Array:
    kind = ACTIVATIONS[activation]
    # A bound on one side only, as that of ReLU, is where such a unit rests, not where it sticks.
    if not (np.isfinite(kind.low) and np.isfinite(kind.high)):
        return np.zeros_like(a, dtype=bool)
    near = NEAR * (kind.high - kind.low)
    return np.asarray((a < kind.low + near) | (a > kind.high - near))


def draw(arrays: UnitsArrays) -> Figure:
    """Draw the range of each unit's activation, a panel for each hidden layer."""
    with house_style():
        n_layers = int(arrays.layer.max()) + 1
        figure, grid = new_panels(1.3 + 1.4 * n_layers, n_layers, above=0.74, gap=0.3)
        panels = grid[:, 0]
        for k, axes in enumerate(panels):
            _draw_layer(axes, arrays, k)
        panels[-1].set_xlabel("unit")
        _place_legend(panels[0])
        what = f"Hidden units of the {arrays.record.short_model()} on training rows"
        set_title(
            figure,
            (what, arrays.record.missing(), _total(arrays), arrays.record.chosen),
            arrays.record.note(),
        )
        return figure


def _draw_layer(axes: Axes, arrays: UnitsArrays, k: int) -> None:
    units = np.flatnonzero(arrays.layer == k)
    low, q1, middle, q3, high = arrays.quantiles[:, units]
    colours = [_colour(arrays, u) for u in units.tolist()]
    x = np.arange(len(units))
    wide = float(np.clip(220 / max(len(units), 1), 1.5, 9))
    axes.vlines(x, low, high, colors=colours, linewidth=min(1.2, wide))
    axes.vlines(x, q1, q3, colors=colours, linewidth=wide, alpha=0.55)
    size = min(28, wide * 3)
    axes.scatter(x, middle, s=size, c=colours, zorder=3, edgecolor="white", linewidth=0.5)
    dead = arrays.dead[units]
    axes.scatter(x[dead], middle[dead], marker="x", s=42, color=DEAD, zorder=4)
    axes.set_ylabel(f"layer {k + 1}\nactivation")
    axes.set_xlim(-0.6, len(units) - 0.4)
    axes.locator_params(axis="x", integer=True)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.6)
    axes.set_axisbelow(True)


def _colour(arrays: UnitsArrays, unit: int) -> str:
    if arrays.dead[unit]:
        return DEAD
    return SATURATED if arrays.saturated[unit] else PREDICTION


def _place_legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=PREDICTION, marker="o", label="median, middle half, range"),
        Line2D([], [], color=SATURATED, marker="o", label="saturated"),
        Line2D([], [], color=DEAD, marker="x", linestyle="none", label="dead"),
    ]
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1.0), ncols=3)


def _total(arrays: UnitsArrays) -> str:
    text = f"{int(arrays.dead.sum())} dead, {int(arrays.saturated.sum())} saturated"
    if len(arrays.counts) > 1:
        mean = arrays.counts.mean(axis=0)
        text += f" (mean of all {mean[0]:.1f}, {mean[1]:.1f})"
    return text


def describe(arrays: UnitsArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    n, layers = len(arrays.layer), int(arrays.layer.max()) + 1
    return f"Activations of {n} hidden units in {count(layers, 'layer')}: {_total(arrays)}."


UNITS = View(
    name="units",
    purpose="how active the hidden units are on the training rows, which are dead or saturated",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
