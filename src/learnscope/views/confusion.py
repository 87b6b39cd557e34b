"""Confusion: which class is taken for which, as a matrix of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.measures.confusion import Confusion, confusion_of
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.training.split import Part
from learnscope.views.base import View, refuse
from learnscope.views.record import Record, choose, members, no_finite_member
from learnscope.views.style import house_style, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CLASSES = 40
"""Classes from which the cells are too small to be told apart."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ConfusionArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        part: rows that were labelled.
        chosen: the member.
        matrix: counts (c, c), true class down, label across, with their intervals.
    """

    record: Record
    part: str
    chosen: str
    matrix: Confusion


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: numbers to predict, too many classes, none finite."""
    if text := no_finite_member("confusion", trained):
        return text
    head = trained[0].member.head
    if head.task != "classification":
        return "confusion needs classes, and this run predicts numbers."
    if len(head.outputs) > MOST_CLASSES:
        return f"confusion draws at most {MOST_CLASSES} classes, got {len(head.outputs)}."
    return ""


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, part: Part | None = None
) -> ConfusionArrays:
    """Count which class a member takes for which, on the judged rows if `part` is left out."""
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    part = part or judged_part(t.member)
    matrix = confusion_of(t, part)
    return ConfusionArrays(record=record, part=part, chosen=chosen, matrix=matrix)


def draw(arrays: ConfusionArrays) -> Figure:
    """Draw the matrix: darker cells are a larger share of their true class."""
    with house_style():
        c = len(arrays.matrix.names)
        figure, panels = new_panels(min(7.0, max(3.0, 2.1 + 0.36 * c)), above=0.7)
        # Names of classes are written in full beside and below.
        room = 0.075 * max(len(plain(name, 16)) for name in arrays.matrix.names)
        figure.subplots_adjust(
            left=(0.5 + room) / figure.get_figwidth(), bottom=(0.9 + room) / figure.get_figheight()
        )
        _draw_cells(panels[0, 0], arrays.matrix)
        model = arrays.record.short_model()
        what = f"Confusion of the {model} on the {arrays.part} rows"
        set_title(figure, (what, arrays.chosen, arrays.record.missing()), arrays.record.note())
        return figure


def _draw_cells(axes: Axes, matrix: Confusion) -> None:
    counts, c = matrix.counts, len(matrix.names)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, interpolation="none", aspect="equal")
    names = [plain(name, 16) for name in matrix.names]
    axes.set_xticks(range(c), names, rotation=0 if max(map(len, names)) < 4 else 90)
    axes.set_yticks(range(c), names)
    axes.set(xlabel="label", ylabel="true class")
    axes.spines[:].set_visible(False)
    if c > 20:
        return
    for i, j in np.ndindex(c, c):
        if counts[i, j]:
            ink = "white" if share[i, j] > 0.6 else "black"
            axes.text(j, i, str(counts[i, j]), ha="center", va="center", color=ink, fontsize=7.5)


def describe(arrays: ConfusionArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    return f"Confusion on the {arrays.part} rows ({arrays.chosen}): {arrays.matrix.sentence()}"


CONFUSION = View(
    name="confusion",
    purpose="which class is taken for which",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
