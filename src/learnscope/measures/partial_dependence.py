"""Partial dependence: the average answer as one input is moved and the others stay as they are.

Source: J. H. Friedman, "Greedy function approximation", Annals of Statistics 29, 2001, section
8.2. With inputs that depend on each other it averages over rows that do not occur.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError, suggestion
from learnscope.trained import Trained


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PartialDependence:
    """The average answer over one input.

    Attributes:
        column: name of the input.
        grid: (g,) values it is set to.
        mean: (g, k) average answer: of each target, or belief in each class.
        sd: (g, k) standard deviation over the rows, which tells an effect that depends on the
            other inputs from one that does not.
        outputs: the k names.
    """

    column: str
    grid: Array
    mean: Array
    sd: Array
    outputs: tuple[str, ...]

    @property
    def reach(self) -> float:
        """Largest minus smallest average answer, of the output that moves most."""
        return float(np.ptp(self.mean, axis=0).max())

    def sentence(self) -> str:
        """Say how far the average answer moves."""
        k = int(np.ptp(self.mean, axis=0).argmax())
        low, high = int(self.mean[:, k].argmin()), int(self.mean[:, k].argmax())
        return (
            f"Over {self.column} the average of {self.outputs[k]} runs from "
            f"{self.mean[low, k]:.3g} at {self.grid[low]:.3g} to {self.mean[high, k]:.3g} at "
            f"{self.grid[high]:.3g}."
        )


def dependence(
    answer: Callable[[Array], Array], x: Array, column: int, grid: Array
) -> tuple[Array, Array]:
    """Return mean and standard deviation (g, k) of the answers with one input set to each value.

    Args:
        answer: maps inputs (m, d) to (m, k).
        x: (n, d) rows to average over.
        column: number of the input.
        grid: (g,) values.
    """
    mean, sd = [], []
    for value in grid:
        moved = np.array(x, dtype=np.float64)
        moved[:, column] = value
        out = np.asarray(answer(moved), dtype=np.float64)
        mean.append(out.mean(axis=0))
        sd.append(out.std(axis=0))
    return np.stack(mean), np.stack(sd)


def partial_dependence(
    trained: Trained, column: str, *, points: int = 25, most: int = 1000
) -> PartialDependence:
    """Return the partial dependence of a member on one input, over its training rows.

    Args:
        trained: the member; for classes its beliefs are averaged.
        column: name of the input.
        points: values from the lowest to the highest of the training rows.
        most: rows to average over at most, the first of them.

    Raises:
        InputError: there is no such input.
    """
    sample = trained.member.sample
    if column not in sample.columns:
        raise InputError(
            f"column must be an input of the problem, got {column!r}."
            f"{suggestion(column, sample.columns)}"
        )
    j = sample.columns.index(column)
    x = sample.x[trained.member.rows.train]
    grid = np.linspace(x[:, j].min(), x[:, j].max(), points)
    is_class = trained.member.head.task == "classification"
    mean, sd = dependence(trained.shares if is_class else trained.output, x[:most], j, grid)
    return PartialDependence(column=column, grid=grid, mean=mean, sd=sd, outputs=sample.outputs)
