"""Mistakes: the surest wrong rows, as pictures where the inputs are images, else as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.mistakes import Mistakes, mistakes
from learnscope.trained import Trained
from learnscope.training.split import Part
from learnscope.views.base import View, refuse
from learnscope.views.record import Record, choose, members, no_finite_member
from learnscope.views.style import house_style, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES, ROWS, COLUMNS = 24, 12, 6
"""Most images, rows of a table, and inputs shown in it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MistakesArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        chosen: the member.
        wrong: its wrong rows, the surest first.
        inputs: (m, d) raw inputs of the first m of them.
        columns: names of the d inputs.
        shape: (channels, height, width) where the inputs are images, else None.
        limits: lowest and highest value of an input, for the grey values.
    """

    record: Record
    chosen: str
    wrong: Mistakes
    inputs: Array
    columns: tuple[str, ...]
    shape: tuple[int, ...] | None
    limits: tuple[float, float]


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: numbers to predict, none finite, or nothing is wrong."""
    if text := no_finite_member("mistakes", trained):
        return text
    if trained[0].member.head.task != "classification":
        return "mistakes needs classes, and this run predicts numbers."
    t, chosen = choose(trained, None)
    if not len(mistakes(t)):
        return f"mistakes needs a row that is labelled wrong, and there is none ({chosen})."
    return ""


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, part: Part | None = None
) -> MistakesArrays:
    """Gather the surest mistakes of a member, on the judged rows if `part` is left out."""
    _, record = members(trained)
    if seed is None and part is None:
        refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    wrong = mistakes(t, part)
    if not len(wrong):
        refuse(f"mistakes needs a row that is labelled wrong, and there is none ({chosen}).")
    sample = t.member.sample
    image = sample.shape is not None and len(sample.shape) == 3
    x = sample.x[wrong.rows[: IMAGES if image else ROWS]]
    return MistakesArrays(
        record=record,
        chosen=chosen,
        wrong=wrong,
        inputs=x,
        columns=sample.columns,
        shape=sample.shape if image else None,
        limits=(float(sample.x.min()), float(sample.x.max())),
    )


def draw(arrays: MistakesArrays) -> Figure:
    """Draw a grid of images with row number, true class, label and belief; or a table of them."""
    with house_style():
        figure = _draw_images(arrays) if arrays.shape is not None else _draw_table(arrays)
        n, wrong = len(arrays.inputs), arrays.wrong
        what = f"{n} surest of {len(wrong)} mistakes on {wrong.n} {wrong.part} rows"
        # What is left out comes before the choice of the member: a title has two lines.
        texts = (what, arrays.record.short_model(), arrays.record.missing(), arrays.chosen)
        set_title(figure, texts, arrays.record.note())
        return figure


def _draw_images(arrays: MistakesArrays) -> Figure:
    n, across = len(arrays.inputs), min(8, len(arrays.inputs))
    down = -(-n // across)
    height = 1.5 + 1.25 * down
    figure, grid = new_panels(height, down, across, above=0.9, gap=0.42)
    # No axes, so no room for their labels.
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.6 / height, wspace=0.12)
    panels = grid.ravel()
    for axes in panels:
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    for i, axes in enumerate(panels[:n]):
        axes.imshow(image_of(arrays.inputs[i], arrays.shape, arrays.limits), **_look(arrays))
        is_, label = _names(arrays.wrong, i)
        text = f"row {arrays.wrong.rows[i]}\n{is_} → {label} {arrays.wrong.belief[i]:.2f}"
        axes.set_title(plain(text, 60), fontsize=6.5)
    return figure


def _look(arrays: MistakesArrays) -> dict[str, Any]:
    assert arrays.shape is not None
    if arrays.shape[0] == 3:
        return {"interpolation": "none"}
    low, high = arrays.limits
    return {"cmap": "gray_r", "vmin": low, "vmax": high, "interpolation": "none"}


def image_of(x: Array, shape: tuple[int, ...] | None, limits: tuple[float, float]) -> Array:
    """Return inputs (d,) as an image (h, w), or (h, w, 3) in [0, 1] with three channels."""
    assert shape is not None
    image = np.asarray(x, dtype=np.float64).reshape(shape)
    if shape[0] != 3:
        return np.asarray(image[0])
    low, high = limits
    return np.moveaxis((image - low) / ((high - low) or 1.0), 0, -1)


def _names(wrong: Mistakes, i: int) -> tuple[str, str]:
    return plain(wrong.names[wrong.truth[i]], 12), plain(wrong.names[wrong.labels[i]], 12)


def _draw_table(arrays: MistakesArrays) -> Figure:
    shown = min(COLUMNS, len(arrays.columns))
    head = ["row", "is", "label", "belief", *(plain(c, 12) for c in arrays.columns[:shown])]
    cells = []
    for i, x in enumerate(arrays.inputs):
        belief = f"{arrays.wrong.belief[i]:.3f}"
        values = [f"{v:.4g}" for v in x[:shown]]
        cells.append([str(arrays.wrong.rows[i]), *_names(arrays.wrong, i), belief, *values])
    figure, panels = new_panels(1.7 + 0.26 * (len(cells) + 1), above=0.6)
    axes = panels[0, 0]
    axes.set_axis_off()
    table = axes.table(cellText=cells, colLabels=head, loc="upper center", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    return figure


def describe(arrays: MistakesArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    return f"Wrong rows, the surest first ({arrays.chosen}): {arrays.wrong.sentence()}"


MISTAKES = View(
    name="mistakes",
    purpose="the rows that are labelled wrong, the surest mistakes first",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
