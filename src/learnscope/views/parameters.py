"""Parameters: histograms of weights and biases by layer, before and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.trained import Trained
from learnscope.views.base import View
from learnscope.views.record import Record, count, members, no_finite_member, number
from learnscope.views.style import INK, PREDICTION, house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_BINS = 40


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Histogram:
    """Values of one parameter of all members.

    Attributes:
        edges: (bins + 1,) of both histograms.
        final: (bins,) share of the final values in each bin.
        initial: (bins,) share of the first values in each bin.
        count: number of values.
        sd: standard deviation of the final and of the first values.
    """

    edges: Array
    final: Array
    initial: Array
    count: int
    sd: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ParametersArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        histograms: name of the parameter ("layers.0.weight") -> its histograms.
    """

    record: Record
    histograms: Mapping[str, Histogram]


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member."""
    return no_finite_member("parameters", trained)


def compute(trained: Sequence[Trained], *, bins: int = N_BINS) -> ParametersArrays:
    """Count the values of each parameter over all finite members, in `bins` bins."""
    finite, record = members(trained)
    names = dict.fromkeys(name for t in finite for name in t.result.parameters)
    histograms = {}
    for name in names:
        holders = [t for t in finite if name in t.result.parameters]
        final = np.concatenate([t.result.parameters[name].ravel() for t in holders])
        first = np.concatenate([t.member.initial[name].ravel() for t in holders])
        histograms[name] = _count(final.astype(np.float64), first.astype(np.float64), bins)
    return ParametersArrays(record=record, histograms=histograms)


def _count(final: Array, first: Array, bins: int) -> Histogram:
    both = np.concatenate((final, first))
    low, high = float(both.min()), float(both.max())
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    return Histogram(
        edges=edges,
        final=np.histogram(final, edges)[0] / len(final),
        initial=np.histogram(first, edges)[0] / len(first),
        count=len(final),
        sd=(float(final.std()), float(first.std())),
    )


def draw(arrays: ParametersArrays) -> Figure:
    """Draw a row for each layer: its weights, and its biases where there are some."""
    with house_style():
        names = list(arrays.histograms)
        layers = list(dict.fromkeys(name.rsplit(".", 1)[0] for name in names))
        kinds = list(dict.fromkeys(name.rsplit(".", 1)[1] for name in names))
        size = len(layers), len(kinds)
        figure, panels = new_panels(1.3 + 1.45 * len(layers), *size, above=0.8, gap=0.45)
        for row, layer in zip(panels, layers, strict=True):
            for axes, kind in zip(row, kinds, strict=True):
                _draw_panel(axes, arrays.histograms.get(f"{layer}.{kind}"), layer, kind)
        for axes in panels[-1]:
            axes.set_xlabel("value")
        for row in panels:
            row[0].set_ylabel("share")
        handles = panels[0, 0].get_legend_handles_labels()[0]
        above = {"loc": "lower right", "bbox_to_anchor": (1, 1.12), "ncols": 2}
        panels[0, -1].legend(handles=handles, **above)
        who = count(len(arrays.record.seeds), "member")
        what = f"Parameters of the {arrays.record.short_model()}"
        note = arrays.record.note()
        set_title(figure, (what, who, arrays.record.missing()), note)
        return figure


def _draw_panel(axes: Axes, h: Histogram | None, layer: str, kind: str) -> None:
    if h is None:
        axes.set_axis_off()
        return
    axes.stairs(h.final, h.edges, fill=True, color=PREDICTION, alpha=0.45, label="trained")
    axes.stairs(h.initial, h.edges, color=INK, linewidth=1.1, label="initial")
    word = kind if h.count == 1 else f"{kind}s" if kind == "weight" else f"{kind}es"
    place = layer.removeprefix("layers.")
    name = f"layer {int(place) + 1}" if place.isdigit() else layer
    change = f"sd {number(h.sd[1])} → {number(h.sd[0])}"
    axes.set_title(f"{name}: {h.count} {word}, {change}", loc="left")
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=3)


def describe(arrays: ParametersArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    parts = [
        f"{name} from sd {number(h.sd[1])} to {number(h.sd[0])}"
        for name, h in arrays.histograms.items()
    ]
    who = arrays.record.who()
    return f"Histograms of the parameters of {who} by layer: {'; '.join(parts)}."


PARAMETERS = View(
    name="parameters",
    purpose="histograms of weights and biases by layer, before and after training",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
