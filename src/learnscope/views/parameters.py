"""Parameters: histograms of weights and biases by layer, before and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
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
        rows = _rows(list(arrays.histograms))
        size = len(rows), len(rows[0])
        figure, panels = new_panels(1.3 + 1.45 * len(rows), *size, above=0.8, gap=0.45)
        for row, names in zip(panels, rows, strict=True):
            for axes, name in zip(row, names, strict=True):
                _draw_panel(axes, arrays.histograms.get(name), *name.rpartition(".")[::2])
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


def _rows(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the parameters in rows: weights of a layer, biases beside them where there are some.

    Recurrent layers have several of both, a row each; "" stands for a panel that stays empty.
    """
    rows: list[tuple[str, ...]] = []
    for layer in dict.fromkeys(name.rpartition(".")[0] for name in names):
        own = [name for name in names if name.rpartition(".")[0] == layer]
        parts = [[n for n in own if n.rpartition(".")[2].startswith(word)] for word in "wb"]
        rows += zip_longest(*parts, fillvalue="")
    return rows if any(bias for _, bias in rows) else [(weight,) for weight, _ in rows]


def _draw_panel(axes: Axes, h: Histogram | None, layer: str, kind: str) -> None:
    if h is None:
        axes.set_axis_off()
        return
    axes.stairs(h.final, h.edges, fill=True, color=PREDICTION, alpha=0.45, label="trained")
    axes.stairs(h.initial, h.edges, color=INK, linewidth=1.1, label="initial")
    words = {"weight": "weights", "bias": "biases"}
    word = kind if h.count == 1 else words.get(kind, kind.removesuffix("_l0").replace("_l0_", " "))
    name = _short(layer)
    change = f"sd {number(h.sd[1])} → {number(h.sd[0])}"
    axes.set_title(f"{name}: {h.count} {word}, {change}", loc="left")
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=3)


def _short(layer: str) -> str:
    """Return "layers.0" as "layer 1", "encoder.blocks.0" as "enc. block 1"."""
    words = layer.split(".")
    if words[-1].isdigit():
        words[-1] = str(int(words[-1]) + 1)
    short = {"layers": "layer", "blocks": "block", "encoder": "enc.", "decoder": "dec."}
    return " ".join(short.get(word, word.replace("_", " ")) for word in words)


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
