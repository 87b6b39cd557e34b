"""Problems whose examples are images in IDX files: what MNIST and its relatives have in common."""

import functools
import math
import weakref
from abc import ABC
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.random import RandomState
from pydantic import Field, model_validator

from learnscope.arrays import Array, Ints, aligned_rows
from learnscope.datasets.images import Half, Images, read_images
from learnscope.datasets.places import find_file, find_folder, missing_text
from learnscope.datasets.sets import DataSet
from learnscope.errors import DataError, InputError
from learnscope.problems.base import Problem, Sample
from learnscope.problems.image_rows import (
    Classes,
    check_classes,
    class_names,
    of_classes,
    pixel_names,
)
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag

HALVES: dict[str, tuple[Half, ...]] = {
    "both": ("train", "test"),
    "train": ("train",),
    "test": ("test",),
}
WORDS = {"train": "training", "test": "test"}


class ImageFiles(Problem, ABC):
    """What sets of images in files have in common. Nothing is known about their source.

    The inputs are float32: a byte of grey has no more digits, and all images take half the
    memory. The order of the rows is that of the files, training images first.

    Attributes:
        part: "both" trains on images of the training file and tests on those of the test file;
            "train" and "test" take the images of one file, which `training.split` then divides.
        n: images, drawn without replacement and kept in their order; left out, all. With both
            parts it is the number of training images.
        n_test: test images, drawn likewise, where both parts are used; left out, all.
        classes: labels that are used, such as 3,8, numbered anew in this order; left out, all.
        scale: grey from 0 to 1; false leaves it from 0 to 255.
        path: folder with the files; left out, where LEARNSCOPE_DATA says, then the user's cache.
        fallback: "digits" takes the images of 8 x 8 pixels that come with learnscope where the
            files are not here, and says so; "large_digits" draws them in the size of the set, for
            networks that need it; left out, that is an error.
    """

    part: Literal["both", "train", "test"] = "both"
    n: Count | None = None
    n_test: Count | None = None
    classes: Classes | None = None
    scale: Flag = True
    path: Annotated[str, Field(min_length=1)] | None = None
    fallback: Literal["digits", "large_digits"] | None = None

    source: ClassVar[DataSet]

    @model_validator(mode="after")
    def _fits_the_set(self) -> "ImageFiles":
        if self.n_test is not None and self.part != "both":
            raise ValueError(
                f"n_test is for part = 'both', got part = {self.part!r}. Leave it out: n is the "
                "number of images then."
            )
        check_classes(self.classes, self.source.classes)
        return self

    def folder(self) -> Path | None:
        """Return the folder with the files, None where they are not here."""
        return find_folder(self.source, self.path)

    def sample(self, draws: Draws) -> Sample:
        folder = self.folder()
        if folder is None:
            raise DataError(missing_text(self.source, self.path))
        rows = _rows(self, folder, draws.data)
        height, width = self.source.size
        return Sample(
            x=rows.x,
            y=rows.y,
            task="classification",
            columns=pixel_names(height, width),
            outputs=class_names(self.classes, self.source.classes),
            shape=(1, height, width),
            n_own_test=rows.n_test,
        )

    def sentence(self) -> str:
        sizes = (self.n, self.n_test)
        counts = [
            f"{'all' if n is None else n} {WORDS[half]}"
            for half, n in zip(HALVES[self.part], sizes, strict=False)
        ]
        count, source = " and ".join(counts), self.source
        grey = "0 to 1" if self.scale else "0 to 255"
        classes = len(class_names(self.classes, source.classes))
        return (
            f"{count[:1].upper()}{count[1:]} images of {source.title}: {source.what}, "
            f"{source.size[0]} x {source.size[1]} pixels of grey from {grey}, in {classes} "
            f"class{'es' if classes > 1 else ''}."
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Rows:
    """Images as rows, training images before test images; other samples may hold them too.

    Attributes:
        x: (n, d) float32, not writable.
        y: (n,) int64, not writable.
        n_test: test images at the end, 0 where the images are of one file.
    """

    x: Array
    y: Ints
    n_test: int


# Members that use all images of a set share them: each copy would be 0.2 GB. Only the members
# keep them alive, so that the memory is free when the last of them is gone.
_SHARED: dict[Hashable, tuple[weakref.ref[Array], Ints, int]] = {}


def _rows(problem: ImageFiles, folder: Path, rng: RandomState) -> _Rows:
    """Return the images that are asked for."""
    source, halves, state = problem.source, HALVES[problem.part], _state(problem.source, folder)
    if problem.n is not None or problem.n_test is not None:
        # Every member draws other ones: the files are unpacked once for all of them.
        return _filled(problem, [_unpacked(source, folder, half, state) for half in halves], rng)
    key = (source.name, folder.resolve(), state, halves, problem.classes, problem.scale)
    if key in _SHARED:
        reference, y, n_test = _SHARED[key]
        x = reference()
        if x is not None:
            return _Rows(x=x, y=y, n_test=n_test)
    rows = _filled(problem, [read_images(source, folder, half) for half in halves], rng)
    _SHARED[key] = weakref.ref(rows.x), rows.y, rows.n_test
    return rows


def _state(source: DataSet, folder: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes when a file does."""
    paths = (find_file(folder, file) for file in source.files)
    stats = [path.stat() for path in paths if path is not None]
    return tuple((s.st_mtime_ns, s.st_size) for s in stats)


@functools.lru_cache(maxsize=2)
def _unpacked(source: DataSet, folder: Path, half: Half, state: Hashable) -> Images:
    return read_images(source, folder, half)


def _filled(problem: ImageFiles, parts: list[Images], rng: RandomState) -> _Rows:
    """Put the images that are drawn of each part below each other."""
    sizes = [("n", problem.n), ("n_test", problem.n_test)]
    chosen = [_chosen(problem, part, *size, rng) for part, size in zip(parts, sizes, strict=False)]
    x = aligned_rows(sum(len(rows) for rows, _ in chosen), math.prod(problem.source.size))
    start = 0
    for part, (rows, _) in zip(parts, chosen, strict=True):
        whole = len(rows) == len(part)
        pixels = part.pixels if whole else part.pixels[rows]
        block = x[start : start + len(rows)]
        # In small pieces, without an array of its own between them.
        np.divide(pixels.reshape(len(rows), -1), np.float32(255 if problem.scale else 1), out=block)
        start += len(rows)
    y = np.concatenate([labels for _, labels in chosen])
    x.flags.writeable = y.flags.writeable = False
    return _Rows(x=x, y=y, n_test=len(chosen[1][0]) if len(chosen) > 1 else 0)


def _chosen(
    problem: ImageFiles, part: Images, name: str, n: int | None, rng: RandomState
) -> tuple[Ints, Ints]:
    """Return the rows of a part that are drawn, in their order, and their new labels."""
    rows, labels = of_classes(part.labels, problem.classes)
    if n is None and len(rows):
        return rows, labels
    if n is None or n > len(rows):
        raise InputError(
            f"problem.{name} must be <= {len(rows)}, the images of these classes in the file, got "
            f"{'all' if n is None else n}."
        )
    drawn = np.sort(rng.permutation(len(rows))[:n])
    return rows[drawn], labels[drawn]
