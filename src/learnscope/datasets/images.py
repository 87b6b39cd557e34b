"""The images and labels of a data set, read from its files and held against each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.datasets.idx import REMEDY, read_idx
from learnscope.datasets.places import find_file
from learnscope.datasets.sets import DataFile, DataSet
from learnscope.errors import DataError

Half = Literal["train", "test"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Images:
    """One part of a set, as its files have it.

    Attributes:
        pixels: (n, height, width) uint8, 0 to 255.
        labels: (n,) uint8, below the number of classes.
    """

    pixels: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)


def read_images(data_set: DataSet, folder: Path, half: Half) -> Images:
    """Read the images and labels of one part of a set.

    Raises:
        DataError: a file is missing, damaged, or does not fit the other one. The sentence names
            the file.
    """
    image_file, label_file = files_of(data_set, half)
    image_path, label_path = _there(folder, image_file), _there(folder, label_file)
    labels = read_idx(label_path)
    _check_labels(labels, label_path, data_set)
    pixels = read_idx(image_path)
    _check_pixels(pixels, image_path, data_set)
    if len(pixels) != len(labels):
        raise DataError(
            f"{str(image_path)!r} has {len(pixels):,} images and {str(label_path)!r} has "
            f"{len(labels):,} labels: one of them is not of this set. Get both files again."
        )
    return Images(pixels=pixels, labels=labels)


def files_of(data_set: DataSet, half: Half) -> tuple[DataFile, DataFile]:
    """Return the file of images and the file of labels of a part."""
    if half == "train":
        return data_set.train_images, data_set.train_labels
    return data_set.test_images, data_set.test_labels


def _there(folder: Path, file: DataFile) -> Path:
    path = find_file(folder, file)
    if path is None:
        raise DataError(f"There is no file {str(folder / file.name)!r}, with .gz or without.")
    return path


def _check_labels(labels: Array, path: Path, data_set: DataSet) -> None:
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise DataError(
            f"{str(path)!r} must hold labels, one byte each, got {labels.ndim} dimensions of "
            f"{labels.dtype}. {REMEDY}"
        )
    if not len(labels):
        raise DataError(f"{str(path)!r} holds no labels. {REMEDY}")
    n = len(data_set.classes)
    bad = np.flatnonzero(labels >= n)
    if len(bad):
        raise DataError(
            f"{str(path)!r} must hold labels 0 to {n - 1}, got {labels[bad[0]]} in {len(bad):,} "
            f"rows (first: row {bad[0]}). {REMEDY}"
        )


def _check_pixels(pixels: Array, path: Path, data_set: DataSet) -> None:
    height, width = data_set.size
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[1:] != data_set.size:
        got = " x ".join(f"{n:,}" for n in pixels.shape)
        raise DataError(
            f"{str(path)!r} must hold images of {height} x {width} bytes, got {got} of "
            f"{pixels.dtype}. {REMEDY}"
        )
