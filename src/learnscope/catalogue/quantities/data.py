"""Quantities of the examples themselves, before any training."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from learnscope.catalogue.quantities.base import Quantity
from learnscope.errors import DataError
from learnscope.settings import Flag, Real
from learnscope.trained import Trained

OfData = Sequence[Trained]


class LargestRadius(Quantity):
    """The greatest distance of an example from the origin."""

    kind: Literal["largest_radius"] = "largest_radius"

    def values(self, group: OfData) -> list[float]:
        return [float(np.linalg.norm(t.member.sample.x, axis=1).max()) for t in group]


class ArmMismatch(Quantity):
    """How far the second half of the rows is from the first half turned by 180 degrees."""

    kind: Literal["arm_mismatch"] = "arm_mismatch"

    def values(self, group: OfData) -> list[float]:
        found = []
        for t in group:
            x, y = t.member.sample.x, t.member.sample.y
            found.append(float(np.abs(x[y == 0] + x[y == 1]).max()))
        return found


class FirstRows(Quantity):
    """The greatest distance of the first rows from given ones; infinite where a label differs.

    Attributes:
        x: inputs of the first rows.
        y: their targets: class numbers, or numbers.
    """

    kind: Literal["first_rows"] = "first_rows"
    x: tuple[tuple[Real, ...], ...]
    y: tuple[Real, ...] = ()

    def values(self, group: OfData) -> list[float]:
        found = []
        for t in group:
            sample = t.member.sample
            off = float(np.abs(sample.x[: len(self.x)] - np.array(self.x)).max())
            labels = np.asarray(sample.y[: len(self.y)], dtype=np.float64).reshape(len(self.y), -1)
            missed = len(self.y) and np.abs(labels[:, 0] - np.array(self.y)).max() > 1e-4
            found.append(float("inf") if missed else off)
        return found


class TargetVariance(Quantity):
    """The variance of the targets over all rows."""

    kind: Literal["target_variance"] = "target_variance"

    def values(self, group: OfData) -> list[float]:
        return [float(np.var(t.member.sample.y)) for t in group]


class EnergyShare(Quantity):
    """The share of the sum of y^2 that lies left of a place.

    Attributes:
        below: the place, in units of the input.
    """

    kind: Literal["energy_share"] = "energy_share"
    below: Real

    def values(self, group: OfData) -> list[float]:
        found = []
        for t in group:
            x, y = t.member.sample.x[:, 0], t.member.sample.y[:, 0]
            found.append(float(np.sum(y[x < self.below] ** 2) / np.sum(y**2)))
        return found


class SignChanges(Quantity):
    """How often the targets change their sign along the rows; targets of 0 are passed over."""

    kind: Literal["sign_changes"] = "sign_changes"

    def values(self, group: OfData) -> list[float]:
        signs = [np.sign(t.member.sample.y[:, 0]) for t in group]
        kept = [s[s != 0] for s in signs]
        return [float(np.count_nonzero(s[1:] != s[:-1])) for s in kept]


class Steps(Quantity):
    """Of a series: the least or greatest step from an input to its target.

    Attributes:
        greatest: the greatest one, else the least.
    """

    kind: Literal["steps"] = "steps"
    greatest: Flag = False

    def values(self, group: OfData) -> list[float]:
        reduce = np.max if self.greatest else np.min
        samples = [t.member.sample for t in group]
        return [float(reduce(s.y[:, 0] - s.x[:, -1])) for s in samples]


class SeriesMismatch(Quantity):
    """Of a series in time order: how far a target is from the input one row later, at most.

    The rows of each part are looked at for themselves, which is where a split shifted by one
    would show; the last training row must lie before the first test row.
    """

    kind: Literal["series_mismatch"] = "series_mismatch"

    def values(self, group: OfData) -> list[float]:
        found = []
        for t in group:
            sample, rows = t.member.sample, t.member.rows
            if len(rows.test) and rows.train.max() >= rows.test.min():
                raise DataError("Training rows lie behind test rows: this is no split in time.")
            parts = [part for _, part in rows.items()]
            off = [np.abs(sample.y[p[:-1], 0] - sample.x[p[1:], -1]).max() for p in parts]
            found.append(float(max(off)))
        return found


class SelfProduct(Quantity):
    """The dot product of the first input column with itself."""

    kind: Literal["self_product"] = "self_product"

    def values(self, group: OfData) -> list[float]:
        return [float(t.member.sample.x[:, 0] @ t.member.sample.x[:, 0]) for t in group]
