"""Reconstructions: images beside what an autoencoder makes of them (S4.39)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.images import chosen_rows, image_shape_of, row_names, seen
from learnscope.views.mosaic import as_tiles, draw_tiles, tile_places
from learnscope.views.record import Record, choose, members, no_finite_member, number
from learnscope.views.style import house_style, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReconstructionsArrays:
    """What the picture is drawn from; `m` rows.

    Attributes:
        record: texts of the run.
        chosen: the member.
        names: what to call the rows.
        inputs: (m, d) features of the rows, as the network sees them.
        outputs: (m, d) what it makes of them.
        errors: (m,) mean squared error of each row.
        shape: (channels, height, width) of the images.
    """

    record: Record
    chosen: str
    names: tuple[str, ...]
    inputs: Array
    outputs: Array
    errors: Array
    shape: tuple[int, ...]


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, no autoencoder, or no images."""
    if text := no_finite_member("reconstructions", trained):
        return text
    t = trained[0]
    kind = t.member.experiment.model.kind_name()
    if t.member.experiment.model.learns != "inputs":
        return f"reconstructions needs an autoencoder, and this {kind} model is none."
    if image_shape_of(t) is None:
        return "reconstructions needs images, and the inputs of this run are none. Use 'codes'."
    return ""


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, rows: Sequence[int] | None = None
) -> ReconstructionsArrays:
    """Pass some images through one member.

    Args:
        trained: members of one experiment.
        seed: root seed of the member; left out, that with the median loss.
        rows: rows of the sample; left out, ten judged ones, of each class in turn.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    which = chosen_rows(t, rows, 10)
    x, shape = seen(t, which), image_shape_of(t)
    assert shape is not None
    outputs = t.output(t.member.sample.x[which]).astype(np.float64)
    return ReconstructionsArrays(
        record=record,
        chosen=chosen,
        names=row_names(t, which),
        inputs=x,
        outputs=outputs,
        errors=np.square(outputs - x).mean(axis=1),
        shape=shape,
    )


def draw(arrays: ReconstructionsArrays) -> Figure:
    """Draw inputs above outputs, and below them where the outputs are too large or too small."""
    with house_style():
        m = len(arrays.names)
        figure, grid = new_panels(1.5 + 3 * 6.2 / max(m, 4), 3, above=0.85, gap=0.28)
        low, high = float(arrays.inputs.min()), float(arrays.inputs.max())
        off = np.asarray(arrays.outputs - arrays.inputs)
        most = float(np.abs(off).max()) or 1.0
        for axes, values, text in zip(
            grid[:2, 0], (arrays.inputs, arrays.outputs), ("input", "output"), strict=True
        ):
            draw_tiles(axes, as_tiles(values, arrays.shape, (low, high)), m, (low, high))
            _name_row(axes, text)
        # Of colours, the mean over the channels.
        plain_off = off.reshape(m, *arrays.shape).mean(axis=1)
        draw_tiles(grid[2, 0], plain_off, m, (-most, most), "RdBu_r")
        _name_row(grid[2, 0], "difference")
        h, w = arrays.shape[1:]
        for (x, y), name, error in zip(
            tile_places(m, m, h, w), arrays.names, arrays.errors, strict=True
        ):
            text = f"{plain(name.replace('row ', ''), 14)}\n{number(float(error))}"
            grid[0, 0].text(x, y, text, fontsize=6.5, ha="center", va="bottom")
        what = f"Reconstructions of the {arrays.record.short_model()}"
        below = "above: row, class, mean squared error; red: too large, blue: too small"
        texts = (what, arrays.record.missing(), arrays.chosen)
        set_title(figure, texts, f"{below}. {arrays.record.note()}")
        return figure


def _name_row(axes: object, text: str) -> None:
    axes.text(  # type: ignore[attr-defined]
        -0.012, 0.5, text, transform=axes.transAxes, fontsize=8,  # type: ignore[attr-defined]
        ha="right", va="center", rotation=90,
    )  # fmt: skip


def describe(arrays: ReconstructionsArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    low, high = (number(float(e)) for e in (arrays.errors.min(), arrays.errors.max()))
    return (
        f"{len(arrays.names)} images beside their reconstructions ({arrays.chosen}): mean squared "
        f"errors from {low} to {high}."
    )


RECONSTRUCTIONS = View(
    name="reconstructions",
    purpose="images beside what the autoencoder makes of them",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
