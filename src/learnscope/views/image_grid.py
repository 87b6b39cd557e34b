"""Images of a sample side by side: a row for each class, training and test images apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.problems.base import Sample
from learnscope.trained import Trained
from learnscope.views.points import Points
from learnscope.views.record import part_of_rows
from learnscope.views.style import new_figure, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CLASSES, TRAIN, TEST = 12, 9, 3
"""Most classes that are shown, and the images of each of them, by part."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ImageGrid:
    """What a grid of images is drawn from.

    Attributes:
        rows: (c, m) row numbers in the sample, c classes and m images each; -1 for no image.
        mosaic: (height, width) or (height, width, 3) of all of them, NaN (3 channels: 1) between.
        limits: lowest and highest value of the images shown.
        side: (height, width) of one image in the mosaic, with the gap beside it.
        names: of the classes, one for each row of images; () where there are none.
        n_train: how many of the m images of a row are from training rows, the first ones.
    """

    rows: Ints
    mosaic: Array
    limits: tuple[float, float]
    side: tuple[int, int]
    names: tuple[str, ...]
    n_train: int


def is_images(sample: Sample) -> bool:
    """Whether the examples of a sample are images."""
    return sample.shape is not None and len(sample.shape) == 3


def image_grid(t: Trained) -> ImageGrid:
    """Lay out the first images of each class of a member's sample, by part."""
    sample, part = t.member.sample, part_of_rows(t)
    assert sample.shape is not None
    labels, names = _labels(sample)
    n_test = TEST if (part == 2).any() else 0
    n_train = TRAIN + TEST - n_test
    groups = range(min(len(names), MOST_CLASSES)) if names else range(4)
    places = np.full((len(groups), n_train + n_test), -1, dtype=np.int64)
    for i in groups:
        of_class = labels == i if names else np.arange(len(labels)) % len(groups) == i
        for wanted, start, n in ((0, 0, n_train), (2, n_train, n_test)):
            found = np.flatnonzero(of_class & (part == wanted))[:n]
            places[i, start : start + len(found)] = found
    images = sample.x[places[places >= 0]]
    return ImageGrid(
        rows=places,
        mosaic=_mosaic(sample, places),
        limits=(float(images.min()), float(images.max())),
        side=(sample.shape[1] + 1, sample.shape[2] + 1),
        names=names[:MOST_CLASSES],
        n_train=n_train,
    )


def image_points(t: Trained) -> Points:
    """Return the examples for counting; images have no place in a plane: xy is (n, 0)."""
    sample, part = t.member.sample, part_of_rows(t)
    used = part >= 0
    known = sample.task == "classification"
    return Points(
        xy=np.empty((int(used.sum()), 0)),
        y=(sample.y if known else sample.y[:, 0])[used],
        part=part[used],
        task=sample.task,
        outputs=sample.outputs,
    )


def _labels(sample: Sample) -> tuple[Array, tuple[str, ...]]:
    """Return the class of each row and the names, where classes are known."""
    if sample.task == "classification":
        return sample.y, sample.outputs
    if sample.labels is not None:
        return sample.labels, sample.classes
    return np.zeros(len(sample), dtype=np.int64), ()


def _mosaic(sample: Sample, places: Ints) -> Array:
    assert sample.shape is not None
    channels, height, width = sample.shape
    rows, columns = places.shape
    colour = channels == 3
    size = (rows * (height + 1), columns * (width + 1))
    mosaic = np.ones((*size, 3)) if colour else np.full(size, np.nan)
    shown = sample.x[places[places >= 0]]
    low, high = float(shown.min()), float(shown.max())
    for (i, j), row in np.ndenumerate(places):
        if row < 0:
            continue
        image = np.asarray(sample.x[row], dtype=np.float64).reshape(sample.shape)
        top, left = i * (height + 1), j * (width + 1)
        place = slice(top, top + height), slice(left, left + width)
        mosaic[place] = (
            np.moveaxis((image - low) / ((high - low) or 1.0), 0, -1) if colour else image[0]
        )
    return mosaic


def draw_image_grid(grid: ImageGrid) -> Figure:
    """Draw the mosaic with the classes at its side; call it within the house style."""
    down, across = grid.rows.shape
    high, wide = grid.mosaic.shape[:2]
    figure = new_figure(0.9 + 6.2 * high / wide)
    axes = figure.subplots()
    low, top = grid.limits
    colour = grid.mosaic.ndim == 3
    look: dict[str, Any] = {} if colour else {"cmap": "gray_r", "vmin": low, "vmax": top}
    axes.imshow(grid.mosaic, interpolation="none", aspect="equal", **look)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    middle = (np.arange(down) + 0.5) * grid.side[0] - 1
    if grid.names:
        axes.set_yticks(middle, [plain(name, 14) for name in grid.names])
    else:
        axes.set_yticks([])
    groups = [(0, grid.n_train, "training images"), (grid.n_train, across, "test images")]
    shown = [(a, b, text) for a, b, text in groups if b > a]
    axes.set_xticks([(a + b) / 2 * grid.side[1] - 1 for a, b, _ in shown], [t for *_, t in shown])
    axes.xaxis.tick_top()
    if len(shown) > 1:
        axes.axvline(grid.n_train * grid.side[1] - 1, color="#888888", linewidth=1.0)
    return figure
