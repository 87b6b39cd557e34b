"""Neighbours: an image, and the images that are nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.search.answers import Answer, answer
from learnscope.search.metrics import MetricName
from learnscope.search.spaces import index_of, space_of
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.mistakes import image_of
from learnscope.views.record import Record, choose, no_finite_member, read_record
from learnscope.views.style import PREDICTION, house_style, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS, MOST = 8, 47
"""Images in a line, and most neighbours in a picture."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NeighboursArrays:
    """What the picture is drawn from.

    Attributes:
        record: texts of the run.
        answer: the neighbours.
        name: what to call a query from outside.
        images: (1 + m, d) raw inputs, the query first.
        shape: (channels, height, width) of an image.
        limits: least and greatest value of the data, for the grey values.
    """

    record: Record
    answer: Answer
    name: str
    images: Array
    shape: tuple[int, ...]
    limits: tuple[float, float]


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: the examples are no images, or no member is finite."""
    shape = trained[0].member.sample.shape
    if shape is None or len(shape) != 3:
        return "neighbours needs images, and the examples of this run are none."
    return no_finite_member("neighbours", trained)


def compute(
    trained: Sequence[Trained],
    *,
    query: int | Array = 0,
    k: int = 7,
    by: str | None = None,
    metric: MetricName = "cosine",
    part: str = "all",
    seed: int | None = None,
    name: str = "the picture",
) -> NeighboursArrays:
    """Find the nearest images of a row, or of raw inputs from outside.

    Args:
        trained: members of one experiment.
        query: row number, or raw inputs (d,).
        k: neighbours, at most 47.
        by: "pixels", "codes" or "layer 1" and so on, see `search.spaces.space_of`.
        metric: "cosine" or "euclidean".
        part: rows to search: "all", "train", "validation" or "test".
        seed: root seed of the member; left out, the one with the median loss.
        name: what to call a query from outside.
    """
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    space = space_of(t, by)
    index = index_of(t, by, metric=metric, part=part)
    found = answer(t, index, space, query, k)
    return arrange(t, replace(read_record(trained), chosen=chosen), found, name)


def arrange(t: Trained, record: Record, found: Answer, name: str) -> NeighboursArrays:
    """Return the arrays of the picture of neighbours that were found already."""
    sample = t.member.sample
    if len(found.numbers) > MOST:
        raise InputError(f"A picture shows at most {MOST} neighbours, got {len(found.numbers)}.")
    assert sample.shape is not None
    return NeighboursArrays(
        record=record,
        answer=found,
        name=name,
        images=np.vstack((found.x, sample.x[found.numbers])),
        shape=sample.shape,
        limits=(float(sample.x.min()), float(sample.x.max())),
    )


def draw(arrays: NeighboursArrays) -> Figure:
    """Draw the query in a frame, then its neighbours with row, class and distance."""
    found, n = arrays.answer, len(arrays.images)
    with house_style():
        across = min(ACROSS, max(n, 4))
        down = -(-n // across)
        figure, grid = new_panels(1.45 + 1.2 * down, down, across, above=0.85, gap=0.4)
        # Images stand closer than axes with labels do.
        figure.subplots_adjust(left=0.02, right=0.98, wspace=0.12)
        panels = grid.ravel()
        for axes in panels:
            axes.set_axis_off()
        for axes, image, text in zip(panels, arrays.images, _titles(arrays), strict=False):
            axes.imshow(image_of(image, arrays.shape, arrays.limits), **_look(arrays))
            axes.set_title(plain(text, 60), fontsize=6.5)
        _frame(panels[0])
        what = f"Nearest images by {found.space}, {found.metric} distance"
        set_title(figure, (what, arrays.record.short_model(), arrays.record.chosen), _note(arrays))
        return figure


def _titles(arrays: NeighboursArrays) -> list[str]:
    """Return the words above each image: whose it is, its class, how far."""
    found = arrays.answer
    own = arrays.name if found.query is None else f"row {found.query}"
    titles = [f"{own}\n{found.label or 'query'}"]
    for i, number in enumerate(found.numbers):
        label = f"{found.labels[i]}  " if found.labels[i] else ""
        far = "same code" if found.same[i] else f"{found.distances[i]:.3g}"
        titles.append(f"row {number}\n{label}{far}")
    return titles


def _look(arrays: NeighboursArrays) -> dict[str, Any]:
    look: dict[str, Any] = {"interpolation": "none"}
    if arrays.shape[0] != 3:
        look |= {"cmap": "gray_r", "vmin": arrays.limits[0], "vmax": arrays.limits[1]}
    return look


def _frame(axes: Axes) -> None:
    """Mark the query by a frame."""
    axes.set_axis_on()
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=PREDICTION, linewidth=2.0)


def _note(arrays: NeighboursArrays) -> str:
    found = arrays.answer
    left = f"; {found.undefined} with codes of zeros left out" if found.undefined else ""
    searched = f"{found.searched} images were searched{left}."
    return f"{arrays.record.problem}\n{searched}"


def describe(arrays: NeighboursArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    found = arrays.answer
    who = arrays.name if found.query is None else f"row {found.query}"
    who += f" ({found.label})" if found.label else ""
    pairs = zip(found.numbers, found.labels, found.distances, strict=True)
    items = [f"{n}{f' ({name})' if name else ''} at {far:.3g}" for n, name, far in pairs]
    start = f"Nearest to {who} by {found.space}, {found.metric} distance: rows"
    return f"{start} {', '.join(items)}."


NEIGHBOURS = View(
    name="neighbours",
    purpose="an image and the images nearest to it, by pixels or by what the network makes of them",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
