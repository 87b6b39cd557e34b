"""Quantities of a search among images: by pixels, by codes, and by codes of the wrong scale."""

from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.catalogue.quantities.base import PerMember
from learnscope.search.agreement import agreement
from learnscope.search.index import Index, build_index
from learnscope.search.neighbours import search_rows
from learnscope.search.shifts import shift_curve
from learnscope.search.spaces import labels_of, space_of
from learnscope.settings import Count
from learnscope.trained import Trained

By = Literal["codes", "pixels"]


class NearestLabel(PerMember):
    """How often the nearest other image has the label of the one that asks, by cosine.

    Attributes:
        by: what is compared.
        n: images, the first training rows: all of them ask, and all of them can be found.
        factor: the pixels are multiplied by it before they are encoded; 255 is the mistake of a
            search on raw bytes with a network that learned grey from 0 to 1 (T17).
    """

    kind: Literal["nearest_label"] = "nearest_label"
    by: By = "codes"
    n: Count = 1000
    factor: Count = 1

    def value(self, trained: Trained) -> float:
        index = first_images(trained, self.by, self.n, self.factor)
        return agreement(index, 1, np.arange(len(index))).overall.share


class ShiftedLabel(PerMember):
    """How often the nearest other image of a shifted one has its label, by cosine.

    Attributes:
        by: what is compared.
        n: images, the first training rows.
        pixels: how far they are shifted; the mean over four directions.
    """

    kind: Literal["shifted_label"] = "shifted_label"
    by: By = "codes"
    n: Count = 1000
    pixels: Count = 2

    def value(self, trained: Trained) -> float:
        index, space = first_images(trained, self.by, self.n), space_of(trained, self.by)
        curve = shift_curve(trained, index, space, (self.pixels,), np.arange(len(index)))
        return curve.others[0].share


class WrongScale(PerMember):
    """The share of the nearest images that change when codes are made of bytes, not of grey.

    Attributes:
        k: neighbours.
        n: images, the first training rows.
        factor: the scale of the bytes.
    """

    kind: Literal["wrong_scale"] = "wrong_scale"
    k: Count = 4
    n: Count = 1000
    factor: Count = 255

    def value(self, trained: Trained) -> float:
        right, wrong = (
            search_rows(index, np.arange(len(index)), self.k).positions
            for index in (
                first_images(trained, "codes", self.n),
                first_images(trained, "codes", self.n, self.factor),
            )
        )
        kept = [
            len(np.intersect1d(a[a >= 0], b[b >= 0])) for a, b in zip(right, wrong, strict=True)
        ]
        return float(1 - np.mean(kept) / self.k)


class CosineMatrix(PerMember):
    """The matrix of all pairwise cosines as one product of normalised codes with its transpose.

    Attributes:
        of: "self", the greatest |1 - cosine of a code with itself|; or "pairs", the greatest
            difference from cosines that are worked out pair by pair, on 50 codes.
        n: codes, the first training rows; codes of zeros, which have no cosine, are left out.
    """

    kind: Literal["cosine_matrix"] = "cosine_matrix"
    of: Literal["self", "pairs"] = "self"
    n: Count = 1000

    def value(self, trained: Trained) -> float:
        codes = encoded(trained, "codes", self.n).astype(np.float64)
        codes = codes[(codes != 0).any(axis=1)]
        unit = codes / np.linalg.norm(codes, axis=1, keepdims=True)
        matrix = unit @ unit.T
        if self.of == "self":
            return float(np.abs(np.diag(matrix) - 1).max())
        few = codes[:50]
        by_pair = [[a @ b / np.sqrt((a @ a) * (b @ b)) for b in few] for a in few]
        return float(np.abs(matrix[:50, :50] - np.array(by_pair)).max())


def encoded(trained: Trained, by: By, n: int, factor: int = 1) -> Array:
    """Return the codes (m, h) of the first `n` training rows, their pixels times `factor`."""
    rows = trained.member.rows.train[:n]
    return space_of(trained, by).encode(trained.member.sample.x[rows] * factor)


def first_images(trained: Trained, by: By, n: int, factor: int = 1) -> Index:
    """Return an index of the first `n` training rows, by cosine, with their labels."""
    rows = trained.member.rows.train[:n]
    labels, classes = labels_of(trained.member.sample)
    return build_index(
        encoded(trained, by, n, factor),
        space=by,
        labels=None if labels is None else labels[rows],
        classes=classes,
        numbers=rows,
    )
